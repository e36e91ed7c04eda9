//! Recorded answers from `tests/replies/<case>/`: `kms.DescribeKey_1.json` is the first answer to that call.
//!
//! The files keep the form in which cloud-custodian's placebo wrote down what AWS really said (status, data,
//! dates as objects), so that they can be compared with their source byte for byte; here they become what AWS
//! sends. The last file of an operation answers for all later calls.

use super::Reply;
use super::rules::{Rule, on};
use serde_json::{Value, json};
use std::path::Path;

/// The rules that answer as the files of a case say.
pub fn of_case(case: &str) -> Vec<Rule> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies").join(case);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    let operation = |name: &str| name.rsplit_once('_').map(|(o, _)| o.replacen('.', ":", 1));
    names.retain(|n| Path::new(n).extension().is_some_and(|e| e == "json"));
    assert!(!names.is_empty(), "{} holds no answers", folder.display());
    let mut rules = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let action = operation(name).expect("<service>.<Operation>_<n>.json");
        let before = names[..n].iter().filter(|o| operation(o).as_ref() == Some(&action)).count();
        let last = names.get(n + 1).and_then(|o| operation(o)).as_ref() != Some(&action);
        let text = std::fs::read_to_string(folder.join(name)).expect("a readable file");
        let reply = reply(&serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}")));
        let rule = on(&action).after(before);
        let rule = if last { rule } else { rule.first(1) };
        rules.push(rule.answers(reply.status, std::str::from_utf8(&reply.body).expect("JSON")));
    }
    rules
}

fn reply(recorded: &Value) -> Reply {
    let status = recorded["status_code"].as_u64().and_then(|s| u16::try_from(s).ok()).expect("a status");
    let mut data = recorded["data"].clone();
    data.as_object_mut().map(|fields| fields.remove("ResponseMetadata"));
    if status >= 300 {
        let error = &data["Error"];
        data = json!({ "__type": error["Code"], "message": error["Message"] });
    }
    Reply { status, ..Reply::json(&as_sent(&data)) }
}

/// Dates become the seconds since 1970 of AWS JSON.
fn as_sent(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.get("__class__").is_some_and(|c| c == "datetime") => {
            let part = |name: &str| fields.get(name).and_then(Value::as_u64).unwrap_or(0);
            let text = format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                part("year"),
                part("month"),
                part("day"),
                part("hour"),
                part("minute"),
                part("second"),
                part("microsecond")
            );
            let time = chrono::DateTime::parse_from_rfc3339(&text).expect("a date");
            #[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit")]
            let seconds = time.timestamp_micros() as f64 / 1e6;
            json!(seconds)
        }
        Value::Object(fields) => Value::Object(fields.iter().map(|(k, v)| (k.clone(), as_sent(v))).collect()),
        Value::Array(items) => Value::Array(items.iter().map(as_sent).collect()),
        other => other.clone(),
    }
}
