//! `docs/checks.md`, made of the table of checks; and what a page must have.

use super::peers::{PEERS, Peer, SHORT, Short};
use super::{ALL, Check};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The whole document.
fn document() -> String {
    let mut text = format!(
        "# Checks\n\n\
         This file is made from the table of checks (`src/checks`); `KEYWITNESS_WRITE=1 cargo test the_document_of_checks` \
         writes it anew. On a terminal: `keywitness checks list`, `keywitness checks show ID`.\n\n\
         A finding is `pass`, `fail`, `unknown` or `not_applicable`. What could not be read is `unknown`, with the call \
         that gave nothing; it is never a pass. Every finding names the places in the evidence that show it. Remedies \
         take what is yours from shell variables, such as `$STREAM` and `$KEY`; templates show the part that matters.\n\n\
         The tests run the commands of each remedy as they stand: before it the check fails, or is unknown where its rule \
         knows no failure; after it the check passes. An event of the past stays, and the next window passes. One is left \
         out where nobody asks for it (`tests/emulator/remedies.py --many`), since it takes hundreds of streams: {}. Most of \
         them are run against two emulators that others made. For these neither has what they change, and a stand-in of our \
         own answers (`tests/emulator/standin.py`), which follows AWS's documents; it shows that the commands do what those \
         say, and no more than that: {}.\n\n\
         There are {} checks.\n\n| check | asked of every | severity | passes when |\n| --- | --- | --- | --- |\n",
        listed_by_the_judge("MANY = {"),
        listed_by_the_judge("STAND_IN = {"),
        ALL.len()
    );
    for check in ALL {
        let (kind, severity) = (check.judge.kind().word(), check.severity.word());
        let _ = writeln!(text, "| [{0}](#{0}) | {kind} | {severity} | {1} |", check.id, check.title);
    }
    for check in ALL {
        page(&mut text, check);
    }
    tables(&mut text);
    text
}

/// The checks of a list that the judge of remedies keeps, as links: what a stand-in shows, what takes many streams.
fn listed_by_the_judge(start: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/emulator/remedies.py");
    let judge = std::fs::read_to_string(path).unwrap();
    let (_, list) = judge.split_once(&format!("\n{start}")).expect("its list");
    let (list, _) = list.split_once('}').expect("the end of its list");
    let ids = list.split(',').map(|id| id.trim().trim_matches('"')).filter(|id| !id.is_empty());
    ids.map(|id| format!("[{id}](#{id})")).collect::<Vec<_>>().join(", ")
}

/// What the study of the catalogs and other tools ask, and by which checks it is asked here.
fn tables(text: &mut String) {
    let asked = |checks: &[&str], instead: &str| match checks {
        [] => format!("not asked: {instead}"),
        some => some.iter().map(|id| format!("[{id}](#{id})")).collect::<Vec<_>>().join(", "),
    };
    text.push_str(
        "\n# The short names of the catalogs' study\n\n| short name | question | checks |\n| --- | --- | --- |\n",
    );
    for Short { name, question, checks, instead } in SHORT {
        let _ = writeln!(text, "| {name} | {question} | {} |", asked(checks, instead));
    }
    text.push_str(
        "\n# What other tools ask, and where it is asked here\n\nThe union of the checks of public tools, as studied in \
         November 2026. Where this program does not ask, it says why.\n",
    );
    for (service, list) in PEERS {
        let _ = write!(text, "\n## {service}\n\n| their ids | what they ask | here |\n| --- | --- | --- |\n");
        for Peer { ids, question, checks, instead } in *list {
            let _ = writeln!(text, "| {ids} | {question} | {} |", asked(checks, instead));
        }
    }
}

#[test]
fn the_tables_name_checks_that_exist_and_every_check_is_named() {
    let known: BTreeSet<&str> = ALL.iter().map(|c| c.id).collect();
    let short = SHORT.iter().map(|s| (s.checks, s.instead));
    let peers = PEERS.iter().flat_map(|(_, list)| list.iter().map(|p| (p.checks, p.instead)));
    let mut named = BTreeSet::new();
    for (checks, instead) in short.clone().chain(peers) {
        assert_eq!(checks.is_empty(), !instead.is_empty(), "{checks:?} {instead}");
        assert!(checks.iter().all(|id| known.contains(id)), "{checks:?}");
    }
    named.extend(short.flat_map(|(checks, _)| checks.iter().copied()));
    assert_eq!(known.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "without a short name");
}

