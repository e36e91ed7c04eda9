//! Imagined callers: the few whose answers decide a question about everybody.
//!
//! "Is it public" is "can somebody from an account that the policy does not name do something"; "who may do both" is
//! that question for each identity that the policy does name, and for one that it does not. Each caller carries what
//! its requests have under each condition key.

use super::condition::{Held, Request, Side, Truth};
use super::context::{Context, KeyName};
use super::glob::Sym;
use super::principal::{Match, Principal, Who};

/// Which organization the caller's account belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Org {
    None,
    /// One that the policy does not name.
    Other,
    Named(String),
    /// It may be in any, or in none.
    Unknown,
}

impl Org {
    fn id(&self) -> Option<Vec<Sym>> {
        match self {
            Self::None | Self::Unknown => None,
            Self::Other => {
                let mut id = Sym::text("o-");
                id.extend([Sym::Any; 10]);
                Some(id)
            }
            Self::Named(id) => Some(Sym::text(id)),
        }
    }
}

/// On whose behalf a service calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It does not say.
    Unsaid,
    /// For an account that the policy does not name.
    Stranger,
    Account(String),
    /// For an account of that organization.
    Org(String),
}

/// What is known of the request beyond the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Any request the caller may make.
    Any,
    /// Any request the caller makes to KMS itself, not by way of another service.
    Direct,
    /// Any request with an encryption context of somebody else's resources.
    Foreign,
    /// Firehose, delivering to S3 in the key's Region.
    Delivery,
    /// One certain request by way of that service, or of which nothing else is known.
    Certain(Option<&'static str>),
}

/// An imagined caller with the request it makes.
#[derive(Clone, Debug)]
pub(crate) struct Caller<'a> {
    pub who: Who,
    pub org: Org,
    pub source: Source,
    pub setting: Setting,
    pub context: &'a Context,
}

/// A value of an encryption context that only a wildcard fits: U+FFFE is no character.
const SOMEBODY_ELSES: &str = "\u{fffe}\u{fffe}\u{fffe}";

fn twelve() -> Vec<Sym> {
    vec![Sym::Any; 12]
}

impl<'a> Caller<'a> {
    pub fn new(who: Who, context: &'a Context) -> Self {
        Self { who, org: Org::None, source: Source::Unsaid, setting: Setting::Any, context }
    }

    pub fn of_org(mut self, org: Org) -> Self {
        self.org = org;
        self
    }

