//! UUIDs that follow from names (RFC 9562, version 5): the same thing has the same UUID in every run.

use crate::model::sha256::hex;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use serde::Serialize;
use std::io;

/// The namespace of our names: version 5 of `urn:keywitness:oscal:v1` in the RFC's namespace for URLs.
const NAMESPACE: [u8; 16] =
    [0xe6, 0x44, 0xee, 0x79, 0x46, 0xb3, 0x5b, 0x58, 0x94, 0xc8, 0xea, 0x9f, 0xdd, 0x6c, 0x13, 0x14];

/// The UUID of a thing of ours: what kind it is, and what tells it from others of its kind.
pub fn of(kind: &str, name: &str) -> String {
    text(version_5(NAMESPACE, &format!("{kind}/{name}")))
}

/// The UUID of a document: one that says anything else has another one.
pub fn of_content(kind: &str, content: &impl Serialize) -> String {
    let mut digest = Sum(Context::new(&SHA256));
    // Only writing can fail, and a digest takes everything; nothing that serializes with an error has got this far.
    let whole = serde_json::to_writer(&mut digest, content).is_ok();
    of(kind, &format!("{}/{whole}", hex(digest.0.finish().as_ref())))
}

struct Sum(Context);

impl io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// SHA-1 is what the RFC says; nothing here rests on its strength.
fn version_5(namespace: [u8; 16], name: &str) -> [u8; 16] {
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(&namespace);
    digest.update(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finish().as_ref()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

fn text(bytes: [u8; 16]) -> String {
    [0..4, 4..6, 6..8, 8..10, 10..16].map(|range| hex(&bytes[range])).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DNS: [u8; 16] =
        [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
    const URL: [u8; 16] =
        [0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(text(version_5(DNS, "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }

    #[test]
    fn our_namespace_follows_from_its_name() {
        assert_eq!(version_5(URL, "urn:keywitness:oscal:v1"), NAMESPACE);
    }
}
