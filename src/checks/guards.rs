//! What the checks of guardrails share: which policies of the organization bind the account, and what they deny.

use super::{Context, Ruling, Unknown, Verdict, fail, pass, resting, unknown};
use crate::model::estate::ControlPolicy;
use crate::model::reading::{Citation, Reading};
use crate::model::snapshot::Place;
use crate::model::{AccountId, refer};
use crate::policy::{self, Denies};

/// How far one action is denied.
enum Bound {
    Yes(String),
    Perhaps(String),
    No,
}

/// Passes when each of the actions is denied in the account.
pub(super) fn judge(context: &Context<'_>, place: &Place, actions: &[&str]) -> Verdict {
    let estate = context.snapshot.estate(&place.account);
    let estate = estate.ok_or_else(|| unknown("no record tells of the organization"))?;
    let organization = match &estate.organization {
        Ok(organization) => organization,
        Err(gap) => return resting::gap(gap),
    };
    let (mut by, mut open, mut free) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen: Vec<Citation> = vec![organization.at.clone()];
    for action in actions {
        let mut best = Bound::No;
        for policy in organization.value.policies.iter().filter(|p| !p.aws_managed) {
            match denied(policy, action, &place.account, &organization.value.parents, &mut seen) {
                Bound::Yes(who) => {
                    best = Bound::Yes(who);
                    break;
                }
                Bound::Perhaps(why) if matches!(best, Bound::No) => best = Bound::Perhaps(why),
                Bound::Perhaps(_) | Bound::No => {}
            }
        }
        match best {
            Bound::Yes(who) => by.push(format!("{action} by {who}")),
            Bound::Perhaps(why) => open.push(format!("{action}: {why}")),
            Bound::No => free.push(*action),
        }
    }
    if !free.is_empty() {
        let told = format!("no policy of the organization denies {}", free.join(", "));
        return Ok(seen.iter().fold(fail(told), Ruling::at));
    }
    if !open.is_empty() {
        return Err(Unknown { reason: open.join("; "), seen });
    }
    Ok(seen.iter().fold(pass(by.join("; ")), Ruling::at))
}

fn denied(
    policy: &ControlPolicy,
    action: &str,
    account: &AccountId,
    parents: &Reading<Vec<String>>,
    seen: &mut Vec<Citation>,
) -> Bound {
    // A resource control policy binds what is done to resources of a few services, KMS among them.
    if policy.kind == "RESOURCE_CONTROL_POLICY" && !action.starts_with("kms:") {
        return Bound::No;
    }
    let text = match &policy.text {
        Ok(text) => text,
        Err(gap) => return Bound::Perhaps(gap.sentence()),
    };
    let told = match policy::denies(&text.value, action) {
        Denies::No => return Bound::No,
        Denies::Perhaps(statement) => {
            let why = format!("{statement} of {} denies it under conditions, or in part", policy.name);
            return Bound::Perhaps(why);
        }
        Denies::All(statement) => format!("{statement} of {}", policy.name),
        Denies::AllBut(statement) => format!("{statement} of {}, but for whom its conditions spare", policy.name),
    };
    let targets = match &policy.targets {
        Ok(targets) => targets,
        Err(gap) => return Bound::Perhaps(gap.sentence()),
    };
    let attached = |id: &String| id == account.as_str() || id.starts_with("r-");
    if !targets.value.iter().any(attached) {
        // What is attached to other accounts does not bind this one; a unit does if the account is below it.
        let mut units = targets.value.iter().filter(|id| refer::is_unit(id)).peekable();
        if units.peek().is_none() {
            return Bound::No;
        }
        match parents {
            Err(gap) => {
                let why = format!("{} is attached to units: {}", policy.name, gap.sentence());
                return Bound::Perhaps(why);
            }
            Ok(above) => {
                seen.push(above.at.clone());
                if !units.any(|unit| above.value.contains(unit)) {
                    return Bound::No;
                }
            }
        }
    }
    match policy.owner.as_deref() {
        // No policy of an organization binds its management account.
        Some(owner) if owner == account.as_str() => Bound::No,
        Some(_) => {
            seen.push(text.at.clone());
            seen.push(targets.at.clone());
            Bound::Yes(told)
        }
        None => Bound::Perhaps(format!("whose organization {} is of was not read", policy.name)),
    }
}

/// What no guardrail can do, for the pages of these checks.
pub(super) const LIMIT: &str = "No condition key of Firehose names its encryption, so no policy can demand a \
     customer-managed key when a stream is made; a guardrail can only keep what is there. Whether an exception that a \
     policy spares is a good one.";
