//! The file of a document: takes its pages as they are laid out, and binds them when all are there.

use super::PdfError;
use super::canvas::{Canvas, FontObjects};
use super::display::{Area, Goal, Item, Page};
use super::document::{Attachment, Document};
use super::file::{File, Id, deflated, reference};
use super::fonts::Fonts;
use super::layout::{Laid, Sink};
use super::metadata::{self, Form, pdf_date, text};
use super::structure::{self, Places};
use super::{icc, style};
use crate::model::Time;
use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat, dictionary};
use std::collections::BTreeMap;
use std::io::Write;

/// The file of a document.
pub struct Book<'a> {
    file: File<'a>,
    form: Form,
    canvas: Canvas,
    /// The numbers of the pages whose drawings are not made yet.
    waiting: Vec<usize>,
    pages: BTreeMap<usize, Drawn>,
    /// The tree of pages.
    root: Option<Id>,
}

/// A page whose drawing is written.
#[derive(Default)]
struct Drawn {
    contents: Vec<Id>,
    links: Vec<(Area, Goal)>,
}

impl Sink for Book<'_> {
    fn body(&mut self, number: usize, page: Page) -> Result<(), PdfError> {
        self.draw(number, &page)?;
        let links = page.items.into_iter().filter_map(|item| match item {
            Item::Link(area, goal) => Some((area, goal)),
            _ => None,
        });
        self.pages.entry(number).or_default().links.extend(links);
        Ok(())
    }

    fn running(&mut self, number: usize, page: Page) -> Result<(), PdfError> {
        self.draw(number, &page)
    }
}

impl<'a> Book<'a> {
    /// A file without pages.
    ///
    /// # Errors
    /// When its beginning cannot be written.
    pub fn new(out: &'a mut dyn Write, form: Form) -> Result<Self, PdfError> {
        let file = File::new(out, !form.archive_1b)?;
        Ok(Self { file, form, canvas: Canvas::default(), waiting: Vec::new(), pages: BTreeMap::new(), root: None })
    }

    fn draw(&mut self, number: usize, page: &Page) -> Result<(), PdfError> {
        self.waiting.push(number);
        if self.canvas.draw(page) { self.write_drawings() } else { Ok(()) }
    }

    fn write_drawings(&mut self) -> Result<(), PdfError> {
        for (number, content) in std::mem::take(&mut self.waiting).into_iter().zip(self.canvas.contents()?) {
            let id = self.file.stream(Dictionary::new(), content)?;
            self.pages.entry(number).or_default().contents.push(id);
        }
        Ok(())
    }

    /// Writes all that is about the whole, and ends the file.
    ///
    /// # Errors
    /// When an object cannot be written.
    pub fn bind(mut self, document: &Document<'_>, laid: &Laid, fonts: &Fonts) -> Result<(), PdfError> {
        self.write_drawings()?;
        let canvas = std::mem::take(&mut self.canvas);
        let resources = self.resources(&canvas.fonts(fonts)?)?;
        let pages: Vec<Id> = (0..laid.count).map(|_| self.file.reserve()).collect();
        let links = self.links(laid, &pages)?;
        self.page_objects(&pages, &links, resources)?;
        let structure = structure::write(&mut self.file, &laid.tree, &Places { pages: &pages, links: &links })?;
        let catalog = self.catalog(document, laid, &pages, structure)?;
        let info = self.file.add(&metadata::info(document).into())?;
        let id = |half: &[u8]| Object::String(half.to_vec(), StringFormat::Hexadecimal);
        let ids = vec![id(&document.id_seed[..16]), id(&document.id_seed[16..])];
        self.file.finish(dictionary! { "Root" => reference(catalog), "Info" => reference(info), "ID" => ids })
    }

    /// The fonts, under the names that the pages use.
    fn resources(&mut self, fonts: &FontObjects) -> Result<Id, PdfError> {
        let mut copied = BTreeMap::new();
        let mut names = Dictionary::new();
        for (name, font) in &fonts.names {
            let font = font.as_reference().map_err(|e| PdfError::BackEnd(e.to_string()))?;
            let font = self.copy(fonts, font, &mut copied)?;
            names.set(name.clone(), reference(font));
        }
        self.file.add(&dictionary! { "Font" => names }.into())
    }

    /// Copies an object of printpdf's and all that it refers to.
    fn copy(&mut self, from: &FontObjects, id: ObjectId, copied: &mut BTreeMap<ObjectId, Id>) -> Result<Id, PdfError> {
        if let Some(known) = copied.get(&id) {
            return Ok(*known);
        }
        let new = self.file.reserve();
        copied.insert(id, new);
        let mut object = from.file.get_object(id).map_err(|e| PdfError::BackEnd(e.to_string()))?.clone();
        self.adopt(from, &mut object, copied)?;
        self.file.set(new, &object)?;
        Ok(new)
    }

