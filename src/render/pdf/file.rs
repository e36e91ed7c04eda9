//! Objects in, a PDF file out, one after the other: what is written is not kept as objects.
//!
//! Small objects go into compressed object streams (ISO 32000-1, 7.5.7): the structure of a long report is ten times
//! smaller there. The form for archives of 2005 knows no such streams, so they can be left out.

use super::PdfError;
use super::long::Long;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Object, Stream, StringFormat};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

/// The number of an object.
pub type Id = u32;

/// How many objects share a stream.
const PACK: u8 = 200;

/// Eight bytes: the structure of an organization has a million objects.
#[derive(Clone, Copy)]
enum Place {
    /// Not written yet.
    Nowhere,
    /// At this byte of the file.
    At(u32),
    /// In a stream, as its how manieth.
    In(Id, u8),
}

/// A file that is being written.
pub struct File<'a> {
    out: &'a mut dyn Write,
    /// How many bytes are written.
    at: usize,
    places: Long<Place>,
    packs: bool,
    /// Objects that are waiting for their stream: their numbers, and where each begins.
    waiting: Vec<(Id, usize)>,
    body: String,
}

/// A reference to an object.
pub fn reference(id: Id) -> Object {
    Object::Reference((id, 0))
}

impl<'a> File<'a> {
    /// Begins a file; `packs` says whether objects may share streams.
    ///
    /// # Errors
    /// When its beginning cannot be written, as for everything below.
    pub fn new(out: &'a mut dyn Write, packs: bool) -> Result<Self, PdfError> {
        let mut file = Self {
            out,
            at: 0,
            places: [Place::Nowhere].into_iter().collect(),
            packs,
            waiting: Vec::new(),
            body: String::new(),
        };
        file.put(format!("%PDF-{}\n", if packs { "1.7" } else { "1.4" }).as_bytes())?;
        // Tells those who transfer files that it is no text.
        file.put(b"%\xe2\xe3\xcf\xd3\n")?;
        Ok(file)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PdfError> {
        self.at += bytes.len();
        self.out.write_all(bytes).map_err(|e| PdfError::BackEnd(e.to_string()))
    }

    /// The number of an object that is written later.
    pub fn reserve(&mut self) -> Id {
        self.places.push(Place::Nowhere);
        Id::try_from(self.places.len() - 1).unwrap_or(Id::MAX)
    }

    /// Writes an object.
    pub fn add(&mut self, object: &Object) -> Result<Id, PdfError> {
        let id = self.reserve();
        self.set(id, object)?;
        Ok(id)
    }

    /// Writes an object under a number that was reserved.
    pub fn set(&mut self, id: Id, object: &Object) -> Result<(), PdfError> {
        match object {
            Object::Stream(stream) => self.set_stream(id, stream.clone()),
            object => {
                let mut text = String::new();
                put(object, &mut text);
                self.set_text(id, &text)
            }
        }
    }

    /// Writes an object that is no stream, as it stands in a file.
    pub fn set_text(&mut self, id: Id, text: &str) -> Result<(), PdfError> {
        if !self.packs {
            self.begin(id)?;
            self.put(text.as_bytes())?;
            return self.put(b"\nendobj\n");
        }
        self.waiting.push((id, self.body.len()));
        self.body.push_str(text);
        self.body.push('\n');
        if self.waiting.len() >= usize::from(PACK) { self.pack() } else { Ok(()) }
    }

    /// Writes a stream, and returns its number.
    pub fn stream(&mut self, dict: Dictionary, content: Vec<u8>) -> Result<Id, PdfError> {
        let id = self.reserve();
        self.set_stream(id, Stream::new(dict, content))?;
        Ok(id)
    }

    /// Writes a stream that [`deflated`] made, and returns its number.
    pub fn deflated_stream(&mut self, mut dict: Dictionary, content: Vec<u8>) -> Result<Id, PdfError> {
        dict.set("Filter", "FlateDecode");
        self.stream(dict, content)
    }

    /// Writes a stream; it is compressed if it may be.
    pub fn set_stream(&mut self, id: Id, mut stream: Stream) -> Result<(), PdfError> {
        if stream.allows_compression && !stream.dict.has(b"Filter") {
            let (deflated, _) = deflated(|out| out.write_all(&stream.content))?;
            // What is short can grow.
            if deflated.len() < stream.content.len() {
                stream.set_content(deflated);
                stream.dict.set("Filter", "FlateDecode");
            }
        }
        stream.dict.set("Length", i64::try_from(stream.content.len()).unwrap_or(i64::MAX));
        self.begin(id)?;
        let mut dict = String::new();
        put_dictionary(&stream.dict, &mut dict);
        self.put(dict.as_bytes())?;
        self.put(b"\nstream\n")?;
        self.put(&stream.content)?;
        self.put(b"\nendstream\nendobj\n")
    }

    fn begin(&mut self, id: Id) -> Result<(), PdfError> {
        self.places[id as usize] = Place::At(self.place()?);
        self.put(format!("{id} 0 obj\n").as_bytes())
    }

    /// Where the next byte will stand.
    fn place(&self) -> Result<u32, PdfError> {
        u32::try_from(self.at).map_err(|_| PdfError::BackEnd("the file is larger than 4 GiB".to_owned()))
    }

    /// Writes the objects that are waiting.
    fn pack(&mut self) -> Result<(), PdfError> {
        let (waiting, body) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.body));
        if waiting.is_empty() {
            return Ok(());
        }
        let head: Vec<String> = waiting.iter().map(|(id, at)| format!("{id} {at}")).collect();
        let head = head.join(" ") + "\n";
        let mut dict = Dictionary::new();
        dict.set("Type", "ObjStm");
        dict.set("N", i64::try_from(waiting.len()).unwrap_or(i64::MAX));
        dict.set("First", i64::try_from(head.len()).unwrap_or(i64::MAX));
        let stream = self.stream(dict, (head + &body).into_bytes())?;
        for (index, (id, _)) in (0..PACK).zip(waiting) {
            self.places[id as usize] = Place::In(stream, index);
        }
        Ok(())
    }

    /// Ends the file. The trailer has everything but its size.
    pub fn finish(mut self, mut trailer: Dictionary) -> Result<(), PdfError> {
        self.pack()?;
        if let Some(id) = self.places.iter().skip(1).position(|place| matches!(place, Place::Nowhere)) {
            return Err(PdfError::BackEnd(format!("object {} was promised and not written", id + 1)));
        }
        let at = if self.packs {
            self.cross_reference_stream(trailer)?
        } else {
            let at = self.place()?;
            let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.places.len());
            for place in self.places.iter().skip(1) {
                let Place::At(at) = place else { continue };
                // Writing to a String does not fail.
                let _ = writeln!(table, "{at:010} 00000 n ");
            }
            trailer.set("Size", i64::try_from(self.places.len()).unwrap_or(i64::MAX));
            table.push_str("trailer\n");
            put_dictionary(&trailer, &mut table);
            table.push('\n');
            self.put(table.as_bytes())?;
            at
        };
        self.put(format!("startxref\n{at}\n%%EOF\n").as_bytes())
    }

    fn cross_reference_stream(&mut self, mut trailer: Dictionary) -> Result<u32, PdfError> {
        let id = self.reserve();
        let at = self.place()?;
        self.places[id as usize] = Place::At(at);
        let mut rows = Vec::with_capacity(self.places.len() * 7);
        let mut row = |kind: u8, first: u32, second: u16| {
            rows.push(kind);
            rows.extend_from_slice(&first.to_be_bytes());
            rows.extend_from_slice(&second.to_be_bytes());
        };
        row(0, 0, u16::MAX);
        for place in self.places.iter().skip(1) {
            match *place {
                Place::Nowhere => row(0, 0, 0),
                Place::At(at) => row(1, at, 0),
                Place::In(stream, index) => row(2, stream, index.into()),
            }
        }
        trailer.set("Type", "XRef");
        trailer.set("Size", i64::try_from(self.places.len()).unwrap_or(i64::MAX));
        trailer.set("W", vec![Object::from(1), 4.into(), 2.into()]);
        self.set_stream(id, Stream::new(trailer, rows))?;
        Ok(at)
    }
}

