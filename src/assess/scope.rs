//! Which streams a requirement is about, and whether all of them are known.
//!
//! What a stream carries cannot be read from AWS; the entity declares it, by a tag or by name. Nothing is guessed:
//! an undeclared stream is in scope of no framework and is listed as undeclared, and where a tag might have put a
//! stream in scope and could not be read, the population is incomplete.

use crate::model::assessment::ScopedStream;
use crate::model::catalog::AppliesWhen;
use crate::model::declared::{self, Carries};
use crate::model::reconciliation;
use crate::model::settings::{DataClass, ScopeSettings};
use crate::model::stream::Source;
use crate::model::{AccountId, Region, Settings, Snapshot, Stream, Text};
use std::collections::BTreeSet;

/// A stream and what it is declared to carry.
#[derive(Clone, Debug)]
pub(super) struct Classified<'a> {
    pub stream: &'a Stream,
    pub carries: Carries,
    pub tenant: Option<String>,
    pub environment: Option<String>,
}

/// One place's resource: the same key may be read in two accounts.
pub(super) type Resource = (AccountId, Region, Text);

/// The resources that a requirement is about.
#[derive(Clone, Debug, Default)]
pub(super) struct InScope {
    pub to_declare: Option<String>,
    pub incomplete_because: Vec<String>,
    pub streams_undeclared: usize,
    pub streams: BTreeSet<Resource>,
    pub keys: BTreeSet<Resource>,
    pub keys_unknown: usize,
    pub regions: BTreeSet<Resource>,
}

/// What every stream is declared to carry, and to whom and where it belongs.
pub(super) fn classify<'a>(snapshot: &'a Snapshot, settings: &'a ScopeSettings) -> Vec<Classified<'a>> {
    let told = |answer: Result<Option<&str>, &crate::model::Gap>| match answer {
        Ok(value) => value.map(str::to_owned),
        Err(_) => Some("unknown".to_owned()),
    };
    let one = |stream| Classified {
        stream,
        carries: declared::carries(stream, settings),
        tenant: told(declared::tenant(stream, settings)),
        environment: told(declared::environment(stream, settings)),
    };
    snapshot.streams().map(one).collect()
}

/// The resources in scope of a requirement, and what is not known of them.
pub(super) fn in_scope(
    snapshot: &Snapshot,
    streams: &[Classified<'_>],
    when: Option<&AppliesWhen>,
    settings: &Settings,
) -> InScope {
    let classes = when.map(|w| w.data_class_any.clone()).unwrap_or_default();
    let mut found = InScope { incomplete_because: unread_places(snapshot), ..InScope::default() };
    let flag = when.and_then(|w| w.flag.as_deref());
    let flag_value = flag.map(|f| settings.parameters.get(f).and_then(serde_json::Value::as_bool));
    let undeclared = streams.iter().filter(|s| s.carries.declared_by.is_empty()).count();
    if let (Some(flag), Some(None)) = (flag, flag_value) {
        found.to_declare = Some(format!(
            "Whether this requirement concerns the entity is not declared: set {flag} to true or false under [parameters] in keywitness.toml."
        ));
    } else if !classes.is_empty() && undeclared == streams.len() && !streams.is_empty() {
        found.to_declare = Some(what_to_declare(&classes));
    }
    if !classes.is_empty() {
        found.streams_undeclared = undeclared;
    }
    if flag_value == Some(Some(false)) {
        return found;
    }
    let carries = |s: &Classified<'_>| classes.is_empty() || s.carries.classes.iter().any(|c| classes.contains(c));
    let unread = streams.iter().filter(|s| !classes.is_empty() && s.carries.tag_unread && !carries(s));
    found.note(unread.map(|s| s.stream), "whose tags could not be read might be in scope");
    let chosen: Vec<&Stream> = streams.iter().filter(|s| carries(s)).map(|s| s.stream).collect();
    let undescribed = chosen.iter().copied().filter(|s| s.source.is_err() || s.status.is_err());
    found.note(undescribed, "in scope could not be described");
    for stream in chosen {
        found.take(stream);
    }
    found
}

impl InScope {
    fn take(&mut self, stream: &Stream) {
        let place = (stream.account.clone(), stream.region.clone());
        let at = |id: &str| (place.0.clone(), place.1.clone(), id.into());
        self.streams.insert(at(&stream.arn));
        self.regions.insert(at(&format!("{}/{}", place.0, place.1)));
        match own_key(stream) {
            OwnKey::Kms(arn) => _ = self.keys.insert(at(arn)),
            OwnKey::Unknown => self.keys_unknown += 1,
            OwnKey::None => {}
        }
    }

    fn note<'a>(&mut self, streams: impl Iterator<Item = &'a Stream>, what: &str) {
        let names: Vec<&str> = streams.map(|s| s.name.as_str()).collect();
        match names.as_slice() {
            [] => {}
            [one] => self.incomplete_because.push(format!("1 stream {what}: {one}.")),
            [first, ..] => {
                self.incomplete_because.push(format!("{} streams {what}, first of them {first}.", names.len()));
            }
        }
    }
}

