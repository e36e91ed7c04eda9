//! The six questions, each asked of the callers whose answer decides it.
//!
//! The definitions are those of `docs/key-policies.md`. Every answer comes with the statement that decides it.

use super::actions::Actions;
use super::caller::{Caller, Org, Setting, Source};
use super::condition::{Condition, Held, Request, Side, Tri, is_encryption_context};
use super::context::Context;
use super::document::{self, Effect, Principals, Statement};
use super::explained::{About, Answer, Explained, Holder, Reason, Verdict};
use super::glob::Pattern;
use super::judge::{Count, Grant, Judge};
use super::principal::{Match, Principal, Who, role_name};
use super::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// Says what a key policy gives, for a key and, if there is one, a delivery role.
///
/// Never fails: a text that is no policy has unknown answers, and a reason that says why.
#[must_use]
pub fn evaluate(policy: impl AsRef<[u8]>, context: &Context) -> Explained {
    let policy = policy.as_ref();
    let statements = match statements(policy, context) {
        Ok(statements) => statements,
        Err(why) => return unreadable(&format!("the policy cannot be read: {why}")),
    };
    let mut text = String::from_utf8_lossy(policy).into_owned();
    if let Some(shared) = &context.shared {
        text.push_str(&String::from_utf8_lossy(shared));
    }
    let world = World::of(&statements, &text, context);
    Asked { statements: &statements, world, reasons: Vec::new() }.all()
}

/// The statements of the policy and, if the context has it, of the policy that Resource Access Manager keeps.
///
/// # Errors
/// Why the text is not a policy at all.
pub(super) fn statements(policy: &[u8], context: &Context) -> Result<Vec<Statement>, String> {
    let mut statements = document::read(policy, &context.key, "")?;
    if let Some(shared) = &context.shared {
        match document::read(shared, &context.key, "AWS_RAM ") {
            Ok(more) => statements.extend(more),
            Err(why) => statements.push(Statement::opaque(
                "AWS_RAM".to_owned(),
                format!("the policy of Resource Access Manager cannot be read: {why}"),
            )),
        }
    }
    Ok(statements)
}

fn unreadable(why: &str) -> Explained {
    let reason = Reason { about: About::Policy, verdict: Verdict::Is(None), statement: None, text: why.to_owned() };
    Explained {
        readable: false,
        whole: false,
        public: Answer::Unknown,
        cross_account: Vec::new(),
        cross_account_incomplete: true,
        broad: Answer::Unknown,
        grants_firehose_role: Answer::Unknown,
        delegates_to_iam: Answer::Unknown,
        delegation_stated: Answer::No,
        admin_and_user_overlap: Answer::Unknown,
        holders: Vec::new(),
        reasons: vec![reason],
    }
}

/// A policy while its questions are asked.
struct Asked<'a> {
    statements: &'a [Statement],
    world: World<'a>,
    reasons: Vec<Reason>,
}

