//! SHA-256 (FIPS 180-4), for every digest of this program: by ring, which has code for each processor. Portable code
//! was a seventh of the time of a report, on a processor without instructions for it.

use ring::digest::{Context, SHA256};
use std::fmt::Write as _;

/// The digest of bytes that come piece by piece.
#[derive(Clone)]
pub struct Sha256(Context);

impl Sha256 {
    /// Of no bytes yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// The digest of bytes that are there as a whole.
    #[must_use]
    pub fn digest(bytes: impl AsRef<[u8]>) -> [u8; 32] {
        Self::new().chain_update(bytes).finalize()
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes.as_ref());
    }

    /// With more bytes.
    #[must_use]
    pub fn chain_update(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.update(bytes);
        self
    }

    /// The digest of all bytes.
    #[must_use]
    pub fn finalize(self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.0.finish().as_ref());
        digest
    }

    /// The same in lower-case hex, as hash lists write it.
    #[must_use]
    pub fn hex(self) -> String {
        hex(&self.finalize())
    }
}

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}