/// An object as it stands in a file.
pub fn put(object: &Object, out: &mut String) {
    // Writing to a String does not fail.
    let _ = match object {
        Object::Boolean(value) => write!(out, "{value}"),
        Object::Integer(value) => write!(out, "{value}"),
        Object::Real(value) => write!(out, "{value}"),
        Object::Reference((id, _)) => write!(out, "{id} 0 R"),
        Object::Name(name) => {
            put_name(name, out);
            Ok(())
        }
        Object::String(bytes, format) => {
            put_string(bytes, *format, out);
            Ok(())
        }
        Object::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                put(item, out);
            }
            out.push(']');
            Ok(())
        }
        Object::Dictionary(dict) => {
            put_dictionary(dict, out);
            Ok(())
        }
        // A stream is an object of its own and never part of another.
        Object::Null | Object::Stream(_) => write!(out, "null"),
    };
}

/// At the usual level, as in zip files: the best one stood out in a profile of the whole report.
/// Compresses what is written on the way, so that it is never there as a whole; and how much it was.
pub fn deflated(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(Vec<u8>, u64), PdfError> {
    let failed = |e: io::Error| PdfError::BackEnd(e.to_string());
    let mut encoder = BufWriter::new(ZlibEncoder::new(Vec::new(), Compression::default()));
    write(&mut encoder).map_err(failed)?;
    let encoder = encoder.into_inner().map_err(|e| failed(e.into_error()))?;
    let size = encoder.total_in();
    Ok((encoder.finish().map_err(failed)?, size))
}

fn put_dictionary(dict: &Dictionary, out: &mut String) {
    out.push_str("<<");
    for (key, value) in dict {
        put_name(key, out);
        out.push(' ');
        put(value, out);
    }
    out.push_str(">>");
}

fn put_name(name: &[u8], out: &mut String) {
    out.push('/');
    for &byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "#{byte:02X}");
        }
    }
}

