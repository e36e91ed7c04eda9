//! A document in, a PDF out: the same document gives the same bytes.
//!
//! ```text
//! Document ──strips──> Strips ──layout──> pages ──canvas──> printpdf ──book──> file
//! (words)   (wrapped)           (display lists, and the structure)      (objects)
//! ```
//!
//! Only [`report`] knows of streams, keys and findings: it says what the document is. [`document`] has the words to
//! describe a document; [`style`] says how it looks; the rest does it. printpdf draws, but neither wraps nor paginates
//! text, and writes neither structure nor attachments nor nested bookmarks: that is done here. Everything flows: a part
//! of the report is made, wrapped, put on pages, drawn and compressed before the next, so a long report does not lie in
//! memory. Another library can take printpdf's place behind the display list, and in the tests one does.

mod book;
mod canvas;
#[cfg(test)]
pub(super) mod colours;
pub mod display;
pub mod document;
mod figure;
mod file;
pub mod fonts;
mod icc;
mod layout;
mod long;
mod metadata;
#[cfg(test)]
mod proof;
pub mod report;
mod shapes;
mod strips;
mod structure;
pub mod style;
mod table;
mod text;
mod tree;

pub use document::Document;
use metadata::Form;
use std::io::Write;

/// Why a document could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// A font in the program cannot be used.
    #[error("cannot use the font {0}")]
    Font(String),
    /// A row does not match its table.
    #[error("cannot set row {row} of a table: it has {cells} cells for {columns} columns")]
    Ragged {
        /// From 1.
        row: usize,
        /// How many it has.
        cells: usize,
        /// How many it should have.
        columns: usize,
    },
    /// A table has no columns.
    #[error("cannot set a table that has no columns")]
    NoColumns,
    /// A column is narrower than a letter may be wide.
    #[error("cannot set the column \"{column}\": too narrow for a page")]
    Narrow {
        /// Its title.
        column: String,
    },
    /// Something that cannot be cut is higher than it may be.
    #[error("cannot set {what}: it is too high for a page")]
    High {
        /// What it is.
        what: &'static str,
    },
    /// A link leads nowhere.
    #[error("cannot link to \"{anchor}\": no heading or row has that name")]
    Nowhere {
        /// The name.
        anchor: String,
    },
    /// Two places have one name.
    #[error("cannot name a heading or row \"{anchor}\": another one has that name")]
    Twice {
        /// The name.
        anchor: String,
    },
    /// A link to something that is not a page of the web.
    #[error("cannot link to the address \"{uri}\": it begins with neither https:// nor http://")]
    Address {
        /// The address.
        uri: String,
    },
    /// The PDF library warned or failed.
    #[error("cannot write the PDF: {0}")]
    BackEnd(String),
}

/// Writes a document as PDF.
///
/// # Errors
/// When the document contradicts itself (a link to nowhere, a row with too few cells), has a table that no page can
/// hold, the PDF library complains, or what takes the bytes refuses them.
pub fn write(document: &Document<'_>, out: &mut dyn Write) -> Result<(), PdfError> {
    write_as(document, Form::default(), out)
}

fn write_as(document: &Document<'_>, form: Form, out: &mut dyn Write) -> Result<(), PdfError> {
    let fonts = fonts::Fonts::embedded()?;
    let mut book = book::Book::new(out, form)?;
    let laid = layout::lay_out(document, fonts, &mut book)?;
    book.bind(document, &laid, fonts)
}

/// Documents for tests.
#[cfg(test)]
mod samples {
    use super::PdfError;
    use super::display::{Outlined, Page, Place};
    use super::document::{Block, Document};
    use super::fonts::Fonts;
    use super::layout::{self, Sink};
    use chrono::DateTime;
    use std::collections::BTreeMap;

    /// All pages of a document.
    #[derive(Debug, Default)]
    pub struct Layout {
        pub pages: Vec<Page>,
        pub headings: Vec<Outlined>,
        pub anchors: BTreeMap<String, Place>,
    }

    /// The bytes of a document.
    pub fn bytes(document: &Document<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        super::write(document, &mut bytes).unwrap();
        bytes
    }

