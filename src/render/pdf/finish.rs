//! What printpdf does not write: nested bookmarks, metadata with fixed dates and identifiers, the document's language.
//!
//! Everything here comes from the document, so the same document gives the same bytes, whatever was made before it
//! in this process. No conformance (PDF/A, PDF/UA) is claimed: nobody has checked one.

use super::PdfError;
use super::display::Outlined;
use super::document::{Document, Level};
use super::fonts::visible;
use super::style;
use crate::model::Time;
use crate::model::time::seconds;
use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat, dictionary};
use printpdf::{PdfDocument, PdfSaveOptions};
use std::fmt::Write as _;

/// The name in the metadata; no version, which would change the bytes of a report that says the same.
const PROGRAM: &str = "Keywitness";

/// Writes the file.
///
/// # Errors
/// When printpdf warns of anything, or what it made is not as expected.
pub fn finish(pdf: PdfDocument, document: &Document, headings: &[Outlined]) -> Result<Vec<u8>, PdfError> {
    let mut warnings = Vec::new();
    let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: true, image_optimization: None };
    let mut file = pdf.to_lopdf_document(&options, &mut warnings);
    let count = pdf.pages.len();
    drop(pdf);
    if let Some(warning) = warnings.first() {
        return Err(PdfError::BackEnd(warning.msg.clone()));
    }
    "1.7".clone_into(&mut file.version);
    let pages: Vec<ObjectId> = file.get_pages().into_values().collect();
    if pages.len() != count {
        return Err(PdfError::BackEnd(format!("{} pages were drawn, {} written", count, pages.len())));
    }
    for page in &pages {
        finish_links(&mut file, *page)?;
    }
    let outlines = outlines(&mut file, headings, &pages);
    // Readers look for the metadata in plain text: not compressed.
    let xmp = Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp(document).into_bytes());
    let metadata = file.add_object(xmp.with_compression(false));
    let catalog = file.catalog_mut().map_err(|e| PdfError::BackEnd(e.to_string()))?;
    catalog.set("Lang", text(&document.language));
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("Metadata", metadata);
    catalog.set("PageLayout", "SinglePage");
    catalog.set("PageMode", "UseNone");
    if let Some(outlines) = outlines {
        catalog.set("Outlines", outlines);
        catalog.set("PageMode", "UseOutlines");
    }
    let info = file.add_object(info(document));
    if let Ok(Object::Reference(old)) = file.trailer.get(b"Info") {
        let old = *old;
        file.objects.remove(&old);
    }
    file.trailer.set("Info", info);
    let id = |half: &[u8]| Object::String(half.to_vec(), StringFormat::Hexadecimal);
    file.trailer.set("ID", vec![id(&document.id_seed[..16]), id(&document.id_seed[16..])]);
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|e| PdfError::BackEnd(e.to_string()))?;
    Ok(bytes)
}

/// Links are printed (flag 4) and have no frame; a page without links has no list of them.
fn finish_links(file: &mut lopdf::Document, page: ObjectId) -> Result<(), PdfError> {
    let page = file.get_object_mut(page).and_then(Object::as_dict_mut).map_err(|e| PdfError::BackEnd(e.to_string()))?;
    let Ok(links) = page.get_mut(b"Annots").and_then(Object::as_array_mut) else { return Ok(()) };
    for link in links.iter_mut() {
        if let Ok(link) = link.as_dict_mut() {
            link.set("F", 4);
            link.remove(b"C");
        }
    }
    if links.is_empty() {
        page.remove(b"Annots");
    }
    Ok(())
}

/// The bookmarks: each heading below the nearest one before it that is less deep.
fn outlines(file: &mut lopdf::Document, headings: &[Outlined], pages: &[ObjectId]) -> Option<ObjectId> {
    if headings.is_empty() {
        return None;
    }
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = headings.iter().map(|_| file.new_object_id()).collect();
    let parents = parents(headings);
    let mut nodes: Vec<Dictionary> = headings.iter().map(|heading| node(heading, pages)).collect();
    let mut last: Vec<Option<usize>> = vec![None; headings.len() + 1];
    let mut first = last.clone();
    let mut children = vec![0_i64; headings.len() + 1];
    for (i, parent) in parents.iter().enumerate() {
        // The root's place is after all headings.
        let slot = parent.unwrap_or(headings.len());
        nodes[i].set("Parent", parent.map_or(root, |p| ids[p]));
        if let Some(before) = last[slot].replace(i) {
            nodes[before].set("Next", ids[i]);
            nodes[i].set("Prev", ids[before]);
        }
        first[slot].get_or_insert(i);
        children[slot] += 1;
    }
    for (i, mut node) in nodes.into_iter().enumerate() {
        if let (Some(first), Some(last)) = (first[i], last[i]) {
            node.set("First", ids[first]);
            node.set("Last", ids[last]);
            // Negative: closed until somebody opens it.
            node.set("Count", -children[i]);
        }
        file.set_object(ids[i], node);
    }
    let mut tree = dictionary! { "Type" => "Outlines", "Count" => children[headings.len()] };
    if let (Some(first), Some(last)) = (first[headings.len()], last[headings.len()]) {
        tree.set("First", ids[first]);
        tree.set("Last", ids[last]);
    }
    file.set_object(root, tree);
    Some(root)
}

