//! Who a statement names.

use super::context::KeyName;
use super::glob::{Fit, Pattern, Sym};
use crate::model::names::{AccountId, Arn};

/// One name in `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// `*`.
    Anyone,
    /// A whole account: `arn:…:iam::ID:root`, or the bare id.
    Account(String),
    /// A user or role by its ARN.
    Identity { arn: String, account: String },
    /// One session of a role.
    Session { arn: String, account: String, role: String },
    /// A session of `GetFederationToken`.
    FederatedUser { arn: String, account: String },
    /// A service of AWS.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// The unique id of something that has been deleted.
    Deleted(String),
    /// An S3 canonical user, which KMS does not know.
    Canonical(String),
    /// What AWS does not accept as a principal.
    Refused { text: String, why: &'static str },
}

impl Principal {
    /// The words by which a reason calls it.
    pub fn text(&self) -> String {
        match self {
            Self::Anyone => "everyone (*)".to_owned(),
            Self::Account(id) => format!("account {id}"),
            Self::Identity { arn, .. } | Self::Session { arn, .. } | Self::FederatedUser { arn, .. } => arn.clone(),
            Self::Service(text) | Self::Federated(text) | Self::Deleted(text) | Self::Canonical(text) => text.clone(),
            Self::Refused { text, .. } => format!("{text:?}"),
        }
    }

    /// The account that it belongs to, where it tells.
    pub fn account(&self) -> Option<String> {
        let of_arn = |text: &str| Arn::parse(text).map(|arn| arn.account.to_owned()).filter(|id| is_account(id));
        match self {
            Self::Account(id) => Some(id.clone()),
            Self::Identity { account, .. } | Self::Session { account, .. } | Self::FederatedUser { account, .. } => {
                Some(account.clone())
            }
            Self::Federated(text) | Self::Refused { text, .. } => of_arn(text),
            Self::Anyone | Self::Service(_) | Self::Deleted(_) | Self::Canonical(_) => None,
        }
    }

