//! `keywitness collect`: the account becomes a snapshot folder. `run` begins with the same reads.

use super::{log, out, out_json, progress, say, trail_logs};
use crate::archive::{self, Access, Store, Target};
use crate::collect::journal::{self, Book};
use crate::collect::{self as stage, Plan};
use crate::error::{Error, ExitCode};
use crate::model::event;
use crate::model::time::seconds;
use crate::model::{AccountId, Record, Run};
use crate::{cli, config, snapshot, store};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) fn run(typed: &cli::Collect) -> Result<ExitCode, Error> {
    log::accept_gaps(typed.accept_gaps);
    let (plan, past, _) = config::plan(&typed.reading, command_line())?;
    let upload = Upload::new(typed, &plan)?;
    if typed.reading.plan {
        return super::plan::run(&plan, &past, typed.reading.json);
    }
    ready(&typed.reading.output)?;
    trail_logs::ready(&past)?;
    let Collected { mut run, mut records, book } = read_kept(plan.clone(), &typed.reading)?;
    trail_logs::add(&past, &plan, &mut run, &mut records)?;
    store::number(&mut records);
    let name = format!("snapshot-{}-{}-{}", run.slug(), run.started.format("%Y%m%dT%H%M%SZ"), run.id);
    let folder = typed.reading.output.join(&name);
    store::write(&folder, &run, &records)?;
    let unfinished = Unfinished::of(&run, &records);
    let read = snapshot::read(run, &records);
    // What other shards read is not missing here; whoever joins the snapshots will miss it if it is.
    let own = |gap: &&crate::model::Gap| read.run.shard.is_none() || read.run.account(&gap.account).is_some();
    let gaps = read.gaps.iter().filter(own).count();
    close(book, unfinished)?;
    let uploaded = upload.map(|upload| upload.put(&read.run, &name, &folder)).transpose()?;
    let code = if gaps == 0 { ExitCode::Done } else { ExitCode::Incomplete };
    let mut told = json!({ "snapshot": folder, "calls": records.len(), "gaps": gaps });
    if let Some(place) = &uploaded {
        told["uploaded"] = json!(place);
    }
    log::result(told.clone());
    if typed.reading.json {
        told["exit"] = json!(log::number(code));
        out_json(&told)?;
    } else {
        out(&format!("snapshot  {}\ncalls     {}\ngaps      {gaps}\n", folder.display(), records.len()))?;
        if let Some(place) = &uploaded {
            out(&format!("uploaded  {place}\n"))?;
        }
        say(&format!("next: keywitness report {}", folder.display()));
    }
    Ok(code)
}

/// Where the snapshot goes beside the disk.
struct Upload {
    target: Target,
    owner: Option<AccountId>,
    access: Access,
}

impl Upload {
    /// What is no place is told now, and not after the collection.
    fn new(typed: &cli::Collect, plan: &Plan) -> Result<Option<Self>, Error> {
        let Some(place) = &typed.upload else { return Ok(None) };
        let access = Access {
            profile: plan.profile.clone(),
            endpoint_url: typed.upload_endpoint_url.clone().or_else(|| plan.endpoint_url.clone()),
            region: plan.regions.first().map(ToString::to_string),
            max_attempts: Some(plan.max_attempts),
        };
        let owner = typed.bucket_owner.as_deref().map(str::parse).transpose().map_err(Error::new)?;
        Ok(Some(Self { target: place.parse()?, owner, access }))
    }

    /// Gives where it is.
    fn put(&self, run: &Run, name: &str, folder: &Path) -> Result<String, Error> {
        let files = store::load(folder)?;
        let owner = self.owner.as_ref().unwrap_or(&run.selection.asker.account);
        within(async {
            let store = Store::new(&self.access, &self.target.bucket, owner).await?;
            Ok(archive::upload_snapshot(&store, &self.target.prefix, name, files).await?)
        })
        .map_err(|e| e.after(format!("the snapshot is in {}", folder.display())))?;
        Ok(format!("{}/{name}", self.target.to_string().trim_end_matches('/')))
    }
}

/// Finds out before a long run, and not after it, that its result could not be written.
pub(super) fn ready(output: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(output).map_err(|e| Error::new(format!("cannot make the folder {}: {e}", output.display())))
}

