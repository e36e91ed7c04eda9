//! What keys cost a month, and what the remedies of failing checks would: an estimate by a dated price table.
//!
//! Requests are not in it: what a stream asks of KMS depends on its producers and is read nowhere here.

use super::name;
use crate::model::analysis::{Between, Costs, Dollars, KeyCost, Price, RemedyCost};
use crate::model::key::{Key, KeyManager, KeyState};
use crate::model::reading::GapKind;
use crate::model::{Finding, Snapshot, Status};

/// The day on which the table below was written down.
const AS_OF: &str = "2026-11-23";

const STATEMENT: &str = "An estimate, not a bill: list prices of the commercial Regions of AWS as written down on the day \
                         of the price table, in US dollars, without discounts, taxes and requests. Prices of China and \
                         of other partitions differ. Only an invoice says what was paid.";

const PRICES: &[Price] = &[
    Price { what: "a customer-managed KMS key, each Region of a multi-Region key by itself, a month", usd: "1.00" },
    Price { what: "the first and the second rotation of a key, each, a month; later ones are free", usd: "1.00" },
    Price { what: "a key that waits for deletion, that AWS manages, or that AWS owns", usd: "0.00" },
    Price { what: "10,000 requests with a symmetric key, after 20,000 free ones a month", usd: "0.03" },
    Price { what: "the first copy of management events in CloudTrail", usd: "0.00" },
    Price { what: "a standard alarm of CloudWatch, a month", usd: "0.10" },
    Price { what: "a gibibyte taken in by CloudWatch Logs", usd: "0.50" },
    Price { what: "a secret of Secrets Manager, a month", usd: "0.40" },
];

const KEY: Dollars = Dollars(100);
const ROTATION: Dollars = Dollars(100);
const ALARM: Dollars = Dollars(10);
const SECRET: Dollars = Dollars(40);

pub(super) fn sheet(snapshot: &Snapshot, findings: &[Finding]) -> Costs {
    Costs {
        statement: STATEMENT.to_owned(),
        prices_as_of: AS_OF.to_owned(),
        prices: PRICES.to_vec(),
        keys: snapshot.keys().map(key).collect(),
        remedies: remedies(findings),
    }
}

fn between(from: Dollars, to: Dollars) -> Between {
    Between { from, to: Some(to) }
}

fn key(key: &Key) -> KeyCost {
    let (monthly, basis) = monthly(key);
    KeyCost { key: name(key), monthly, basis: basis.into() }
}

fn monthly(key: &Key) -> (Option<Between>, String) {
    let nothing = |why: &str| (Some(between(Dollars(0), Dollars(0))), why.to_owned());
    let unknown = |why: String| (None, why);
    let facts = match &key.facts {
        Ok(facts) => &facts.value,
        Err(gap) => return unknown(gap.sentence()),
    };
    match &facts.manager {
        Ok(manager) if manager.value == KeyManager::Aws => return nothing("AWS manages the key, at no charge"),
        Ok(_) => {}
        Err(gap) => return unknown(gap.sentence()),
    }
    match &facts.state {
        Ok(state) if state.value == KeyState::PendingDeletion => {
            return nothing("no charge while the deletion is pending; all of it is due if it is cancelled");
        }
        Ok(_) => {}
        Err(gap) => return unknown(gap.sentence()),
    }
    let most = Dollars(KEY.0 + 2 * ROTATION.0);
    match &key.rotations {
        Ok(rotations) => {
            let charged = rotations.value.len().min(2) as u64;
            let cost = Dollars(KEY.0 + charged * ROTATION.0);
            (Some(between(cost, cost)), format!("the key, and {charged} rotations that are charged"))
        }
        Err(gap) if gap.kind == GapKind::Inapplicable => {
            (Some(between(KEY, KEY)), "the key; it does not rotate".to_owned())
        }
        Err(gap) => {
            (Some(between(KEY, most)), format!("the key; how often it rotated is not known: {}", gap.sentence()))
        }
    }
}

/// What makes a check pass: a new key, a rotation, an alarm, storage; all others are free.
const REMEDIES: &[(&[&str], Cost)] = &[
    (
        &[
            "stream-sse-enabled",
            "stream-customer-managed-key",
            "stream-tenant-own-key",
            "key-one-tenant",
            "key-one-environment",
            "key-blast-radius",
            "key-stream-limit",
            "key-spec-symmetric",
            "key-single-region",
            "key-origin-expected",
            "key-account-expected",
            "trail-encrypted-with-key",
            "trail-key-customer-managed",
            "trail-stores-protected",
            "stream-destination-customer-key",
            "stream-destination-key-named",
            "stream-backup-customer-key",
            "stream-source-customer-key",
            "stream-error-log-customer-key",
        ],
        Cost::Key,
    ),
    (
        &["key-rotation-enabled", "key-rotation-period", "key-rotated-in-cryptoperiod", "key-rotation-not-overdue"],
        Cost::Rotation,
    ),
    (&["trail-to-log-group", "stream-error-logging", "stream-delivery-watched"], Cost::Volume),
    (&["trail-bucket-data-events"], Cost::DataEvents),
    (&["stream-secrets-managed"], Cost::Secret),
    (
        &[
            "stream-buckets-keep-versions",
            "stream-backup-of-changed-records",
            "trail-bucket-keeps-versions",
            "trail-bucket-locked",
            "trail-bucket-retention",
        ],
        Cost::Storage,
    ),
];

#[derive(Clone, Copy)]
enum Cost {
    Key,
    Rotation,
    Volume,
    DataEvents,
    Secret,
    Storage,
    Free,
}

impl Cost {
    fn told(self) -> (Between, &'static str) {
        match self {
            Self::Key => (
                between(KEY, Dollars(KEY.0 + 2 * ROTATION.0)),
                "at most one further key, which grows with its first two rotations; less where one key serves several",
            ),
            Self::Rotation => (
                between(Dollars(0), Dollars(2 * ROTATION.0)),
                "the first two rotations of a key are charged, later ones are not",
            ),
            Self::Volume => (
                Between { from: ALARM, to: None },
                "by the volume of events that the log group takes in, and for each alarm on it",
            ),
            Self::DataEvents => (
                Between { from: Dollars(0), to: None },
                "by the number of data events that the trail then records, and by the volume of its log files",
            ),
            Self::Secret => (between(SECRET, SECRET), "one secret of Secrets Manager, without its requests"),
            Self::Storage => (Between { from: Dollars(0), to: None }, "by the volume that S3 then keeps"),
            Self::Free => (between(Dollars(0), Dollars(0)), "AWS does not charge for this change"),
        }
    }
}

fn remedies(findings: &[Finding]) -> Vec<RemedyCost> {
    let mut rows: Vec<RemedyCost> = Vec::new();
    for finding in findings.iter().filter(|f| f.status == Status::Fail) {
        // Findings come check by check.
        if let Some(row) = rows.last_mut().filter(|row| row.check == finding.check) {
            row.failing += 1;
            continue;
        }
        let cost = REMEDIES.iter().find(|(ids, _)| ids.contains(&finding.check.as_str()));
        let (each, basis) = cost.map_or(Cost::Free, |(_, cost)| *cost).told();
        rows.push(RemedyCost { check: finding.check.clone(), failing: 1, each, basis });
    }
    rows
}

/// The checks that the table names, for the test that compares it with the checks there are.
#[cfg(test)]
pub(crate) fn named() -> impl Iterator<Item = &'static str> {
    REMEDIES.iter().flat_map(|(ids, _)| ids.iter().copied())
}
