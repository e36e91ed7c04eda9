//! The key that a reference stands for, with the aliases of the Region at hand.

use crate::model::hops::{KeyRef, resolve};
use crate::model::reading::{Citation, Reading};
use crate::model::refer::Site;
use std::collections::BTreeMap;

/// The aliases of a Region: name to key id.
pub(super) struct Aliases<'a> {
    pub names: Reading<BTreeMap<String, String>>,
    pub site: Site<'a>,
}

impl Aliases<'_> {
    /// The key that a reference stands for.
    pub fn resolve(&self, given: &str, at: &Citation) -> KeyRef {
        KeyRef { given: given.to_owned(), arn: resolve(&self.names, self.site, given, at) }
    }
}
