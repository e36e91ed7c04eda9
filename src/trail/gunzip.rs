//! Gzip in memory, with a cap.
//!
//! A whole member is unpacked into a buffer that is kept from file to file. The size in the trailer is a hint that
//! whoever wrote the file chose, so it only picks the first size of the buffer, and never beyond what the packed
//! bytes can hold (deflate packs at most 1032 to 1).

use thiserror::Error;
use zlib_rs::{Inflate, InflateFlush, Status};

/// The most that one file may unpack to, in bytes. CloudTrail writes files of a few megabytes.
pub const CAP: usize = 256 << 20;

/// A buffer above this size is given back after an outlier, in bytes.
const KEEP: usize = 32 << 20;
const FIRST: usize = 64 << 10;
const RATIO: usize = 1032;

/// Why bytes could not be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The two magic bytes are not there.
    #[error("not a gzip file")]
    NotGzip,
    /// The bytes end before the stream does.
    #[error("the gzip stream is cut off")]
    Truncated,
    /// The stream contradicts itself or its checksum.
    #[error("the gzip stream is damaged")]
    Damaged,
    /// It unpacks to more than the cap.
    #[error("unpacks to more than {0} bytes")]
    TooLarge(usize),
    /// Bytes follow the gzip stream.
    #[error("{0} bytes follow the gzip stream")]
    Trailing(usize),
}

/// How many gzip members a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// One, and not a byte after it: what CloudTrail writes, and what a proof needs.
    One,
    /// Any number, with zero bytes as padding: what gzip(1) reads.
    Many,
}

/// A reusable buffer for unpacked bytes.
#[derive(Debug)]
pub struct Gunzip {
    buffer: Vec<u8>,
    cap: usize,
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new(CAP)
    }
}

impl Gunzip {
    /// A buffer that grows to at most `cap` bytes.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { buffer: Vec::new(), cap }
    }

    /// Unpacks a whole file.
    ///
    /// # Errors
    /// When it is not what [`Members`] allows, is damaged, or is larger than the cap.
    pub fn unpack(&mut self, packed: &[u8], members: Members) -> Result<&[u8], Fault> {
        self.reserve(packed);
        let mut used = 0;
        let mut rest = packed;
        loop {
            rest = &rest[self.member(rest, &mut used)?..];
            if members == Members::Many {
                let padding = rest.iter().take_while(|b| **b == 0).count();
                rest = &rest[padding..];
            }
            if rest.is_empty() {
                return Ok(&self.buffer[..used]);
            }
            if members == Members::One || !is_gzip(rest) {
                return Err(Fault::Trailing(rest.len()));
            }
        }
    }

    fn reserve(&mut self, packed: &[u8]) {
        let hint = packed.last_chunk().map_or(0, |last| u32::from_le_bytes(*last)) as usize;
        // One byte more, so that the end of the stream is seen without growing.
        let wanted = hint.saturating_add(1).clamp(FIRST, packed.len().saturating_mul(RATIO).max(FIRST));
        let wanted = wanted.min(self.cap.saturating_add(1));
        if self.buffer.len() > KEEP && wanted < KEEP {
            self.buffer = Vec::new();
        }
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
    }

    /// Unpacks one member behind what is `used`; gives the number of packed bytes it took.
    fn member(&mut self, packed: &[u8], used: &mut usize) -> Result<usize, Fault> {
        if !is_gzip(packed) {
            return Err(Fault::NotGzip);
        }
        let mut inflate = Inflate::new(true, 16 + 15);
        let mut taken = 0;
        loop {
            if *used == self.buffer.len() {
                let larger = (*used * 2).clamp(FIRST, self.cap.saturating_add(1));
                if larger <= *used {
                    return Err(Fault::TooLarge(self.cap));
                }
                self.buffer.resize(larger, 0);
            }
            let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(&packed[taken..], &mut self.buffer[*used..], InflateFlush::NoFlush)
                .map_err(|_| Fault::Damaged)?;
            let (read, written) = (size(inflate.total_in() - before_in), size(inflate.total_out() - before_out));
            taken += read;
            *used += written;
            if *used > self.cap {
                return Err(Fault::TooLarge(self.cap));
            }
            match status {
                Status::StreamEnd => return Ok(taken),
                // No progress although there was room: the bytes are used up.
                _ if read == 0 && written == 0 => return Err(Fault::Truncated),
                _ => {}
            }
        }
    }
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// A length within a slice always fits.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::testchain::gzip;
    use proptest::prelude::*;

    #[test]
    fn one_member_means_not_a_byte_more() {
        let mut gunzip = Gunzip::default();
        let packed = gzip(b"hello");
        assert_eq!(gunzip.unpack(&packed, Members::One), Ok(&b"hello"[..]));
        for tail in [&b"\0"[..], b"x", &packed] {
            let longer = [&packed[..], tail].concat();
            assert_eq!(gunzip.unpack(&longer, Members::One), Err(Fault::Trailing(tail.len())));
        }
    }

    #[test]
    fn many_members_are_read_as_gzip_reads_them() {
        let mut gunzip = Gunzip::default();
        let packed = [gzip(b"one "), gzip(b"two"), vec![0; 7]].concat();
        assert_eq!(gunzip.unpack(&packed, Members::Many), Ok(&b"one two"[..]));
        let junk = [gzip(b"one"), b"junk".to_vec()].concat();
        assert_eq!(gunzip.unpack(&junk, Members::Many), Err(Fault::Trailing(4)));
    }

    #[test]
    fn every_cut_is_seen() {
        let packed = gzip(&b"some text that is long enough to be packed ".repeat(50));
        let mut gunzip = Gunzip::default();
        for end in 2..packed.len() {
            assert_eq!(gunzip.unpack(&packed[..end], Members::One), Err(Fault::Truncated), "{end}");
        }
        assert_eq!(gunzip.unpack(&packed[..1], Members::One), Err(Fault::NotGzip));
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        let packed = gzip(&vec![0; 1 << 20]);
        assert_eq!(Gunzip::new(1 << 16).unpack(&packed, Members::One), Err(Fault::TooLarge(1 << 16)));
        assert_eq!(Gunzip::new(1 << 20).unpack(&packed, Members::One).map(<[u8]>::len), Ok(1 << 20));
    }

    #[test]
    fn a_lying_trailer_allocates_no_more_than_the_bytes_can_hold() {
        let mut packed = gzip(b"tiny");
        let end = packed.len();
        packed[end - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut gunzip = Gunzip::default();
        assert_eq!(gunzip.unpack(&packed, Members::One), Err(Fault::Damaged));
        assert!(gunzip.buffer.len() <= FIRST);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400), magic: bool) {
            let bytes = if magic { [&[0x1f, 0x8b, 8][..], &bytes].concat() } else { bytes };
            let _ = Gunzip::new(1 << 16).unpack(&bytes, Members::Many);
        }

        #[test]
        fn what_was_packed_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let mut gunzip = Gunzip::default();
            prop_assert_eq!(gunzip.unpack(&gzip(&bytes), Members::One), Ok(&bytes[..]));
        }
    }
}
