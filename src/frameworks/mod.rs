//! The control catalogs: embedded, read with limits, and checked before anything rests on them.
//!
//! A wrong catalog is worse than none: an auditor reads it first. So a catalog is used only when it breaks none of
//! the rules in `validate.rs`, all of its mistakes are told at once with their places, and the bytes that
//! were read go into the pack with their hash.

mod place;
mod plain;
mod validate;

use crate::model::catalog::{Catalog, CheckScope, Loaded};
use crate::model::sha256::Sha256;
use crate::model::visible::visible;
use place::Node;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use std::fmt;

/// The catalogs that come with the program, by file name, in the order of print.
pub const ALL: &[(&str, &str)] = &[
    ("house-baseline.yaml", include_str!("../../frameworks/house-baseline.yaml")),
    ("pci-dss-4.0.1.yaml", include_str!("../../frameworks/pci-dss-4.0.1.yaml")),
    ("hipaa-security-rule.yaml", include_str!("../../frameworks/hipaa-security-rule.yaml")),
    ("gdpr.yaml", include_str!("../../frameworks/gdpr.yaml")),
    ("soc2-tsc-2017-rev2022.yaml", include_str!("../../frameworks/soc2-tsc-2017-rev2022.yaml")),
    ("iso27001-2022-annex-a.yaml", include_str!("../../frameworks/iso27001-2022-annex-a.yaml")),
    ("nist-800-53r5.yaml", include_str!("../../frameworks/nist-800-53r5.yaml")),
    ("nist-csf-2.0.yaml", include_str!("../../frameworks/nist-csf-2.0.yaml")),
    ("csa-ccm-4.0.13.yaml", include_str!("../../frameworks/csa-ccm-4.0.13.yaml")),
    ("dora-rts-2024-1774.yaml", include_str!("../../frameworks/dora-rts-2024-1774.yaml")),
    ("nis2-2024-2690-annex.yaml", include_str!("../../frameworks/nis2-2024-2690-annex.yaml")),
    ("fedramp-rev5.yaml", include_str!("../../frameworks/fedramp-rev5.yaml")),
];

/// The catalogs of a run that names none. The others are for those who ask for them.
pub const DEFAULT: &[&str] = &["house-baseline", "pci-dss-4.0.1", "hipaa-security-rule", "gdpr"];

/// SHA-256 of the files that earlier versions of the program came with. Their packs must go on being told as made
/// with published catalogs, so a digest joins this list when its file changes after a release, and never leaves it.
const EARLIER: &[&str] = &[];

/// The largest file that is read: ten times the largest that we ship.
pub const MAX_BYTES: usize = 1024 * 1024;

/// How deep lists and maps may be nested in a file.
pub const MAX_DEPTH: usize = 32;

/// Why a catalog is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CatalogError {
    /// The file's name.
    pub file: String,
    /// Every mistake, in the order of the file. A text that is not YAML of this form has one, since nothing
    /// after it can be trusted.
    pub mistakes: Vec<Mistake>,
}

/// One mistake in a catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Its line, from 1; 0 where it is about the whole file.
    pub line: u64,
    /// Its column, from 1; 0 where it is about the whole file.
    pub column: u64,
    /// What is wrong with what.
    pub message: String,
    /// What to write instead, where that is known.
    pub hint: Option<String>,
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "catalog {} is not used: ", self.file)?;
        match self.mistakes.len() {
            1 => write!(f, "1 mistake")?,
            n => write!(f, "{n} mistakes")?,
        }
        for mistake in &self.mistakes {
            write!(f, "\n  {}", self.file)?;
            if mistake.line > 0 {
                write!(f, ":{}:{}", mistake.line, mistake.column)?;
            }
            // A catalog may come from anywhere, and what is wrong with it is often a piece of its text.
            write!(f, ": {}", visible(&mistake.message))?;
            if let Some(hint) = &mistake.hint {
                write!(f, "\n    hint: {}", visible(hint))?;
            }
        }
        Ok(())
    }
}

/// A check that exists: its id, and what it is asked of.
pub type Known<'a> = (&'a str, CheckScope);