/// The command as it was typed: there is no option that takes a secret.
pub(super) fn command_line() -> String {
    let words = std::env::args_os().skip(1).map(|word| {
        let word = word.to_string_lossy().into_owned();
        let plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:=,+@".contains(&b)) && !word.is_empty();
        if plain { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
    });
    std::iter::once("keywitness".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// Runs what speaks to AWS.
pub(super) fn within<T>(job: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| Error::new(format!("cannot start reading: {e}")))?.block_on(job)
}

/// What was read, and the journal of it, which goes away when all was read and something whole was made of it.
pub(super) struct Collected {
    pub run: Run,
    pub records: Vec<Record>,
    pub book: Book,
}

/// Reads the account and keeps every answer on disk as it comes; or goes on with a run that broke off.
pub(super) fn read_kept(mut plan: Plan, typed: &cli::Reading) -> Result<Collected, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let book = match &typed.resume {
        None => {
            for folder in journal::left_behind(&typed.output) {
                say(&format!("note: {} holds a run that broke off; --resume goes on with it", folder.display()));
            }
            Book::new(Arc::clone(&stop))
        }
        Some(folder) => {
            let (book, begun) = Book::resume(folder, Arc::clone(&stop))?;
            if let Some(pause) = begun.pauses.last() {
                say(&format!("resuming run {}: {} answers are kept", begun.id, pause.kept));
            }
            plan.regions.clone_from(&begun.regions);
            plan.window = Some(begun.window);
            plan.begun = Some(begun);
            book
        }
    };
    let begin = |run: &Run| book.begin(&typed.output, run);
    let collected = read_with(&plan, &stop, Some(&book), &begin);
    // What could not be kept stopped the reading; that is the error, and not what came of it.
    book.whole()?;
    let (mut run, records) = collected?;
    run.tool.executable = Some(super::executable::own().clone());
    Ok(Collected { run, records, book })
}

/// Why a run can be gone on with, though it came to an end of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// The user stopped it.
    Stopped,
    /// Its credentials ended, and there were no new ones.
    Credentials,
}

impl Unfinished {
    /// AWS's words for credentials that have ended, and the one for a call that the SDK had none for.
    const ENDED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "Construction"];

    pub fn of(run: &Run, records: &[Record]) -> Option<Self> {
        let ended = |record: &Record| record.error.as_ref().is_some_and(|e| Self::ENDED.contains(&e.code.as_str()));
        if run.interrupted { Some(Self::Stopped) } else { records.iter().any(ended).then_some(Self::Credentials) }
    }
}

/// Takes the journal away once something whole was made of it. A run that was not finished keeps it, for `--resume`.
pub(super) fn close(book: Book, unfinished: Option<Unfinished>) -> Result<(), Error> {
    let how = match unfinished {
        None => return Ok(book.remove()?),
        Some(Unfinished::Stopped) => "to go on where it stopped",
        Some(Unfinished::Credentials) => "the credentials ended before the reading did; to go on with new ones",
    };
    say(&format!("{how}: --resume {}", book.folder().display()));
    Ok(())
}

/// Reads the account and keeps nothing beside the result.
pub(super) fn read(plan: &Plan) -> Result<(Run, Vec<Record>), Error> {
    read_with(plan, &Arc::new(AtomicBool::new(false)), None, &|_| ())
}

/// Reads the account, with progress. Ctrl-C ends the reading, keeps what was read and lists the rest as gaps; a
/// second one ends the program.
fn read_with(
    plan: &Plan,
    stop: &Arc<AtomicBool>,
    book: Option<&Book>,
    begin: &dyn Fn(&Run),
) -> Result<(Run, Vec<Record>), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::new(format!("cannot start reading: {e}")))?;
    let watch = progress::Watch::new(book);
    let announce = |run: &Run| {
        announce(plan, run);
        begin(run);
    };
    let collected = runtime.block_on(async {
        let signal = Arc::clone(stop);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                signal.store(true, Ordering::Relaxed);
                say(
                    "stopping: calls under way come to their end, the rest becomes gaps; press Ctrl-C again to give up",
                );
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(i32::from(log::end(ExitCode::CouldNotRun)));
                }
            }
        });
        stage::collect(plan, &watch, stop, &announce).await
    });
    watch.finish(collected.is_ok());
    Ok(collected?)
}

/// Says what will be read before it is read.
fn announce(plan: &Plan, run: &Run) {
    let asker = &run.selection.asker;
    say(&format!("reading {} as {}", run.subject(), asker.caller));
    if let Some(role) = &run.selection.role {
        let part = run.shard.map(|shard| format!(", of which shard {shard}")).unwrap_or_default();
        say(&format!("  accounts {} by {role}{part}", run.selection.accounts.len()));
    }
    let regions: Vec<&str> = plan.regions.iter().map(crate::model::Region::as_str).collect();
    let regions = match regions.as_slice() {
        _ if plan.all_regions => "all that are enabled; the others are listed as not known".to_owned(),
        [] => asker.region.to_string(),
        named => named.join(", "),
    };
    say(&format!("  Regions  {regions}"));
    say(
        "  calls    Firehose streams and tags; their KMS keys, policies, rotation, aliases and tags; CloudTrail trails",
    );
    if plan.further {
        say(
            "           and, once each, what these refer to: sources, destinations, buckets, log groups, grants, metrics;",
        );
        say("           alarms and rules; users, roles and their policies; the organization's policies");
    }
    say(&format!(
        "  events   {} event names from {} to {}",
        event::NAMES.len(),
        seconds(run.window.from),
        seconds(run.window.to)
    ));
    let sight = run.started - chrono::TimeDelta::days(stage::LOOKUP_DAYS);
    if run.window.from.timestamp() < sight.timestamp() {
        say(&format!(
            "  note     LookupEvents sees {} days back: nothing before {} can be known",
            stage::LOOKUP_DAYS,
            seconds(sight)
        ));
    }
}
