//! Who would notice a call: the rules of `EventBridge`, and the alarms on metric filters of a trail's log group.

use super::patterns::{self, Fits};
use super::{Context, Ruling, Unknown, Verdict, composites, fail, pass, trails, unknown};
use crate::model::names::Arn;
use crate::model::reading::{Citation, GapKind};
use crate::model::refer::Site;
use crate::model::snapshot::Place;
use crate::model::trail::Trail;

/// What is known of one call's being noticed.
enum Noticed {
    By(String),
    Perhaps(String),
    /// Nothing does; why what matches it does not count.
    Not(Option<String>),
}

/// Who hears of what a rule or an alarm sends.
pub(super) enum Heard {
    /// Somebody; where that stands, if it is a topic.
    By(Option<Citation>),
    Perhaps(String),
    /// Nobody, and why.
    Nobody(String),
}

/// Whether something hears of it: any target but a topic, or a topic with a confirmed subscription.
pub(super) fn heard(place: &Place, targets: &[String]) -> Heard {
    let (mut perhaps, mut deaf) = (None, None);
    for target in targets {
        let Some(topic) = Arn::parse(target).filter(|arn| arn.service == "sns") else { return Heard::By(None) };
        match place.hops.topics.get(target) {
            Some(Ok(told)) if told.value.iter().any(|s| s.confirmed) => return Heard::By(Some(told.at.clone())),
            Some(Ok(_)) => {
                deaf = deaf.or_else(|| Some(format!("topic {} has no confirmed subscription", topic.resource)));
            }
            Some(Err(gap)) => perhaps = perhaps.or_else(|| Some(gap.sentence())),
            None => {
                let why = format!("the subscriptions of topic {target} were not read");
                perhaps = perhaps.or(Some(why));
            }
        }
    }
    match (perhaps, deaf) {
        (Some(why), _) => Heard::Perhaps(why),
        (None, Some(why)) => Heard::Nobody(why),
        (None, None) => Heard::Nobody("it sends to nothing".to_owned()),
    }
}

/// Passes when each of the calls would be noticed by something that acts.
pub(super) fn judge(context: &Context<'_>, place: &Place, service: &str, names: &[&str]) -> Verdict {
    let recorded = recording(place, service)?;
    let watch = Watch { context, place, service };
    let (mut by, mut open, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = recorded.clone();
    for name in names {
        match watch.of(name, &mut seen) {
            Noticed::By(who) => by.push(format!("{name} by {who}")),
            Noticed::Perhaps(why) => open.push(format!("{name}: {why}")),
            Noticed::Not(None) => unseen.push((*name).to_owned()),
            Noticed::Not(Some(why)) => unseen.push(format!("{name} ({why})")),
        }
    }
    if !unseen.is_empty() {
        let told = format!("nothing that acts would notice {}", unseen.join(", "));
        return Ok(seen.iter().fold(fail(told), Ruling::at));
    }
    if !open.is_empty() {
        return Err(Unknown { reason: open.join("; "), seen });
    }
    Ok(seen.iter().fold(pass(by.join("; ")), Ruling::at))
}

/// Rules and filters see only what a trail records: one that logs here must record writes of that service.
fn recording(place: &Place, service: &str) -> Result<Vec<Citation>, Unknown> {
    let verdict = trails::any(place, "no trail covers this Region, so no rule and no filter sees a call", |trail| {
        let cited = match trails::logs_here(trail)? {
            Ok(cited) => cited,
            Err(ruling) => return Ok(ruling),
        };
        let selectors = trail.selectors.as_ref()?;
        let records = if service == "kms" {
            trails::kms_events(&selectors.value).map(|r| r.writes)
        } else {
            Some(selectors.value.records_management_writes())
        };
        match records {
            Some(true) => Ok(cited.iter().fold(pass("recorded").seen(selectors), Ruling::at)),
            Some(false) => Ok(fail(format!("trail {} does not record them", trail.name)).seen(selectors)),
            None => Err(unknown(format!("whether trail {} records them is not decided", trail.name)).seen(selectors)),
        }
    })?;
    match verdict.status {
        crate::model::Status::Pass => Ok(verdict.seen),
        _ => Err(Unknown { reason: format!("no call would be seen: {}", verdict.reason), seen: verdict.seen }),
    }
}

struct Watch<'a> {
    context: &'a Context<'a>,
    place: &'a Place,
    service: &'a str,
}