/// Reads and checks one catalog. `known_checks` are the checks that exist.
///
/// # Errors
/// When the text is too large, is not YAML of the form of [`Catalog`], or breaks a rule of the catalogs.
pub fn load(file_name: &str, text: &str, known_checks: &[Known<'_>]) -> Result<Loaded, CatalogError> {
    let refuse = |mistakes| CatalogError { file: file_name.to_owned(), mistakes };
    if text.len() > MAX_BYTES {
        let message = format!("the file has more than {MAX_BYTES} bytes, and no more are read");
        return Err(refuse(vec![Mistake { line: 0, column: 0, message, hint: None }]));
    }
    let catalog: Catalog = parse(text).map_err(|m| refuse(vec![m]))?;
    if !validate::mistakes(file_name, &catalog, known_checks, None).is_empty() {
        // Only a catalog with mistakes is read a second time, for their places.
        let places: Node = parse(text).map_err(|m| refuse(vec![m]))?;
        return Err(refuse(validate::mistakes(file_name, &catalog, known_checks, Some(&places))));
    }
    let sha256 = Sha256::new().chain_update(text).hex();
    let published = ALL.iter().any(|(_, own)| *own == text) || EARLIER.contains(&sha256.as_str());
    Ok(Loaded { catalog, file_name: file_name.to_owned(), text: text.to_owned(), sha256, published })
}

/// The ids of the catalogs that come with the program, in the order of print.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| name.strip_suffix(".yaml").unwrap_or(name))
}

/// Why a choice of catalogs cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// A name is not the id of a catalog of the program.
    #[error("there is no catalog {name:?}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What to type instead.
        hint: String,
    },
    /// Two files say that they are the same catalog.
    #[error("two files have the catalog id {0}")]
    Twice(String),
    /// Nothing is left to judge by.
    #[error("no catalog is chosen")]
    Nothing,
    /// A catalog of the program has a mistake.
    #[error(transparent)]
    Mistakes(#[from] CatalogError),
}

/// The catalogs of a run: those of the program that are named ([`DEFAULT`] where none is; `default`, `all` and `none`
/// are names too), with one's own beside them. One's own takes the place of the program's catalog of the same id.
///
/// # Errors
/// When a name is unknown, two of one's own have the same id, or nothing is left.
pub fn choose(names: &[String], own: Vec<Loaded>, known_checks: &[Known<'_>]) -> Result<Vec<Loaded>, ChoiceError> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in names {
        match name.as_str() {
            "default" => wanted.extend(DEFAULT),
            "all" => wanted.extend(ids()),
            "none" => {}
            _ if own.iter().any(|o| o.catalog.catalog.id == *name) => {}
            _ => wanted.push(ids().find(|id| id == name).ok_or_else(|| unknown_catalog(name))?),
        }
    }
    if names.is_empty() {
        wanted.extend(DEFAULT);
    }
    let mut chosen: Vec<Loaded> = Vec::new();
    for catalog in own {
        let id = &catalog.catalog.catalog.id;
        if chosen.iter().any(|c| c.catalog.catalog.id == *id) {
            return Err(ChoiceError::Twice(id.clone()));
        }
        chosen.push(catalog);
    }
    for (name, text) in ALL {
        let id = name.strip_suffix(".yaml").unwrap_or(name);
        if wanted.contains(&id) && !chosen.iter().any(|c| c.catalog.catalog.id == id) {
            chosen.push(load(name, text, known_checks)?);
        }
    }
    if chosen.is_empty() {
        return Err(ChoiceError::Nothing);
    }
    sort(&mut chosen);
    Ok(chosen)
}

/// The order of print: the program's own catalogs as [`ALL`] has them, then others by file name. It follows from the
/// catalogs alone, so that a pack can be derived again from the files in it.
pub fn sort(catalogs: &mut [Loaded]) {
    let place = |c: &Loaded| ids().position(|id| id == c.catalog.catalog.id).unwrap_or(usize::MAX);
    catalogs.sort_by(|a, b| (place(a), &a.file_name).cmp(&(place(b), &b.file_name)));
}

/// What is said when no catalog of the program has that id.
#[must_use]
pub fn unknown_catalog(name: &str) -> ChoiceError {
    let known: Vec<&str> = ids().collect();
    let hint = validate::nearest(name, &known).unwrap_or_else(|| "`keywitness frameworks list` lists them".to_owned());
    ChoiceError::Unknown { name: name.to_owned(), hint }
}

/// Reads and checks the catalogs that come with the program.
///
/// # Errors
/// When one of them has a mistake, such as a check that does not exist; the tests keep that from happening.
pub fn load_all(known_checks: &[Known<'_>]) -> Result<Vec<Loaded>, CatalogError> {
    ALL.iter().map(|(name, text)| load(name, text, known_checks)).collect()
}

/// A catalog may come from anywhere: no aliases (they multiply), no merges, no second meaning of a repeated key.
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Mistake> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_merge_keys: 0,
            max_total_scalar_bytes: MAX_BYTES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
        let message = error.to_string();
        // The library repeats the place inside its sentence; the place is told once, in front.
        let (message, hint) = plain::words(message.split(" at line ").next().unwrap_or(&message));
        Mistake { line, column, message, hint }
    })
}

#[cfg(test)]
mod tests;
