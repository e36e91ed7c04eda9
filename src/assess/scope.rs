//! Which streams a requirement is about, and whether all of them are known.
//!
//! What a stream carries cannot be read from AWS; the entity declares it, by a tag or by name. Nothing is guessed:
//! an undeclared stream is in scope of no framework and is listed as undeclared, and where a tag might have put a
//! stream in scope and could not be read, the population is incomplete.

use crate::model::assessment::ScopedStream;
use crate::model::catalog::AppliesWhen;
use crate::model::settings::{DataClass, ScopeSettings, StreamRule};
use crate::model::stream::Source;
use crate::model::{AccountId, Region, Settings, Snapshot, Stream};
use std::collections::BTreeSet;

/// A stream and what it is declared to carry.
#[derive(Clone, Debug)]
pub(super) struct Classified<'a> {
    pub stream: &'a Stream,
    /// Without [`DataClass::None`].
    pub classes: BTreeSet<DataClass>,
    pub declared_by: Vec<String>,
    pub undeclared_because: Option<String>,
    /// The tag that might declare more could not be read.
    pub tag_unread: bool,
}

/// One place's resource: the same key may be read in two accounts.
pub(super) type Resource = (AccountId, Region, String);

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

/// What every stream is declared to carry.
pub(super) fn classify<'a>(snapshot: &'a Snapshot, settings: &ScopeSettings) -> Vec<Classified<'a>> {
    snapshot.streams().map(|stream| classify_one(stream, settings)).collect()
}

fn classify_one<'a>(stream: &'a Stream, settings: &ScopeSettings) -> Classified<'a> {
    let mut classes = BTreeSet::new();
    let mut declared_by = Vec::new();
    let mut undeclared_because = None;
    let mut tag_unread = false;
    if let Some(tag) = &settings.data_class_tag {
        match &stream.tags {
            Err(gap) => {
                tag_unread = true;
                undeclared_because = Some(format!("the tag {tag} could not be read: {}", gap.sentence()));
            }
            Ok(tags) => match tags.get(tag) {
                None => undeclared_because = Some(format!("the stream has no tag {tag}")),
                Some(value) => match settings.tag_values.get(value) {
                    None => {
                        undeclared_because = Some(format!("the value {value:?} of the tag {tag} is not in tag_values"));
                    }
                    Some(found) => {
                        classes.extend(found);
                        declared_by.push(format!("tag {tag}={value:?}"));
                    }
                },
            },
        }
    }
    for rule in settings.streams.iter().filter(|r| matches(r, stream)) {
        classes.extend(&rule.data_classes);
        declared_by.push(format!("rule {:?}", rule.name));
    }
    classes.remove(&DataClass::None);
    if !tag_unread && !declared_by.is_empty() {
        undeclared_because = None;
    } else if undeclared_because.is_none() && declared_by.is_empty() {
        undeclared_because = Some("no rule names the stream and no tag is configured".to_owned());
    }
    Classified { stream, classes, declared_by, undeclared_because, tag_unread }
}

fn matches(rule: &StreamRule, stream: &Stream) -> bool {
    rule.account.as_deref().is_none_or(|a| a == stream.account.as_str())
        && rule.region.as_deref().is_none_or(|r| r == stream.region.as_str())
        && glob(&rule.name, &stream.name)
}

/// `*` stands for any characters, also for none; everything else for itself.
fn glob(pattern: &str, text: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
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
    let undeclared = streams.iter().filter(|s| s.declared_by.is_empty()).count();
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
    let carries = |s: &Classified<'_>| classes.is_empty() || s.classes.iter().any(|c| classes.contains(c));
    let unread = streams.iter().filter(|s| !classes.is_empty() && s.tag_unread && !carries(s));
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
        let at = |id: String| (place.0.clone(), place.1.clone(), id);
        self.streams.insert(at(stream.arn.clone()));
        self.regions.insert(at(format!("{}/{}", place.0, place.1)));
        match own_key(stream) {
            OwnKey::Kms(arn) => _ = self.keys.insert(at(arn.to_owned())),
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
    for region in &snapshot.run.regions {
        if !snapshot.places.iter().any(|p| p.region == *region) {
            why.push(format!("Nothing was read in {region}, which was asked for."));
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
        data_classes: stream.classes.iter().copied().collect(),
        declared_by: stream.declared_by.clone(),
        undeclared_because: stream.undeclared_because.clone(),
        in_scope_of,
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in [("cards", "cards"), ("card*", "cards"), ("*", ""), ("a*b*c", "a-bb-c"), ("*s", "cards")]
        {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("cards", "cards2"), ("card*", "xcards"), ("a*b*c", "a-c"), ("ab*b", "ab"), ("", "x")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }
}