/// Up to four names, and how many more there are.
fn some_of(names: &[&str], prefix: &str) -> String {
    let shown: Vec<String> = names.iter().take(4).map(|name| format!("{prefix}{name}")).collect();
    match names.len().saturating_sub(4) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn kms(actions: Actions) -> String {
    let names = actions.names();
    if names.is_empty() { "an action that is not known here".to_owned() } else { some_of(&names, "kms:") }
}

fn both(actions: Actions) -> bool {
    actions.meets(Actions::critical()) && actions.meets(Actions::cryptographic())
}

fn delivery() -> Actions {
    Actions::named(&["Decrypt", "GenerateDataKey"])
}

const TOO_LARGE: &str = "the policy names so many principals and conditions that the question was given up";

impl<'a> Asked<'a> {
    fn all(mut self) -> Explained {
        let public = self.public();
        let (cross_account, cross_account_incomplete) = self.cross_account();
        let broad = self.broad(public);
        let grants_firehose_role = self.grants_firehose_role();
        let (delegates_to_iam, stated) = self.delegates_to_iam();
        let admin_and_user_overlap = self.overlap();
        let holders = self.holders();
        self.notes(&holders, delegates_to_iam);
        Explained {
            readable: true,
            whole: self.statements.iter().all(|s| s.doubts.is_empty()),
            public,
            cross_account: cross_account.into_iter().collect(),
            cross_account_incomplete,
            broad,
            grants_firehose_role,
            delegates_to_iam,
            delegation_stated: Answer::of(stated, false),
            admin_and_user_overlap,
            holders,
            reasons: self.reasons,
        }
    }

    fn judge(&self) -> Judge<'a> {
        Judge::new(self.statements)
    }

    fn because(&mut self, about: About, verdict: Verdict, statement: Option<&Statement>, text: impl Into<String>) {
        let statement = statement.map(|s| s.label.clone());
        self.reasons.push(Reason { about, verdict, statement, text: text.into() });
    }

    /// A question whose answer was not found within the budget.
    fn given_up(&mut self, about: About) -> Answer {
        self.reasons.retain(|r| r.about != about);
        self.because(about, Verdict::Is(None), None, TOO_LARGE);
        Answer::Unknown
    }

    /// Gives the answer of a question whose statements were asked one by one, and the reasons that decide it.
    fn settle(&mut self, about: About, found: Vec<(Answer, Option<&'a Statement>, String)>, none: &str) -> Answer {
        let has = |answer| found.iter().any(|(a, _, _)| *a == answer);
        let answer = Answer::of(has(Answer::Yes), has(Answer::Unknown));
        let before = self.reasons.len();
        for (one, statement, text) in found {
            if one == answer {
                self.because(about, Verdict::Is(answer.known()), statement, text);
            }
        }
        if self.reasons.len() == before {
            self.because(about, Verdict::Is(answer.known()), None, none);
        }
        answer
    }

    fn public(&mut self) -> Answer {
        let judge = self.judge();
        let outsiders = self.world.public();
        let mut found = Vec::new();
        for s in self.statements.iter().filter(|s| s.may_allow()) {
            let grant = union(outsiders.iter().map(|c| judge.grant_by(s, c, Count::Direct)));
            let answer = Answer::of(!grant.sure.is_empty(), !grant.is_empty());
            let text = match answer {
                Answer::Yes => format!("{} can use {}{}", everyone(s), kms(grant.sure), unpinned(s)),
                Answer::Unknown => format!("{} may be able to use {}{}", everyone(s), kms(grant.possible), doubt(s)),
                Answer::No if s.names_everyone() => {
                    format!("names {}, but {}", everyone(s), why_not(&judge, s, &outsiders, "an outsider"))
                }
                Answer::No => continue,
            };
            found.push((answer, Some(s), text));
        }
        if judge.exhausted() {
            return self.given_up(About::Public);
        }
        self.settle(About::Public, found, "no statement allows anything to everyone")
    }

    /// The ids, and whether there may be more.
    fn cross_account(&mut self) -> (BTreeSet<String>, bool) {
        let judge = self.judge();
        let mut found: Vec<(Answer, String, &'a Statement, String)> = Vec::new();
        for s in self.statements.iter().filter(|s| s.may_allow()) {
            if s.names_everyone() {
                self.opened_by(&judge, s, &mut found);
            }
            if let Principals::These(list) = &s.principals {
                if !s.names_everyone() && open_ended(s) {
                    let grant = union(self.world.public().iter().map(|c| judge.grant_by(s, c, Count::Direct)));
                    if !grant.is_empty() {
                        let text = "names a principal that may mean everyone, or may mean nobody".to_owned();
                        found.push((Answer::Unknown, "*".to_owned(), s, text));
                    }
                }
                for principal in list {
                    self.named_by(&judge, s, principal, &mut found);
                }
            }
        }
        let about = About::CrossAccount;
        if judge.exhausted() {
            self.given_up(about);
            return (found.into_iter().filter(|f| f.0 == Answer::Yes).map(|f| f.1).collect(), true);
        }
        let ids: BTreeSet<String> = found.iter().filter(|f| f.0 == Answer::Yes).map(|f| f.1.clone()).collect();
        let mut incomplete = false;
        for (answer, id, s, text) in found {
            if answer == Answer::Yes {
                self.because(about, Verdict::Account(id), Some(s), text);
            } else if !ids.contains(&id) {
                incomplete = true;
                self.because(about, Verdict::Is(None), Some(s), text);
            }
        }
        if ids.is_empty() && !incomplete {
            let text = "no statement gives anything to another account or to an organization";
            self.because(about, Verdict::Nobody, None, text);
        }
        (ids, incomplete)
    }

    /// What a statement for everyone opens beyond the owner's account: everything, an organization, or accounts.
    fn opened_by(&self, judge: &Judge<'a>, s: &'a Statement, found: &mut Vec<(Answer, String, &'a Statement, String)>) {
        let answer = |callers: &[Caller<'_>]| {
            let grant = union(callers.iter().map(|c| judge.grant_by(s, c, Count::Direct)));
            Answer::of(!grant.sure.is_empty(), !grant.is_empty())
        };
        let public = answer(&self.world.public());
        if public != Answer::No {
            let text = match public {
                Answer::Yes => format!("{} of any account", everyone(s)),
                _ => format!("{} of any account, perhaps{}", everyone(s), doubt(s)),
            };
            found.push((public, "*".to_owned(), s, text));
            if public == Answer::Yes {
                return;
            }
        }
        // Where all of an organization is let in, its accounts are not named one by one.
        let mut covered = Vec::new();
        for org in self.world.orgs_of_identity() {
            let outside = self.world.each(self.world.outsiders(), std::slice::from_ref(&org));
            let open = answer(&outside);
            if open == Answer::No {
                continue;
            }
            covered.push(org.clone());
            if let Org::Named(id) = org {
                found.push((open, id.clone(), s, format!("{} of organization {id}", everyone(s))));
            }
        }
        let orgs: Vec<_> = self.world.orgs_of_identity().into_iter().filter(|o| !covered.contains(o)).collect();
        for account in self.foreign() {
            let open = answer(&self.world.each(self.world.in_account(account), &orgs));
            if open != Answer::No {
                found.push((open, account.clone(), s, format!("{} of account {account}", everyone(s))));
            }
        }
    }

    fn foreign(&self) -> impl Iterator<Item = &String> {
        self.world.accounts.iter().filter(|id| **id != self.world.context.key.account)
    }

    /// What a statement gives to a principal of another account, or to a service on behalf of one.
    fn named_by(
        &self,
        judge: &Judge<'a>,
        s: &'a Statement,
        principal: &Principal,
        found: &mut Vec<(Answer, String, &'a Statement, String)>,
    ) {
        let owner = &self.world.context.key.account;
        if let Principal::Service(name) = principal {
            for caller in self.world.service(name) {
                let (id, key) = match &caller.source {
                    Source::Account(id) if id != owner => (id.clone(), ["aws:sourceaccount", "kms:calleraccount"]),
                    Source::Org(id) => (id.clone(), ["aws:sourceorgid", "aws:sourceorgpaths"]),
                    _ => continue,
                };
                let names = |c: &Condition| {
                    let fixed = |v: &Pattern| v.before_slash().0.fixed().as_deref() == Some(&id);
                    key.contains(&c.key.as_str()) && c.values.iter().any(fixed)
                };
                let excepted = |d: &Statement| d.conditions.iter().any(|c| c.negative() && names(c));
                let asked = s.conditions.iter().any(|c| c.positive() && names(c));
                if !asked && !self.statements.iter().any(|d| d.may_deny() && excepted(d)) {
                    continue;
                }
                let grant = judge.grant_by(s, &caller, Count::Direct);
                let answer = Answer::of(!grant.sure.is_empty(), !grant.is_empty());
                if answer != Answer::No {
                    let text = format!("service {name} can use {} on behalf of {id}", kms(grant.possible));
                    found.push((answer, id, s, text));
                }
            }
            return;
        }
        let Some(id) = principal.account().filter(|id| id != owner) else { return };
        let callers = self.world.meant_by(principal);
        let grant = union(callers.iter().map(|c| judge.grant_by(s, c, Count::Delegated)));
        let sure = !grant.sure.is_empty();
        if !grant.is_empty() {
            // A name that AWS refuses still shows for which account it was meant.
            let refused = matches!(principal, Principal::Refused { .. });
            let text = format!("names {} and allows {}{}", principal.text(), kms(grant.possible), doubt(s));
            found.push((Answer::of(sure || refused, true), id, s, text));
        }
    }

    fn broad(&mut self, public: Answer) -> Answer {
        let judge = self.judge();
        let mut found: Vec<(Answer, Option<&'a Statement>, String)> = Vec::new();
        if public != Answer::No {
            let text = match public {
                Answer::Yes => "the key is public",
                _ => "it is not known whether the key is public",
            };
            found.push((public, None, text.to_owned()));
        }
        for s in self.statements.iter().filter(|s| s.may_allow()) {
            if s.whole {
                found.extend(self.everything(&judge, s));
            }
            if s.names_everyone() {
                found.extend(self.whole_account(&judge, s));
            }
            found.extend(self.unbound_service(&judge, s));
        }
        if judge.exhausted() {
            return self.given_up(About::Broad);
        }
        let none = "nobody but the owner's account has every action, no whole account or organization may use the key \
                    directly, and every service is bound to a source";
        self.settle(About::Broad, found, none)
    }

    /// Every action to anyone but the owner's account, with administration and use both left after the Denies.
    fn everything(&self, judge: &Judge<'a>, s: &'a Statement) -> Option<(Answer, Option<&'a Statement>, String)> {
        let owner = Principal::Account(self.world.context.key.account.clone());
        let everyone = [Principal::Anyone];
        let (list, names): (&[Principal], bool) = match &s.principals {
            Principals::These(list) => (list, true),
            Principals::AllBut(_) => (&everyone, false),
        };
        let mut best: Option<(Answer, String)> = None;
        for principal in list.iter().filter(|p| **p != owner) {
            let callers = self.world.meant_by(principal);
            let mut answer = Answer::No;
            for caller in &callers {
                let own = caller.who.account() == Some(&self.world.context.key.account);
                let count = if own { Count::Direct } else { Count::Delegated };
                let grant = judge.grant_by(s, caller, count);
                if both(grant.sure) {
                    answer = Answer::Yes;
                    break;
                }
                if both(grant.possible) {
                    answer = Answer::Unknown;
                }
            }
            let whom = if names { principal.text() } else { "everyone but those it excepts".to_owned() };
            let text = match answer {
                Answer::No => continue,
                Answer::Yes => format!("gives every action, administration and use alike, to {whom}"),
                Answer::Unknown => format!("may give every action to {whom}{}", doubt(s)),
            };
            if answer == Answer::Yes {
                return Some((answer, Some(s), text));
            }
            best = Some((answer, text));
        }
        best.map(|(answer, text)| (answer, Some(s), text))
    }

    /// Cryptographic actions to a whole account or organization, neither through a service nor by identity.
    fn whole_account(&self, judge: &Judge<'a>, s: &'a Statement) -> Option<(Answer, Option<&'a Statement>, String)> {
        let orgs = self.world.orgs_of_identity();
        let crypto = Actions::cryptographic();
        let mut groups = vec![(self.world.outsider_anyhow(), self.world.outsiders())];
        for account in &self.world.accounts {
            groups.push((self.world.anyhow_in(account), self.world.unnamed_in(account)));
        }
        let given = |who: &Who, org: &Org| {
            judge.grant_by(
                s,
                &self.world.caller(who.clone()).of_org(org.clone()).in_setting(Setting::Direct),
                Count::Direct,
            )
        };
        let mut best = None;
        for ((anyhow, plain), org) in groups.iter().flat_map(|group| orgs.iter().map(move |org| (group, org))) {
            let caller = self.world.caller(anyhow.clone());
            // Users or roles can do it, and not because a condition names the kind of identity.
            let (all, some) = (given(anyhow, org), union(plain.iter().map(|who| given(who, org))));
            let grant = Grant { sure: all.sure.and(some.sure), possible: all.possible.and(some.possible) };
            let whom = match caller.who.account() {
                Some(account) => format!("every identity of account {account}"),
                None => "every identity of an organization or of any account".to_owned(),
            };
            if grant.sure.meets(crypto) {
                let text = format!("gives {} to {whom}, not only through a service", kms(grant.sure.and(crypto)));
                return Some((Answer::Yes, Some(s), text));
            }
            if grant.possible.meets(crypto) {
                best = Some((Answer::Unknown, Some(s), format!("may give {} to {whom}", kms(grant.possible))));
            }
        }
        best
    }

    /// A service that may use the key for anyone: nothing says on whose behalf.
    fn unbound_service(&self, judge: &Judge<'a>, s: &'a Statement) -> Option<(Answer, Option<&'a Statement>, String)> {
        let Principals::These(list) = &s.principals else { return None };
        let crypto = Actions::cryptographic();
        let mut best = None;
        for principal in list {
            let Principal::Service(name) = principal else { continue };
            for source in [Source::Unsaid, Source::Stranger] {
                let who = Who::Service(name.clone());
                let caller = self.world.caller(who).on_behalf(source).in_setting(Setting::Foreign);
                let grant = judge.grant_by(s, &caller, Count::Direct);
                if grant.sure.meets(crypto) {
                    let what = kms(grant.sure.and(crypto));
                    let text = format!("service {name} can use {what} on behalf of anyone: no source is fixed");
                    return Some((Answer::Yes, Some(s), text));
                }
                if grant.possible.meets(crypto) {
                    let text = format!("service {name} may be able to use the key on behalf of anyone{}", doubt(s));
                    best = Some((Answer::Unknown, Some(s), text));
                }
            }
        }
        best
    }

    fn grants_firehose_role(&mut self) -> Answer {
        let about = About::GrantsFirehoseRole;
        let Some(role) = &self.world.context.role else {
            self.because(about, Verdict::Is(None), None, "no delivery role was given");
            return Answer::Unknown;
        };
        let judge = self.judge();
        let who = Who::Identity { arn: role.arn.clone(), account: role.account.clone() };
        let mut caller = self.world.caller(who).in_setting(Setting::Delivery).of_org(Org::Unknown);
        let answer_for = |caller: &Caller<'_>| {
            let grant = judge.grant(caller, Count::Direct);
            Answer::of(grant.sure.holds(delivery()), grant.possible.holds(delivery()))
        };
        let mut answer = answer_for(&caller);
        if answer == Answer::Unknown {
            // Which organization the role is in is not known, but it may not matter.
            let each = self.world.orgs_of_identity().into_iter().map(|org| caller.clone().of_org(org));
            let each: Vec<(Answer, Caller<'_>)> = each.map(|c| (answer_for(&c), c)).collect();
            if let Some((first, known)) = each.first().filter(|(first, _)| each.iter().all(|(one, _)| one == first)) {
                (answer, caller) = (*first, known.clone());
            }
        }
        let mut found = Vec::new();
        for s in self.statements.iter().filter(|s| s.inert.is_none()) {
            if let Some(text) = self.part_in_delivery(&judge, s, &caller, answer) {
                found.push((s, text));
            }
        }
        let delegated = judge.grant(&caller, Count::Delegated).possible.holds(delivery());
        if judge.exhausted() {
            return self.given_up(about);
        }
        let verdict = Verdict::Is(answer.known());
        for (s, text) in found {
            self.because(about, verdict.clone(), Some(s), text);
        }
        if answer == Answer::No {
            let text = if delegated {
                "depends on IAM: the policy leaves the role to the IAM policies of its account and gives it nothing \
                 by itself"
            } else {
                "the policy does not let the role use both kms:Decrypt and kms:GenerateDataKey through S3"
            };
            self.because(about, verdict, None, text);
        }
        answer
    }

    /// What one statement has to do with whether the role can deliver.
    fn part_in_delivery(
        &self,
        judge: &Judge<'a>,
        s: &Statement,
        caller: &Caller<'_>,
        answer: Answer,
    ) -> Option<String> {
        let given = if s.may_allow() { judge.given(s, caller, Count::Direct) } else { Grant::default() };
        let taken = if s.may_deny() { judge.taken(s, caller) } else { Grant::default() };
        let wanted = delivery();
        let (given_sure, given_may) = (given.sure.and(wanted), given.possible.and(wanted));
        if s.effect == Effect::Allow && answer != Answer::No && !given_may.is_empty() {
            if given_sure == given_may {
                return Some(format!("allows the role {}", kms(given_sure)));
            }
            let open = undecided(s, caller);
            return Some(format!("may allow the role {}{open}{}", kms(given_may), doubt(s)));
        }
        let taken_may = taken.possible.and(wanted);
        if answer != Answer::Yes && !taken_may.is_empty() && s.effect != Effect::Allow {
            if taken.sure.holds(taken_may) {
                return Some(format!("denies the role {}", kms(taken_may)));
            }
            return Some(format!("may deny the role {}{}{}", kms(taken_may), undecided(s, caller), doubt(s)));
        }
        if s.effect != Effect::Allow || answer != Answer::No {
            return None;
        }
        if !given_may.is_empty() {
            let only = if given_may.holds(wanted) { "" } else { " only" };
            return Some(format!("allows the role {}{only}", kms(given_may)));
        }
        let mine = |p: &Principal| caller.is(p) == Match::Direct;
        if judge.names(s, caller) == Match::Direct && s.actions.meets(wanted) {
            return Some(format!("means the role, but {}", why_not(judge, s, std::slice::from_ref(caller), "it")));
        }
        let role = role_name(&self.world.context.role.as_ref()?.arn)?;
        let session = |p: &Principal| match p {
            Principal::Session { arn, account, .. } => {
                caller.who.account() == Some(account) && arn.contains(&format!(":assumed-role/{role}/"))
            }
            _ => false,
        };
        (!s.listed().iter().any(mine) && s.listed().iter().any(session))
            .then(|| "names a session of the role, which is not the role".to_owned())
    }

    /// The answer, and whether a statement that was understood says so.
    fn delegates_to_iam(&mut self) -> (Answer, bool) {
        let judge = self.judge();
        let owner = self.world.context.key.account.clone();
        let principal = Principal::Account(owner.clone());
        let mut found = Vec::new();
        let mut callers = None;
        let mut stated = false;
        for s in self.statements.iter().filter(|s| s.may_allow()) {
            if !matches!(&s.principals, Principals::These(list) if list.contains(&principal)) {
                continue;
            }
            let callers = callers.get_or_insert_with(|| self.world.meant_by(&principal));
            let mut grant = Grant::default();
            for caller in callers.iter() {
                grant = grant.or(judge.grant_by(s, caller, Count::Delegated));
                if !grant.sure.is_empty() {
                    break;
                }
            }
            stated |= !grant.is_empty() && s.effect == Effect::Allow && s.doubts.is_empty();
            let answer = Answer::of(!grant.sure.is_empty(), !grant.is_empty());
            let text = match answer {
                Answer::Yes => format!("names the owner's account, so its IAM policies can allow {}", kms(grant.sure)),
                Answer::Unknown => format!("may leave the key to the IAM policies of the owner's account{}", doubt(s)),
                Answer::No => format!("names the owner's account, but {}", why_not(&judge, s, callers, "anyone of it")),
            };
            found.push((answer, Some(s), text));
        }
        for s in self.statements.iter().filter(|s| s.may_allow() && s.may_name_others) {
            found.push((Answer::Unknown, Some(s), format!("may name the owner's account{}", doubt(s))));
        }
        if judge.exhausted() {
            return (self.given_up(About::DelegatesToIam), stated);
        }
        let none = "no statement gives anything to the owner's account as a whole";
        (self.settle(About::DelegatesToIam, found, none), stated)
    }

    fn overlap(&mut self) -> Answer {
        let judge = self.judge();
        let mut groups: BTreeMap<String, Vec<Who>> = self.world.identities.clone();
        if self.statements.iter().any(|s| s.may_allow() && open_ended(s)) {
            for account in &self.world.accounts {
                groups.insert(format!("any identity of account {account}"), self.world.strangers_in(account));
            }
            for (n, outsider) in self.world.outsiders().into_iter().enumerate() {
                groups.insert(format!("~any identity of any account ({n})"), vec![outsider]);
            }
        }
        let orgs = self.world.orgs_of_identity();
        let mut found = Vec::new();
        'groups: for (name, whos) in groups {
            let mut possible = false;
            for org in &orgs {
                let callers = self.world.each(whos.clone(), std::slice::from_ref(org));
                let grants: Vec<Grant> = one_by_one(&whos)
                    .into_iter()
                    .map(|same| self.world.each(same, std::slice::from_ref(org)))
                    .map(|same| union(same.iter().map(|c| judge.grant(c, Count::Direct))))
                    .collect();
                if let Some(sure) = grants.iter().find(|g| both(g.sure)) {
                    let text = format!(
                        "{} can both administer ({}) and use ({}) the key",
                        name.trim_start_matches('~'),
                        kms(sure.sure.and(Actions::critical())),
                        kms(sure.sure.and(Actions::cryptographic())),
                    );
                    found.push((Answer::Yes, self.first_giving(&judge, &callers), text));
                    continue 'groups;
                }
                possible |= grants.iter().any(|g| both(g.possible));
            }
            if possible {
                let text = format!("{} may be able to both administer and use the key", name.trim_start_matches('~'));
                found.push((Answer::Unknown, None, text));
            }
        }
        if judge.exhausted() {
            return self.given_up(About::AdminAndUserOverlap);
        }
        let none = "no user or role can both administer and use the key by this policy";
        self.settle(About::AdminAndUserOverlap, found, none)
    }

    /// The statement that lets one of them administer the key.
    fn first_giving(&self, judge: &Judge<'a>, callers: &[Caller<'_>]) -> Option<&'a Statement> {
        self.statements
            .iter()
            .filter(|s| s.may_allow())
            .find(|s| callers.iter().any(|c| judge.grant_by(s, c, Count::Direct).sure.meets(Actions::critical())))
    }

    /// What each principal that the policy names holds.
    fn holders(&self) -> Vec<Holder> {
        let judge = self.judge();
        let mut holders: Vec<Holder> = Vec::new();
        let mut seen = BTreeSet::new();
        let everyone = [Principal::Anyone];
        let whom = |s: &'a Statement| match &s.principals {
            Principals::These(list) => list.iter().collect::<Vec<_>>(),
            Principals::AllBut(_) => everyone.iter().collect(),
        };
        let mut naming: BTreeMap<String, Vec<&Statement>> = BTreeMap::new();
        for s in self.statements.iter().filter(|s| s.may_allow()) {
            for principal in whom(s) {
                naming.entry(principal.text()).or_default().push(s);
            }
        }
        for s in self.statements.iter().filter(|s| s.may_allow()) {
            for principal in whom(s) {
                if judge.exhausted() || !seen.insert(principal.text()) {
                    continue;
                }
                let delegated = matches!(principal, Principal::Account(_));
                // An account holds what is left to its IAM policies, and not what its roles are given by name.
                let count = if delegated { Count::LeftToIam } else { Count::Direct };
                let callers = self.world.meant_by(principal);
                let grant = union(callers.iter().map(|c| judge.grant(c, count)));
                let held = grant.possible;
                if !held.is_empty() {
                    let gives = |s: &&&Statement| callers.iter().any(|c| !judge.given(s, c, count).is_empty());
                    let naming = naming.get(&principal.text()).map_or(&[][..], Vec::as_slice);
                    holders.push(Holder {
                        principal: principal.text(),
                        delegated,
                        certain: grant.sure == grant.possible,
                        administers: held.and(Actions::critical()).names(),
                        uses: held.and(Actions::cryptographic()).names(),
                        grants: held.meets(Actions::named(&["CreateGrant"])),
                        ends_grants: held.meets(Actions::named(&["RetireGrant", "RevokeGrant"])),
                        by: naming.iter().filter(gives).map(|s| s.label.clone()).collect(),
                    });
                }
            }
        }
        holders
    }

    /// What a reader should know besides the answers.
    fn notes(&mut self, holders: &[Holder], delegates: Answer) {
        let administers: BTreeSet<&str> =
            holders.iter().filter(|h| !h.administers.is_empty()).map(|h| h.principal.as_str()).collect();
        let owner = format!("account {}", self.world.context.key.account);
        for s in self.statements {
            if let Some(why) = &s.inert {
                let text = format!("does nothing: {why}");
                self.because(About::StatementWithoutEffect, Verdict::Is(Some(true)), Some(s), text);
                continue;
            }
            for why in &s.doubts {
                self.because(About::StatementInDoubt, Verdict::Is(None), Some(s), why.clone());
            }
            for principal in s.listed() {
                match principal {
                    Principal::Deleted(id) => {
                        let text = format!("{id} is the id of a principal that has been deleted: it stands for nobody");
                        self.because(About::DeletedPrincipal, Verdict::Is(Some(true)), Some(s), text);
                    }
                    Principal::Refused { text, why } => {
                        let text = format!("AWS does not accept the principal {text:?}: {why}");
                        self.because(About::RefusedPrincipal, Verdict::Is(None), Some(s), text);
                    }
                    Principal::Canonical(id) => {
                        let text = format!("{id:?} is a user of S3, which stands for nobody in a key policy");
                        self.because(About::RefusedPrincipal, Verdict::Is(None), Some(s), text);
                    }
                    _ => {}
                }
            }
            let limited = |c: &Condition| matches!(c.key.as_str(), "kms:grantisforawsresource" | "kms:grantoperations");
            let create = Actions::named(&["CreateGrant"]);
            if s.may_allow() && s.actions.meets(create) && !s.conditions.iter().any(limited) {
                let names: Vec<String> = s.listed().iter().map(Principal::text).collect();
                for name in names.iter().filter(|n| **n != owner && !administers.contains(n.as_str())) {
                    if holders.iter().any(|h| h.principal == *name && h.grants) {
                        let text = format!("{name} can create grants for anyone: no condition limits them");
                        self.because(About::UnlimitedGrants, Verdict::Is(Some(true)), Some(s), text);
                    }
                }
            }
        }
        if delegates == Answer::No {
            let text =
                "no statement for the owner's account: whoever loses the named principals loses the key's policy";
            self.because(About::LockOut, Verdict::Is(Some(true)), None, text);
        }
    }
}

/// Identities that are one: a role and its sessions. Roles of different paths are two roles, and a session, whose ARN
/// has no path, may be of either.
fn one_by_one(whos: &[Who]) -> Vec<Vec<Who>> {
    let sessions: Vec<&Who> = whos.iter().filter(|who| matches!(who, Who::Session { .. })).collect();
    let of_role = |role: &str| -> Vec<Who> {
        let one = |who: &&Who| match who {
            Who::Session { session, account, .. } => {
                Who::Session { session: session.clone(), account: account.clone(), role_arn: role.to_owned() }
            }
            other => (*other).clone(),
        };
        sessions.iter().map(one).collect()
    };
    let mut all: Vec<Vec<Who>> = whos
        .iter()
        .filter_map(|who| match who {
            Who::Session { .. } => None,
            Who::Identity { arn, .. } => Some(std::iter::once(who.clone()).chain(of_role(arn)).collect()),
            other => Some(vec![other.clone()]),
        })
        .collect();
    if all.is_empty() {
        all.push(sessions.into_iter().cloned().collect());
    }
    all
}

fn union(grants: impl Iterator<Item = Grant>) -> Grant {
    grants.fold(Grant::default(), Grant::or)
}

/// Whether a statement may mean identities that it does not name.
fn open_ended(s: &Statement) -> bool {
    let refused = |p: &Principal| matches!(p, Principal::Refused { .. }) || *p == Principal::Federated("*".to_owned());
    s.names_everyone() || s.listed().iter().any(refused)
}

fn everyone(s: &Statement) -> &'static str {
    match s.principals {
        Principals::AllBut(_) => "everyone but those that NotPrincipal names",
        Principals::These(_) => "everyone (*)",
    }
}