    fn adopt(
        &mut self,
        from: &FontObjects,
        object: &mut Object,
        copied: &mut BTreeMap<ObjectId, Id>,
    ) -> Result<(), PdfError> {
        match object {
            Object::Reference(id) => *object = reference(self.copy(from, *id, copied)?),
            Object::Array(items) => {
                for item in items {
                    self.adopt(from, item, copied)?;
                }
            }
            Object::Dictionary(dict) => {
                for (_, value) in dict.iter_mut() {
                    self.adopt(from, value, copied)?;
                }
                self.list_of_glyphs(from, dict)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The form of 2005 wants to know which glyphs a subset has: all of it.
    fn list_of_glyphs(&mut self, from: &FontObjects, dict: &mut Dictionary) -> Result<(), PdfError> {
        if !self.form.archive_1b || !dict.has_type(b"FontDescriptor") {
            return Ok(());
        }
        let name = dict.get(b"FontName").and_then(Object::as_name).unwrap_or_default();
        let Some(&count) = from.glyphs.get(&*String::from_utf8_lossy(name)) else { return Ok(()) };
        let mut bits = vec![0_u8; usize::from(count).div_ceil(8)];
        for glyph in 0..usize::from(count) {
            bits[glyph / 8] |= 0x80 >> (glyph % 8);
        }
        let set = self.file.stream(Dictionary::new(), bits)?;
        dict.set("CIDSet", reference(set));
        Ok(())
    }

    /// The links of all pages, each an object that the structure names.
    fn links(&mut self, laid: &Laid, pages: &[Id]) -> Result<Vec<Vec<Id>>, PdfError> {
        let mut key = pages.len();
        let mut all = Vec::with_capacity(pages.len());
        for number in 0..pages.len() {
            let links = self.pages.get_mut(&number).map(|page| std::mem::take(&mut page.links));
            let mut ids = Vec::new();
            for (area, goal) in links.unwrap_or_default() {
                let link = link(&area, &goal, laid, pages, key);
                ids.push(self.file.add(&link.into())?);
                key += 1;
            }
            all.push(ids);
        }
        Ok(all)
    }

    fn page_objects(&mut self, pages: &[Id], links: &[Vec<Id>], resources: Id) -> Result<(), PdfError> {
        let drawn = std::mem::take(&mut self.pages);
        if drawn.len() != pages.len() || drawn.keys().copied().ne(0..pages.len()) {
            return Err(PdfError::BackEnd(format!("{} pages were laid out, {} drawn", pages.len(), drawn.len())));
        }
        let parent = self.tree_of_pages(pages)?;
        let sizes = [0.0, 0.0, style::PAGE_WIDTH, style::PAGE_HEIGHT].map(Object::Real).to_vec();
        for (number, drawn) in drawn {
            let contents: Vec<Object> = drawn.contents.into_iter().map(reference).collect();
            let mut page = dictionary! {
                "Type" => "Page",
                "Parent" => reference(parent[number / LEAVES]),
                "MediaBox" => sizes.clone(),
                "Resources" => reference(resources),
                "Contents" => contents,
                "StructParents" => i64::try_from(number).unwrap_or(i64::MAX),
                "Tabs" => "S",
            };
            if !links[number].is_empty() {
                page.set("Annots", links[number].iter().copied().map(reference).collect::<Vec<_>>());
            }
            self.file.set(pages[number], &page.into())?;
        }
        Ok(())
    }

    /// The tree of pages; its root is remembered as the parent of all.
    fn tree_of_pages(&mut self, pages: &[Id]) -> Result<Vec<Id>, PdfError> {
        let root = self.file.reserve();
        let mut nodes = Vec::new();
        for leaves in pages.chunks(LEAVES) {
            let node = dictionary! {
                "Type" => "Pages",
                "Parent" => reference(root),
                "Count" => i64::try_from(leaves.len()).unwrap_or(i64::MAX),
                "Kids" => leaves.iter().copied().map(reference).collect::<Vec<_>>(),
            };
            nodes.push(self.file.add(&node.into())?);
        }
        let tree = dictionary! {
            "Type" => "Pages",
            "Count" => i64::try_from(pages.len()).unwrap_or(i64::MAX),
            "Kids" => nodes.iter().copied().map(reference).collect::<Vec<_>>(),
        };
        self.file.set(root, &tree.into())?;
        self.root = Some(root);
        Ok(nodes)
    }

    fn catalog(&mut self, document: &Document<'_>, laid: &Laid, pages: &[Id], structure: Id) -> Result<Id, PdfError> {
        // Readers look for the metadata in plain text: not compressed.
        let xmp = metadata::xmp(document, self.form).into_bytes();
        let xmp = Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp).with_compression(false);
        let metadata = self.file.reserve();
        self.file.set_stream(metadata, xmp)?;
        let profile = self.file.stream(dictionary! { "N" => 3 }, icc::srgb())?;
        let intent = dictionary! {
            "Type" => "OutputIntent",
            "S" => "GTS_PDFA1",
            "OutputConditionIdentifier" => Object::string_literal("sRGB IEC61966-2-1"),
            "Info" => Object::string_literal("sRGB IEC61966-2-1"),
            "DestOutputProfile" => reference(profile),
        };
        let mut catalog = dictionary! {
            "Type" => "Catalog",
            "Pages" => self.root.map_or(Object::Null, reference),
            "Lang" => Object::string_literal(document.language.clone()),
            "MarkInfo" => dictionary! { "Marked" => true },
            "StructTreeRoot" => reference(structure),
            "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
            "Metadata" => reference(metadata),
            "OutputIntents" => vec![Object::Dictionary(intent)],
            "PageLabels" => dictionary! { "Nums" => vec![0.into(), dictionary! { "S" => "D" }.into()] },
            "PageLayout" => "SinglePage",
            "PageMode" => "UseNone",
        };
        if let Some(outlines) = metadata::outlines(&mut self.file, &laid.headings, pages)? {
            catalog.set("Outlines", reference(outlines));
            catalog.set("PageMode", "UseOutlines");
        }
        if let Some(attachment) = document.attachment.as_ref().filter(|_| !self.form.archive_1b) {
            let file = self.attach(attachment, document.created)?;
            let names = vec![Object::string_literal(attachment.name), reference(file)];
            catalog.set("AF", vec![reference(file)]);
            catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
        }
        self.file.add(&catalog.into())
    }

    /// The attachment: a file in the file, said to be the data of the document.
    fn attach(&mut self, attachment: &Attachment<'_>, created: Time) -> Result<Id, PdfError> {
        let (bytes, size) = deflated(|out| (attachment.write)(out))?;
        let date = pdf_date(created);
        let dict = dictionary! {
            "Type" => "EmbeddedFile",
            "Subtype" => attachment.media_type,
            "Params" => dictionary! {
                "Size" => i64::try_from(size).unwrap_or(i64::MAX),
                "CreationDate" => Object::string_literal(date.clone()),
                "ModDate" => Object::string_literal(date),
            },
        };
        let file = self.file.deflated_stream(dict, bytes)?;
        let name = || Object::string_literal(attachment.name);
        let spec = dictionary! {
            "Type" => "Filespec",
            "F" => name(),
            "UF" => name(),
            "Desc" => text(attachment.description),
            "AFRelationship" => "Data",
            "EF" => dictionary! { "F" => reference(file), "UF" => reference(file) },
        };
        self.file.add(&spec.into())
    }
}

/// How many pages share a node of their tree.
const LEAVES: usize = 64;

/// A link: printed (flag 4), without a frame, and with words for those who cannot see it.
fn link(area: &Area, goal: &Goal, laid: &Laid, pages: &[Id], key: usize) -> Dictionary {
    let (bottom, top) = (style::PAGE_HEIGHT - area.y - area.height, style::PAGE_HEIGHT - area.y);
    let sides = [area.x, bottom, area.x + area.width, top].map(|side| Object::Real((side * 100.0).round() / 100.0));
    let (action, words) = match goal {
        Goal::Uri(uri) => {
            let action = dictionary! { "S" => "URI", "URI" => Object::string_literal(address(uri)) };
            (action, address(uri))
        }
        Goal::Anchor(_) | Goal::Heading(_) => {
            let place = laid.place(goal);
            let page = place.and_then(|place| pages.get(place.page)).copied();
            // Some room above, so that the heading does not stick to the window's edge.
            let top = style::PAGE_HEIGHT - place.map_or(0.0, |place| (place.y - 8.0).max(0.0));
            let to = vec![
                page.map_or(Object::Null, reference),
                "XYZ".into(),
                0.into(),
                Object::Real((top * 100.0).round() / 100.0),
                Object::Null,
            ];
            let words = match goal {
                Goal::Heading(number) => laid.headings.get(*number).map(|heading| heading.text.clone()),
                _ => None,
            };
            let page = place.map_or(0, |place| place.page + 1);
            let words = words.map_or_else(|| format!("page {page}"), |words| format!("{words}, page {page}"));
            (dictionary! { "S" => "GoTo", "D" => to }, words)
        }
    };
    dictionary! {
        "Type" => "Annot",
        "Subtype" => "Link",
        "Rect" => sides.to_vec(),
        "Border" => vec![Object::from(0), 0.into(), 0.into()],
        "F" => 4,
        "A" => action,
        "Contents" => text(&words),
        "StructParent" => i64::try_from(key).unwrap_or(i64::MAX),
    }
}

/// An address with everything escaped that RFC 3986 does not allow, and brackets, which PDF strings use.
fn address(uri: &str) -> String {
    let mut out = String::with_capacity(uri.len());
    for byte in uri.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|n| char::from(b"0123456789ABCDEF"[usize::from(n)])));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_leave_its_string() {
        assert_eq!(address("https://a.example/x(y)\\ \r\né"), "https://a.example/x%28y%29%5C%20%0D%0A%C3%A9");
    }
}
