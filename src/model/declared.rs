//! What the declarations of the entity say of one stream or key.
//!
//! Checks and assessment ask the same questions here, so they cannot understand a declaration in two ways. Nothing is
//! guessed: what is not declared is undeclared, and a tag that could not be read may hold anything.

use super::reading::{Gap, GapKind};
use super::settings::{Cryptoperiod, DataClass, Exception, ScopeSettings, Settings, StreamRule, glob};
use super::snapshot::Snapshot;
use super::stream::Tags;
use super::{Key, Reading, Stream};
use std::collections::BTreeSet;

/// What a stream is declared to carry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carries {
    /// The classes, without [`DataClass::None`].
    pub classes: BTreeSet<DataClass>,
    /// Where that is declared: the tag, the rule.
    pub declared_by: Vec<String>,
    /// Why nothing, or not everything, is declared.
    pub undeclared_because: Option<String>,
    /// The tag that might declare more could not be read.
    pub tag_unread: bool,
}

/// What a stream is declared to carry: by the tag, and by every rule that names it.
#[must_use]
pub fn carries(stream: &Stream, scope: &ScopeSettings) -> Carries {
    let mut found = Carries::default();
    if let Some(tag) = &scope.data_class_tag {
        match &stream.tags {
            Err(gap) => {
                found.tag_unread = true;
                found.undeclared_because = Some(format!("the tag {tag} could not be read: {}", gap.sentence()));
            }
            Ok(tags) => match tags.get(tag) {
                None => found.undeclared_because = Some(format!("the stream has no tag {tag}")),
                Some(value) => match scope.tag_values.get(value) {
                    None => {
                        found.undeclared_because =
                            Some(format!("the value {value:?} of the tag {tag} is not in tag_values"));
                    }
                    Some(classes) => {
                        found.classes.extend(classes);
                        found.declared_by.push(format!("tag {tag}={value:?}"));
                    }
                },
            },
        }
    }
    for rule in scope.streams.iter().filter(|r| names(r, stream)) {
        let Some(classes) = &rule.data_classes else { continue };
        found.classes.extend(classes);
        found.declared_by.push(format!("rule {:?}", rule.name));
    }
    found.classes.remove(&DataClass::None);
    if !found.tag_unread && !found.declared_by.is_empty() {
        found.undeclared_because = None;
    } else if found.undeclared_because.is_none() && found.declared_by.is_empty() {
        found.undeclared_because = Some("no rule names the stream and no tag is configured".to_owned());
    }
    found
}

/// Whose a stream is: what rules say, else what the tag says. `Ok(None)`: nobody has declared it.
///
/// # Errors
/// The gap of the tags, where only they could tell.
pub fn tenant<'a>(stream: &'a Stream, scope: &'a ScopeSettings) -> Result<Option<&'a str>, &'a Gap> {
    let rule = scope.streams.iter().find(|r| r.tenant.is_some() && names(r, stream));
    rule.map_or_else(|| tagged(&stream.tags, scope.tenant_tag.as_deref()), |r| Ok(r.tenant.as_deref()))
}

/// Where a stream runs: what rules say, else what the tag says. `Ok(None)`: nobody has declared it.
///
/// # Errors
/// The gap of the tags, where only they could tell.
pub fn environment<'a>(stream: &'a Stream, scope: &'a ScopeSettings) -> Result<Option<&'a str>, &'a Gap> {
    let rule = scope.streams.iter().find(|r| r.environment.is_some() && names(r, stream));
    rule.map_or_else(|| tagged(&stream.tags, scope.environment_tag.as_deref()), |r| Ok(r.environment.as_deref()))
}

fn tagged<'a>(tags: &'a Reading<Tags>, tag: Option<&str>) -> Result<Option<&'a str>, &'a Gap> {
    let Some(tag) = tag else { return Ok(None) };
    Ok(tags.as_ref()?.get(tag).map(String::as_str))
}

fn names(rule: &StreamRule, stream: &Stream) -> bool {
    is_here(rule.account.as_deref(), stream.account.as_str())
        && is_here(rule.region.as_deref(), stream.region.as_str())
        && glob(&rule.name, &stream.name)
}

fn is_here(wanted: Option<&str>, is: &str) -> bool {
    wanted.is_none_or(|w| w == is)
}

/// How long a key may be in use, and by which declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The period, in days.
    pub days: u64,
    /// The rule that says so; empty for `parameters.cryptoperiod_days`.
    pub by: String,
}

