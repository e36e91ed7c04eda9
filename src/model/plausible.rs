//! Whether a record can have been written by a collector at all.
//!
//! Whoever edits records by hand gets the words right and the arithmetic wrong. Everything here is true of every record
//! that this program ever wrote, whatever AWS answered; so a record of which it is not true was made by somebody else.

use super::run::{Endpoint, is_aws};
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
    let last = attempts.last();
    must(last.is_none_or(|a| a.status == record.status), "its status is not that of its last attempt");
    let code = record.error.as_ref().map(|e| &e.code);
    must(last.is_none_or(|a| a.error.as_ref() == code), "its error is not that of its last attempt");
    must(run.started <= record.sent && record.received <= run.ended, "it was made before or after the run");
    must(record.page > 0, "it has no page");
    let answered = record.status.is_some_and(|s| (200..300).contains(&s));
    let from_file = operation::is_file(&record.service, &record.operation) && record.status.is_none();
    must(answered || from_file || record.error.is_some(), "it has neither an answer nor an error");
    must(record.error.is_none() || record.body.is_null(), "it has both an answer and an error");
    // Most answers name no place and hold no mark: those are not parsed for it.
    let marks_any = record.body.text().contains("\"withheld\"");
    let body = if marks_any || !record.withheld.is_empty() { record.body.value() } else { Value::Null };
    let place = |pointer: &String| body.pointer(pointer).is_some_and(|v| v.is_string() || is_withheld(v));
    must(record.withheld.iter().all(place), "nothing is withheld at a place that it names as withheld");
    let mut marks = Vec::new();
    marked(&body, String::new(), &mut marks);
    must(marks.iter().all(|m| record.withheld.contains(m)), "a value is withheld that it does not name as withheld");
    found
}

/// The first page of a listing that does not go on where the page before it ended; the records stand in their order.
///
/// A page is asked for with what the page before it gave: its token, or the last name of its list. So a page cannot be
/// taken out of the middle and the rest numbered anew. (The end is looked after elsewhere: a last page that promises more
/// is a gap.)
#[must_use]
pub fn loose_page(records: &[Record]) -> Option<(&Record, &'static str)> {
    records.iter().enumerate().find_map(|(at, record)| {
        let paging = operation::find(&record.service, &record.operation)?.paging;
        let turned = paging.iter().find_map(|name| record.parameter(name));
        let what = match (record.page, turned) {
            _ if paging.is_empty() => return None,
            (1, None) => return None,
            (1, Some(_)) => "it is the first page of a listing and was asked for as a later one",
            (_, None) => "it is a later page of a listing and was asked for as the first one",
            (_, Some(turned)) if follows(record, turned, &records[..at]) => return None,
            (_, Some(_)) => "the page before it does not lead to it",
        };
        Some((record, what))
    })
}

/// The first account that was read and of whose caller no record tells, or another one than the head names.
///
/// Everything begins with that call: without an answer there is nothing to read. (An answer that could not be written down
/// leaves its failure.)
#[must_use]
pub fn unnamed_caller(run: &Run, records: &[Record]) -> Option<String> {
    let asked = &operation::GET_CALLER_IDENTITY;
    let told = |r: &&Record| r.service == asked.service && r.operation == asked.name;
    let told: Vec<&Record> = records.iter().filter(told).collect();
    let read = run.accounts.iter().filter(|a| a.regions.iter().any(|r| a.unread.iter().all(|gap| gap.region != *r)));
    read.into_iter().find_map(|account| {
        let of_account = told.iter().filter(|r| r.account == account.account);
        let named = |r: &&&Record| {
            let body = r.body.value();
            let answer = &body["GetCallerIdentityResponse"]["GetCallerIdentityResult"];
            answer["Arn"] == account.caller.as_str() && answer["Account"] == account.account.as_str()
        };
        let fits = of_account.into_iter().any(|r| r.error.is_some() || named(&r));
        (!fits).then(|| format!("no record says that {} was read as {}", account.account, account.caller))
    })
}

/// An endpoint that the head calls AWS's own and that is not, or the other way round.
#[must_use]
pub fn miscalled_endpoint(run: &Run) -> Option<&Endpoint> {
    run.endpoints().find(|endpoint| endpoint.aws != is_aws(&endpoint.url))
}