impl Watch<'_> {
    fn of(&self, name: &str, seen: &mut Vec<Citation>) -> Noticed {
        let (mut perhaps, mut deaf) = (None, None);
        for found in [self.by_rule(name, seen), self.by_alarm(name, seen)] {
            match found {
                Noticed::By(who) => return Noticed::By(who),
                Noticed::Perhaps(why) => perhaps = perhaps.or(Some(why)),
                Noticed::Not(why) => deaf = deaf.or(why),
            }
        }
        perhaps.map_or(Noticed::Not(deaf), Noticed::Perhaps)
    }

    fn by_rule(&self, name: &str, seen: &mut Vec<Citation>) -> Noticed {
        let rules = match &self.place.hops.rules {
            Ok(rules) => rules,
            Err(gap) => return Noticed::Perhaps(gap.sentence()),
        };
        seen.push(rules.at.clone());
        let event = patterns::sample(self.place.account.as_str(), self.place.region.as_str(), self.service, name);
        let (mut perhaps, mut deaf) = (None, None);
        for rule in rules.value.iter().filter(|r| r.state.starts_with("ENABLED")) {
            let Some(pattern) = &rule.pattern else { continue };
            let fits = patterns::event_pattern(pattern, &event);
            if fits == Fits::No {
                continue;
            }
            let targets = match &rule.targets {
                Ok(targets) => targets,
                Err(gap) if gap.kind == GapKind::Inapplicable => continue,
                Err(gap) => {
                    perhaps = perhaps.or_else(|| Some(gap.sentence()));
                    continue;
                }
            };
            match (fits, heard(self.place, &targets.value)) {
                (_, Heard::Nobody(why)) => {
                    seen.push(targets.at.clone());
                    deaf = deaf.or_else(|| Some(format!("rule {}: {why}", rule.name)));
                }
                (Fits::Yes, Heard::By(at)) => {
                    seen.push(targets.at.clone());
                    seen.extend(at);
                    return Noticed::By(format!("rule {}", rule.name));
                }
                (_, Heard::By(_)) => {
                    let why = format!("rule {} may match it, by what is not known here", rule.name);
                    perhaps = perhaps.or(Some(why));
                }
                (_, Heard::Perhaps(why)) => perhaps = perhaps.or_else(|| Some(format!("rule {}: {why}", rule.name))),
            }
        }
        perhaps.map_or(Noticed::Not(deaf), Noticed::Perhaps)
    }

    /// A trail that delivers to a log group, a filter there that matches, an alarm on its metric that acts.
    fn by_alarm(&self, name: &str, seen: &mut Vec<Citation>) -> Noticed {
        let (filters, alarms) = match (&self.place.hops.metric_filters, &self.place.hops.alarms) {
            (Ok(filters), Ok(alarms)) => (filters, alarms),
            (Err(gap), _) | (_, Err(gap)) => return Noticed::Perhaps(gap.sentence()),
        };
        let trails = match &self.place.trails {
            Ok(trails) => trails,
            Err(gap) => return Noticed::Perhaps(gap.sentence()),
        };
        seen.push(filters.at.clone());
        seen.push(alarms.at.clone());
        let event = patterns::record(self.place.account.as_str(), self.place.region.as_str(), self.service, name);
        let (mut perhaps, mut deaf) = (None, None);
        for filter in &filters.value {
            let fits = patterns::filter_pattern(&filter.pattern, &event);
            let feeding: Vec<&Trail> = trails.value.iter().filter(|t| self.feeds(t, &filter.group)).collect();
            if fits == Fits::No || feeding.is_empty() {
                continue;
            }
            // Of several trails the best known decides: one that delivers, else one whose status was not read.
            let delivers = |t: &&Trail| match &t.status {
                Ok(status) => trails::reaches_log_group(&status.value, self.context.snapshot.run.ended),
                Err(_) => Fits::Perhaps,
            };
            let fits = fits.min(feeding.iter().map(delivers).max().unwrap_or(Fits::No));
            if fits == Fits::No {
                let why = format!("filter {}: no trail delivered to log group {} lately", filter.name, filter.group);
                deaf = deaf.or(Some(why));
                continue;
            }
            let on_it = |a: &&crate::model::hops::Alarm| a.metric.as_ref().is_some_and(|m| filter.metrics.contains(m));
            let acts =
                |a: &&crate::model::hops::Alarm| !matches!(composites::told(self.place, a).heard, Heard::Nobody(_));
            if let Some(alarm) = alarms.value.iter().filter(|a| a.metric.is_none()).find(acts) {
                let why = format!("alarm {} works on an expression, which does not tell what it watches", alarm.name);
                perhaps = perhaps.or(Some(why));
            }
            for alarm in alarms.value.iter().filter(on_it) {
                let told = composites::told(self.place, alarm);
                match (fits, told.heard) {
                    (_, Heard::Nobody(why)) => deaf = deaf.or_else(|| Some(format!("{}: {why}", told.by))),
                    (Fits::Yes, Heard::By(at)) => {
                        seen.extend(at);
                        return Noticed::By(format!("{} on filter {}", told.by, filter.name));
                    }
                    (_, Heard::By(_)) => {
                        let why = format!("filter {} may see it, by what is not known here", filter.name);
                        perhaps = perhaps.or(Some(why));
                    }
                    (_, Heard::Perhaps(why)) => {
                        perhaps = perhaps.or_else(|| Some(format!("{}: {why}", told.by)));
                    }
                }
            }
        }
        perhaps.map_or(Noticed::Not(deaf), Noticed::Perhaps)
    }

    /// Whether a trail is set to deliver to that log group.
    fn feeds(&self, trail: &Trail, group: &str) -> bool {
        let site = Site {
            partition: self.context.snapshot.run.partition(&self.place.account),
            account: &self.place.account,
            region: &self.place.region,
        };
        trail.log_group.as_deref().and_then(|arn| site.log_group(arn)) == Some(group)
    }
}