/// A string in brackets only if nothing in it could end it or begin another.
fn put_string(bytes: &[u8], format: StringFormat, out: &mut String) {
    let plain = |byte: &u8| (byte.is_ascii_graphic() || *byte == b' ') && !b"()\\".contains(byte);
    if format == StringFormat::Literal && bytes.iter().all(plain) {
        out.push('(');
        out.extend(bytes.iter().map(|byte| char::from(*byte)));
        out.push(')');
        return;
    }
    out.push('<');
    for byte in bytes {
        let _ = write!(out, "{byte:02X}");
    }
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    fn sample(packs: bool) -> (Vec<u8>, Vec<Id>) {
        let mut bytes = Vec::new();
        let mut file = File::new(&mut bytes, packs).unwrap();
        let pages = file.reserve();
        let ids = (0..450_i64).map(|i| file.add(&Object::Integer(i)).unwrap()).collect();
        file.set(pages, &dictionary! { "Type" => "Pages", "Kids" => Vec::<Object>::new(), "Count" => 0 }.into())
            .unwrap();
        file.stream(Dictionary::new(), b"some drawing ".repeat(40)).unwrap();
        let root = file.add(&dictionary! { "Type" => "Catalog", "Pages" => reference(pages) }.into()).unwrap();
        file.finish(dictionary! { "Root" => reference(root) }).unwrap();
        (bytes, ids)
    }

    #[test]
    fn a_reader_of_pdf_finds_every_object_in_both_forms() {
        for packs in [true, false] {
            let (bytes, ids) = sample(packs);
            let file = lopdf::Document::load_mem(&bytes).unwrap();
            for (id, value) in ids.into_iter().zip(0..) {
                assert_eq!(file.get_object((id, 0)).unwrap().as_i64().unwrap(), value, "{packs}");
            }
            assert!(file.catalog().is_ok());
        }
        assert!(sample(true).0.len() < sample(false).0.len() / 3);
    }

    #[test]
    fn no_string_or_name_can_leave_its_place() {
        let mut out = String::new();
        put(&Object::String(b") /X (".to_vec(), StringFormat::Literal), &mut out);
        put(&Object::Name(b"A B/C>>".to_vec()), &mut out);
        assert_eq!(out, "<29202F582028>/A#20B#2FC#3E#3E");
    }

    #[test]
    fn a_promise_that_is_not_kept_is_an_error() {
        let mut bytes = Vec::new();
        let mut file = File::new(&mut bytes, true).unwrap();
        file.reserve();
        assert!(file.finish(Dictionary::new()).is_err());
    }
}
