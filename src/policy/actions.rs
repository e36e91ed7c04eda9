//! The actions of KMS as a set of bits, so that "what remains after every Deny" is one operation.
//!
//! Only actions on a key count: a key policy cannot allow what has no key (`ListKeys`, `CreateKey`, custom key
//! stores). A pattern that fits no action known here is kept as [`Actions::UNKNOWN`]: it may be an action that
//! AWS has added since, so it is neither a grant nor nothing.

use super::glob::{Pattern, Sym};
use std::fmt;

/// What an action is to separation of duties.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Takes the key, its policy or its material away.
    Critical,
    /// Uses the key on data.
    Cryptographic,
    /// Anything else that acts on a key: reads, tags, aliases, grants, switching on.
    Other,
}

/// Every KMS action that acts on a key (service authorization reference; the SDK's operations of 2026).
const KEYED: &[(&str, Class)] = &[
    ("CancelKeyDeletion", Class::Other),
    ("CreateAlias", Class::Other),
    ("CreateGrant", Class::Other),
    ("Decapsulate", Class::Cryptographic),
    ("Decrypt", Class::Cryptographic),
    ("DeleteAlias", Class::Other),
    ("DeleteImportedKeyMaterial", Class::Critical),
    ("DeriveSharedSecret", Class::Cryptographic),
    ("DescribeKey", Class::Other),
    ("DisableKey", Class::Critical),
    ("DisableKeyRotation", Class::Critical),
    ("EnableKey", Class::Other),
    ("EnableKeyRotation", Class::Other),
    ("Encapsulate", Class::Cryptographic),
    ("Encrypt", Class::Cryptographic),
    ("GenerateDataKey", Class::Cryptographic),
    ("GenerateDataKeyPair", Class::Cryptographic),
    ("GenerateDataKeyPairWithoutPlaintext", Class::Cryptographic),
    ("GenerateDataKeyWithoutPlaintext", Class::Cryptographic),
    ("GenerateMac", Class::Cryptographic),
    ("GetKeyLastUsage", Class::Other),
    ("GetKeyPolicy", Class::Other),
    ("GetKeyRotationStatus", Class::Other),
    ("GetParametersForImport", Class::Other),
    ("GetPublicKey", Class::Other),
    ("ImportKeyMaterial", Class::Other),
    ("ListGrants", Class::Other),
    ("ListKeyPolicies", Class::Other),
    ("ListKeyRotations", Class::Other),
    ("ListResourceTags", Class::Other),
    ("PutKeyPolicy", Class::Critical),
    ("ReEncryptFrom", Class::Cryptographic),
    ("ReEncryptTo", Class::Cryptographic),
    ("ReplicateKey", Class::Other),
    ("RetireGrant", Class::Other),
    ("RevokeGrant", Class::Other),
    ("RotateKeyOnDemand", Class::Other),
    ("ScheduleKeyDeletion", Class::Critical),
    ("Sign", Class::Cryptographic),
    ("SynchronizeMultiRegionKey", Class::Other),
    ("TagResource", Class::Other),
    ("UntagResource", Class::Other),
    ("UpdateAlias", Class::Other),
    ("UpdateKeyDescription", Class::Other),
    ("UpdatePrimaryRegion", Class::Critical),
    ("Verify", Class::Cryptographic),
    ("VerifyMac", Class::Cryptographic),
];

/// The actions that have no key, which a key policy cannot grant.
const KEYLESS: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "ListRetirableGrants",
    "UpdateCustomKeyStore",
];

/// A set of KMS actions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(crate) struct Actions(u64);

impl Actions {
    pub const NONE: Self = Self(0);
    /// Every action on a key that is known here.
    pub const KNOWN: Self = Self((1 << KEYED.len()) - 1);
    /// An action of KMS that is not known here.
    pub const UNKNOWN: Self = Self(1 << KEYED.len());
    pub const ALL: Self = Self(Self::KNOWN.0 | Self::UNKNOWN.0);

    /// The actions of those names; a name that is not in the table is a mistake of this file's callers.
    pub fn named(names: &[&str]) -> Self {
        let index = |name: &&str| KEYED.iter().position(|(known, _)| known == name);
        Self(names.iter().filter_map(index).fold(0, |bits, i| bits | 1 << i))
    }

