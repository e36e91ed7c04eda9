//! The commands that README and book only show, in blocks that are indented by four blanks, run as well: with real things
//! under the names that they use. Those that are fenced as `console` run in `book.rs`.

use crate::authority::{Authority, Keys, Mood};
use crate::aws::world::{ACCOUNT, IRELAND};
use crate::aws::{Aws, World};
use crate::s3::S3;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pages with such commands.
const PAGES: [&str; 11] = [
    "README.md",
    "docs/archive.md",
    "docs/athena.md",
    "docs/catalogs.md",
    "docs/cloudtrail-logs.md",
    "docs/customer-edition.md",
    "docs/declarations.md",
    "docs/key-policies.md",
    "docs/pack-format.md",
    "docs/sampling.md",
    "docs/templates.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The commands of a page: what stands behind three blanks or ` # ` is a remark.
fn shown(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap_or_else(|e| panic!("{page}: {e}"));
    let lines = text.lines().filter_map(|line| line.strip_prefix("    ")).filter(|l| l.starts_with("keywitness "));
    lines.map(|l| l.split("   ").next().unwrap_or(l).split(" # ").next().unwrap_or(l).trim_end().to_owned()).collect()
}

#[test]
fn no_page_shows_commands_that_do_not_run() {
    let docs = fs::read_dir(root().join("docs")).expect("the book").map(|e| e.expect("an entry").path());
    let pages = docs.filter(|p| p.extension().is_some_and(|e| e == "md"));
    let names: BTreeSet<String> =
        pages.map(|p| format!("docs/{}", p.file_name().expect("a name").to_string_lossy())).collect();
    let contents = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("the table of contents");
    for page in names.iter().map(String::as_str).chain(["README.md"]).filter(|p| *p != "docs/SUMMARY.md") {
        assert!(shown(page).is_empty() || PAGES.contains(&page), "{page} shows commands that no test runs");
        let name = page.trim_start_matches("docs/");
        assert!(page == "README.md" || contents.contains(&format!("({name})")), "{page} is not in the book");
    }
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
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        for folder in ["bin", "work", ".aws"] {
            fs::create_dir(place.path().join(folder)).expect("a new folder");
        }
        let scene = Self {
            place,
            aws: Aws::start(world),
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

    /// A line that must end with this code.
    fn line(&mut self, command: &str, code: i32) {
        let told = command.replace('\'', "'\\''");
        self.script.push_str(&format!(
            "{command}\ncode=$?\n[ $code = {code} ] || {{ echo \"ended with $code and not {code}:\" '{told}' >&2; exit 99; }}\n"
        ));
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
    scene.line(&named("keywitness-*", "PACK"), 0);
    scene.line(verify, 0);
    scene.line("cp seal.pub.pem signer.pub.pem", 0);
    let words = [("s3://BUCKET/PREFIX", "s3://evidence/packs"), ("kms:ARN", "file:seal.pem")];
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
    let [run, verify] = shown("docs/templates.md").try_into().expect("two commands");
    scene.line(&run.replace('…', ""), 0);
    scene.line(&named("keywitness-*", "PACK"), 0);
    let told = "$(sha256sum PACK/tagmanifest-sha256.txt | cut -d' ' -f1)";
    scene.line(&verify.replace('…', told), 0);
    scene.page("docs/sampling.md", &[("--n 25", "--n 1")], &[0]);
    let [share, open] = shown("docs/customer-edition.md").try_into().expect("two commands");
    scene.line(&share, 0);
    scene.line("mv keywitness-customer-*.opening.json OPENING", 0);
    scene.line(&named("keywitness-customer-*", "EDITION"), 0);
    let told = told.replace("PACK", "EDITION");
    scene.line(&open.replace(" ROOT", &format!(" {told}")), 0);
    scene.run();
}

#[test]
fn the_pages_about_policies_and_logs() {
    let mut scene = Scene::new();
    let key = crate::trail_pack::key_of(scene.aws.world());
    let bucket = crate::trail_pack::bucket(&key);
    bucket.lay(&scene.work());
    scene.line("mv bucket FOLDER; mv keys.json FILE; echo '[]' >events.json", 0);
    let window = format!("--from {} --to {}", bucket.from.to_rfc3339(), bucket.to.to_rfc3339());
    let [scan, validate, run] = shown("docs/cloudtrail-logs.md").try_into().expect("three commands");
    let whole = |line: &str| line.replace(['[', ']', '…'], "").replace("--from T --to T", &window);
    scene.line(&whole(&scan), 0);
    let named = whole(&validate).replace("--bucket B", "--bucket example-trail-logs");
    scene.line(&named.replace(" --prefix P", ""), 0);
    let run = whole(&run).replace(" --trail-prefix P", "").replace("export FILE", "export events.json");
    scene.line(&format!("{run} {window}"), 0);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},
        "Action":"kms:*","Resource":"*"}]}"#;
    scene.put("policy.json", policy);
    let words = [
        ("FILE", "policy.json"),
        ("--key-arn ARN", &format!("--key-arn {key}")),
        ("--role ARN", "--role arn:aws:iam::111122223333:role/delivery"),
        ("--bucket ARN", "--bucket arn:aws:s3:::acme-landing"),
    ];
    scene.page("docs/key-policies.md", &words, &[0]);
    let words = [
        ("s3://BUCKET/PREFIX", "s3://logs/org"),
        ("--account ID", &format!("--account {ACCOUNT}")),
        ("REGION", IRELAND),
        ("--from T --to T", "--from 2026-07-01 --to 2026-09-30"),
    ];
    scene.page("docs/athena.md", &words, &[0]);
    scene.page("docs/pack-format.md", &[], &[]);
    scene.run();
}
