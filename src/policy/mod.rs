//! What a KMS key policy really gives, and to whom.
//!
//! Pure: a text in, answers with reasons out. A policy is judged by what imagined callers could do under it (see
//! `caller`): the public is somebody from an account that the policy does not name, a delivery is the delivery role
//! calling through S3. So conditions, negations, `NotPrincipal` and Deny need no list of known shapes; each is what
//! AWS says it is. What cannot be decided from the text is [`Answer::Unknown`], with the reason.

mod access;
mod actions;
mod answers;
mod caller;
mod condition;
mod context;
mod document;
mod explained;
mod glob;
mod grants;
mod identity;
mod judge;
mod prepared;
mod principal;
mod producers;
#[cfg(test)]
mod tests;
mod world;

pub use access::{KeyPolicy, Question, Usable, usable};
pub use answers::evaluate;
pub use context::{Context, ContextError};
pub use explained::{About, Answer, Explained, Holder, Reason, Verdict};
pub use identity::{Decision, Denies, Identity, Way, denies, may};
pub use prepared::{Holding, Prepared, of_grant};
pub use producers::{Producer, candidates, identity, key_use, producers};