fn unpinned(s: &Statement) -> String {
    if s.conditions.is_empty() {
        return String::new();
    }
    format!("; its conditions do not fix who calls: {}", conditions(s, |_| true))
}

fn conditions(s: &Statement, which: impl Fn(&Condition) -> bool) -> String {
    let shown: Vec<&str> = s.conditions.iter().filter(|c| which(c)).map(|c| c.shown.as_str()).collect();
    some_of(&shown, "")
}

fn doubt(s: &Statement) -> String {
    s.doubts.first().map(|why| format!("; {why}")).unwrap_or_default()
}

/// The conditions that decide, and of which nothing is known for that caller.
fn undecided(s: &Statement, caller: &Caller<'_>) -> String {
    let side = if s.effect == Effect::Deny { Side::Deny } else { Side::Allow };
    let open = conditions(s, |c| {
        let truth = c.holds(&caller.held(&c.key, side), caller);
        truth.can_hold == Tri::Maybe
    });
    let bucket = s.conditions.iter().any(|c| is_encryption_context(&c.key)) && caller.context.bucket.is_none();
    let hint = if bucket { ", which the bucket's ARN may decide" } else { "" };
    if open.is_empty() { String::new() } else { format!(", as {open} decides{hint}") }
}

/// Why a statement that means these callers gives them nothing.
fn why_not(judge: &Judge<'_>, s: &Statement, callers: &[Caller<'_>], whom: &str) -> String {
    let mut denies = BTreeSet::new();
    for caller in callers {
        let given = judge.given(s, caller, Count::Delegated);
        if given.is_empty() {
            continue;
        }
        for deny in judge.statements.iter().filter(|d| d.may_deny()) {
            if judge.taken(deny, caller).sure.meets(given.possible) {
                denies.insert(deny.label.as_str());
            }
        }
    }
    if !denies.is_empty() {
        let names: Vec<&str> = denies.into_iter().collect();
        return format!("{} denies it", some_of(&names, ""));
    }
    let Some(caller) = callers.first() else { return "it means nobody".to_owned() };
    let fails = conditions(s, |c| {
        let never = |held: Held| c.holds(&held, caller).can_hold == Tri::No;
        never(caller.held(&c.key, Side::Allow)) || (c.scope.is_some() && never(Held::Absent))
    });
    if fails.is_empty() {
        format!("its conditions do not let {whom} through")
    } else {
        format!("{fails} does not let {whom} through")
    }
}
