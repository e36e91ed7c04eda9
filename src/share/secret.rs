//! The secret of an edition: from it follow pseudonyms and salts, and nobody without it can go back.
//!
//! An account id has twelve digits: a plain hash of one is found in days. So pseudonyms are HMACs, and commitments
//! are salted. With the same secret the same name has the same pseudonym in the next edition for the same customer; with
//! another secret two customers cannot compare theirs.

use crate::model::customer::{Commitment, Opening};
use crate::model::sha256::{Sha256, hex};
use ring::hmac;

/// What commitments are made of, first of all.
const COMMITMENT: &str = "keywitness-commitment/1\0";
/// The letters of pseudonyms: those of Crockford's base 32, of which none looks like another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many of them: 2^40 values, so that thousands of names hardly ever meet.
const LENGTH: usize = 8;

/// The secret of an edition.
pub struct Secret {
    bytes: [u8; 32],
    key: hmac::Key,
}

impl Secret {
    /// From its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self { bytes, key: hmac::Key::new(hmac::HMAC_SHA256, &bytes) }
    }

    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Self, String> {
        let mut bytes = [0; 32];
        let random = ring::rand::SystemRandom::new();
        ring::rand::SecureRandom::fill(&random, &mut bytes)
            .map_err(|_| "the system gives no random numbers".to_owned())?;
        Ok(Self::new(bytes))
    }

    /// From hex.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = from_hex(text.trim())?;
        Some(Self::new(bytes.try_into().ok()?))
    }

    /// In hex, for the file that is kept.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.bytes)
    }

    fn sum(&self, of: &str, name: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.key, format!("{of}\0{name}").as_bytes());
        let mut sum = [0; 32];
        sum.copy_from_slice(tag.as_ref());
        sum
    }

    /// What stands for a name: `stream-` and eight characters.
    #[must_use]
    pub fn pseudonym(&self, kind: &str, name: &str) -> String {
        let sum = self.sum(&format!("pseudonym/{kind}"), name);
        let letters = sum.iter().take(LENGTH).map(|b| char::from(LETTERS[usize::from(b & 31)]));
        format!("{kind}-{}", letters.collect::<String>())
    }

    /// The id of the edition: eight characters `[0-9a-v]`, as run ids have them.
    #[must_use]
    pub fn edition_id(&self, root: &str, customer: &str) -> String {
        let sum = self.sum("edition", &format!("{root}\0{customer}"));
        sum.iter().take(8).map(|b| char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::from(b & 31)])).collect()
    }

    /// The opening of a value at a place, and the commitment that it opens.
    #[must_use]
    pub fn commit(&self, pointer: &str, value: &str) -> (Commitment, Opening) {
        let salt = hex(&self.sum("salt", pointer)[..16]);
        let opening = Opening { pointer: pointer.to_owned(), salt, value: value.to_owned() };
        (Commitment { pointer: pointer.to_owned(), commitment: commitment(&opening).unwrap_or_default() }, opening)
    }
}

/// Whether a text has the form of a pseudonym of that kind.
#[must_use]
pub fn is_pseudonym(kind: &str, text: &str) -> bool {
    let letters = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('-'));
    letters.is_some_and(|l| l.len() == LENGTH && l.bytes().all(|b| LETTERS.contains(&b)))
}

/// What an opening opens; nothing where its salt is no salt. The text that is hashed has one form only: a JSON array
/// of two strings (RFC 8785).
#[must_use]
pub fn commitment(opening: &Opening) -> Option<String> {
    let salt = from_hex(&opening.salt).filter(|s| s.len() == 16)?;
    let text = serde_json::to_string(&[&opening.pointer, &opening.value]).ok()?;
    Some(Sha256::new().chain_update(COMMITMENT).chain_update(salt).chain_update(text).hex())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
    if !digits || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_stable_under_one_secret_and_cannot_be_joined_across_two() {
        let (a, b) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/orders";
        assert_eq!(a.pseudonym("stream", arn), a.pseudonym("stream", arn));
        assert_ne!(a.pseudonym("stream", arn), b.pseudonym("stream", arn));
        assert_ne!(a.pseudonym("stream", arn)[7..], a.pseudonym("key", arn)[4..]);
        assert_eq!(a.pseudonym("stream", arn).len(), "stream-".len() + LENGTH);
    }

    #[test]
    fn an_opening_opens_its_own_commitment_only() {
        let secret = Secret::new([7; 32]);
        let (made, opening) = secret.commit("data/evidence/edition.json#/streams/0/stream", "orders \u{1}\"é");
        assert_eq!(commitment(&opening), Some(made.commitment.clone()));
        for changed in [
            Opening { value: "orders".to_owned(), ..opening.clone() },
            Opening { pointer: "x".to_owned(), ..opening.clone() },
            Opening { salt: "00".repeat(16), ..opening.clone() },
        ] {
            assert_ne!(commitment(&changed), Some(made.commitment.clone()));
        }
        assert_eq!(commitment(&Opening { salt: "zz".to_owned(), ..opening }), None);
    }

    #[test]
    fn a_secret_has_one_form() {
        let secret = Secret::new([0xab; 32]);
        assert_eq!(Secret::parse(&secret.hex()).unwrap().hex(), secret.hex());
        assert!(Secret::parse("ab").is_none() && Secret::parse(&"AB".repeat(32)).is_none());
    }
}
