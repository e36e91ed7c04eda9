//! The answers, as data.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Yes, no, or not to be decided from what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Surely so.
    Yes,
    /// Surely not.
    No,
    /// The reasons say what is missing.
    Unknown,
}

impl Answer {
    /// `None` for what is not known.
    #[must_use]
    pub fn known(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown => None,
        }
    }

    /// The word for a person.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn of(sure: bool, possible: bool) -> Self {
        match (sure, possible) {
            (true, _) => Self::Yes,
            (false, true) => Self::Unknown,
            (false, false) => Self::No,
        }
    }
}

/// What a reason is about: one of the six questions, or something that a reader should know besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The text as a whole.
    Policy,
    /// Can principals of arbitrary accounts do something with the key?
    Public,
    /// Which accounts and organizations beside the owner can?
    CrossAccount,
    /// Does anyone but the owner's account have too much at once?
    Broad,
    /// Does the policy by itself let the delivery role encrypt and decrypt?
    GrantsFirehoseRole,
    /// Do the IAM policies of the owner's account count?
    DelegatesToIam,
    /// Can one identity both administer and use the key?
    AdminAndUserOverlap,
    /// A statement that does nothing.
    StatementWithoutEffect,
    /// A statement that was not understood in full.
    StatementInDoubt,
    /// The unique id of a principal that has been deleted.
    DeletedPrincipal,
    /// A principal that AWS does not accept.
    RefusedPrincipal,
    /// Grants that somebody who is no administrator can make without a limit.
    UnlimitedGrants,
    /// No statement for the owner's account: its administrators can lock themselves out.
    LockOut,
}

impl About {
    /// The word in the JSON output: for the six questions, the name of the answer's member.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Public => "public",
            Self::CrossAccount => "cross_account",
            Self::Broad => "broad",
            Self::GrantsFirehoseRole => "grants_firehose_role",
            Self::DelegatesToIam => "delegates_to_iam",
            Self::AdminAndUserOverlap => "admin_and_user_overlap",
            Self::StatementWithoutEffect => "statement_without_effect",
            Self::StatementInDoubt => "statement_in_doubt",
            Self::DeletedPrincipal => "deleted_principal",
            Self::RefusedPrincipal => "refused_principal",
            Self::UnlimitedGrants => "unlimited_grants",
            Self::LockOut => "lock_out",
        }
    }

    /// Whether it is one of the six questions.
    #[must_use]
    pub fn is_question(self) -> bool {
        (Self::Public..=Self::AdminAndUserOverlap).contains(&self)
    }
}

/// What a reason decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The answer to a yes-or-no question; `None`: unknown.
    Is(Option<bool>),
    /// One member of `cross_account`.
    Account(String),
    /// `cross_account` has no member.
    Nobody,
}

/// Why an answer is what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What it is about.
    pub about: About,
    /// What it decides.
    pub verdict: Verdict,
    /// The statement that decides: its Sid, else `Statement[index]`; `None` when the policy as a whole does.
    pub statement: Option<String>,
    /// Why, in a sentence without a full stop. Holds text of the policy: show it with care.
    pub text: String,
}

/// What one principal may do by the policy itself, for the matrix of duties.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct Holder {
    /// The principal, or `everyone (*)`.
    pub principal: String,
    /// Whether it is a whole account, whose own IAM policies then decide.
    pub delegated: bool,
    /// Whether every word of it is certain; else the lists say what it may hold.
    pub certain: bool,
    /// The critical administrative actions, sorted.
    pub administers: Vec<&'static str>,
    /// The cryptographic actions, sorted.
    pub uses: Vec<&'static str>,
    /// Whether it may create grants.
    pub grants: bool,
    /// Whether it may retire or revoke grants.
    pub ends_grants: bool,
    /// The statements that give it something.
    pub by: Vec<String>,
}

/// What a policy gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Whether the text could be read; if not, every answer is unknown and the lists mean nothing.
    pub readable: bool,
    /// Whether every statement was understood in full.
    pub whole: bool,
    /// Can principals of arbitrary accounts do something with the key?
    pub public: Answer,
    /// The account ids and organization ids beside the owner, and `*` when public; sorted.
    pub cross_account: Vec<String>,
    /// Whether there may be more of them than that list has.
    pub cross_account_incomplete: bool,
    /// Does anyone but the owner's account have too much at once?
    pub broad: Answer,
    /// Does the policy by itself let the delivery role encrypt and decrypt? Unknown when no role was given.
    pub grants_firehose_role: Answer,
    /// Do the IAM policies of the owner's account count?
    pub delegates_to_iam: Answer,
    /// Yes or no: whether a statement that was understood says so and no sure Deny takes it back, whatever else is in
    /// doubt.
    pub delegation_stated: Answer,
    /// Can one identity both administer and use the key?
    pub admin_and_user_overlap: Answer,
    /// Who holds what, in the order in which the policy names them.
    pub holders: Vec<Holder>,
    /// Why, question by question.
    pub reasons: Vec<Reason>,
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(4))?;
        map.serialize_entry("about", self.about.word())?;
        match &self.verdict {
            Verdict::Is(answer) => map.serialize_entry("verdict", answer)?,
            Verdict::Account(id) => map.serialize_entry("verdict", id)?,
            Verdict::Nobody => map.serialize_entry("verdict", &[(); 0])?,
        }
        map.serialize_entry("statement", &self.statement)?;
        map.serialize_entry("text", &self.text)?;
        map.end()
    }
}

/// The form of `keywitness policy explain --json`. Two members are never null, by contract: the list has the ids that are
/// sure, the delegation is what the statements say that were understood. What is in doubt there, a reason says.
impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(7))?;
        map.serialize_entry("public", &self.public.known())?;
        map.serialize_entry("cross_account", &self.cross_account)?;
        map.serialize_entry("broad", &self.broad.known())?;
        map.serialize_entry("grants_firehose_role", &self.grants_firehose_role.known())?;
        map.serialize_entry("delegates_to_iam", &(self.delegation_stated == Answer::Yes))?;
        map.serialize_entry("admin_and_user_overlap", &self.admin_and_user_overlap.known())?;
        map.serialize_entry("reasons", &self.reasons)?;
        map.end()
    }
}
