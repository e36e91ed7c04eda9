//! Reading DER, one value after the other, by the `der` crate: definite, shortest lengths only, nothing copied, no
//! recursion. What is read may be hostile; every error is a sentence about a field.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

/// What is wrong with some DER.
pub(in crate::pack) type Wrong = String;

/// `[n]` in its constructed form.
pub(in crate::pack) const fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}

/// `[n]` in its primitive form.
pub(in crate::pack) const fn context_primitive(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: false, number: TagNumber(number) }
}

/// The values of a sequence or a set, in their order.
#[derive(Clone)]
pub(in crate::pack) struct Items<'a> {
    reader: SliceReader<'a>,
    of: &'static str,
}

impl<'a> Items<'a> {
    /// The values that some bytes consist of.
    pub fn new(bytes: &'a [u8], of: &'static str) -> Result<Self, Wrong> {
        Ok(Self { reader: SliceReader::new(bytes).map_err(|e| format!("{of}: {e}"))?, of })
    }

    /// The values of the one sequence that some bytes are.
    pub fn of_sequence(bytes: &'a [u8], of: &'static str) -> Result<Self, Wrong> {
        let mut all = Self::new(bytes, of)?;
        let inner = all.sequence(of)?;
        all.end()?;
        Ok(inner)
    }

    pub fn is_empty(&self) -> bool {
        self.reader.is_finished()
    }

    /// The next value, whatever it is.
    pub fn any(&mut self) -> Result<AnyRef<'a>, Wrong> {
        AnyRef::decode(&mut self.reader).map_err(|e| format!("{}: {e}", self.of))
    }

    /// The next value with its tag and length.
    pub fn raw(&mut self) -> Result<&'a [u8], Wrong> {
        self.reader.tlv_bytes().map_err(|e| format!("{}: {e}", self.of))
    }

    /// The content of the next value, which must have this tag.
    pub fn expect(&mut self, tag: Tag, what: &'static str) -> Result<&'a [u8], Wrong> {
        let value = self.any()?;
        if value.tag() == tag { Ok(value.value()) } else { Err(format!("{}: no {what} where it belongs", self.of)) }
    }

    /// The content of the next value if it has this tag.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<&'a [u8]>, Wrong> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = self.clone();
        let value = ahead.any()?;
        if value.tag() != tag {
            return Ok(None);
        }
        *self = ahead;
        Ok(Some(value.value()))
    }

    pub fn sequence(&mut self, what: &'static str) -> Result<Self, Wrong> {
        Self::new(self.expect(Tag::Sequence, what)?, what)
    }

    pub fn set(&mut self, what: &'static str) -> Result<Self, Wrong> {
        Self::new(self.expect(Tag::Set, what)?, what)
    }

    pub fn oid(&mut self, what: &'static str) -> Result<ObjectIdentifier, Wrong> {
        let bytes = self.expect(Tag::ObjectIdentifier, what)?;
        ObjectIdentifier::from_bytes(bytes).map_err(|e| format!("{what}: {e}"))
    }

    /// The content of an INTEGER of the shortest form.
    pub fn integer(&mut self, what: &'static str) -> Result<&'a [u8], Wrong> {
        integer(self.expect(Tag::Integer, what)?, what)
    }

    /// A small number that is not negative.
    pub fn small(&mut self, what: &'static str) -> Result<u32, Wrong> {
        small(self.integer(what)?, what)
    }

    /// Nothing may follow.
    pub fn end(&self) -> Result<(), Wrong> {
        if self.is_empty() { Ok(()) } else { Err(format!("{}: more than belongs there", self.of)) }
    }
}

/// Refuses an INTEGER that could be shorter.
pub(in crate::pack) fn integer<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a [u8], Wrong> {
    let padded =
        matches!(bytes, [0, next, ..] if next & 0x80 == 0) || matches!(bytes, [0xff, next, ..] if next & 0x80 != 0);
    if bytes.is_empty() || padded { Err(format!("{what}: not a number")) } else { Ok(bytes) }
}

/// The value of an INTEGER that must be small and not negative.
pub(in crate::pack) fn small(bytes: &[u8], what: &'static str) -> Result<u32, Wrong> {
    let fits = bytes.len() <= 4 && bytes[0] & 0x80 == 0;
    if !fits {
        return Err(format!("{what}: out of range"));
    }
    Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// Writes one value.
pub(in crate::pack) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.extend(u8::try_from(content.len()));
    } else {
        let length = content.len().to_be_bytes();
        let start = length.iter().position(|b| *b != 0).unwrap_or(length.len() - 1);
        let length = &length[start..];
        out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
        out.extend_from_slice(length);
    }
    out.extend_from_slice(&content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![5; length];
            let written = write(0x04, &[&content]);
            let mut items = Items::new(&written, "test").unwrap();
            assert_eq!(items.expect(Tag::OctetString, "octets").unwrap(), content);
            items.end().unwrap();
        }
    }

    #[test]
    fn only_the_shortest_and_definite_form_is_read() {
        for odd in [&[0x30, 0x80, 0, 0][..], &[0x30, 0x81, 1, 5], &[0x30, 2, 5], &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]]
        {
            assert!(Items::of_sequence(odd, "test").is_err(), "{odd:02x?}");
        }
        assert!(integer(&[0, 1], "n").is_err() && integer(&[], "n").is_err() && integer(&[0, 0x80], "n").is_ok());
        assert!(small(&[0xff], "n").is_err() && small(&[1, 0, 0, 0, 0], "n").is_err());
        assert_eq!(small(&[1, 0], "n"), Ok(256));
    }

    #[test]
    fn what_is_optional_may_be_absent_and_is_not_skipped() {
        let bytes = [write(0x02, &[&[1]]), write(0x04, &[&[2]])].concat();
        let mut items = Items::new(&bytes, "test").unwrap();
        assert_eq!(items.optional(Tag::OctetString).unwrap(), None);
        assert_eq!(items.optional(Tag::Integer).unwrap(), Some(&[1][..]));
        assert!(items.end().is_err());
        assert_eq!(items.optional(Tag::OctetString).unwrap(), Some(&[2][..]));
        assert_eq!(items.optional(Tag::OctetString).unwrap(), None);
    }
}
