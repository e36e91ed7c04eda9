//! Who has to be imagined: everything that the policy names, and one of each kind that it does not.

use super::caller::{Caller, Org, Source};
use super::condition::Condition;
use super::context::Context;
use super::document::{Principals, Statement};
use super::glob::Pattern;
use super::principal::{Principal, Who, is_account, role_name};
use std::collections::{BTreeMap, BTreeSet};

/// The accounts, organizations and identities of a policy.
pub(crate) struct World<'a> {
    pub context: &'a Context,
    /// Every account that it names, the key's own included.
    pub accounts: BTreeSet<String>,
    pub orgs: BTreeSet<String>,
    /// The identities that it names as principals or in conditions, by what an auditor would call one identity: the
    /// sessions of a role are the role.
    pub identities: BTreeMap<String, Vec<Who>>,
    /// What an outsider may be called to fit a condition, such as `role/Admin` for `arn:aws:iam::*:role/Admin`.
    outsiders: BTreeSet<String>,
    /// A name that stands nowhere in the policy.
    nobody: String,
    /// Whether any condition asks for an organization.
    asks_org: bool,
}

/// `o-` and letters or digits. AWS has ten to thirty-two; examples have fewer.
fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-")
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

impl<'a> World<'a> {
    pub fn of(statements: &[Statement], text: &str, context: &'a Context) -> Self {
        let mut nobody = "somebody".to_owned();
        while text.contains(&nobody) {
            nobody.push('0');
        }
        let mut world = World {
            context,
            accounts: BTreeSet::from([context.key.account.clone()]),
            orgs: BTreeSet::new(),
            identities: BTreeMap::new(),
            outsiders: BTreeSet::new(),
            nobody,
            asks_org: false,
        };
        for statement in statements.iter().filter(|s| s.inert.is_none()) {
            for condition in &statement.conditions {
                world.asked(condition);
            }
            for principal in statement.listed() {
                world.accounts.extend(principal.account());
                // Those that an Allow names, and those that a Deny excepts. Whom only a Deny names gets nothing by it.
                let listed = matches!(statement.principals, Principals::These(_));
                if (listed && statement.may_allow()) || (!listed && statement.may_deny()) {
                    world.named(principal);
                }
            }
        }
        world.add_sessions(statements);
        world
    }

    fn asked(&mut self, condition: &Condition) {
        match condition.key.as_str() {
            "kms:calleraccount" | "aws:principalaccount" | "aws:sourceaccount" => {
                self.accounts.extend(condition.values.iter().filter_map(Pattern::fixed).filter(|id| is_account(id)));
            }
            "aws:principalorgid" | "aws:sourceorgid" | "aws:principalorgpaths" | "aws:sourceorgpaths" => {
                self.asks_org = true;
                let named = condition.values.iter().filter_map(|v| v.before_slash().0.fixed());
                self.orgs.extend(named.filter(|id| is_organization(id)));
            }
            "aws:principalarn" => condition.values.iter().for_each(|value| self.fitting(value)),
            _ => {}
        }
    }

    /// Imagines an identity that fits a pattern of `aws:PrincipalArn`.
    fn fitting(&mut self, value: &Pattern) {
        let fields = value.fields(6);
        let whole = fields.len() == 6;
        let account = fields.get(4).filter(|_| whole).and_then(Pattern::fixed).filter(|id| is_account(id));
        let last = if whole { fields.into_iter().nth(5) } else { value.fields(usize::MAX).pop() };
        let Some(resource) = last.and_then(|r| r.example(&self.nobody)) else {
            self.accounts.extend(account);
            return;
        };
        let kind = ["role/", "user/"].iter().any(|k| resource.strip_prefix(k).is_some_and(|name| !name.is_empty()));
        let possible = (kind || resource == "root") && !resource.contains(['*', '?']);
        match account {
            Some(account) => {
                if possible {
                    let arn = format!("arn:{}:iam::{account}:{resource}", self.context.key.partition);
                    self.add(Who::Identity { arn, account: account.clone() });
                }
                self.accounts.insert(account);
            }
            None if possible => {
                self.outsiders.insert(resource);
            }
            None => {}
        }
    }

    fn named(&mut self, principal: &Principal) {
        match principal {
            Principal::Identity { arn, account } | Principal::FederatedUser { arn, account } => {
                self.add(Who::Identity { arn: arn.clone(), account: account.clone() });
            }
            _ => {}
        }
    }

    fn add(&mut self, who: Who) {
        let Who::Identity { arn, account } = &who else { return };
        let group = role_name(arn).map_or_else(|| arn.clone(), |role| format!("role {role} of account {account}"));
        let list = self.identities.entry(group).or_default();
        let known = list.iter().any(|w| matches!(w, Who::Identity { arn: other, .. } if other == arn));
        if !known {
            list.push(who);
        }
    }

    /// Sessions come last: the ARN of their role may be named elsewhere, with its path.
    fn add_sessions(&mut self, statements: &[Statement]) {
        let excepts = |s: &&Statement| s.may_deny() && matches!(s.principals, Principals::AllBut(_));
        let naming = statements.iter().filter(|s| s.may_allow() || excepts(s));
        for principal in naming.flat_map(Statement::listed) {
            let Principal::Session { arn, account, role } = principal else { continue };
            let list = self.identities.entry(format!("role {role} of account {account}")).or_default();
            let by_name = list.iter().find_map(|w| match w {
                Who::Identity { arn, .. } => Some(arn.clone()),
                _ => None,
            });
            let role_arn =
                by_name.unwrap_or_else(|| format!("arn:{}:iam::{account}:role/{role}", self.context.key.partition));
            let known = list.iter().any(|w| matches!(w, Who::Session { session, .. } if session == arn));
            if !known {
                list.push(Who::Session { session: arn.clone(), account: account.clone(), role_arn });
            }
        }
    }

