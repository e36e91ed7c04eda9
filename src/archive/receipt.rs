//! What was archived: every object with its version, its hash and its lock. Written in one form only, so that a
//! signature over its bytes means one thing; it stands beside the pack and in the bucket.

use super::ArchiveError;
use super::place::Mode;
use crate::model::time::{self, Time};
use crate::model::{AccountId, json};
use serde::{Deserialize, Serialize};

/// The schema that this version writes and understands.
pub const SCHEMA: &str = "keywitness-receipt/1";

/// A receipt. A field that is not known is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`SCHEMA`].
    pub schema: String,
    /// The name of the pack.
    pub pack: String,
    /// The run that it is of.
    pub run_id: String,
    /// `sha256:` and the pack root.
    pub root: String,
    /// The bucket.
    pub bucket: String,
    /// Who must own the bucket.
    pub bucket_owner: AccountId,
    /// The Region of the bucket, as S3 gave it.
    pub region: Option<String>,
    /// The address of the calls, when it is not AWS's own.
    pub endpoint: Option<String>,
    /// What stands before the paths of the objects, with a slash at its end.
    pub prefix: String,
    /// Who may lift the locks.
    pub mode: Mode,
    /// Until when all is locked.
    #[serde(with = "time::millis")]
    pub retain_until: Time,
    /// When the last object had been read back.
    #[serde(with = "time::millis")]
    pub archived: Time,
    /// The objects, in the order of their paths.
    pub objects: Vec<Object>,
}

/// One object, as it was read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Its path within the pack.
    pub path: String,
    /// The version that was written.
    pub version: String,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How many there are.
    pub bytes: u64,
    /// Its lock.
    pub mode: Mode,
    /// Until when it is locked.
    #[serde(with = "time::millis")]
    pub retain_until: Time,
}

impl Receipt {
    /// The file's bytes.
    ///
    /// # Errors
    /// When serde cannot write it; nothing in these types is known to cause that.
    pub fn render(&self) -> Result<Vec<u8>, ArchiveError> {
        let value = serde_json::to_value(self).and_then(|v| serde_json::to_vec_pretty(&v));
        let mut bytes = value.map_err(|e| refused(&e.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the file's bytes, in the written form only.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let value = json::strict(bytes).map_err(|e| refused(&e.to_string()))?;
        if value["schema"].as_str() != Some(SCHEMA) {
            return Err(refused(&format!("its schema is not {SCHEMA}")));
        }
        let receipt: Self = serde_json::from_value(value).map_err(|e| refused(&e.to_string()))?;
        if receipt.render()? != bytes {
            return Err(refused("it is not in the one written form"));
        }
        let hex =
            |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let objects = &receipt.objects;
        let fine = receipt.root.strip_prefix("sha256:").is_some_and(hex)
            && objects.iter().all(|o| hex(&o.sha256) && !o.version.is_empty())
            && objects.is_sorted_by(|a, b| a.path < b.path);
        let root = objects.iter().find(|o| o.path == "tagmanifest-sha256.txt");
        if !fine || root.is_none_or(|o| receipt.root != format!("sha256:{}", o.sha256)) {
            return Err(refused("its objects are not in order, or the root is not that of its root file"));
        }
        Ok(receipt)
    }
}

fn refused(why: &str) -> ArchiveError {
    ArchiveError::Given {
        what: format!("this is no receipt of an archive: {why}"),
        hint: "give the NAME.receipt.json that `keywitness archive` wrote".to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn sample() -> Receipt {
        let until = "2029-10-02T00:00:00Z".parse().expect("a time");
        let object = |path: &str, sha256: String| Object {
            path: path.to_owned(),
            version: "v1".to_owned(),
            sha256,
            bytes: 3,
            mode: Mode::Governance,
            retain_until: until,
        };
        Receipt {
            schema: SCHEMA.to_owned(),
            pack: "keywitness-x".to_owned(),
            run_id: "01jd07k3".to_owned(),
            root: format!("sha256:{}", "ab".repeat(32)),
            bucket: "acme".to_owned(),
            bucket_owner: "111122223333".parse().expect("an account"),
            region: Some("eu-west-1".to_owned()),
            endpoint: None,
            prefix: "111122223333/2026/keywitness-x-abababababab/".to_owned(),
            mode: Mode::Governance,
            retain_until: until,
            archived: until,
            objects: vec![object("pack.json", "cd".repeat(32)), object("tagmanifest-sha256.txt", "ab".repeat(32))],
        }
    }

    #[test]
    fn a_receipt_is_read_in_its_one_form_and_no_other() {
        let bytes = sample().render().unwrap();
        assert_eq!(Receipt::parse(&bytes).unwrap(), sample());
        let text = String::from_utf8(bytes).unwrap();
        for (from, to) in [
            ("{\n", "{ \n"),
            ("\"pack\"", "\"bundle\""),
            ("keywitness-receipt/1", "keywitness-receipt/2"),
            ("\"bytes\": 3", "\"bytes\": 3.0"),
            ("\"bytes\": 3,", "\"bytes\": 3, \"bytes\": 3,"),
            ("\"GOVERNANCE\"", "\"NONE\""),
            ("\"v1\"", "\"\""),
            ("abab", "cdcd"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(Receipt::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{from} -> {to}");
        }
        assert!(Receipt::parse(format!("{text}\n").as_bytes()).is_err());
    }
}
