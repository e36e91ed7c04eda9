//! Every command in the book is run, in the order of its page; every other one is at least understood.
//!
//! A block that is fenced as `console` holds lines that begin with `$`. They run in one shell, in a folder of their own,
//! with the real program and a scripted AWS behind `AWS_ENDPOINT_URL`. A line ends with 0, unless it says `# exit 3`. The
//! account refuses one call, as accounts do.

use crate::aws::members::Members;
use crate::aws::rules::on;
use crate::aws::world::IRELAND;
use crate::aws::{Aws, World};
use crate::program::keywitness;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pages of the book, by its table of contents.
fn pages() -> Vec<String> {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).expect("the table of contents");
    let pages = summary.lines().filter_map(|line| Some(line.split_once("](")?.1.split_once(')')?.0.to_owned()));
    pages.collect()
}

fn text(page: &str) -> String {
    fs::read_to_string(docs().join(page)).unwrap_or_else(|e| panic!("{page}: {e}"))
}

/// The commands of a page and how each ends.
fn commands(text: &str) -> Vec<(String, i32)> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            let (command, code) = command.split_once(" # exit ").unwrap_or((command, "0"));
            commands.push((command.to_owned(), code.trim().parse().expect("an exit code")));
        }
    }
    commands
}

fn account(n: u32) -> World {
    let mut world = World::empty();
    let key = world.add_key(IRELAND, "orders");
    world.add_stream(IRELAND, &format!("orders-{n}")).encrypt(&key);
    world.add_trail(IRELAND, "main");
    world
}

fn run(page: &str) {
    let commands = commands(&text(page));
    if commands.is_empty() {
        return;
    }
    let mut world = account(0);
    world.members = Members {
        worlds: (1..=2).map(|n| (format!("20000000000{n}"), account(n))).collect(),
        off: vec!["me-south-1".to_owned()],
        ..Members::default()
    };
    let aws = Aws::scripted(world, [on("kms:ListAliases").denied()]);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let bin = folder.path().join("bin");
    let work = folder.path().join("work");
    for new in [&bin, &work] {
        fs::create_dir(new).expect("a new folder");
    }
    // A loopback has no quotas to keep; the plan is asked as it stands in the book.
    let program = env!("CARGO_BIN_EXE_keywitness");
    let shim = format!(
        "#!/bin/sh\ncase \"$*\" in *--plan*) exec {program} \"$@\";; esac\n\
         case \"$1\" in run|collect|init) exec {program} \"$@\" --no-rate-limit;; *) exec {program} \"$@\";; esac\n"
    );
    let path = bin.join("keywitness");
    fs::write(&path, shim).expect("a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, mode).expect("an executable script");
    let mut script = String::new();
    for (command, code) in &commands {
        let told = command.replace('\'', "'\\''");
        script.push_str(&format!(
            "{command}\ncode=$?\n[ $code = {code} ] || {{ echo \"ended with $code and not {code}:\" '{told}' >&2; exit 99; }}\n"
        ));
    }
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&work)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("HOME", folder.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_ENDPOINT_URL", aws.url())
        .output()
        .expect("bash");
    let (said, seen) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{page}: {said}\n{seen}");
}

macro_rules! page {
    ($name:ident, $page:literal) => {
        #[test]
        fn $name() {
            run($page);
        }
    };
}
page!(quick_start, "quick-start.md");
page!(a_quarterly_audit, "quarterly-audit.md");
page!(many_accounts, "accounts.md");
page!(scheduling, "scheduling.md");
page!(permissions, "permissions.md");
page!(questions, "faq.md");
page!(verifying, "verifying.md");
page!(installing, "installing.md");

#[test]
fn every_page_with_commands_has_its_test() {
    let source = include_str!("book.rs");
    for page in pages() {
        let tested = source.contains(&format!(", \"{page}\");"));
        assert!(tested || commands(&text(&page)).is_empty(), "{page} has commands that no test runs");
    }
}

/// The options that a command of this program takes, by its own help.
fn understood(line: &str) -> Result<(), String> {
    let line = line.split(" # ").next().unwrap_or(line).split("   ").next().unwrap_or(line);
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let names =
        words.iter().take_while(|w| w.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !w.starts_with('-'));
    let mut command: Vec<&str> = names.copied().collect();
    loop {
        let outcome = keywitness(command.iter().copied().chain(["--help"])).done();
        if outcome.code == 0 {
            let options = words.iter().filter(|w| w.starts_with("--"));
            for option in options {
                let name = option.split(['=', ')', '`', ',']).next().unwrap_or(option);
                if !outcome.stdout.contains(name) {
                    return Err(format!("{command:?} has no {name}"));
                }
            }
            return Ok(());
        }
        if command.pop().is_none() {
            return Err("no such command".to_owned());
        }
    }
}

#[test]
fn commands_that_are_only_shown_have_options_that_exist() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (page, text) in pages()
        .into_iter()
        .map(|p| (p.clone(), text(&p)))
        .chain([("README.md".to_owned(), fs::read_to_string(readme).expect("README"))])
    {
        for line in text.lines().filter_map(|line| line.strip_prefix("    ")).filter(|l| l.starts_with("keywitness ")) {
            seen += 1;
            if let Err(why) = understood(line) {
                wrong.push(format!("{page}: {line}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty() && seen > 3, "{seen} seen: {wrong:#?}");
}
