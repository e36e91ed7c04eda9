//! What a file says of itself: title, dates, language, facts of the evidence, bookmarks.
//!
//! Everything here comes from the document, so the same document gives the same bytes, whatever was made before it
//! in this process. The report is built to the rules of PDF/A-3 and PDF/UA, and does not say that it conforms: no tool
//! that could check that was at hand. The form that one did check (see [`Form`]) says so.

use super::PdfError;
use super::display::Outlined;
use super::document::{Document, Level};
use super::file::{File, Id, reference};
use super::fonts::visible;
use super::style;
use crate::model::Time;
use crate::model::sha256::hex;
use crate::model::time::seconds;
use lopdf::{Dictionary, Object, StringFormat, dictionary};
use std::fmt::Write as _;

/// The name in the metadata, with the version: a verifier reads there which one wrote the report.
const PROGRAM: &str = concat!("Keywitness ", env!("CARGO_PKG_VERSION"));
/// The namespace of the facts.
const NAMESPACE: &str = "urn:keywitness:evidence:";

/// Which form of PDF is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// The form for archives of 2005 (PDF/A-1b): without attachment, without shared streams, and with its claim. It is
    /// written for a judge that knows only this form and is otherwise the same.
    pub archive_1b: bool,
}

/// Writes the bookmarks: each heading below the nearest one before it that is less deep.
///
/// # Errors
/// When an object cannot be written.
pub fn outlines(file: &mut File<'_>, headings: &[Outlined], pages: &[Id]) -> Result<Option<Id>, PdfError> {
    if headings.is_empty() {
        return Ok(None);
    }
    let root = file.reserve();
    let ids: Vec<Id> = headings.iter().map(|_| file.reserve()).collect();
    let parents = parents(headings);
    let mut nodes: Vec<Dictionary> = headings.iter().map(|heading| node(heading, pages)).collect();
    let mut last: Vec<Option<usize>> = vec![None; headings.len() + 1];
    let mut first = last.clone();
    let mut children = vec![0_i64; headings.len() + 1];
    for (i, parent) in parents.iter().enumerate() {
        // The root's place is after all headings.
        let slot = parent.unwrap_or(headings.len());
        nodes[i].set("Parent", reference(parent.map_or(root, |p| ids[p])));
        if let Some(before) = last[slot].replace(i) {
            nodes[before].set("Next", reference(ids[i]));
            nodes[i].set("Prev", reference(ids[before]));
        }
        first[slot].get_or_insert(i);
        children[slot] += 1;
    }
    for (i, mut node) in nodes.into_iter().enumerate() {
        if let (Some(first), Some(last)) = (first[i], last[i]) {
            node.set("First", reference(ids[first]));
            node.set("Last", reference(ids[last]));
            // Negative: closed until somebody opens it.
            node.set("Count", -children[i]);
        }
        file.set(ids[i], &node.into())?;
    }
    let mut tree = dictionary! { "Type" => "Outlines", "Count" => children[headings.len()] };
    if let (Some(first), Some(last)) = (first[headings.len()], last[headings.len()]) {
        tree.set("First", reference(ids[first]));
        tree.set("Last", reference(ids[last]));
    }
    file.set(root, &tree.into())?;
    Ok(Some(root))
}

fn node(heading: &Outlined, pages: &[Id]) -> Dictionary {
    let mut node = dictionary! { "Title" => text(&heading.text) };
    if let Some(page) = pages.get(heading.place.page) {
        let top = (style::PAGE_HEIGHT - heading.place.y + 8.0).round();
        node.set("Dest", vec![reference(*page), "XYZ".into(), 0.into(), Object::Real(top), Object::Null]);
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

/// The dictionary of older readers.
pub fn info(document: &Document<'_>) -> Dictionary {
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

/// A date as files have it.
pub fn pdf_date(time: Time) -> String {
    time.format("D:%Y%m%d%H%M%SZ").to_string()
}

/// A text string: UTF-16 with its mark, in hexadecimal, so that no character of it can be syntax.
pub fn text(words: &str) -> Object {
    let units = std::iter::once(0xfeff).chain(visible(words).encode_utf16().collect::<Vec<_>>());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

/// The same facts as in the Info dictionary, in the form of newer readers (ISO 16684-1).
pub fn xmp(document: &Document<'_>, form: Form) -> String {
    let date = seconds(document.created);
    let id = hex(&document.id_seed[..16]);
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
    let (facts_said, facts_described) = own_facts(document);
    let claim = if form.archive_1b {
        concat!(
            "  <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n",
            "   <pdfaid:part>1</pdfaid:part>\n",
            "   <pdfaid:conformance>B</pdfaid:conformance>\n",
            "  </rdf:Description>\n",
        )
    } else {
        ""
    };
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
            "{claim}{facts_said}{facts_described}",
            " </rdf:RDF>\n",
            "</x:xmpmeta>\n",
            "<?xpacket end=\"r\"?>",
        ),
        facts = facts,
        claim = claim,
        facts_said = facts_said,
        facts_described = facts_described,
        program = PROGRAM,
        date = date,
        id = id,
    )
}

/// The facts of the evidence, and the description of them that archives ask for: what each is, in words.
fn own_facts(document: &Document<'_>) -> (String, String) {
    if document.facts.is_empty() {
        return (String::new(), String::new());
    }
    let mut said = format!("  <rdf:Description rdf:about=\"\" xmlns:keywitness=\"{NAMESPACE}\">\n");
    let mut described = format!(
        concat!(
            "  <rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\"\n",
            "    xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\"\n",
            "    xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n",
            "   <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n",
            "    <pdfaSchema:schema>Facts of an evidence pack</pdfaSchema:schema>\n",
            "    <pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI>\n",
            "    <pdfaSchema:prefix>keywitness</pdfaSchema:prefix>\n",
            "    <pdfaSchema:property><rdf:Seq>\n",
        ),
        namespace = NAMESPACE
    );
    for (name, what, value) in &document.facts {
        let _ = writeln!(said, "   <keywitness:{name}>{}</keywitness:{name}>", escape(value));
        let _ = write!(
            described,
            concat!(
                "     <rdf:li rdf:parseType=\"Resource\">\n",
                "      <pdfaProperty:name>{name}</pdfaProperty:name>\n",
                "      <pdfaProperty:valueType>Text</pdfaProperty:valueType>\n",
                "      <pdfaProperty:category>external</pdfaProperty:category>\n",
                "      <pdfaProperty:description>{what}</pdfaProperty:description>\n",
                "     </rdf:li>\n",
            ),
            name = name,
            what = escape(what)
        );
    }
    said.push_str("  </rdf:Description>\n");
    described.push_str(
        "    </rdf:Seq></pdfaSchema:property>\n   </rdf:li></rdf:Bag></pdfaExtension:schemas>\n  </rdf:Description>\n",
    );
    (said, described)
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
