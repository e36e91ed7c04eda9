//! Whether a record can have been written by a collector at all.
//!
//! Whoever edits records by hand gets the words right and the arithmetic wrong. Everything here is true of every record
//! that this program ever wrote, whatever AWS answered; so a record of which it is not true was made by somebody else.

use super::{Record, Run, operation};
use serde_json::Value;

/// What is impossible about a record of a run.
#[must_use]
pub fn faults(record: &Record, run: &Run) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut must = |right: bool, what: &'static str| {
        if !right {
            found.push(what);
        }
    };
    let attempts = &record.attempts;
    must(!attempts.is_empty(), "it has no attempt");
    must(attempts.first().is_none_or(|a| a.sent == record.sent), "it was not sent with its first attempt");
    must(attempts.last().is_none_or(|a| a.received == record.received), "it did not end with its last attempt");
    must(attempts.iter().all(|a| a.sent <= a.received), "an answer came before its question");
    must(attempts.is_sorted_by(|a, b| a.received <= b.sent), "its attempts overlap or are out of order");
    must(run.started <= record.sent && record.received <= run.ended, "it was made before or after the run");
    must(record.page > 0, "it has no page");
    let answered = record.status.is_some_and(|s| (200..300).contains(&s));
    let from_file = operation::is_file(&record.service, &record.operation) && record.status.is_none();
    must(answered || from_file || record.error.is_some(), "it has neither an answer nor an error");
    must(record.error.is_none() || record.body.is_null(), "it has both an answer and an error");
    let place = |pointer: &String| record.body.pointer(pointer).is_some_and(|v| v.is_string() || is_withheld(v));
    must(record.withheld.iter().all(place), "nothing is withheld at a place that it names as withheld");
    let mut marks = Vec::new();
    marked(&record.body, String::new(), &mut marks);
    must(marks.iter().all(|m| record.withheld.contains(m)), "a value is withheld that it does not name as withheld");
    found
}

/// What stands in place of a value that was withheld as a whole.
fn is_withheld(value: &Value) -> bool {
    value.as_object().is_some_and(|o| o.len() == 1 && o.get("withheld").is_some_and(Value::is_string))
}

/// The places of such values. The depth is what `serde_json` reads, 127.
fn marked(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        _ if is_withheld(value) => found.push(pointer),
        Value::Object(fields) => {
            for (name, inner) in fields {
                marked(inner, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                marked(inner, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    /// What is wrong then, the record, and the edit that makes it so.
    type Edit<'a> = (&'a str, &'a Record, Box<dyn Fn(&mut Record)>);

    /// Each defect is one edit of a record that is right.
    #[test]
    fn each_impossible_thing_is_found_and_no_possible_one() {
        let (run, records) = crate::store::parse(&samples::halcyon_parcels()).unwrap();
        for record in &records {
            assert_eq!(faults(record, &run), Vec::<&str>::new(), "{}", record.ev);
        }
        let answered = records.iter().find(|r| r.body.to_string().contains("{\"withheld\":"));
        let answered = answered.expect("an answer of which something was withheld");
        let failed = records.iter().find(|r| r.error.is_some()).expect("a call that failed");
        let late = run.ended + chrono::TimeDelta::seconds(1);
        let edits: [Edit<'_>; 11] = [
            ("no attempt", answered, Box::new(|r| r.attempts.clear())),
            ("was not sent", answered, Box::new(|r| r.sent -= chrono::TimeDelta::milliseconds(1))),
            ("did not end", answered, Box::new(|r| r.received += chrono::TimeDelta::milliseconds(1))),
            ("before its question", answered, Box::new(|r| r.attempts[0].received -= chrono::TimeDelta::hours(1))),
            ("overlap", answered, Box::new(|r| r.attempts.push(r.attempts[0].clone()))),
            (
                "before or after the run",
                answered,
                Box::new(move |r| {
                    r.received = late;
                    r.attempts[0].received = late;
                }),
            ),
            ("no page", answered, Box::new(|r| r.page = 0)),
            ("neither", answered, Box::new(|r| r.status = Some(500))),
            ("both", failed, Box::new(|r| r.body = serde_json::json!({}))),
            ("nothing is withheld", answered, Box::new(|r| r.withheld.push("/nowhere".to_owned()))),
            ("does not name", answered, Box::new(|r| r.withheld.clear())),
        ];
        for (words, record, edit) in edits {
            let mut record = record.clone();
            edit(&mut record);
            let found = faults(&record, &run);
            assert!(found.iter().any(|f| f.contains(words)), "{words}: {found:?}");
        }
    }
}
