//! A stage uses `model` and no other stage; only `commands` joins stages.
//!
//! Everything else that is good about the layout follows from this one rule, and no compiler keeps it.

use std::collections::BTreeSet;
use std::path::Path;

/// What each top-level module of `src/` may name after `crate::`; `*` is anything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    // Where a test kills the program.
    ("failpoint", &[]),
    ("wire", &["model"]),
    ("collect", &["model", "clock", "failpoint", "wire"]),
    ("snapshot", &["model"]),
    ("store", &["model", "failpoint"]),
    ("policy", &["model"]),
    ("checks", &["model", "policy"]),
    ("analysis", &["model", "policy"]),
    ("frameworks", &["model"]),
    ("lineage", &["model"]),
    ("samples", &["model"]),
    ("assess", &["model"]),
    ("sampling", &["model"]),
    ("share", &["model"]),
    ("render", &["model"]),
    ("export", &["model"]),
    ("pack", &["model", "failpoint"]),
    ("seal", &["model"]),
    ("archive", &["model", "failpoint", "wire"]),
    ("trail", &["model"]),
    // Who may use a key is asked of the evaluator of key policies.
    ("period", &["model", "policy"]),
    ("cli", &["model"]),
    // What was typed becomes a plan of the collector, or an error.
    ("config", &["model", "cli", "collect", "error"]),
    ("error", &["*"]),
    ("commands", &["*"]),
    ("lib", &["*"]),
    ("main", &["*"]),
];

/// Path, top-level module and code of every file of `src/`. Tests are left out: they may join stages.
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
    let tests: BTreeSet<String> = files.iter().flat_map(|(file, _, text)| test_files(file, text)).collect();
    files.retain(|(file, _, _)| !tests.contains(file));
    for (_, _, text) in &mut files {
        // A test module within a file is the last thing in it.
        let end = text.find("mod tests {").unwrap_or(text.len());
        text.truncate(end);
    }
    files
}

/// The files that a module has for its tests only: `#[cfg(test)] mod name;`, whoever may see it.
fn test_files(file: &str, text: &str) -> Vec<String> {
    let folder = match file.strip_suffix("mod.rs") {
        Some(folder) => folder.to_owned(),
        None => format!("{}/", file.trim_end_matches(".rs")),
    };
    let tests_only = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.split_once(';'));
    let declared = tests_only.filter_map(|(item, rest)| {
        let item = item.strip_prefix("pub(crate) ").unwrap_or(item);
        Some((item.strip_prefix("mod ")?, rest))
    });
    declared.filter(|(name, _)| !name.contains(' ')).map(|(name, _)| format!("{folder}{name}.rs")).collect()
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
        let leaves = text.contains(&"super::".repeat(levels.max(1)));
        assert!(!leaves || matches!(top.as_str(), "commands" | "lib" | "main"), "src/{file} climbs out by super::");
    }
}

#[test]
fn only_collect_seal_and_archive_speak_to_aws() {
    for (file, top, text) in modules() {
        let speaks = text.lines().any(|l| {
            let code = l.split("//").next().unwrap_or("");
            code.contains("aws_sdk_") || code.contains("aws_config::")
        });
        assert!(!speaks || ["collect", "seal", "archive", "wire"].contains(&top.as_str()), "src/{file} uses the SDK");
    }
}
