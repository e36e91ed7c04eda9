//! The commands that README and book only show, in blocks that are indented by four blanks, run as well: with real things
//! under the names that they use. Those that are fenced as `console` run in `book.rs`.

use crate::authority::{Authority, Keys, Mood};
use crate::aws::rules::Rule;
use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, World};
use crate::s3::S3;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pages of which the tests below run every such command.
const PAGES: [&str; 10] = [
    "README.md",
    "docs/archive.md",
    "docs/athena.md",
    "docs/catalogs.md",
    "docs/cloudtrail-logs.md",
    "docs/customer-edition.md",
    "docs/declarations.md",
    "docs/key-policies.md",
    "docs/sampling.md",
    "docs/templates.md",
];

/// What is shown and not run here, and why. The remedies in `docs/checks.md` are run by `tests/emulator/remedies.py`,
/// `remedies_moto.py` and `remedies_standin.py`.
const LEFT: [(&str, &str, &str); 9] = [
    ("README.md", "cargo run --release -- demo", "builds for minutes; benches/first-pack runs it, `demo` runs below"),
    ("README.md", "tests/run", "is what runs this test"),
    (
        "docs/cloudtrail-logs.md",
        "aws s3api head-object --bucket B --key KEY > KEY.meta.json",
        "needs AWS's own program",
    ),
    (
        "docs/cloudtrail-logs.md",
        "aws cloudtrail list-public-keys --region R --start-time T --end-time T > keys.json",
        "needs AWS's own program",
    ),
    ("docs/installing.md", "cargo install --locked --path .", "installs; tests/run builds the same"),
    ("docs/installing.md", "cargo install --locked --path . --profile dist", "installs, after a longer build"),
    ("docs/installing.md", "rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl", "installs"),
    ("docs/installing.md", "deploy/release.sh", "builds for minutes; deploy.rs runs it with a cargo that does not"),
    ("docs/installing.md", "mdbook build docs", "needs mdBook"),
];

/// How a line begins that is a command.
const PROGRAMS: [&str; 19] = [
    "aws ",
    "bash ",
    "benches/",
    "cargo ",
    "curl ",
    "deploy/",
    "docker ",
    "git ",
    "keywitness ",
    "mdbook ",
    "node ",
    "npm ",
    "openssl ",
    "pip ",
    "printf ",
    "python3 ",
    "rustup ",
    "sha256sum ",
    "tests/",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|e| panic!("{page}: {e}"))
}

/// The command of a line, without the remark behind three blanks or ` # `.
fn bare(line: &str) -> &str {
    line.split("   ").next().unwrap_or(line).split(" # ").next().unwrap_or(line).trim_end()
}

/// The indented commands of a page.
fn shown(page: &str) -> Vec<String> {
    let text = text(page);
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    lines.filter(|l| l.starts_with("keywitness ")).map(|l| bare(l).to_owned()).collect()
}

/// Every command in a block of any kind but `console`, whose lines `book.rs` runs.
fn all_shown(page: &str) -> Vec<String> {
    let (mut found, mut fence) = (Vec::new(), None);
    for line in text(page).lines() {
        let mark = line.trim_start();
        if let Some(language) = mark.strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(language.to_owned()) };
            continue;
        }
        let line = match &fence {
            Some(language) if language == "console" => continue,
            Some(_) => line,
            None => match line.strip_prefix("    ") {
                Some(line) => line,
                None => continue,
            },
        };
        let line = line.strip_prefix("$ ").unwrap_or(line);
        if PROGRAMS.iter().any(|p| line.starts_with(p)) {
            found.push(bare(line).to_owned());
        }
    }
    found
}