    /// Reads a value under `AWS`.
    pub fn of_aws(text: &str, key: &KeyName) -> Self {
        if text == "*" {
            return Self::Anyone;
        }
        if is_account(text) {
            return Self::Account(text.to_owned());
        }
        if is_unique_id(text) {
            return Self::Deleted(text.to_owned());
        }
        let refused = |why| Self::Refused { text: text.to_owned(), why };
        if text.contains(['*', '?']) {
            return refused("AWS accepts no wildcard as part of a principal");
        }
        let Some(arn) = Arn::parse(text) else {
            return refused("it is neither an ARN, nor an account id, nor *");
        };
        if !is_account(arn.account) || !arn.region.is_empty() {
            return refused("its account is not twelve digits");
        }
        if arn.partition != key.partition {
            return refused("it is of another partition than the key");
        }
        let (text, account) = (text.to_owned(), arn.account.to_owned());
        let mut parts = arn.resource.split('/');
        let (kind, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
        match (arn.service, kind) {
            ("iam", "root") if arn.resource == "root" => Self::Account(account),
            ("iam", "user" | "role") if !last.is_empty() => Self::Identity { arn: text, account },
            ("sts", "assumed-role") => match arn.resource.splitn(3, '/').collect::<Vec<_>>()[..] {
                [_, role, session] if !role.is_empty() && !session.is_empty() => {
                    Self::Session { arn: text, account, role: role.to_owned() }
                }
                _ => refused("it names no session"),
            },
            ("sts", "federated-user") if !last.is_empty() => Self::FederatedUser { arn: text, account },
            _ => refused("it is not the ARN of an account, user, role or session"),
        }
    }
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

/// `AROA…`, `AIDA…`: what IAM puts in the place of an ARN once the role or user is gone.
fn is_unique_id(text: &str) -> bool {
    const PREFIXES: [&str; 5] = ["AROA", "AIDA", "AGPA", "AIPA", "ANPA"];
    let head = text.split(':').next().unwrap_or_default();
    head.len() >= 12
        && PREFIXES.iter().any(|p| head.starts_with(p))
        && head.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The last part of the ARN of a role: its name, which is unique in an account whatever its path.
pub(crate) fn role_name(arn: &str) -> Option<&str> {
    let resource = Arn::parse(arn)?.resource.strip_prefix("role/")?;
    resource.rsplit('/').next().filter(|name| !name.is_empty())
}

/// How a principal fits a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    No,
    /// The caller itself, or everyone.
    Direct,
    /// The caller's account: an Allow then only lets the account's own IAM policies decide.
    Account,
    /// AWS would refuse the principal; if it is in force, nobody can say whom it means.
    Maybe,
}

/// The caller, as principals see it.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// A user, a role, or a session of `GetFederationToken`.
    Identity { arn: String, account: String },
    /// A session of a role, whose own ARN may have a path.
    Session { session: String, account: String, role_arn: String },
    /// A user or role of an account that the policy does not name; the part of its ARN after the account.
    Outsider { resource: String },
    /// A service of AWS.
    Service(String),
    /// Whoever comes by way of an identity provider.
    Federated(String),
}

impl Who {
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Identity { account, .. } | Self::Session { account, .. } => Some(account),
            Self::Outsider { .. } | Self::Service(_) | Self::Federated(_) => None,
        }
    }

    /// `aws:PrincipalArn`.
    pub fn arn(&self, key: &KeyName) -> Option<Vec<Sym>> {
        match self {
            Self::Identity { arn, .. } => Some(Sym::text(arn)),
            Self::Session { role_arn, .. } => Some(Sym::text(role_arn)),
            Self::Outsider { resource } => {
                let mut text = Sym::text(&format!("arn:{}:iam::", key.partition));
                text.extend([Sym::Any; 12]);
                text.extend(Sym::text(&format!(":{resource}")));
                Some(text)
            }
            Self::Service(_) | Self::Federated(_) => None,
        }
    }

    /// Whether `principal` means this caller.
    pub fn is(&self, principal: &Principal, key: &KeyName) -> Match {
        let when = |fits: bool| if fits { Match::Direct } else { Match::No };
        match (principal, self) {
            (Principal::Anyone, _) => Match::Direct,
            (Principal::Account(id), _) if self.account() == Some(id) => Match::Account,
            (
                Principal::Identity { arn: named, .. } | Principal::FederatedUser { arn: named, .. },
                Self::Identity { arn, .. },
            ) => when(named == arn),
            (Principal::Identity { arn: named, .. }, Self::Session { role_arn, .. }) => when(named == role_arn),
            (Principal::Session { arn: named, .. }, Self::Session { session, .. }) => when(named == session),
            (Principal::Service(named), Self::Service(name)) => when(named.eq_ignore_ascii_case(name)),
            (Principal::Federated(named), Self::Federated(name)) => when(named == name),
            (Principal::Federated(named), Self::Identity { .. } | Self::Session { .. } | Self::Outsider { .. })
                if named == "*" =>
            {
                Match::Maybe
            }
            (Principal::Refused { text, .. }, _) => self.may_be(text, key),
            _ => Match::No,
        }
    }

    /// Whether a principal that AWS refuses would mean this caller if its wildcards acted.
    fn may_be(&self, text: &str, key: &KeyName) -> Match {
        let Some(arn) = self.arn(key) else { return Match::No };
        let whole_account = text.strip_suffix(":root").map(|account| format!("{account}:*"));
        let pattern = Pattern::wild(whole_account.as_deref().unwrap_or(text));
        if pattern.fit(&arn) == Fit::No { Match::No } else { Match::Maybe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::context::KeyName;

    fn key() -> KeyName {
        KeyName::parse("arn:aws:kms:eu-central-1:111122223333:key/k").unwrap()
    }

    #[test]
    fn an_account_is_exactly_root_or_twelve_digits() {
        let account = |text| Principal::of_aws(text, &key()) == Principal::Account("111122223333".into());
        assert!(account("111122223333") && account("arn:aws:iam::111122223333:root"));
        for other in [
            "arn:aws:iam::111122223333:user/x:root",
            "arn:aws:iam::111122223333:role/root",
            "arn:aws:iam::111122223333:root/x",
            "arn:aws-cn:iam::111122223333:root",
            "11112222333",
            "arn:aws:iam::account-id:root",
            "arn:aws:sts::111122223333:root",
        ] {
            assert!(!account(other), "{other}");
        }
    }

    #[test]
    fn ids_of_deleted_principals_are_known() {
        for text in ["AROAEXAMPLEEXAMPLE123", "AIDACKCEVSQ6C2EXAMPLE"] {
            assert_eq!(Principal::of_aws(text, &key()), Principal::Deleted(text.to_owned()));
        }
        assert!(matches!(Principal::of_aws("aroa-something-x", &key()), Principal::Refused { .. }));
    }

    #[test]
    fn a_role_is_its_own_sessions_but_not_the_reverse() {
        let role = "arn:aws:iam::111122223333:role/p/app".to_owned();
        let session = "arn:aws:sts::111122223333:assumed-role/app/s".to_owned();
        let (by_role, by_session) = (Principal::of_aws(&role, &key()), Principal::of_aws(&session, &key()));
        let account = "111122223333".to_owned();
        let in_role = Who::Identity { arn: role.clone(), account: account.clone() };
        let in_session = Who::Session { session, account, role_arn: role };
        assert_eq!(in_role.is(&by_role, &key()), Match::Direct);
        assert_eq!(in_role.is(&by_session, &key()), Match::No);
        assert_eq!(in_session.is(&by_role, &key()), Match::Direct);
        assert_eq!(in_session.is(&by_session, &key()), Match::Direct);
    }
}