fn page(text: &mut String, check: &Check) {
    let reads: Vec<String> = check.reads.iter().map(|r| format!("`{r}`")).collect();
    let _ = write!(
        text,
        "\n## {}\n\n**{}**\n\nPasses when: {}. Asked of every {}; severity {}; reads {}.\n\n*Why.* {}\n\n*How it is \
         decided.* {}\n\n*What it cannot see.* {}\n\n*Remedy.* {}\n",
        check.id,
        check.question,
        check.title,
        check.judge.kind().word(),
        check.severity.word(),
        reads.join(", "),
        check.why,
        check.decided,
        check.blind,
        check.remedy.what,
    );
    let forms =
        [("sh", check.remedy.cli), ("yaml", check.remedy.cloudformation), ("terraform", check.remedy.terraform)];
    for (language, form) in forms {
        let _ = write!(text, "\n```{language}\n{form}\n```\n");
    }
}

#[test]
fn the_document_of_checks_is_what_the_table_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md");
    let says = document();
    if std::env::var_os("KEYWITNESS_WRITE").is_some() {
        std::fs::write(&path, &says).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), says, "docs/checks.md is not what the table of checks says");
}

#[test]
fn a_page_begins_like_its_file() {
    for check in ALL {
        let file = format!("{}/src/checks/{}.rs", env!("CARGO_MANIFEST_DIR"), check.id.replace('-', "_"));
        let first = std::fs::read_to_string(&file).unwrap();
        assert_eq!(first.lines().next().unwrap(), format!("//! {}", check.question), "{file}");
        assert!(check.question.ends_with('?'), "{}", check.id);
        assert!(!check.title.ends_with('.'), "{}", check.id);
    }
}

#[test]
fn a_page_is_whole() {
    for check in ALL {
        for sentence in [check.why, check.decided, check.blind, check.remedy.what] {
            assert!(sentence.len() > 20 && sentence.ends_with('.'), "{}: {sentence}", check.id);
        }
    }
}

/// A form is a command or a template, or a comment that says why there is none.
#[test]
fn each_remedy_has_three_forms_that_can_be_read_by_their_tools() {
    for check in ALL {
        let id = check.id;
        let command = |l: &str| {
            let kept = l.split_once("=$(aws ").is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_uppercase()));
            kept || ["aws ", "keywitness ", "while aws ", "printf ", "openssl "]
                .iter()
                .any(|start| l.starts_with(start))
        };
        let cli: Vec<&str> = check.remedy.cli.lines().collect();
        assert!(cli.iter().all(|l| command(l) || l.starts_with('#') || l.starts_with("  ")), "{id}: {cli:?}");
        for form in [check.remedy.cli, check.remedy.cloudformation, check.remedy.terraform] {
            assert!(!form.trim().is_empty() && form.trim() == form && !form.contains('\t'), "{id}: {form}");
            assert_eq!(form.matches('{').count(), form.matches('}').count(), "{id}: {form}");
        }
        if !only_comments(check.remedy.cloudformation) {
            let options = serde_saphyr::Options::default();
            let parsed: Result<serde_json::Value, _> =
                serde_saphyr::from_str_with_options(check.remedy.cloudformation, options);
            let template = parsed.unwrap_or_else(|e| panic!("{id}: {e}"));
            let resources = template["Resources"].as_object().unwrap_or_else(|| panic!("{id}: no Resources"));
            for (name, resource) in resources {
                assert!(resource["Type"].as_str().is_some_and(|t| t.starts_with("AWS::")), "{id}: {name}");
            }
        }
        let terraform = check.remedy.terraform;
        assert!(only_comments(terraform) || terraform.contains("resource \""), "{id}: {terraform}");
    }
}

fn only_comments(form: &str) -> bool {
    form.lines().all(|l| l.starts_with('#'))
}
