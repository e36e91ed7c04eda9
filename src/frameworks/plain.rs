//! What the YAML reader says, in words for somebody who writes a first catalog, with what to do.

use super::validate::nearest;

/// The message in plain words, and a hint where one helps.
pub(super) fn words(said: &str) -> (String, Option<String>) {
    let hint = |text: &str| Some(text.to_owned());
    if let Some((field, known)) = named(said, "unknown field `") {
        return (format!("there is no field {field} here"), Some(one_of(&field, &known)));
    }
    if let Some((word, known)) = named(said, "unknown variant `") {
        return (format!("the word {word} cannot stand here"), Some(one_of(&word, &known)));
    }
    if let Some((field, _)) = named(said, "missing field `") {
        let why = "write it, with the same indentation as its neighbours; docs/catalogs.md says what it means";
        return (format!("the field {field} is missing"), hint(why));
    }
    if let Some(rest) = said.strip_prefix("duplicate mapping key: ") {
        let field = rest.split(", set ").next().unwrap_or(rest);
        return (format!("the field {field} stands twice"), hint("keep one of the two"));
    }
    let helped: &[(&str, &str, &str)] = &[
        ("strict mode expects true/false", "this must be yes or no", "write true or false, without quotes"),
        ("tabs disallowed", "a tab stands where blanks must", "YAML allows no tabs for indentation: write blanks"),
        ("found a tab", "a tab stands where blanks must", "YAML allows no tabs for indentation: write blanks"),
        (
            "mapping values are not allowed",
            "a colon stands where none can",
            "put the text in double quotes: a text with \": \" in it needs them",
        ),
        (
            "unexpected end of input",
            "the file holds nothing",
            "begin with schema_version: 1; docs/catalogs.md has a whole one",
        ),
        (
            "expected mapping start",
            "fields are expected here, and there are none",
            "write fields as name: value; docs/catalogs.md has a whole catalog",
        ),
        (
            "expected sequence start",
            "a list is expected here",
            "write [one, two], or one item a line, each with \"- \" before it",
        ),
        ("anchor", "anchors and aliases are not read", "write the value out in each place"),
        ("alias", "anchors and aliases are not read", "write the value out in each place"),
        ("merge", "merges (<<) are not read", "write the fields out in each place"),
        ("depth", "lists or fields are nested too deeply", "a catalog needs eight levels; more than 32 are not read"),
        ("nesting", "lists or fields are nested too deeply", "a catalog needs eight levels; more than 32 are not read"),
    ];
    let found = helped.iter().find(|(piece, _, _)| said.to_lowercase().contains(piece));
    found.map_or_else(|| (said.to_owned(), None), |(_, message, what)| ((*message).to_owned(), hint(what)))
}

/// The name after a known beginning, and the names that could stand there.
fn named(said: &str, beginning: &str) -> Option<(String, Vec<String>)> {
    let (name, rest) = said.strip_prefix(beginning)?.split_once('`')?;
    let known = rest.rsplit_once("expected ").map_or("", |(_, list)| list);
    let known = known.trim_start_matches("one of ").split(", ").map(|k| k.trim_matches('`').trim().to_owned());
    Some((name.to_owned(), known.filter(|k| !k.is_empty()).collect()))
}

fn one_of(word: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest(word, &known).unwrap_or_else(|| format!("here can stand: {}", known.join(", ")))
}