#[test]
fn every_command_that_is_shown_is_run_or_named_with_a_reason() {
    let docs = fs::read_dir(root().join("docs")).expect("the book").map(|e| e.expect("an entry").path());
    let pages = docs.filter(|p| p.extension().is_some_and(|e| e == "md"));
    let names: BTreeSet<String> =
        pages.map(|p| format!("docs/{}", p.file_name().expect("a name").to_string_lossy())).collect();
    let contents = text("docs/SUMMARY.md");
    let (mut left, mut wrong) = (BTreeSet::new(), Vec::new());
    for page in names.iter().map(String::as_str).chain(["README.md"]).filter(|p| *p != "docs/SUMMARY.md") {
        let name = page.trim_start_matches("docs/");
        if page != "README.md" && !contents.contains(&format!("({name})")) {
            wrong.push(format!("{page} is not in the book"));
        }
        let own = shown(page);
        let run = if PAGES.contains(&page) { own.as_slice() } else { &[] };
        for command in all_shown(page) {
            let reason = LEFT.iter().position(|(p, c, _)| *p == page && *c == command);
            left.extend(reason);
            let program = |name: &&str| command.starts_with(*name);
            let remedy = page == "docs/checks.md" && ["aws ", "openssl ", "printf "].iter().any(program);
            let rank = page == "docs/sampling.md" && command.starts_with("printf ");
            if reason.is_none() && !remedy && !rank && !run.contains(&command) {
                wrong.push(format!("{page}: no test runs: {command}"));
            }
        }
    }
    let gone = (0..LEFT.len()).filter(|n| !left.contains(n)).map(|n| format!("no page shows {:?} any more", LEFT[n]));
    wrong.extend(gone);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A folder in which everything exists that the pages name.
struct Scene {
    place: tempfile::TempDir,
    aws: Aws,
    s3: S3,
    authority: Authority,
    script: String,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::of_one_stream();
        world.place("eu-central-1");
        Self::of(world, [])
    }

    fn of(world: World, rules: impl IntoIterator<Item = Rule>) -> Self {
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        for folder in ["bin", "work", ".aws"] {
            fs::create_dir(place.path().join(folder)).expect("a new folder");
        }
        let scene = Self {
            place,
            aws: Aws::scripted(world, rules),
            s3: S3::start([]),
            authority: Authority::start(Keys::P256, Mood::Honest),
            script: String::new(),
        };
        let profile = "[profile auditor]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n";
        fs::write(scene.place.path().join(".aws/config"), profile).expect("a profile");
        // A loopback has no quotas to keep, and one small catalog makes a report as well as all of them.
        let program = env!("CARGO_BIN_EXE_keywitness");
        let s3 = scene.s3.url();
        let shim = format!(
            "#!/bin/sh\ncase \"$1 $2\" in\nrun*--catalog*) exec {program} \"$@\" --no-rate-limit;;\n\
             run*) exec {program} \"$@\" --no-rate-limit --catalog house-baseline --archive-endpoint-url {s3};;\n\
             init*--from*) exec {program} \"$@\";;\ninit*|collect*) exec {program} \"$@\" --no-rate-limit;;\n\
             archive*) exec {program} \"$@\" --endpoint-url {s3} --region {IRELAND};;\n*) exec {program} \"$@\";;\nesac\n"
        );
        let path = scene.place.path().join("bin/keywitness");
        fs::write(&path, shim).expect("a script");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&path, mode).expect("an executable script");
        scene
    }

    fn work(&self) -> PathBuf {
        self.place.path().join("work")
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    /// A line that must end with one of these codes.
    fn ends(&mut self, command: &str, codes: &str) {
        let told = command.replace('\'', "'\\''");
        self.script.push_str(&format!(
            "{command}\ncode=$?\ncase $code in {codes}) ;; *) echo \"ended with $code and not {codes}:\" '{told}' >&2; exit 99;; esac\n"
        ));
    }

    /// A line that must end with this code.
    fn line(&mut self, command: &str, code: i32) {
        self.ends(command, &code.to_string());
    }

    /// The lines of a page, with other words in the place of those that stand for something.
    fn page(&mut self, page: &str, words: &[(&str, &str)], codes: &[i32]) {
        let lines = shown(page);
        assert_eq!(lines.len(), codes.len(), "{page} shows {lines:#?}");
        for (line, code) in lines.iter().zip(codes) {
            let mut line = line.replace(['[', ']', '…'], "");
            for (word, thing) in words {
                line = line.replace(word, thing);
            }
            // A snapshot gives its pack one name; nothing is ever written over.
            if line.starts_with("keywitness report ") {
                self.line("rm -rf keywitness-*", 0);
            }
            self.line(&line, *code);
        }
    }

    fn run(self) {
        let output = Command::new("bash")
            .args(["-c", &self.script])
            .current_dir(self.work())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.place.path().join("bin").display()))
            .env("HOME", self.place.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("AWS_REGION", IRELAND)
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .output()
            .expect("bash");
        let (said, seen) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{said}\n{seen}");
    }
}

