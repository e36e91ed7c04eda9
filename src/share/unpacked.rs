//! What stands in the files of an edition once it is unpacked: the members of a workbook, the streams, strings and words of a
//! PDF. A name that only a program can see is given away all the same.

use flate2::read::DeflateDecoder;
use lopdf::{Document, Object};
use std::io::Read as _;

/// A part of a file.
pub(super) struct Part {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What they are.
    pub kind: Kind,
}

/// What the bytes of a part are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that people or programs read: a short name can be told in it as a word.
    Words,
    /// Anything else: numbers of glyphs, fonts, packed bytes.
    Bytes,
    /// Words of pages without what stands between them, since a long name may be broken over lines.
    Joined,
}

/// The most that one member or stream may unpack to: an edition is smaller as a whole.
const CAP: u64 = 64 << 20;

/// The parts of a file, the file itself among them.
///
/// # Errors
/// What cannot be unpacked cannot be searched.
pub(super) fn parts(bytes: &[u8]) -> Result<Vec<Part>, String> {
    let kind = if std::str::from_utf8(bytes).is_ok() { Kind::Words } else { Kind::Bytes };
    let mut parts = vec![Part { bytes: bytes.to_vec(), kind }];
    if bytes.starts_with(b"PK\x03\x04") {
        parts.extend(members(bytes)?.into_iter().map(|bytes| Part { bytes, kind: Kind::Words }));
    } else if bytes.starts_with(b"%PDF-") {
        parts.extend(of_pdf(bytes)?);
    }
    Ok(parts)
}

/// The members of a zip file, by its central directory, each after its name.
fn members(zip: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let odd = || "a workbook is not in the form of zip".to_owned();
    let two = |at: usize| zip.get(at..at + 2).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]]))).ok_or_else(odd);
    let four = |at: usize| Ok::<_, String>(two(at)? | two(at + 2)? << 16);
    let end = zip.windows(4).rposition(|four| four == b"PK\x05\x06").ok_or_else(odd)?;
    let (count, mut at) = (two(end + 10)?, four(end + 16)?);
    let mut found = Vec::new();
    for _ in 0..count {
        if zip.get(at..at + 4) != Some(b"PK\x01\x02") {
            return Err(odd());
        }
        let (method, packed, name, local) = (two(at + 10)?, four(at + 20)?, two(at + 28)?, four(at + 42)?);
        let begin = local + 30 + two(local + 26)? + two(local + 28)?;
        let data = zip.get(begin..begin + packed).ok_or_else(odd)?;
        let mut text = zip.get(at + 46..at + 46 + name).ok_or_else(odd)?.to_vec();
        text.push(b'\n');
        match method {
            0 => text.extend(data),
            8 => drop(DeflateDecoder::new(data).take(CAP).read_to_end(&mut text).map_err(|e| e.to_string())?),
            other => return Err(format!("a member of a workbook is packed by method {other}")),
        }
        found.push(text);
        at += 46 + name + two(at + 30)? + two(at + 32)?;
    }
    Ok(found)
}

/// Streams as they are once unpacked, strings as people read them, and the words of the pages.
fn of_pdf(bytes: &[u8]) -> Result<Vec<Part>, String> {
    let file = Document::load_mem(bytes).map_err(|e| e.to_string())?;
    let mut parts = Vec::new();
    let mut strings = String::new();
    for object in file.objects.values() {
        collect(object, &mut strings);
        if let Object::Stream(stream) = object {
            let packed = stream.dict.get(b"Filter").is_ok();
            let content =
                if packed { stream.decompressed_content().map_err(|e| e.to_string())? } else { stream.content.clone() };
            parts.push(Part { bytes: content, kind: Kind::Bytes });
        }
    }
    parts.push(Part { bytes: strings.into_bytes(), kind: Kind::Words });
    let pages: Vec<u32> = file.get_pages().keys().copied().collect();
    let words = file.extract_text(&pages).map_err(|e| e.to_string())?;
    let joined: String = words.split_whitespace().collect();
    parts.push(Part { bytes: words.into_bytes(), kind: Kind::Words });
    parts.push(Part { bytes: joined.into_bytes(), kind: Kind::Joined });
    Ok(parts)
}

/// The strings of an object, one a line.
fn collect(object: &Object, into: &mut String) {
    match object {
        Object::String(bytes, _) => {
            let text = match bytes.strip_prefix(b"\xfe\xff") {
                Some(wide) => {
                    let units: Vec<u16> =
                        wide.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
                    String::from_utf16_lossy(&units)
                }
                None => bytes.iter().map(|b| char::from(*b)).collect(),
            };
            into.push_str(&text);
            into.push('\n');
        }
        Object::Array(all) => all.iter().for_each(|one| collect(one, into)),
        Object::Dictionary(entries) => entries.iter().for_each(|(_, one)| collect(one, into)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, one)| collect(one, into)),
        _ => {}
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use std::io::Write as _;

    /// A zip file of one packed member.
    pub(crate) fn zip(name: &str, text: &str) -> Vec<u8> {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(text.as_bytes()).unwrap();
        let packed = deflate.finish().unwrap();
        let (size, length) =
            (u32::try_from(packed.len()).unwrap().to_le_bytes(), u16::try_from(name.len()).unwrap().to_le_bytes());
        let whole = u32::try_from(text.len()).unwrap().to_le_bytes();
        let common = [&[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &size, &whole, &length, &[0, 0]].concat();
        let local = [b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat();
        let place = u32::try_from(local.len()).unwrap().to_le_bytes();
        let central = [b"PK\x01\x02", &[20, 0][..], &common, &[0; 14], name.as_bytes()].concat();
        let length = u32::try_from(central.len()).unwrap().to_le_bytes();
        [&local[..], &central, b"PK\x05\x06", &[0, 0, 0, 0, 1, 0, 1, 0], &length, &place, &[0, 0]].concat()
    }

    #[test]
    fn a_member_of_a_workbook_is_read_as_it_was_written() {
        let text = "<c>secret-stream</c>".repeat(50);
        let file = zip("xl/sheet1.xml", &text);
        let parts = parts(&file).unwrap();
        assert_eq!(String::from_utf8(parts[1].bytes.clone()).unwrap(), format!("xl/sheet1.xml\n{text}"));
        assert!(!parts[0].bytes.windows(13).any(|w| w == b"secret-stream"), "packed, it is not to be seen");
        assert!(super::parts(&file[..file.len() - 30]).is_err(), "what cannot be unpacked is no empty file");
    }
}
