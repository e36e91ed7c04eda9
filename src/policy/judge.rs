//! One caller against the whole policy: what it may surely do, and what it may perhaps do.

use super::actions::Actions;
use super::caller::Caller;
use super::condition::{Held, Request, Side, Tri, Truth};
use super::document::{Effect, Principals, Statement};
use super::principal::{Match, Principal};
use std::cell::Cell;

/// What a caller may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Whatever the doubts.
    pub sure: Actions,
    /// With every doubt in its favour.
    pub possible: Actions,
}

impl Grant {
    pub fn or(self, other: Self) -> Self {
        Self { sure: self.sure.or(other.sure), possible: self.possible.or(other.possible) }
    }

    pub fn is_empty(self) -> bool {
        self.possible.is_empty()
    }
}

/// Which kinds of match count as being allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// What the policy itself allows.
    Direct,
    /// That, and what it leaves to the IAM policies of the caller's account.
    Delegated,
    /// Only what it leaves to them.
    LeftToIam,
}

/// How many comparisons one policy may cost. A policy of the size that AWS accepts needs a small part of it; what
/// needs more is built to be slow, and is left undecided.
const BUDGET: u64 = 10_000_000;

/// Whether a principal is a user, a role or a session of that account.
fn of_account(principal: &Principal, id: Option<&str>) -> bool {
    match principal {
        Principal::Identity { account, .. }
        | Principal::Session { account, .. }
        | Principal::FederatedUser { account, .. } => id == Some(account),
        _ => false,
    }
}

/// The statements of a policy, and what is left of the budget.
pub(crate) struct Judge<'a> {
    pub statements: &'a [Statement],
    denies: Vec<&'a Statement>,
    spent: Cell<u64>,
}

impl<'a> Judge<'a> {
    pub fn new(statements: &'a [Statement]) -> Self {
        let denies = statements.iter().filter(|s| s.may_deny()).collect();
        Self { statements, denies, spent: Cell::new(0) }
    }

    /// Whether the budget is used up: then no answer of this judge holds.
    pub fn exhausted(&self) -> bool {
        self.spent.get() > BUDGET
    }

    fn spend(&self, cost: usize) {
        self.spent.set(self.spent.get().saturating_add(cost as u64 + 1));
    }

    /// The statements that may allow something.
    pub fn allows(&self) -> impl Iterator<Item = &'a Statement> + '_ {
        self.statements.iter().filter(|s| s.may_allow())
    }

    /// What the whole policy allows.
    pub fn grant(&self, caller: &Caller<'_>, count: Count) -> Grant {
        let given = self.allows().map(|s| self.given(s, caller, count)).fold(Grant::default(), Grant::or);
        self.after_denies(given, caller)
    }

    /// What one statement gives, after every Deny.
    pub fn grant_by(&self, statement: &Statement, caller: &Caller<'_>, count: Count) -> Grant {
        self.after_denies(self.given(statement, caller, count), caller)
    }

    fn after_denies(&self, given: Grant, caller: &Caller<'_>) -> Grant {
        let mut grant = given;
        for deny in &self.denies {
            if grant.is_empty() || self.exhausted() {
                break;
            }
            let taken = self.taken(deny, caller);
            grant.possible = grant.possible.without(taken.sure);
            grant.sure = grant.sure.without(taken.possible);
        }
        grant
    }

    /// What one statement gives by itself.
    pub fn given(&self, s: &Statement, caller: &Caller<'_>, count: Count) -> Grant {
        if self.exhausted() {
            return Grant::default();
        }
        let mut grant = Grant::default();
        let who = match count {
            Count::LeftToIam => {
                let account = |p: &Principal| matches!(p, Principal::Account(id) if caller.who.account() == Some(id));
                let named = matches!(&s.principals, Principals::These(list) if list.iter().any(account));
                if named { Match::Account } else { Match::No }
            }
            Count::Direct | Count::Delegated => self.names(s, caller),
        };
        if who == Match::No || (who == Match::Account && count == Count::Direct) {
            return grant;
        }
        let certain = who != Match::Maybe && s.doubts.is_empty() && s.effect == Effect::Allow;
        // What "kms:*" gives beyond the actions known here changes no answer.
        let actions = if s.whole { s.actions.and(Actions::KNOWN) } else { s.actions };
        for (part, truth) in self.truths(s, caller, Side::Allow) {
            let part = part.and(actions);
            if truth.can_hold == Tri::Yes && certain {
                grant.sure = grant.sure.or(part.and(Actions::KNOWN));
            }
            if truth.can_hold != Tri::No {
                grant.possible = grant.possible.or(part);
            }
        }
        grant
    }

    /// What one Deny takes away: surely, where nothing the caller can choose escapes it.
    pub fn taken(&self, s: &Statement, caller: &Caller<'_>) -> Grant {
        let mut grant = Grant::default();
        let who = self.names(s, caller);
        if who == Match::No {
            return grant;
        }
        let certain = who != Match::Maybe && s.doubts.is_empty() && s.effect == Effect::Deny;
        for (part, truth) in self.truths(s, caller, Side::Deny) {
            let part = part.and(s.actions);
            if truth.can_fail == Tri::No && certain {
                grant.sure = grant.sure.or(part);
            }
            if truth.can_fail != Tri::Yes {
                grant.possible = grant.possible.or(part);
            }
        }
        grant
    }

    /// Whether a statement means the caller.
    pub fn names(&self, s: &Statement, caller: &Caller<'_>) -> Match {
        let best = |list: &[Principal]| {
            self.spend(list.len());
            let mut best = Match::No;
            for principal in list {
                match (caller.is(principal), best) {
                    (Match::Direct, _) => return Match::Direct,
                    (Match::Account, _) => best = Match::Account,
                    (Match::Maybe, Match::No) => best = Match::Maybe,
                    _ => {}
                }
            }
            best
        };
        match &s.principals {
            Principals::These(list) => best(list),
            Principals::AllBut(list) => match best(list) {
                Match::No => Match::Direct,
                Match::Maybe => Match::Maybe,
                // An account that stands beside identities of its own is there because AWS wants it beside them; it
                // does not except the others.
                Match::Account if list.iter().any(|p| of_account(p, caller.who.account())) => Match::Direct,
                Match::Direct | Match::Account => Match::No,
            },
        }
    }

    /// When the conditions hold, for each part of the actions: some keys are in the requests of some actions only.
    pub fn truths(&self, s: &Statement, caller: &Caller<'_>, side: Side) -> Vec<(Actions, Truth)> {
        let mut parts = vec![(Actions::ALL, Truth::YES)];
        for condition in &s.conditions {
            self.spend(condition.values.iter().map(|v| v.len() / 8 + 1).sum());
            if self.exhausted() {
                break;
            }
            let with = condition.holds(&caller.held(&condition.key, side), caller);
            let Some(inside) = condition.scope else {
                for (_, truth) in &mut parts {
                    *truth = truth.and(with);
                }
                continue;
            };
            let without = condition.holds(&Held::Absent, caller);
            let mut next: Vec<(Actions, Truth)> = Vec::new();
            for (actions, truth) in parts {
                for (part, own) in [(actions.and(inside), with), (actions.without(inside), without)] {
                    let truth = truth.and(own);
                    match next.iter_mut().find(|(_, t)| *t == truth) {
                        Some((known, _)) => *known = known.or(part),
                        None => next.push((part, truth)),
                    }
                }
            }
            parts = next;
        }
        parts
    }
}