/// The one folder that a command left with such a name gets the name that pages use.
fn named(pattern: &str, name: &str) -> String {
    format!("rm -rf {name}; mv {pattern} {name}")
}

#[test]
fn the_readme_and_the_pages_about_seals_and_archives() {
    let mut scene = Scene::new();
    fs::copy(scene.authority.root(), scene.work().join("tsa-root.pem")).expect("a certificate");
    scene.line("keywitness demo", 0);
    scene.line(&named("keywitness-*", "LAST-QUARTER"), 0);
    let tsa = scene.authority.url();
    let lines = shown("README.md");
    let [run, keygen, sealed, verify] = lines.as_slice() else { panic!("the README shows {lines:#?}") };
    scene.line(run, 0);
    scene.line("rm -rf keywitness-*", 0);
    scene.line(keygen, 0);
    scene.line(&sealed.replace("http://tsa.example.com/", &tsa), 0);
    scene.line("named=$(ls -d keywitness-*)", 0);
    scene.line(&named("keywitness-*", "PACK"), 0);
    scene.line(verify, 0);
    // The receipt has the name that a pack was made with.
    scene.line("cp seal.pub.pem signer.pub.pem; mv PACK \"$named\"", 0);
    let words =
        [("s3://BUCKET/PREFIX", "s3://acme-evidence/packs"), ("kms:ARN", "file:seal.pem"), ("PACK", "\"$named\"")];
    scene.page("docs/archive.md", &words, &[0, 0, 0]);
    scene.run();
}

#[test]
fn the_pages_about_catalogs_declarations_editions_samples_and_templates() {
    let mut scene = Scene::new();
    let rules = fs::read_to_string(root().join("frameworks/house-baseline.yaml")).expect("a catalog");
    scene.put("our-rules.yaml", rules.replace("id: house-baseline", "id: our-rules"));
    scene.put("my-templates/gaps.html", fs::read(root().join("templates/gaps.html")).expect("a template"));
    scene.line("keywitness collect", 0);
    scene.line(&named("snapshot-*", "SNAPSHOT"), 0);
    scene.page("docs/catalogs.md", &[], &[0, 0, 0, 0, 0, 0, 0]);
    scene.line("rm -rf keywitness-*", 0);
    scene.page("docs/declarations.md", &[("init --region", "init --output other --region")], &[0, 0]);
    let [run, verify]: [String; 2] = shown("docs/templates.md").try_into().expect("two commands");
    scene.line(&run.replace('…', ""), 0);
    scene.line(&named("keywitness-*", "PACK"), 0);
    let told = "$(sha256sum PACK/tagmanifest-sha256.txt | cut -d' ' -f1)";
    scene.line(&verify.replace('…', told), 0);
    scene.page("docs/sampling.md", &[("--n 25", "--n 1")], &[0]);
    // The rank of the one stream, by the page's own command, is that which the program tells.
    let rank = all_shown("docs/sampling.md").into_iter().find(|c| c.starts_with("printf ")).expect("the command");
    scene.line("SEED=ours; keywitness sample PACK --n 1 --seed \"$SEED\" --json > sample.json", 0);
    scene.line(&format!("KEY=$(grep -o '{ACCOUNT}/{IRELAND}/arn[^\"]*' sample.json | head -n 1); [ -n \"$KEY\" ]"), 0);
    scene.line(&format!("{rank} > rank; grep -q \"\\\"$(cut -c1-64 rank)\\\"\" sample.json"), 0);
    let [share, open]: [String; 2] = shown("docs/customer-edition.md").try_into().expect("two commands");
    scene.line(&share, 0);
    scene.line("mv keywitness-customer-*.opening.json OPENING", 0);
    scene.line(&named("keywitness-customer-*", "EDITION"), 0);
    let told = told.replace("PACK", "EDITION");
    scene.line(&open.replace(" ROOT", &format!(" {told}")), 0);
    scene.run();
}

