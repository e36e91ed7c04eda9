//! Since when findings are what they are: what a pack carries of the findings of the pack before it, and what follows
//! for its own.

use super::finding::{Finding, FindingId, Status};
use super::series::Earlier;
use super::time::{Time, millis};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Findings of the pack before this one that have had one status since one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The beginning of the first run that found them so, with every run after it.
    #[serde(with = "millis")]
    pub since: Time,
    /// What they were found to be.
    pub status: Status,
    /// Their ids, in order.
    pub findings: Vec<FindingId>,
}

impl Standing {
    /// What stays of the findings of a pack whose reading began then. Where the pack does not know since when a finding is
    /// what it is, nothing is known before that pack.
    #[must_use]
    pub fn of(findings: &[Finding], started: Time) -> Vec<Self> {
        let mut found: BTreeMap<(Time, Status), Vec<FindingId>> = BTreeMap::new();
        for finding in findings {
            let since = finding.first_seen.unwrap_or(started);
            found.entry((since, finding.status)).or_default().push(finding.id);
        }
        let rows = found.into_iter().map(|((since, status), mut findings)| {
            findings.sort();
            Self { since, status, findings }
        });
        rows.collect()
    }
}

impl Earlier {
    /// Writes into the findings of a pack that follows since when each is what it is. Another version of the program has
    /// other checks under the same names: then it is not known.
    pub fn date(&self, findings: &mut [Finding], started: Time, version: &str) {
        let Some(last) = self.packs.last().filter(|_| !self.standing.is_empty()) else { return };
        let mut before: HashMap<FindingId, (Status, Time)> = HashMap::new();
        for group in &self.standing {
            before.extend(group.findings.iter().map(|id| (*id, (group.status, group.since))));
        }
        for finding in findings {
            let stood = before.get(&finding.id).filter(|(status, _)| *status == finding.status);
            let since = stood.map_or(started, |(_, since)| *since);
            finding.first_seen = (last.version == version).then_some(since);
            finding.last_seen = Some(started);
        }
    }

    /// What no program can have written about the findings of the pack before, if anything.
    pub(super) fn standing_fault(&self) -> Option<&'static str> {
        if self.standing.is_empty() {
            return None;
        }
        let last = self.packs.last()?;
        let begun = |group: &Standing| self.packs.iter().any(|p| p.started == group.since);
        if !self.standing.iter().all(begun) {
            return Some("a finding stands since a time at which no run of the series began");
        }
        let ids: BTreeSet<&FindingId> = self.standing.iter().flat_map(|g| &g.findings).collect();
        let count = |status| -> u64 {
            self.standing.iter().filter(|g| g.status == status).map(|g| g.findings.len() as u64).sum()
        };
        let totals = last.findings;
        let fits = count(Status::Fail) == totals.fail
            && count(Status::Unknown) == totals.unknown
            && count(Status::Pass) == totals.pass
            && count(Status::NotApplicable) == totals.not_applicable;
        if !fits || ids.len() as u64 != totals.all() {
            return Some("the findings that stand are not those that the pack before counts");
        }
        let stands = |open: &super::series::OpenFinding| {
            let mut alike = self.standing.iter().filter(|g| g.status == open.status);
            alike.any(|g| g.findings.binary_search(&open.id).is_ok())
        };
        (!self.open.iter().all(stands)).then_some("an open finding does not stand as it is told")
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::{Severity, Subject, SubjectKind};
    use super::super::series::tests::point;
    use super::super::series::{OpenFinding, Totals};
    use super::super::text::Text;
    use super::*;
    use std::sync::Arc;

    fn finding(id: &str, status: Status) -> Finding {
        Finding {
            id: FindingId::named(id),
            check: "stream-active".into(),
            subject: Arc::new(Subject {
                account: "111122223333".parse().unwrap(),
                region: "eu-west-1".parse().unwrap(),
                kind: SubjectKind::Stream,
                id: id.into(),
                name: id.into(),
            }),
            status,
            severity: Severity::Low,
            reason: Text::default(),
            citations: Box::default(),
            exception: None,
            first_seen: None,
            last_seen: None,
        }
    }

    /// A pack of each of these days: what it carries, and its findings as dated.
    fn series(days: &[(i64, &str, Vec<Finding>)]) -> Vec<Vec<Finding>> {
        let mut earlier: Option<Earlier> = None;
        let mut all = Vec::new();
        for (day, version, findings) in days {
            let mut own = point(*day, "a", None);
            own.version = (*version).to_owned();
            let (mut findings, started) = (findings.clone(), own.started);
            if let Some(earlier) = &earlier {
                earlier.date(&mut findings, started, version);
            }
            own.findings = Totals::of(&findings);
            let mut packs = earlier.map(|e| e.packs).unwrap_or_default();
            packs.push(own);
            earlier = Some(Earlier { packs, open: Vec::new(), standing: Standing::of(&findings, started) });
            all.push(findings);
        }
        all
    }

    #[test]
    fn a_finding_is_first_seen_where_its_status_began_and_not_where_another_version_found_it() {
        use Status::{Fail, Pass};
        let found = |status| vec![finding("F-1", status), finding("F-2", Pass)];
        let with_new = [found(Fail), vec![finding("F-3", Pass)]].concat();
        let days = [
            (0, "0.1.0", found(Pass)),
            (30, "0.1.0", found(Fail)),
            (60, "0.1.0", with_new),
            (90, "0.2.0", found(Fail)),
            (120, "0.2.0", found(Fail)),
        ];
        let start = |day: i64| Some(point(day, "", None).started);
        let first = |pack: &[Finding]| pack.iter().map(|f| f.first_seen).collect::<Vec<_>>();
        let packs = series(&days);
        assert_eq!(first(&packs[0]), [None, None], "nothing is known of a series");
        assert_eq!(first(&packs[1]), [start(30), start(0)], "one turned, one stayed");
        assert_eq!(first(&packs[2]), [start(30), start(0), start(60)], "one is new");
        assert_eq!(first(&packs[3]), [None, None], "another version");
        assert_eq!(first(&packs[4]), [start(90), start(90)], "nothing is known before that version");
        assert!(packs[1..].iter().zip([30, 60, 90, 120]).all(|(p, day)| p.iter().all(|f| f.last_seen == start(day))));
    }

    #[test]
    fn what_does_not_fit_the_pack_before_is_refused() {
        let started = point(0, "a", None).started;
        let findings = [finding("F-1", Status::Fail), finding("F-2", Status::Pass)];
        let mut last = point(0, "a", None);
        last.findings = Totals::of(&findings);
        let open =
            OpenFinding { id: FindingId::named("F-1"), check: "c".into(), subject: "s".into(), status: Status::Fail };
        let whole = Earlier { packs: vec![last], open: vec![open], standing: Standing::of(&findings, started) };
        assert_eq!(whole.standing_fault(), None);
        let lies: [fn(&mut Earlier); 4] = [
            |e| e.standing[0].since += chrono::TimeDelta::days(1),
            |e| e.standing[1].findings.clear(),
            |e| e.standing[0].findings = e.standing[1].findings.clone(),
            |e| e.standing.swap_remove(0).findings.clear(),
        ];
        for lie in lies {
            let mut wrong = whole.clone();
            lie(&mut wrong);
            assert!(wrong.standing_fault().is_some(), "{wrong:?}");
        }
    }
}
