//! The counts of the log files under `tests/trail-logs`, held against a reckoning of the same records that was made with
//! another program: `counts.json` beside them.

use super::{Gunzip, Usage};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn logs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            logs(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "gz") {
            found.push(path);
        }
    }
}

#[test]
fn the_counts_of_real_log_files_are_those_of_another_reckoning_in_every_field() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trail-logs");
    let truth: Value = serde_json::from_slice(&std::fs::read(folder.join("counts.json")).unwrap()).unwrap();
    let mut files = Vec::new();
    logs(&folder, &mut files);
    // Counted by one, and by two who share the files and are put together in the other order.
    for threads in [1, 2] {
        let mut parts: Vec<Usage> = (0..threads).map(|_| Usage::default()).collect();
        let mut gunzip = Gunzip::default();
        for (at, file) in files.iter().enumerate() {
            parts[at % threads].add_packed(&file.to_string_lossy(), &std::fs::read(file).unwrap(), &mut gunzip);
        }
        let mut usage = parts.pop().unwrap();
        for part in parts {
            usage.merge(part);
        }
        assert!(usage.all_read());
        let summary = serde_json::to_value(usage.summary()).unwrap();
        assert_eq!((&summary["files"], &summary["events"]), (&truth["files"], &truth["events"]));
        let fields = ["events", "unique_events", "by_event_name", "by_principal", "error_codes", "first", "last"];
        let counted = summary["keys"].as_object().unwrap();
        let names: Vec<&String> = counted.keys().collect();
        assert_eq!(names, truth["keys"].as_object().unwrap().keys().collect::<Vec<_>>());
        for (key, group) in counted {
            let of = |group: &Value| fields.map(|field| (field, group.get(field).cloned().unwrap_or(json!(null))));
            assert_eq!(of(group), of(&truth["keys"][key]), "{key}");
        }
    }
}
