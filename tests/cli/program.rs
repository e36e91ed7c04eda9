//! The real program, run as a user would run it, with nothing of this machine leaking in.
//!
//! The environment is cleared, the home folder is empty, the credentials are invented. What comes back is what
//! a user has: the exit code, two streams of text, and the files.

use crate::aws::{Aws, World};
use keywitness::model::{Finding, Record, Status};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The secret of the invented credentials: it must never be seen again.
pub const SECRET_KEY: &str = "canary/SecretAccessKey/not/for/any/file";

/// One call of the program, in a folder of its own.
pub struct Program {
    folder: Folder,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

/// Below cargo's own folder for tests; most go away with their test.
#[derive(Clone, Debug)]
pub enum Folder {
    Gone(Arc<TempDir>),
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Gone(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// `keywitness` with these arguments.
pub fn keywitness<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Program {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    within(Folder::Gone(Arc::new(folder)), arguments)
}

/// The same in a folder of that name, which stays until the next time: for what several tests look at.
pub fn keywitness_in<'a>(name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Program {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).expect("our own folder");
    }
    fs::create_dir(&path).expect("a new folder");
    within(Folder::Kept(path), arguments)
}

fn within<'a>(folder: Folder, arguments: impl IntoIterator<Item = &'a str>) -> Program {
    let home = folder.path().join("home");
    fs::create_dir(&home).expect("a home folder");
    let environment = BTreeMap::from([
        ("HOME".to_owned(), home.display().to_string()),
        ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
        ("AWS_ACCESS_KEY_ID".to_owned(), "AKIACANARYCANARY0001".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), SECRET_KEY.to_owned()),
    ]);
    Program { folder, arguments: arguments.into_iter().map(str::to_owned).collect(), environment }
}

/// `keywitness run` of every Region of a scripted AWS: unpaced, two attempts a call; judged by the smallest catalog, since
/// the reports of the others are more than half of what a run costs.
pub fn run(aws: &Aws) -> Program {
    keywitness(["run", "--catalog", "house-baseline"]).over(aws)
}

/// A report of one stream, judged by the smallest catalog: for tests of what becomes of a pack, whatever it says. What it
/// is made from is collected once.
pub fn small() -> Program {
    static SNAPSHOT: OnceLock<String> = OnceLock::new();
    let snapshot = SNAPSHOT.get_or_init(|| {
        let aws = Aws::start(World::of_one_stream());
        let collected = keywitness_in("small", ["collect", "--output", "snapshots"]).over(&aws).done().expect(0);
        let mut entries = fs::read_dir(collected.work.join("snapshots")).expect("the output");
        entries.next().expect("a snapshot").expect("an entry").path().display().to_string()
    });
    keywitness(["report", snapshot, "--catalog", "house-baseline", "--json"])
}

/// A report of the sample account with its own declarations, judged by the smallest catalog.
pub fn small_sample() -> Outcome {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/halcyon-parcels");
    let settings = sample.join("keywitness.toml");
    let (sample, settings) = (sample.to_str().expect("UTF-8"), settings.to_str().expect("UTF-8"));
    keywitness(["report", sample, "--config", settings, "--catalog", "house-baseline", "--json"]).done().expect(3)
}

impl Program {
    /// More arguments.
    pub fn args<'a>(mut self, more: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(more.into_iter().map(str::to_owned));
        self
    }

    /// Reads every Region of a scripted AWS, unpaced, two attempts a call, and asks for the JSON summary.
    pub fn over(self, aws: &Aws) -> Self {
        let url = aws.url();
        let regions = aws.world().places.keys().flat_map(|r| ["--region", r]);
        let how = ["--endpoint-url", &url, "--no-rate-limit", "--json", "--max-attempts", "2"];
        self.args(regions).args(how)
    }

    /// Writes a `keywitness.toml` and uses it.
    pub fn configured(self, text: &str) -> Self {
        let path = self.file("keywitness.toml", text);
        self.args(["--config", &path])
    }

    /// Sets a variable; an empty value takes it away.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        if value.is_empty() {
            self.environment.remove(name);
        } else {
            self.environment.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// Sets a variable, also to nothing.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes a file that the arguments can name, and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file in our own folder");
        path.display().to_string()
    }

    /// Runs to the end. What it writes without `--output` stands in its own working folder.
    pub fn done(self) -> Outcome {
        let (status, outcome) = self.within(Duration::from_mins(5));
        let Some(status) = status else { panic!("still running after five minutes:\n{}", outcome.stderr) };
        Outcome { code: status.code().expect("ended by itself, not by a signal"), ..outcome }
    }

    /// Runs until it dies by a signal, as it was told to.
    pub fn dies(self) -> Outcome {
        let (status, outcome) = self.within(Duration::from_mins(5));
        let code = status.expect("it ended").code();
        assert_eq!(code, None, "it was to die and ended by itself: {}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// Runs, and is killed without warning when it is not done by then.
    pub fn killed_after(self, time: Duration) -> Outcome {
        self.within(time).1
    }

    fn within(self, limit: Duration) -> (Option<ExitStatus>, Outcome) {
        let file = |name: &str| self.folder.path().join(name);
        let work = file("work");
        fs::create_dir_all(&work).expect("a working folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_keywitness"))
            .args(&self.arguments)
            .current_dir(&work)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(fs::File::create(file("stdout")).expect("a file"))
            .stderr(fs::File::create(file("stderr")).expect("a file"))
            .spawn()
            .expect("the program that cargo built");
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("our own child") {
                break Some(status);
            }
            if started.elapsed() > limit {
                child.kill().expect("our own child");
                child.wait().expect("our own child");
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let (stdout, stderr) = (text(&file("stdout")), text(&file("stderr")));
        (status, Outcome { code: -1, stdout, stderr, work, folder: self.folder })
    }
}

fn text(path: &Path) -> String {
    String::from_utf8(fs::read(path).expect("a file that we made")).expect("UTF-8")
}

/// What a run left.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// Where it worked.
    pub work: PathBuf,
    /// Everything goes away with it.
    folder: Folder,
}