    pub fn on_behalf(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    pub fn in_setting(mut self, setting: Setting) -> Self {
        self.setting = setting;
        self
    }

    pub fn is(&self, principal: &Principal) -> Match {
        let found = self.who.is(principal, &self.context.key);
        match (found, principal, self.setting) {
            // What AWS refuses surely does not grant the delivery role anything.
            (Match::Maybe, Principal::Refused { .. }, Setting::Delivery) => Match::No,
            _ => found,
        }
    }

    fn key(&self) -> &KeyName {
        &self.context.key
    }

    /// `aws:PrincipalAccount`, as far as there is one.
    fn account(&self) -> Option<Vec<Sym>> {
        match &self.who {
            Who::Identity { account, .. } | Who::Session { account, .. } => Some(Sym::text(account)),
            Who::Outsider { .. } => Some(twelve()),
            Who::Service(_) | Who::Federated(_) => None,
        }
    }

    /// The account on whose behalf a service calls.
    fn source_account(&self) -> Vec<Sym> {
        match &self.source {
            Source::Account(id) => Sym::text(id),
            Source::Unsaid | Source::Stranger | Source::Org(_) => twelve(),
        }
    }

    fn of_service(&self, key: &str, name: &str) -> Option<Held> {
        let one = |text: Option<Vec<Sym>>| text.map_or(Held::Absent, |text| Held::Values(vec![text]));
        let said = self.source != Source::Unsaid;
        let org = match &self.source {
            Source::Unsaid => Org::None,
            Source::Stranger => Org::Other,
            Source::Org(id) => Org::Named(id.clone()),
            Source::Account(_) => {
                return match key {
                    "aws:sourceorgid" | "aws:sourceorgpaths" => Some(Held::Free),
                    _ => self.of_service_account(key, name, said),
                };
            }
        };
        match key {
            "aws:sourceorgid" => Some(one(org.id())),
            "aws:sourceorgpaths" => Some(org.id().map_or(Held::Absent, Held::InOrg)),
            _ => self.of_service_account(key, name, said),
        }
    }

    fn of_service_account(&self, key: &str, name: &str, said: bool) -> Option<Held> {
        let account = self.source_account();
        Some(match key {
            "aws:sourceaccount" if said => Held::Values(vec![account]),
            "aws:sourcearn" if said => Held::OwnedBy(account),
            "aws:sourceaccount" | "aws:sourcearn" => Held::Absent,
            "kms:calleraccount" => Held::Values(vec![account]),
            "aws:principalisawsservice" => Held::text("true"),
            "aws:principalservicename" => Held::text(name),
            "aws:principalaccount" | "aws:principalarn" | "aws:principalorgid" | "aws:principalorgpaths" => {
                Held::Absent
            }
            _ => return None,
        })
    }

    fn of_identity(&self, key: &str, side: Side) -> Option<Held> {
        let one = |text: Option<Vec<Sym>>| text.map_or(Held::Free, |text| Held::Values(vec![text]));
        Some(match key {
            "kms:calleraccount" | "aws:principalaccount" => one(self.account()),
            "aws:principalarn" => one(self.who.arn(self.key())),
            "aws:principalorgid" => self.org.id().map_or(Held::Absent, |id| Held::Values(vec![id])),
            "aws:principalorgpaths" => self.org.id().map_or(Held::Absent, Held::InOrg),
            "aws:principalisawsservice" => Held::text("false"),
            "aws:principalservicename" => Held::Absent,
            // Only services have these. That does not say who calls, so it does not make an Allow less public; but
            // a Deny that asks for another value than "absent" does hit every identity.
            "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths" => match side {
                Side::Allow => Held::Free,
                Side::Deny => Held::Absent,
            },
            // A unique id is one identity's; whose, the policy does not say.
            "aws:userid" if matches!(self.who, Who::Outsider { .. }) => Held::Unknown,
            _ => return None,
        })
    }

    /// Firehose assumes the role and writes to S3, which asks KMS by the role's leave.
    fn of_delivery(&self, key: &str) -> Held {
        let of = self.key();
        match key {
            "kms:viaservice" => {
                let name = Held::text(&format!("s3.{}.amazonaws.com", of.region));
                match of.partition.as_str() {
                    // Both endings are seen in China's documentation.
                    "aws-cn" => Held::OneOf(vec![name, Held::text(&format!("s3.{}.amazonaws.com.cn", of.region))]),
                    _ => name,
                }
            }
            "kms:calleraccount"
            | "aws:principalaccount"
            | "aws:principalarn"
            | "aws:principalisawsservice"
            | "aws:principalservicename" => self.of_identity(key, Side::Deny).unwrap_or(Held::Unknown),
            "aws:principalorgid" | "aws:principalorgpaths" if self.org != Org::Unknown => {
                self.of_identity(key, Side::Deny).unwrap_or(Held::Unknown)
            }
            "aws:sourceaccount"
            | "aws:sourcearn"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths"
            | "aws:username"
            | "aws:federatedprovider"
            | "aws:multifactorauthage" => Held::Absent,
            "aws:principaltype" => Held::text("AssumedRole"),
            "aws:viaawsservice" => Held::text("true"),
            // No person is at hand to type a code.
            "aws:multifactorauthpresent" => Held::OneOf(vec![Held::Absent, Held::text("false")]),
            "kms:encryptionalgorithm" => Held::text("SYMMETRIC_DEFAULT"),
            "kms:encryptioncontext:aws:s3:arn" => match &self.context.bucket {
                // With an S3 Bucket Key it is the bucket's ARN, else the object's.
                Some(bucket) => {
                    let mut object = Sym::text(&format!("{bucket}/"));
                    object.extend([Sym::Any; 24]);
                    Held::OneOf(vec![Held::text(bucket), Held::Values(vec![object])])
                }
                None => Held::SomeBucket { partition: of.partition.clone() },
            },
            _ if key.starts_with("kms:recipientattestation:") => Held::Absent,
            _ => Held::Unknown,
        }
    }
}

impl Caller<'_> {
    /// Whether it is about one request and not about whatever the caller may choose.
    fn is_certain(&self) -> bool {
        matches!(self.setting, Setting::Delivery | Setting::Certain(_))
    }

    /// A request of which only the caller is known, and by way of which service it comes.
    fn of_certain(&self, key: &str, via: Option<&'static str>) -> Held {
        match key {
            "kms:viaservice" => {
                via.map_or(Held::Unknown, |name| Held::text(&format!("{name}.{}.amazonaws.com", self.key().region)))
            }
            "kms:calleraccount"
            | "aws:principalaccount"
            | "aws:principalarn"
            | "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:principalisawsservice"
            | "aws:principalservicename" => self.of_identity(key, Side::Deny).unwrap_or(Held::Unknown),
            _ => Held::Unknown,
        }
    }
}

impl Request for Caller<'_> {
    fn held(&self, key: &str, side: Side) -> Held {
        match key {
            // KMS takes no request without TLS.
            "aws:securetransport" => return Held::text("true"),
            "aws:resourceaccount" => return Held::text(&self.key().account),
            "aws:requestedregion" => return Held::text(&self.key().region),
            _ => {}
        }
        match self.setting {
            Setting::Delivery => return self.of_delivery(key),
            Setting::Certain(via) => return self.of_certain(key, via),
            Setting::Any | Setting::Direct | Setting::Foreign => {}
        }
        let known = match &self.who {
            Who::Service(name) => self.of_service(key, name),
            _ => self.of_identity(key, side),
        };
        match (known, self.setting) {
            (Some(held), _) => held,
            (None, Setting::Direct) if key == "kms:viaservice" => Held::Absent,
            (None, Setting::Foreign) if super::condition::is_encryption_context(key) => Held::text(SOMEBODY_ELSES),
            (None, _) => Held::Free,
        }
    }

    fn undecided(&self) -> Truth {
        if self.is_certain() { Truth::UNKNOWN } else { Truth::FREE }
    }

    fn variable(&self, key: &str) -> Option<String> {
        // A variable never counts as a fixed value where the question is about everybody.
        if !self.is_certain() {
            return None;
        }
        let Held::Values(values) = self.held(&key.to_ascii_lowercase(), Side::Allow) else { return None };
        let [one] = values.as_slice() else { return None };
        one.iter().map(|s| if let Sym::Is(c) = s { Some(*c) } else { None }).collect()
    }
}
