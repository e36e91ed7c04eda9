//! What the checks of isolation share: whose the streams of a key are, and where they run.

use super::{Context, Unknown, Verdict, fail, not_applicable, pass, unknown};
use crate::model::key::Key;
use crate::model::reading::Gap;
use crate::model::settings::ScopeSettings;
use crate::model::snapshot::Place;
use crate::model::stream::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// What tells which records rest under a key, and whose they are.
pub(super) const READS: &[&str] = &[
    "firehose:DescribeDeliveryStream",
    "firehose:ListTagsForDeliveryStream",
    "kms:ListAliases",
    "s3:GetBucketEncryption",
    "kinesis:DescribeStreamSummary",
    "kafka:DescribeClusterV2",
    "redshift:DescribeClusters",
    "es:DescribeDomain",
    "aoss:BatchGetCollection",
    "glue:GetTable",
    "logs:DescribeLogGroups",
];

/// One of the two things by which streams are kept apart.
pub(super) struct Divide {
    /// "tenant", "environment".
    pub word: &'static str,
    /// The setting that declares it.
    pub setting: &'static str,
    /// What is declared of a stream.
    pub of: for<'a> fn(&'a Stream, &'a ScopeSettings) -> Result<Option<&'a str>, &'a Gap>,
    /// Whether anything is declared at all.
    pub declared: fn(&ScopeSettings) -> bool,
}

/// By whose they are.
pub(super) const TENANT: Divide = Divide {
    word: "tenant",
    setting: "scope.tenant_tag, or tenant in a rule of scope.streams",
    of: crate::model::declared::tenant,
    declared: |scope| scope.tenant_tag.is_some() || scope.streams.iter().any(|r| r.tenant.is_some()),
};

/// By where they run.
pub(super) const ENVIRONMENT: Divide = Divide {
    word: "environment",
    setting: "scope.environment_tag, or environment in a rule of scope.streams",
    of: crate::model::declared::environment,
    declared: |scope| scope.environment_tag.is_some() || scope.streams.iter().any(|r| r.environment.is_some()),
};

impl Divide {
    /// What is said where nobody has declared any.
    pub(super) fn nothing(&self) -> String {
        format!("no {} is declared for any stream ({} in keywitness.toml)", self.word, self.setting)
    }
}

/// The place of a key or stream.
pub(super) fn place<'a>(context: &'a Context<'_>, key: &Key) -> Option<&'a Place> {
    context.snapshot.places.iter().find(|p| p.account == key.account && p.region == key.region)
}

/// Whether all streams of a key are of one tenant, or of one environment: those that name it for their encryption, and
/// those whose data rests under it anywhere.
pub(super) fn apart(context: &Context<'_>, key: &Key, divide: &Divide) -> Verdict {
    let scope = &context.settings.scope;
    if !(divide.declared)(scope) {
        return Ok(not_applicable(divide.nothing()));
    }
    let mut found: BTreeMap<&str, &Stream> = BTreeMap::new();
    let (mut undeclared, mut gap) = (Vec::new(), None);
    let mut all: Vec<&Stream> = context.snapshot.users_of(key).collect();
    let reach = context.snapshot.reach(key);
    let own: BTreeSet<&str> = all.iter().map(|s| s.arn.as_str()).collect();
    all.extend(reach.streams().into_iter().filter(|s| !own.contains(s.arn.as_str())));
    for stream in all.iter().copied() {
        match (divide.of)(stream, scope) {
            Ok(Some(value)) => {
                found.entry(value).or_insert(stream);
            }
            Ok(None) => undeclared.push(stream.name.as_str()),
            Err(unread) => gap = gap.or(Some(unread)),
        }
    }
    let word = divide.word;
    if found.len() > 1 {
        let named: Vec<String> = found.iter().take(4).map(|(value, s)| format!("{value} ({})", s.name)).collect();
        let told = format!("streams of {} {word}s use the key, or rest under it: {}", found.len(), named.join(", "));
        return Ok(found.values().fold(fail(told), |r, s| r.at(&s.listed)));
    }
    if let Some(gap) = gap.or_else(|| place(context, key).and_then(super::events::unread)).or(reach.unread.as_ref()) {
        return Err(Unknown::from(gap));
    }
    let Some(only) = found.keys().next() else {
        return Ok(not_applicable(format!("no stream of this key has a declared {word}")));
    };
    if !undeclared.is_empty() {
        return Err(unknown(format!(
            "{} of {} streams of this key have no declared {word}, such as {}; the others are of {only}",
            undeclared.len(),
            all.len(),
            undeclared[0]
        )));
    }
    Ok(all
        .iter()
        .fold(pass(format!("all {} streams of the key are of {word} {only}", all.len())), |r, s| r.at(&s.listed)))
}