fn node(heading: &Outlined, pages: &[ObjectId]) -> Dictionary {
    let mut node = dictionary! { "Title" => text(&heading.text) };
    if let Some(page) = pages.get(heading.place.page) {
        let top = (style::PAGE_HEIGHT - heading.place.y + 8.0).round();
        node.set("Dest", vec![Object::from(*page), "XYZ".into(), 0.into(), Object::Real(top), Object::Null]);
    }
    node
}

/// For each heading the number of the one that it stands below.
fn parents(headings: &[Outlined]) -> Vec<Option<usize>> {
    let mut open: Vec<(Level, usize)> = Vec::new();
    let mut parents = Vec::with_capacity(headings.len());
    for (i, heading) in headings.iter().enumerate() {
        while open.pop_if(|(level, _)| *level >= heading.level).is_some() {}
        parents.push(open.last().map(|(_, parent)| *parent));
        open.push((heading.level, i));
    }
    parents
}

fn info(document: &Document) -> Dictionary {
    let date = pdf_date(document.created);
    let mut info = dictionary! {
        "Title" => text(&document.title),
        "Creator" => text(PROGRAM),
        "Producer" => text(PROGRAM),
        "CreationDate" => Object::string_literal(date.clone()),
        "ModDate" => Object::string_literal(date),
    };
    for (key, value) in [("Subject", &document.subject), ("Author", &document.author)] {
        if !value.is_empty() {
            info.set(key, text(value));
        }
    }
    info
}

fn pdf_date(time: Time) -> String {
    time.format("D:%Y%m%d%H%M%SZ").to_string()
}

/// A text string: UTF-16 with its mark, in hexadecimal, so that no character of it can be syntax.
fn text(words: &str) -> Object {
    let units = std::iter::once(0xfeff).chain(visible(words).encode_utf16().collect::<Vec<_>>());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

/// The same facts as in the Info dictionary, in the form of newer readers (ISO 16684-1).
fn xmp(document: &Document) -> String {
    let date = seconds(document.created);
    let mut id = String::new();
    for byte in &document.id_seed[..16] {
        // Writing to a String does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    let list = |name: &str, kind: &str, attribute: &str, value: &str| {
        if value.is_empty() {
            return String::new();
        }
        let value = escape(value);
        format!("   <dc:{name}><rdf:{kind}><rdf:li{attribute}>{value}</rdf:li></rdf:{kind}></dc:{name}>\n")
    };
    let lang = " xml:lang=\"x-default\"";
    let mut facts = list("title", "Alt", lang, &document.title);
    facts += &list("creator", "Seq", "", &document.author);
    facts += &list("description", "Alt", lang, &document.subject);
    facts += &list("language", "Bag", "", &document.language);
    format!(
        concat!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n",
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n",
            " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n",
            "  <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n",
            "    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"\n",
            "    xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\">\n",
            "   <dc:format>application/pdf</dc:format>\n",
            "{facts}",
            "   <xmp:CreatorTool>{program}</xmp:CreatorTool>\n",
            "   <pdf:Producer>{program}</pdf:Producer>\n",
            "   <xmp:CreateDate>{date}</xmp:CreateDate>\n",
            "   <xmp:ModifyDate>{date}</xmp:ModifyDate>\n",
            "   <xmp:MetadataDate>{date}</xmp:MetadataDate>\n",
            "   <xmpMM:DocumentID>urn:keywitness:{id}</xmpMM:DocumentID>\n",
            "  </rdf:Description>\n",
            " </rdf:RDF>\n",
            "</x:xmpmeta>\n",
            "<?xpacket end=\"r\"?>",
        ),
        facts = facts,
        program = PROGRAM,
        date = date,
        id = id,
    )
}

/// Text for XML: marks instead of characters that XML forbids or that hide, and no markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in visible(text).chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(ch),
        }
    }
    out
}