/// How long a key may be in use. `Ok(None)`: nobody has declared it.
///
/// # Errors
/// The gap behind what could not be read and might shorten the period or set another one.
pub fn cryptoperiod<'a>(key: &'a Key, snapshot: &'a Snapshot, settings: &Settings) -> Result<Option<Period>, &'a Gap> {
    let here = |r: &&Cryptoperiod| {
        is_here(r.account.as_deref(), key.account.as_str()) && is_here(r.region.as_deref(), key.region.as_str())
    };
    let rules: Vec<&Cryptoperiod> = settings.cryptoperiods.iter().filter(here).collect();
    let shortest = |found: Vec<(&Cryptoperiod, String)>| {
        found.into_iter().min_by_key(|(r, _)| r.days).map(|(r, by)| Period { days: r.days, by })
    };
    let mut by_key = Vec::new();
    let mut unread = None;
    for rule in &rules {
        let Some(pattern) = &rule.key else { continue };
        match is_key(pattern, key) {
            Ok(true) => by_key.push((*rule, format!("key {pattern:?}"))),
            Ok(false) => {}
            Err(gap) => unread = Some(gap),
        }
    }
    if let Some(gap) = unread {
        return Err(gap);
    }
    if let Some(period) = shortest(by_key) {
        return Ok(Some(period));
    }
    let mut by_tag = Vec::new();
    for rule in rules.iter().filter(|r| r.key.is_none()) {
        let Some(tag) = &rule.tag else { continue };
        if has_tag(&key.tags, tag, rule.value.as_deref())? {
            by_tag.push((*rule, format!("tag {tag}")));
        }
    }
    if let Some(period) = shortest(by_tag) {
        return Ok(Some(period));
    }
    let by_class = rules.iter().filter(|r| r.key.is_none() && r.tag.is_none() && r.data_class.is_some());
    let by_class: Vec<&Cryptoperiod> = by_class.copied().collect();
    if !by_class.is_empty() {
        let mut classes = BTreeSet::new();
        for stream in snapshot.streams() {
            let Some(used) = uses(stream, key) else { continue };
            let carried = carries(stream, &settings.scope);
            if let (true, Err(gap)) = (carried.tag_unread, &stream.tags) {
                return Err(gap);
            }
            // A stream whose key is not known might use this one.
            let concerned = by_class.iter().any(|r| r.data_class.is_some_and(|c| carried.classes.contains(&c)));
            if let (true, Err(gap)) = (concerned, used) {
                return Err(gap);
            }
            classes.extend(carried.classes);
        }
        let fits = by_class.into_iter().filter_map(|r| {
            let class = r.data_class.filter(|c| classes.contains(c))?;
            Some((r, format!("data class {}", class.word())))
        });
        if let Some(period) = shortest(fits.collect()) {
            return Ok(Some(period));
        }
    }
    Ok(settings.number("cryptoperiod_days").map(|days| Period { days, by: String::new() }))
}

/// Whether a stream uses a key: `Some(Ok)` when it does, the gap when that is not known, `None` when it does not.
fn uses<'a>(stream: &'a Stream, key: &Key) -> Option<Result<(), &'a Gap>> {
    if stream.account != key.account || stream.region != key.region {
        return None;
    }
    match &stream.sse {
        Ok(_) => (stream.sse_key_arn() == Some(key.arn.as_str())).then_some(Ok(())),
        Err(gap) if gap.kind == GapKind::Inapplicable => None,
        Err(gap) => Some(Err(gap)),
    }
}

/// Whether a pattern names a key: by its ARN, its id or one of its aliases.
fn is_key<'a>(pattern: &str, key: &'a Key) -> Result<bool, &'a Gap> {
    let id = key.arn.rsplit_once(":key/").map_or(key.arn.as_str(), |(_, id)| id);
    if glob(pattern, &key.arn) || glob(pattern, id) {
        return Ok(true);
    }
    if !pattern.starts_with("alias/") {
        return Ok(false);
    }
    Ok(key.aliases.as_ref()?.value.iter().any(|alias| glob(pattern, alias)))
}

fn has_tag<'a>(tags: &'a Reading<Tags>, tag: &str, value: Option<&str>) -> Result<bool, &'a Gap> {
    Ok(tags.as_ref()?.get(tag).is_some_and(|found| value.is_none_or(|v| v == found)))
}

/// Whether an exception is about this stream. What could not be read is not covered.
#[must_use]
pub fn covers_stream(exception: &Exception, stream: &Stream) -> bool {
    exception.key.is_none()
        && covers_place(exception, stream.account.as_str(), stream.region.as_str())
        && exception.stream.as_deref().is_none_or(|pattern| glob(pattern, &stream.name))
        && exception.tag.as_deref().is_none_or(|t| has_tag(&stream.tags, t, exception.value.as_deref()) == Ok(true))
}

/// Whether an exception is about this key. What could not be read is not covered.
#[must_use]
pub fn covers_key(exception: &Exception, key: &Key) -> bool {
    exception.stream.is_none()
        && covers_place(exception, key.account.as_str(), key.region.as_str())
        && exception.key.as_deref().is_none_or(|pattern| is_key(pattern, key) == Ok(true))
        && exception.tag.as_deref().is_none_or(|t| has_tag(&key.tags, t, exception.value.as_deref()) == Ok(true))
}

/// Whether an exception is about what is asked of a whole Region.
#[must_use]
pub fn covers_region(exception: &Exception, account: &str, region: &str) -> bool {
    exception.stream.is_none()
        && exception.key.is_none()
        && exception.tag.is_none()
        && covers_place(exception, account, region)
}

fn covers_place(exception: &Exception, account: &str, region: &str) -> bool {
    is_here(exception.account.as_deref(), account) && is_here(exception.region.as_deref(), region)
}
