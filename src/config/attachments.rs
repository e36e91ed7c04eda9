//! Documents that the entity puts into the pack: read once, hashed, named by us.
//!
//! The name that a file had is other people's text and never names a file in a pack; it is kept as data. Its ending
//! stays, so that a reader's computer knows what to open it with.

use crate::error::Error;
use crate::model::settings::Attachment;
use crate::model::sha256::Sha256;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// The folder of the pack that holds them.
pub const FOLDER: &str = "data/attachments/";

/// The largest document, in bytes.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// All documents together, in bytes.
pub const MAX_TOTAL: u64 = 256 * 1024 * 1024;

/// The ending of a file that has none that we would write.
const NO_ENDING: &str = "bin";

/// The documents of one configuration.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    /// Their bytes, by path in the pack.
    pub files: BTreeMap<String, Vec<u8>>,
    total: u64,
}

impl Attachments {
    /// Reads a document; the same bytes under another name are in the pack once.
    pub(super) fn take(&mut self, file: &Path) -> Result<Attachment, Error> {
        let cannot = |why: &str| Error::new(format!("cannot attach {}: {why}", file.display()));
        // Asked before opening: a pipe would wait for a writer for ever.
        let facts = fs::metadata(file).map_err(|e| cannot(&e.to_string()))?;
        if !facts.is_file() {
            return Err(cannot("it is not a file"));
        }
        let too_large = || cannot(&format!("it has more than {MAX_BYTES} bytes"));
        let mut bytes = Vec::new();
        let opened = fs::File::open(file).map_err(|e| cannot(&e.to_string()))?;
        opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| cannot(&e.to_string()))?;
        let size = bytes.len() as u64;
        match size {
            0 => return Err(cannot("it is empty, and an empty document shows nothing")),
            _ if size > MAX_BYTES => return Err(too_large()),
            _ => {}
        }
        let sha256 = Sha256::new().chain_update(&bytes).hex();
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let known = self.files.keys().find(|path| path.starts_with(&format!("{FOLDER}{}-", &sha256[..16]))).cloned();
        let path = match known {
            Some(path) if self.files.get(&path) == Some(&bytes) => path,
            _ => {
                self.total += size;
                if self.total > MAX_TOTAL {
                    return Err(cannot(&format!("all documents together have more than {MAX_TOTAL} bytes")));
                }
                let path = format!("{FOLDER}{}-{}.{}", &sha256[..16], self.files.len() + 1, ending(file));
                self.files.insert(path.clone(), bytes);
                path
            }
        };
        Ok(Attachment { path, name, sha256, bytes: size })
    }
}

/// The ending of a file's name, where it is a plain word.
fn ending(file: &Path) -> String {
    let ending = file.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    let plain =
        |e: &String| (1..=8).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    ending.filter(plain).unwrap_or_else(|| NO_ENDING.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    #[test]
    fn a_document_is_named_by_its_hash_and_keeps_a_plain_ending() {
        let folder = folder_with(&[("Décision 1.PDF", b"why"), ("no ending", b"other"), ("a.tar.gz~", b"third")]);
        let mut attachments = Attachments::default();
        let mut path = |name: &str| attachments.take(&folder.path().join(name)).map(|a| a.path);
        // By sha256sum.
        assert_eq!(path("no ending").unwrap(), "data/attachments/d9298a10d1b07358-1.bin");
        assert!(path("a.tar.gz~").unwrap().ends_with("-2.bin"));
        assert!(path("Décision 1.PDF").unwrap().ends_with("-3.pdf"));
    }

    #[test]
    fn the_same_bytes_are_in_the_pack_once_under_both_names() {
        let folder = folder_with(&[("a.pdf", b"same"), ("b.txt", b"same")]);
        let mut attachments = Attachments::default();
        let a = attachments.take(&folder.path().join("a.pdf")).unwrap();
        let b = attachments.take(&folder.path().join("b.txt")).unwrap();
        assert_eq!((a.path.as_str(), a.bytes, b.name.as_str()), (b.path.as_str(), 4, "b.txt"));
        assert_eq!(attachments.files.len(), 1);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let folder = folder_with(&[("empty.pdf", b"")]);
        let mut attachments = Attachments::default();
        let mut why = |name: &str| attachments.take(&folder.path().join(name)).unwrap_err().to_string();
        assert!(why("empty.pdf").contains("it is empty"));
        assert!(why("missing.pdf").contains("missing.pdf"));
        assert!(why("").contains("it is not a file"));
        let large = fs::File::create(folder.path().join("large.pdf")).unwrap();
        large.set_len(MAX_BYTES + 1).unwrap();
        assert!(why("large.pdf").contains("more than 33554432 bytes"));
    }
}
