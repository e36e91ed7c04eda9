//! SHA-256 as hash lists write it: 64 lower-case hex digits.

use crate::model::sha256::Sha256;
pub use crate::model::sha256::hex;

/// The SHA-256 of some bytes, in hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::new().chain_update(bytes).hex()
}

/// Whether a text has the form of a SHA-256: 64 lower-case hex digits.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_one_that_fips_180_gives_for_abc() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn only_lower_case_counts_as_a_digest() {
        assert!(is_sha256(&sha256(b"")));
        assert!(!is_sha256(&sha256(b"").to_uppercase()));
        assert!(!is_sha256(&sha256(b"")[1..]));
    }
}