#[test]
fn the_pages_about_policies_and_logs() {
    let mut world = World::of_one_stream();
    let day = |world: &World, ago: f64| world.day(ago).replace('-', "/");
    let log = format!("org/AWSLogs/{ACCOUNT}/CloudTrail/{IRELAND}/{}/x.json.gz", day(&world, 2.0));
    world.buckets.insert("logs".to_owned(), [(log, vec![0; 40_000_000])].into());
    let (from, to) = (world.day(4.0), world.day(1.0));
    let key = crate::trail_pack::key_of(&world);
    let mut scene = Scene::of(world, crate::trail_athena::answers(&key));
    let bucket = crate::trail_pack::bucket(&key);
    bucket.lay(&scene.work());
    scene.line("mv bucket FOLDER; mv keys.json FILE", 0);
    let window = format!("--from {} --to {}", bucket.from.to_rfc3339(), bucket.to.to_rfc3339());
    let [scan, validate, run, permissions]: [String; 4] =
        shown("docs/cloudtrail-logs.md").try_into().expect("four commands");
    let whole = |line: &str| {
        let line = line.replace(['[', ']', '…'], "").replace("--from T --to T", &window);
        line.replace("FOLDER|s3://BUCKET/PREFIX", "FOLDER")
    };
    // One record of the bucket is not understood, so not everything is known.
    scene.ends(&whole(&scan), "0|3");
    let named = whole(&validate).replace("--bucket B", "--bucket example-trail-logs");
    scene.ends(&named.replace(" --prefix P", ""), "0|3");
    let run = whole(&run).replace(" --trail-prefix P", "").replace("export FILE", "export events.json");
    scene.ends(&format!("{run} {window}"), "0|3");
    scene.line(&whole(&permissions).replace("s3://BUCKET/PREFIX", "s3://acme-trail/audit").replace("ARN", &key), 0);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},
        "Action":"kms:*","Resource":"*"}]}"#;
    scene.put("policy.json", policy);
    scene.put("events.json", "{\"Events\": []}");
    let key_arn = format!("--key-arn {key}");
    let words = [
        ("FILE", "policy.json"),
        ("--key-arn ARN", key_arn.as_str()),
        ("--role ARN", "--role arn:aws:iam::111122223333:role/delivery"),
        ("--bucket ARN", "--bucket arn:aws:s3:::acme-landing"),
    ];
    scene.page("docs/key-policies.md", &words, &[0]);
    let account = format!("--account {ACCOUNT}");
    let days = format!("--from {from} --to {to}");
    let words = [
        ("s3://BUCKET/PREFIX", "s3://logs/org"),
        ("--account ID", account.as_str()),
        ("REGION", IRELAND),
        ("--from T --to T", days.as_str()),
        ("D.T", "default.keywitness_trail"),
        ("workgroup W", "workgroup primary"),
        ("--athena-output S3", "--athena-output s3://answers/here/"),
        ("--yes", "--yes --from FROM --to TO"),
        ("--from FROM --to TO", days.as_str()),
    ];
    scene.page("docs/athena.md", &words, &[0, 0]);
    scene.run();
}