    /// Made by the compiler: every statement is asked for them.
    const fn of_class(class: Class) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < KEYED.len() {
            if KEYED[i].1 as u8 == class as u8 {
                bits |= 1 << i;
            }
            i += 1;
        }
        Self(bits)
    }

    /// What takes the key, its policy or its material away.
    pub fn critical() -> Self {
        const { Self::of_class(Class::Critical) }
    }

    /// What uses the key on data.
    pub fn cryptographic() -> Self {
        const { Self::of_class(Class::Cryptographic) }
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names, sorted; an action that is not known here has none.
    pub fn names(self) -> Vec<&'static str> {
        KEYED.iter().enumerate().filter(|(i, _)| self.0 & (1 << i) != 0).map(|(_, (name, _))| *name).collect()
    }
}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.names())?;
        if self.meets(Self::UNKNOWN) { f.write_str("+unknown") } else { Ok(()) }
    }
}

/// What a list of action patterns stands for.
pub(crate) struct Meant {
    /// The actions on a key that some pattern fits.
    pub actions: Actions,
    /// Whether one single pattern fits every action of KMS (`*`, `kms:*` and their like).
    pub whole: bool,
}

/// Reads action patterns: case does not matter, `*` and `?` are wildcards.
pub(crate) fn meaning(patterns: &[String]) -> Meant {
    let mut meant = Meant { actions: Actions::NONE, whole: false };
    for text in patterns {
        let one = one_pattern(text);
        meant.whole |= one.holds(Actions::ALL);
        meant.actions = meant.actions.or(one);
    }
    meant
}

fn one_pattern(text: &str) -> Actions {
    let pattern = Pattern::wild(&text.to_lowercase());
    let fits = |name: &str| pattern.fits(&Sym::text(&format!("kms:{}", name.to_lowercase())));
    let bits = (0..KEYED.len()).filter(|i| fits(KEYED[*i].0)).fold(0, |bits, i| bits | 1 << i);
    if bits == Actions::KNOWN.0 && KEYLESS.iter().all(|name| fits(name)) {
        return Actions::ALL;
    }
    let ours = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("kms:"));
    if bits == 0 && ours && text.len() > 4 && !KEYLESS.iter().any(|name| fits(name)) {
        return Actions::UNKNOWN;
    }
    Actions(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Meant {
        meaning(&[text.to_owned()])
    }

    #[test]
    fn the_tables_are_sorted_and_named_once() {
        assert!(KEYED.is_sorted_by(|a, b| a.0 < b.0));
        assert!(KEYLESS.is_sorted_by(|a, b| a < b));
        assert!(KEYED.iter().all(|(name, _)| !KEYLESS.contains(name)));
    }

    #[test]
    fn case_does_not_matter_and_wildcards_do() {
        assert_eq!(of("KMS:decrypt").actions, Actions::named(&["Decrypt"]));
        assert_eq!(of("kms:?ecrypt").actions, Actions::named(&["Decrypt"]));
        assert_eq!(of("kms:ReEncrypt*").actions, Actions::named(&["ReEncryptFrom", "ReEncryptTo"]));
        assert_eq!(of("kms:GenerateDataKey*").actions.names().len(), 4);
        assert_eq!(of("*Decrypt").actions, Actions::named(&["Decrypt"]));
    }

    #[test]
    fn whole_is_one_pattern_for_everything() {
        for text in ["*", "kms:*", "KMS:**", "k*", "*:*", "kms:?*"] {
            assert!(of(text).whole, "{text}");
        }
        let two = meaning(&["kms:D*".to_owned(), "kms:P*".to_owned()]);
        assert!(!two.whole && two.actions.holds(Actions::named(&["Decrypt", "PutKeyPolicy"])));
    }

    #[test]
    fn other_services_and_keyless_actions_are_nothing() {
        for text in ["s3:*", "", "kms", "kms:", "kms:ListKeys", "kms:listaliases", "kmsx:Decrypt"] {
            assert!(of(text).actions.is_empty(), "{text}");
        }
    }

    #[test]
    fn an_action_that_is_not_known_is_neither_granted_nor_nothing() {
        assert_eq!(of("kms:Describe").actions, Actions::UNKNOWN);
        assert_eq!(of("kms:Levitate*").actions, Actions::UNKNOWN);
    }
}