    #[derive(Default)]
    struct Pages(BTreeMap<usize, Page>);

    impl Sink for Pages {
        fn body(&mut self, number: usize, page: Page) -> Result<(), PdfError> {
            assert!(self.0.insert(number, page).is_none());
            Ok(())
        }

        fn running(&mut self, number: usize, mut page: Page) -> Result<(), PdfError> {
            self.0.get_mut(&number).unwrap().items.append(&mut page.items);
            Ok(())
        }
    }

    /// Lays a document out, and keeps its pages.
    pub fn lay_out(document: &Document<'_>) -> Result<Layout, PdfError> {
        let mut pages = Pages::default();
        let laid = layout::lay_out(document, Fonts::embedded().unwrap(), &mut pages)?;
        assert!(pages.0.keys().copied().eq(0..laid.count));
        let pages = pages.0.into_values().collect();
        Ok(Layout { pages, headings: laid.headings, anchors: laid.anchors })
    }

    pub fn document(blocks: Vec<Block>) -> Document<'static> {
        Document {
            title: "Evidence (report) \u{202e}".into(),
            subject: "Streams & keys".into(),
            author: "Example Freight Ltd".into(),
            created: DateTime::from_timestamp(1_795_424_401, 0).unwrap(),
            language: "en".into(),
            id_seed: std::array::from_fn(|i| u8::try_from(i).unwrap()),
            running_head: "running head".into(),
            running_foot: vec!["running foot".into()],
            parts: vec![Box::new(move || blocks.clone())],
            attachment: None,
            facts: vec![("evidenceRoot", "The evidence root", "<00>&".into())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::document::{Block, Cell, Column, ColumnKind, Contents, Heading, Level, Row, Span, Table, Tone};
    use super::samples::{self, bytes, document};
    use super::*;
    use lopdf::{Dictionary, Object};

    fn sample() -> Document<'static> {
        let row = |i: usize| {
            let name = Span::plain(format!("stream-{i} \u{a0}µμ\u{202e} ) Tj ET")).to("top");
            Row {
                anchor: Some(format!("row-{i}")),
                cells: vec![Cell::Text(vec![name]), Cell::status(Tone::Bad, "fail")],
            }
        };
        let columns = vec![Column::new("Name", 2, ColumnKind::Mono), Column::new("Result", 1, ColumnKind::Status)];
        let heading = |level, text: &str| Block::heading(level, text);
        document(vec![
            Block::Contents(Contents { title: "Contents".into(), depth: Level::Three }),
            Block::Heading(Heading { level: Level::One, text: "One".into(), anchor: Some("top".into()) }),
            heading(Level::Three, "Deep"),
            heading(Level::Two, "Two"),
            heading(Level::Three, "Three"),
            Block::Paragraph(vec![Span::bold("see "), Span::plain("there").to_uri("https://example.com/a(b)")]),
            Block::Table(Table { columns, rows: (0..70).map(row).collect(), empty: "None.".into() }),
            heading(Level::One, "Last \u{202e}"),
        ])
    }

    fn text_of(object: &Object) -> String {
        let Object::String(bytes, _) = object else { panic!("not a string") };
        let units: Vec<u16> = bytes.chunks(2).skip(1).map(|b| u16::from_be_bytes([b[0], b[1]])).collect();
        String::from_utf16(&units).unwrap()
    }

    /// The bookmarks below one, as `title[children]`.
    fn bookmarks(file: &lopdf::Document, parent: &Dictionary) -> String {
        let mut out = String::new();
        let mut next = parent.get(b"First").ok();
        while let Some(reference) = next {
            let node = file.get_dictionary(reference.as_reference().unwrap()).unwrap();
            let title = text_of(node.get(b"Title").unwrap());
            out = [out, title, "[".into(), bookmarks(file, node), "]".into()].concat();
            next = node.get(b"Next").ok();
        }
        out
    }

    #[test]
    fn the_same_document_gives_the_same_bytes_whatever_was_made_before() {
        let first = bytes(&sample());
        bytes(&document(vec![Block::text("another one")]));
        let threads: Vec<_> = (0..2).map(|_| std::thread::spawn(|| bytes(&sample()))).collect();
        for thread in threads {
            assert!(thread.join().unwrap() == first);
        }
    }

    #[test]
    fn the_file_opens_with_as_many_pages_as_were_laid_out() {
        let document = sample();
        let layout = samples::lay_out(&document).unwrap();
        let file = lopdf::Document::load_mem(&bytes(&document)).unwrap();
        assert!(layout.pages.len() > 1);
        assert_eq!(file.get_pages().len(), layout.pages.len());
        assert_eq!(file.version, "1.7");
    }

    #[test]
    fn every_heading_is_a_bookmark_below_the_one_that_it_belongs_to() {
        let file = lopdf::Document::load_mem(&bytes(&sample())).unwrap();
        let root = file.catalog().unwrap().get(b"Outlines").unwrap().as_reference().unwrap();
        let tree = bookmarks(&file, file.get_dictionary(root).unwrap());
        assert_eq!(tree, "Contents[]One[Deep[]Two[Three[]]]Last ⟨U+202E⟩[]");
    }

    #[test]
    fn names_dates_and_identifiers_come_from_the_document() {
        let document = sample();
        let file = lopdf::Document::load_mem(&bytes(&document)).unwrap();
        let info = file.get_dictionary(file.trailer.get(b"Info").unwrap().as_reference().unwrap()).unwrap();
        assert_eq!(text_of(info.get(b"Title").unwrap()), "Evidence (report) ⟨U+202E⟩");
        assert_eq!(info.get(b"CreationDate").unwrap().as_str().unwrap(), b"D:20261123090001Z");
        assert!(info.get(b"GTS_PDFXVersion").is_err() && info.get(b"Trapped").is_err());
        let id = file.trailer.get(b"ID").unwrap().as_array().unwrap();
        assert_eq!(id[0].as_str().unwrap(), &document.id_seed[..16]);
        let catalog = file.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
        let xmp = file.get_object(catalog.get(b"Metadata").unwrap().as_reference().unwrap()).unwrap();
        let xmp = String::from_utf8(xmp.as_stream().unwrap().content.clone()).unwrap();
        assert!(xmp.contains("Streams &amp; keys") && xmp.contains("<xmp:CreateDate>2026-11-23T09:00:01Z<"));
    }

    /// The structure below an element, as `P(Link)`; pieces of pages are left out.
    fn structure(file: &lopdf::Document, element: lopdf::ObjectId) -> String {
        let element = file.get_dictionary(element).unwrap();
        let name = String::from_utf8(element.get(b"S").unwrap().as_name().unwrap().to_vec()).unwrap();
        let kids = element.get(b"K").unwrap().as_array().unwrap();
        let kids: String =
            kids.iter().filter_map(|kid| kid.as_reference().ok()).map(|kid| structure(file, kid)).collect();
        format!("{name}({kids})")
    }

    #[test]
    fn the_structure_says_what_each_piece_is() {
        let file = lopdf::Document::load_mem(&bytes(&sample())).unwrap();
        let root = file.catalog().unwrap().get(b"StructTreeRoot").unwrap().as_reference().unwrap();
        let root = file.get_dictionary(root).unwrap();
        let structure = structure(&file, root.get(b"K").unwrap().as_reference().unwrap());
        let entry = "TOCI(Reference(Link()))";
        let row = "TR(TD(Link())TD())";
        let expected = format!(
            "Document(Sect(H1()TOC({}))Sect(H1()H3()H2()H3()P(Link())Table(TR(TH()TH()){}))Sect(H1()))",
            entry.repeat(5),
            row.repeat(70)
        );
        // A name that wraps or has marks in it is a link in pieces.
        let mut structure = structure;
        while structure.contains("Link()Link()") {
            structure = structure.replace("Link()Link()", "Link()");
        }
        assert_eq!(structure, expected);
    }

    #[test]
    fn every_piece_of_every_page_belongs_to_somebody_or_is_an_artifact() {
        let file = lopdf::Document::load_mem(&bytes(&sample())).unwrap();
        let root = file.catalog().unwrap().get(b"StructTreeRoot").unwrap().as_reference().unwrap();
        let parents = file.get_dictionary(root).unwrap().get(b"ParentTree").unwrap().as_reference().unwrap();
        let parents = file.get_dictionary(parents).unwrap().get(b"Nums").unwrap().as_array().unwrap();
        for (number, page) in file.get_pages().into_values().enumerate() {
            let owners = file.get_object(parents[2 * number + 1].as_reference().unwrap()).unwrap().as_array().unwrap();
            let content = lopdf::content::Content::decode(&file.get_page_content(page)).unwrap();
            let (mut open, mut next) = (false, 0);
            for operation in content.operations {
                match operation.operator.as_str() {
                    "BDC" => {
                        assert!(!open, "pieces are not nested");
                        open = true;
                        if let Ok(mcid) = operation.operands[1].as_dict().unwrap().get(b"MCID") {
                            assert_eq!(mcid.as_i64().unwrap(), next);
                            next += 1;
                        } else {
                            assert_eq!(operation.operands[0].as_name().unwrap(), b"Artifact");
                        }
                    }
                    "EMC" => open = false,
                    "Tj" | "TJ" | "f" | "S" | "B" => assert!(open, "drawn for nobody: {operation:?}"),
                    _ => {}
                }
            }
            assert_eq!(usize::try_from(next).unwrap(), owners.len());
            for owner in owners {
                let owner = file.get_dictionary(owner.as_reference().unwrap()).unwrap();
                assert!(owner.has_type(b"StructElem"));
            }
        }
    }

    #[test]
    fn all_text_is_numbers_of_glyphs() {
        let file = lopdf::Document::load_mem(&bytes(&sample())).unwrap();
        for page in file.get_pages().into_values() {
            let content = file.get_page_content(page);
            assert!(content.windows(4).any(|w| w == b"> Tj"));
            assert!(!content.contains(&b'(') && !content.contains(&b')'));
        }
    }

    #[test]
    fn every_font_is_embedded_as_a_subset_that_maps_back_to_characters() {
        let file = lopdf::Document::load_mem(&bytes(&sample())).unwrap();
        let mut seen = Vec::new();
        for font in file.objects.values().filter_map(|o| o.as_dict().ok()) {
            match font.get(b"Type").and_then(Object::as_name) {
                Ok(b"Font") => {
                    let name = font.get(b"BaseFont").unwrap().as_name().unwrap();
                    assert!(name[6] == b'+' && name[..6].iter().all(u8::is_ascii_uppercase), "{name:?}");
                    assert!(font.get(b"ToUnicode").is_ok());
                    seen.push(name.to_vec());
                }
                Ok(b"FontDescriptor") => assert!(font.get(b"FontFile2").is_ok()),
                _ => {}
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3, "regular, bold and mono, each with a name of its own");
    }

    #[test]
    fn links_are_printed_and_lead_to_pages_and_addresses() {
        let file = lopdf::Document::load_mem(&bytes(&sample())).unwrap();
        let (mut inside, mut outside) = (0, 0);
        for page in file.get_pages().into_values() {
            let Ok(links) = file.get_dictionary(page).unwrap().get(b"Annots").and_then(Object::as_array) else {
                continue;
            };
            for link in links.iter().map(|l| file.get_dictionary(l.as_reference().unwrap()).unwrap()) {
                assert!(!link.get(b"Contents").unwrap().as_str().unwrap().is_empty());
                assert_eq!(link.get(b"F").unwrap().as_i64().unwrap(), 4);
                let action = link.get(b"A").unwrap().as_dict().unwrap();
                if let Ok(uri) = action.get(b"URI") {
                    assert_eq!(uri.as_str().unwrap(), b"https://example.com/a%28b%29");
                    outside += 1;
                } else {
                    let to = action.get(b"D").unwrap().as_array().unwrap()[0].as_reference().unwrap();
                    assert!(file.get_pages().values().any(|page| *page == to));
                    inside += 1;
                }
            }
        }
        assert_eq!((inside > 70, outside), (true, 1));
    }
}