impl Outcome {
    /// Fails with everything that the program said, unless it ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The one JSON object on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr))
    }

    /// The sealed pack that the summary names.
    #[track_caller]
    pub fn pack(&self) -> Pack {
        let summary = self.json();
        let path = self.work.join(summary["pack"].as_str().expect("the path of the pack"));
        let root = summary["pack_root"].as_str().expect("the pack root").to_owned();
        Pack { path, root, _folder: Some(self.folder.clone()) }
    }
}

/// A pack on disk, read with nothing but a JSON parser.
#[derive(Clone, Debug)]
pub struct Pack {
    pub path: PathBuf,
    /// The pack root, as the program printed it.
    pub root: String,
    /// The temporary folder in which it lies, kept as long as the pack is looked at.
    pub _folder: Option<Folder>,
}

impl Pack {
    /// `data/findings.json`.
    #[track_caller]
    pub fn findings(&self) -> Vec<Finding> {
        let mut file: Value = serde_json::from_str(&self.text("data/findings.json")).expect("JSON");
        serde_json::from_value(file["findings"].take()).expect("findings")
    }

    /// The status of one check of one subject, by the names that people use.
    #[track_caller]
    pub fn finding(&self, check: &str, name: &str) -> Finding {
        let all = self.findings();
        let mut fit = all.iter().filter(|f| f.check == check && (f.subject.name == name || f.subject.id == name));
        let found = fit.next().cloned();
        found.unwrap_or_else(|| {
            let known: Vec<_> = all.iter().filter(|f| f.check == check).map(|f| &f.subject.name).collect();
            panic!("{check} says nothing of {name}; it speaks of {known:?}")
        })
    }

    /// How many findings have that status.
    pub fn count(&self, status: Status) -> usize {
        self.findings().iter().filter(|f| f.status == status).count()
    }

    /// Every record, in the order of its number.
    #[track_caller]
    pub fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for file in self
            .files()
            .iter()
            .filter(|f| f.starts_with("data/evidence/") && Path::new(f).extension().is_some_and(|e| e == "jsonl"))
        {
            for line in self.text(file).lines() {
                records.push(serde_json::from_str(line).unwrap_or_else(|e| panic!("{file}: {e}: {line}")));
            }
        }
        records.sort_by_key(|r: &Record| r.ev);
        records
    }

    /// The records of one operation, such as `kms:DescribeKey`.
    pub fn records_of(&self, action: &str) -> Vec<Record> {
        self.records().into_iter().filter(|r| format!("{}:{}", r.service, r.operation) == action).collect()
    }

    /// The rows of `data/tables/gaps.csv`, each as column to text.
    #[track_caller]
    pub fn gaps(&self) -> Vec<BTreeMap<String, String>> {
        let text = self.text("data/tables/gaps.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().expect("a header").clone();
        let rows = reader.records().map(|row| row.expect("a row"));
        rows.map(|row| columns.iter().zip(row.iter()).map(|(c, v)| (c.to_owned(), v.to_owned())).collect()).collect()
    }

    /// A file of the pack.
    #[track_caller]
    pub fn text(&self, file: &str) -> String {
        text(&self.path.join(file))
    }

    /// The paths of all files, relative and sorted.
    #[track_caller]
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        walk(&self.path, &mut |path| {
            let relative = path.strip_prefix(&self.path).expect("below the pack");
            files.push(relative.to_str().expect("ASCII").to_owned());
        });
        files.sort();
        files
    }

    /// Another pack with the same content, to be spoiled.
    pub fn copy(&self, into: &Path) -> Self {
        let path = into.join(self.path.file_name().expect("a name"));
        for file in self.files() {
            let target = path.join(&file);
            fs::create_dir_all(target.parent().expect("a folder")).expect("a new folder");
            fs::copy(self.path.join(&file), target).expect("a copy");
        }
        Self { path, root: self.root.clone(), _folder: None }
    }

    /// `keywitness verify` of this pack.
    pub fn verify<'a>(&self, more: impl IntoIterator<Item = &'a str>) -> Outcome {
        keywitness(["verify", self.path.to_str().expect("UTF-8")]).args(more).done()
    }
}

/// Every file below a folder.
pub fn walk(folder: &Path, see: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, see);
        } else {
            see(&path);
        }
    }
}

/// Whether a byte string holds another.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    let needle = text.as_bytes();
    bytes.windows(needle.len()).any(|w| w == needle)
}

/// Whether a text holds what a panic prints.
pub fn panicked(stderr: &str) -> bool {
    stderr.contains("panicked at") || stderr.contains("has a fault of its own")
}
