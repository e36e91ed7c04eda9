//! The templates: those that come with the program, and those that a user puts in their place.

use crate::model::visible::visible;
use std::collections::BTreeMap;
use std::io::Write;
use tera::{Kwargs, State, Tera, Value};

macro_rules! own {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../../../templates/", $name)))),+] };
}

/// The program's own, by name. A user may replace each of those that end in `.html`.
pub const OWN: &[(&str, &str)] = own![
    "accounts.html",
    "blast-radius-rows.html",
    "blast-radius.html",
    "catalog-end.html",
    "catalog.html",
    "check-end.html",
    "check.html",
    "close.html",
    "costs-rows.html",
    "costs.html",
    "custody.html",
    "documents.html",
    "duties-rows.html",
    "duties.html",
    "events-rows.html",
    "events.html",
    "evidence-rows.html",
    "evidence.html",
    "exceptions.html",
    "finding-group.html",
    "findings.html",
    "foot.html",
    "gaps-rows.html",
    "gaps.html",
    "head.html",
    "inventory-rows.html",
    "inventory.html",
    "keys-rows.html",
    "keys.html",
    "lineage-end.html",
    "lineage-group.html",
    "lineage-rows.html",
    "lineage.html",
    "method.html",
    "nature.html",
    "open.html",
    "parts.html",
    "period-end.html",
    "period-rows.html",
    "period.html",
    "population.html",
    "recoverability-rows.html",
    "recoverability.html",
    "report.css",
    "report.js",
    "requirement.html",
    "requirements.html",
    "responsibility.html",
    "results.html",
    "sampling.html",
    "script.html",
    "series-parts.html",
    "series.html",
    "sign-off.html",
    "streams-rows.html",
    "streams.html",
    "style.html",
];

/// Whether a user may replace the template of that name.
#[must_use]
pub fn is_known(name: &str) -> bool {
    is_html(name) && OWN.iter().any(|(own, _)| *own == name)
}

/// The program's own template of that name.
#[must_use]
pub fn own(name: &str) -> Option<&'static str> {
    OWN.iter().find(|(own, _)| *own == name).map(|(_, text)| *text)
}

/// By the end of its name, as Tera decides what it escapes.
fn is_html(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|end| end == "html")
}

/// What is wrong with templates of a user, if anything: an unknown name, a mistake in one, or a way around the escaping.
///
/// # Errors
/// A sentence for the first such thing.
pub fn check(users: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, text) in users {
        if !is_known(name) {
            let known: Vec<&str> = OWN.iter().map(|(name, _)| *name).filter(|name| is_known(name)).collect();
            return Err(format!("{name} is no template of the report: there are {}", known.join(", ")));
        }
        if let Some(why) = refused(text) {
            return Err(format!("{name} {why}"));
        }
    }
    engine(users).map(|_| ()).map_err(|error| error.to_string())
}

/// Text from AWS is escaped wherever it is printed, in everybody's templates.
fn refused(text: &str) -> Option<&'static str> {
    let dense: String = text.split_whitespace().collect();
    dense.contains("|safe").then_some("uses the filter safe, which would switch the escaping off")
}

/// The templates, ready to print.
///
/// # Errors
/// When one of a user's is not understood.
pub fn engine(users: &BTreeMap<String, String>) -> Result<Tera, tera::Error> {
    let mut tera = Tera::default();
    tera.set_escape_fn(escape);
    // Whatever a template says, and however it says it.
    tera.register_filter("safe", |_: Value, _: Kwargs, _: &State| -> Result<Value, tera::Error> {
        Err(tera::Error::message("the filter safe is not there: everything that a report prints is escaped"))
    });
    let text = |name: &str, own: &'static str| users.get(name).map_or_else(|| own.to_owned(), Clone::clone);
    tera.add_raw_templates(OWN.iter().map(|(name, own)| (*name, text(name, own))))?;
    Ok(tera)
}

/// Markup as text, and what acts or hides spelled out.
pub fn escape(text: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let shown = visible(text);
    let mut plain = 0;
    for (i, byte) in shown.bytes().enumerate() {
        let entity: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            b'\'' => b"&#39;",
            _ => continue,
        };
        out.write_all(&shown.as_bytes()[plain..i])?;
        out.write_all(entity)?;
        plain = i + 1;
    }
    out.write_all(&shown.as_bytes()[plain..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_template_switches_the_escaping_off() {
        for (name, text) in OWN.iter().filter(|(name, _)| is_html(name)) {
            assert_eq!(refused(text), None, "{name}");
            assert!(!text.contains("style=\""), "{name}");
            assert_eq!(text.matches("<script").count(), usize::from(*name == "foot.html"), "{name}");
        }
    }

    #[test]
    fn markup_and_unseen_characters_are_escaped() {
        let mut out = Vec::new();
        escape("<b a='\"&\u{202e}", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "&lt;b a=&#39;&quot;&amp;⟨U+202E⟩");
    }

    #[test]
    fn a_template_of_a_user_has_a_known_name_and_escapes() {
        let with = |name: &str, text: &str| check(&BTreeMap::from([(name.to_owned(), text.to_owned())]));
        assert_eq!(with("nature.html", "<p>{{ r.title }}</p>"), Ok(()));
        for (name, text) in [
            ("nature.txt", "x"),
            ("report.css", "x"),
            ("../nature.html", "x"),
            ("nature.html", "{{ r.title | safe }}"),
            ("nature.html", "{{ get_env(name=\"HOME\") }}"),
            ("nature.html", "{% include \"/etc/passwd\" %}"),
            ("nature.html", "{% if %}"),
        ] {
            assert!(with(name, text).is_err(), "{name} {text}");
        }
    }
}