enum OwnKey<'a> {
    Kms(&'a str),
    /// Provably none: encryption is off, or the key is AWS's own, or the source keeps the records.
    None,
    Unknown,
}

fn own_key(stream: &Stream) -> OwnKey<'_> {
    use crate::model::stream::{SseKey, SseState};
    match &stream.sse {
        Ok(sse) => match (&sse.value.key, sse.value.state) {
            (Ok(key), _) => match &key.value {
                SseKey::Kms { arn } => OwnKey::Kms(arn),
                SseKey::AwsOwned => OwnKey::None,
            },
            (Err(_), SseState::Disabled) => OwnKey::None,
            (Err(_), _) if other_source(stream) => OwnKey::None,
            (Err(_), _) => OwnKey::Unknown,
        },
        Err(_) if other_source(stream) => OwnKey::None,
        Err(_) => OwnKey::Unknown,
    }
}

fn other_source(stream: &Stream) -> bool {
    stream.source.as_ref().is_ok_and(|s| s.value != Source::DirectPut)
}

/// Why not all streams of the run are known, whatever they carry.
fn unread_places(snapshot: &Snapshot) -> Vec<String> {
    let mut why = Vec::new();
    if snapshot.run.interrupted {
        why.push("The run was stopped before its end.".to_owned());
    }
    for account in &snapshot.run.accounts {
        for region in &account.regions {
            if !snapshot.places.iter().any(|p| p.account == account.account && p.region == *region) {
                why.push(format!("Nothing was read in {}/{region}, which was asked for.", account.account));
            }
        }
    }
    for place in &snapshot.places {
        match &place.listing {
            Err(gap) => why.push(format!(
                "The list of streams in {}/{} is not complete: {}.",
                place.account,
                place.region,
                gap.sentence()
            )),
            Ok(listed) if listed.value != place.streams.len() => why.push(format!(
                "The list in {}/{} names {} streams, and {} are known.",
                place.account,
                place.region,
                listed.value,
                place.streams.len()
            )),
            Ok(_) => {}
        }
    }
    why.extend(reconciliation::differences(snapshot));
    why
}

fn what_to_declare(classes: &BTreeSet<DataClass>) -> String {
    let words: Vec<&str> = classes.iter().map(|c| c.word()).collect();
    format!(
        "No stream has a declared data class, so it is not known whether any carries {}. Declare it in keywitness.toml: \
         under [scope] a data_class_tag with its tag_values, or [[scope.streams]] with name and data_classes.",
        words.join(" or ")
    )
}

/// The row of a stream in the table of scope.
pub(super) fn row(stream: &Classified<'_>, in_scope_of: Vec<String>) -> ScopedStream {
    ScopedStream {
        account: stream.stream.account.clone(),
        region: stream.stream.region.clone(),
        name: stream.stream.name.clone(),
        arn: stream.stream.arn.clone(),
        data_classes: stream.carries.classes.iter().copied().collect(),
        tenant: stream.tenant.clone(),
        environment: stream.environment.clone(),
        declared_by: stream.carries.declared_by.clone(),
        undeclared_because: stream.carries.undeclared_because.clone(),
        in_scope_of,
    }
}