/// Whether one of the pages before gives what a page was asked for with. In a joined run a listing may stand there twice.
fn follows(record: &Record, turned: &str, before: &[Record]) -> bool {
    let (question, order) =
        (record.question(), |r: &Record| (r.account.clone(), r.region.clone(), r.operation.clone()));
    let before = before.iter().rev().take_while(|r| order(r) == order(record) && r.question() == question);
    before
        .skip_while(|r| r.page >= record.page)
        .take_while(|r| r.page + 1 == record.page)
        .any(|r| names(&r.body.value(), turned))
}

/// Whether a text stands anywhere in an answer.
fn names(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found == text,
        Value::Array(items) => items.iter().any(|v| names(v, text)),
        Value::Object(fields) => fields.values().any(|v| names(v, text)),
        _ => false,
    }
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
    use super::super::Ev;
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
        let edits: [Edit<'_>; 14] = [
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
            ("status is not", answered, Box::new(|r| r.attempts[0].status = Some(300))),
            ("error is not", answered, Box::new(|r| r.attempts[0].error = Some("x".to_owned()))),
            ("error is not", failed, Box::new(|r| r.attempts.iter_mut().for_each(|a| a.error = None))),
            ("neither", answered, Box::new(|r| r.status = Some(500))),
            ("both", failed, Box::new(|r| r.body = serde_json::json!({}).into())),
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

    #[test]
    fn a_page_goes_on_where_the_one_before_it_ended() {
        let (_, records) = crate::store::parse(&samples::halcyon_parcels()).unwrap();
        assert_eq!(loose_page(&records), None);
        let alone = records.iter().find(|r| r.operation == "ListDeliveryStreams").expect("a list of streams");
        let page = |number: u32, start: Option<&str>, names: &[&str]| {
            let mut record = Record { ev: Ev(number), page: number, ..alone.clone() };
            let mut asked = record.parameters.map();
            asked.extend(start.map(|s| ("ExclusiveStartDeliveryStreamName".to_owned(), s.into())));
            record.parameters = asked.into();
            record.body =
                serde_json::json!({ "DeliveryStreamNames": names, "HasMoreDeliveryStreams": number < 3 }).into();
            record
        };
        let [one, two, three] = [page(1, None, &["a", "b"]), page(2, Some("b"), &["c"]), page(3, Some("c"), &["d"])];
        let list = |pages: &[&Record]| pages.iter().map(|r| (*r).clone()).collect::<Vec<_>>();
        assert_eq!(loose_page(&list(&[&one, &two, &three])), None);
        assert_eq!(loose_page(&list(&[&one, &one, &two, &two, &three])), None, "a listing that stands there twice");
        assert_eq!(loose_page(&list(&[&one, &two])), None, "the promise of more is a gap, and told there");
        let renumbered = Record { page: 2, ..three.clone() };
        let turned = Record { page: 1, ..two.clone() };
        let unasked = page(2, None, &["c"]);
        for (pages, words) in [
            (list(&[&one, &renumbered]), "does not lead to it"),
            (list(&[&one, &three]), "does not lead to it"),
            (list(&[&turned]), "first page"),
            (list(&[&one, &unasked]), "later page"),
        ] {
            assert!(loose_page(&pages).is_some_and(|(_, what)| what.contains(words)), "{words}");
        }
    }

    #[test]
    fn who_asked_is_in_the_records() {
        let (run, records) = crate::store::parse(&samples::halcyon_parcels()).unwrap();
        assert_eq!(unnamed_caller(&run, &records), None);
        let mut without = records.clone();
        without.retain(|r| r.operation != "GetCallerIdentity");
        assert!(unnamed_caller(&run, &without).is_some_and(|why| why.contains("111122223333")));
        let mut other = run.clone();
        other.accounts[0].caller.push('x');
        assert!(unnamed_caller(&other, &records).is_some());
        assert_eq!(miscalled_endpoint(&run), None);
        for url in ["http://kms.eu-west-1.amazonaws.com", "https://127.0.0.1:4566"] {
            other.accounts[0].endpoints[0].url = url.to_owned();
            assert!(miscalled_endpoint(&other).is_some_and(|e| e.url == url));
        }
    }
}
