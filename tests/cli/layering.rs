//! A stage uses `model` and no other stage; only `commands` joins stages.
//!
//! Everything else that is good about the layout follows from this one rule, and no compiler keeps it.

use std::collections::BTreeSet;
use std::path::Path;

/// What each top-level module of `src/` may name after `crate::`; `*` is anything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("collect", &["model", "clock"]),
    ("snapshot", &["model"]),
    ("store", &["model"]),
    ("policy", &["model"]),
    ("checks", &["model", "policy"]),
    ("frameworks", &["model"]),
    ("assess", &["model"]),
    ("render", &["model"]),
    ("pack", &["model"]),
    ("archive", &["model"]),
    ("cli", &["model"]),
    ("config", &["model", "cli"]),
    ("error", &["*"]),
    ("commands", &["*"]),
    ("lib", &["*"]),
    ("main", &["*"]),
];

fn modules() -> Vec<(String, String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    crate::program::walk(&source, &mut |path| {
        let relative = path.strip_prefix(&source).expect("below src").to_str().expect("UTF-8").to_owned();
        let top = relative.split('/').next().unwrap_or("").trim_end_matches(".rs").to_owned();
        if Path::new(&relative).extension().is_some_and(|e| e == "rs") {
            files.push((relative, top, std::fs::read_to_string(path).expect("source text")));
        }
    });
    files
}

/// The top-level modules that a source text names after `crate::`, braces included.
fn used(source: &str) -> BTreeSet<String> {
    let code = source.lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        used.insert(first_word(&word));
                        word.clear();
                    }
                    c if depth == 0 => word.push(c),
                    _ => {}
                }
            }
            used.insert(first_word(&word));
        } else {
            used.insert(first_word(rest));
        }
    }
    used.remove("");
    used
}

fn first_word(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn the_reader_of_paths_sees_through_braces_and_comments() {
    let text = "use crate::model::{self, Finding};\nuse crate::{clock, render::{view, html}};\n// crate::pack\nfn f() { crate::store::g() }";
    let expected = ["clock", "model", "render", "store"].map(str::to_owned);
    assert_eq!(used(text), BTreeSet::from(expected));
}

#[test]
fn a_stage_uses_the_model_and_no_other_stage() {
    let mut broken = Vec::new();
    for (file, top, text) in modules() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == top) else {
            broken.push(format!("src/{file}: {top} has no line in the table of this test"));
            continue;
        };
        for name in used(&text) {
            let fine = name == top || allowed.contains(&name.as_str()) || allowed.contains(&"*");
            if !fine {
                broken.push(format!("src/{file} uses crate::{name}, which {top} may not"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_stage_leaves_itself_by_super() {
    for (file, top, text) in modules() {
        let levels = file.matches('/').count() + usize::from(!file.ends_with("mod.rs"));
        // A test module inside a file is one level deeper and leaves nothing.
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        let leaves = code.contains(&"super::".repeat(levels.max(1)));
        assert!(!leaves || matches!(top.as_str(), "commands" | "lib" | "main"), "src/{file} climbs out by super::");
    }
}

#[test]
fn only_collect_and_archive_speak_to_aws() {
    for (file, top, text) in modules() {
        let speaks = text.lines().any(|l| {
            let code = l.split("//").next().unwrap_or("");
            code.contains("aws_sdk_") || code.contains("aws_config::")
        });
        assert!(!speaks || top == "collect" || top == "archive", "src/{file} uses the SDK");
    }
}