    pub fn caller(&self, who: Who) -> Caller<'a> {
        Caller::new(who, self.context)
    }

    /// The organizations that an identity of some account may be in.
    pub fn orgs_of_identity(&self) -> Vec<Org> {
        let mut orgs = vec![Org::None];
        if self.asks_org {
            orgs.push(Org::Other);
            orgs.extend(self.orgs.iter().cloned().map(Org::Named));
        }
        orgs
    }

    /// A user and a role that the policy does not name, of an account that it may name.
    pub fn unnamed_in(&self, account: &str) -> Vec<Who> {
        ["role", "user"]
            .iter()
            .map(|kind| Who::Identity {
                arn: format!("arn:{}:iam::{account}:{kind}/{}", self.context.key.partition, self.nobody),
                account: account.to_owned(),
            })
            .collect()
    }

    /// Nobody in particular of an account, neither a user nor a role: what only a condition on the whole account lets
    /// through.
    pub fn anyhow_in(&self, account: &str) -> Who {
        let arn = format!("arn:{}:iam::{account}:{}", self.context.key.partition, self.nobody);
        Who::Identity { arn, account: account.to_owned() }
    }

    /// The same of an account that the policy does not name.
    pub fn outsider_anyhow(&self) -> Who {
        Who::Outsider { resource: self.nobody.clone() }
    }

    /// Those that the policy does not name as identities of this account: plain ones, and such as fit a pattern for
    /// identities of any account.
    pub fn strangers_in(&self, account: &str) -> Vec<Who> {
        let mut all = self.unnamed_in(account);
        all.extend(self.outsiders.iter().map(|resource| Who::Identity {
            arn: format!("arn:{}:iam::{account}:{resource}", self.context.key.partition),
            account: account.to_owned(),
        }));
        all
    }

    /// Everybody to be imagined in an account.
    pub fn in_account(&self, account: &str) -> Vec<Who> {
        let mut all = self.strangers_in(account);
        all.extend(self.identities.values().flatten().filter(|w| w.account() == Some(account)).cloned());
        all
    }

    /// Users and roles of accounts that the policy does not name.
    pub fn outsiders(&self) -> Vec<Who> {
        let plain = ["role", "user"].iter().map(|kind| format!("{kind}/{}", self.nobody));
        plain.chain(self.outsiders.iter().cloned()).map(|resource| Who::Outsider { resource }).collect()
    }

    /// Outsiders in no organization that the policy names: the public.
    pub fn public(&self) -> Vec<Caller<'a>> {
        let orgs = if self.asks_org { vec![Org::None, Org::Other] } else { vec![Org::None] };
        self.each(self.outsiders(), &orgs)
    }

    /// Each of them in each organization.
    pub fn each(&self, whos: Vec<Who>, orgs: &[Org]) -> Vec<Caller<'a>> {
        whos.into_iter()
            .flat_map(|w| orgs.iter().map(move |o| (w.clone(), o.clone())))
            .map(|(who, org)| self.caller(who).of_org(org))
            .collect()
    }

    /// A service, for everyone on whose behalf it may call.
    pub fn service(&self, name: &str) -> Vec<Caller<'a>> {
        let accounts = self.accounts.iter().cloned().map(Source::Account);
        let orgs = self.orgs.iter().cloned().map(Source::Org);
        [Source::Unsaid, Source::Stranger]
            .into_iter()
            .chain(accounts)
            .chain(orgs)
            .map(|source| self.caller(Who::Service(name.to_owned())).on_behalf(source))
            .collect()
    }

    /// Everybody whom one name in a statement may mean.
    pub fn meant_by(&self, principal: &Principal) -> Vec<Caller<'a>> {
        let orgs = self.orgs_of_identity();
        match principal {
            Principal::Anyone => self.everybody(),
            Principal::Account(id) => self.each(self.in_account(id), &orgs),
            Principal::Identity { arn, account } | Principal::FederatedUser { arn, account } => {
                self.each(vec![Who::Identity { arn: arn.clone(), account: account.clone() }], &orgs)
            }
            Principal::Session { arn, .. } => {
                let same = |w: &&Who| matches!(w, Who::Session { session, .. } if session == arn);
                self.each(self.identities.values().flatten().filter(same).cloned().collect(), &orgs)
            }
            Principal::Service(name) => self.service(name),
            Principal::Federated(name) => vec![self.caller(Who::Federated(name.clone()))],
            Principal::Deleted(_) | Principal::Canonical(_) => Vec::new(),
            Principal::Refused { .. } => match principal.account() {
                Some(id) => self.each(self.in_account(&id), &orgs),
                None => self.everybody(),
            },
        }
    }

    /// Everybody but services.
    pub fn everybody(&self) -> Vec<Caller<'a>> {
        let mut whos: Vec<Who> = self.identities.values().flatten().cloned().collect();
        whos.extend(self.accounts.iter().flat_map(|account| self.strangers_in(account)));
        whos.extend(self.outsiders());
        self.each(whos, &self.orgs_of_identity())
    }
}
