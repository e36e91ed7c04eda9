//! `keywitness sample`: which streams, keys or findings an auditor looks at, chosen in a way that anyone can follow.
//!
//! It chooses from the tables of a pack that was verified and whose tables were made again from the records, so that
//! nothing can be missing from what is chosen from. It judges nothing.

mod always;
mod shown;

use super::{out, out_json, replay, say};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::model::GapKind;
use crate::pack::{self, Anchors, Limits, PackJson, Report};
use crate::sampling::{self, Item, Sample};
use always::Always;
use shown::Made;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The table of all streams and keys, each with its number.
const NUMBERED: &str = "population";

/// The rows of a table, by column.
#[derive(Clone)]
struct Population {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many rows the table has, chosen from or not.
    whole: usize,
}

pub(super) fn run(typed: &cli::Sample) -> Result<ExitCode, Error> {
    let table = typed.of.word();
    let Verified { pack, root, tables } = verified(&typed.pack, &[table, NUMBERED])?;
    let whole = Population::read(&tables[table], table)?;
    let numbers = Numbers::of(&whole, &Population::read(&tables[NUMBERED], NUMBERED)?, typed.of)?;
    let population = whole.clone().only(&typed.only)?;
    if population.rows.is_empty() {
        return Err(Error::new(format!("there is nothing to choose from: {table} has no such row")));
    }
    let seed = typed.seed.clone().unwrap_or_else(|| root.clone());
    if seed.contains(['\n', '\r']) {
        return Err(Error::new("a seed is one line"));
    }
    let (always, drawn_from) = Always::set_aside(&whole, &population, typed)?;
    let items = drawn_from.items(table, &typed.strata)?;
    let sample = if items.is_empty() {
        Sample { chosen: Vec::new(), strata: BTreeMap::new() }
    } else {
        sampling::choose(&items, typed.n as usize, &seed, table)
            .map_err(|why| Error::new(why).hint("take a larger --n, or fewer columns in --strata"))?
    };
    let missing = missing(&pack, typed.of);
    let code = if missing == 0 { ExitCode::Done } else { ExitCode::Incomplete };
    let made = Made {
        typed,
        table,
        root: &root,
        seed: &seed,
        population: &population,
        always: &always,
        drawn_from: &drawn_from,
        numbers: &numbers,
        items: &items,
        sample: &sample,
        missing,
    };
    if typed.json {
        out_json(&made.object(&pack))?;
    } else {
        out(&made.text())?;
    }
    if typed.seed.is_none() {
        say("the seed is the pack root, which whoever made the pack knew; choose your own with --seed");
    }
    Ok(code)
}

/// A pack that holds, its root, and tables of it by name.
struct Verified {
    pack: PackJson,
    root: String,
    tables: BTreeMap<String, Vec<u8>>,
}

fn verified(path: &Path, wanted: &[&str]) -> Result<Verified, Error> {
    let mut report = pack::verify(path, &Anchors::default(), &Limits::default(), |_, _| true)?;
    let mut tables = BTreeMap::new();
    for table in wanted {
        if let Some(bytes) = report.contents.get(&file(table)) {
            tables.insert((*table).to_owned(), bytes.clone());
        }
    }
    if report.failures.is_empty() {
        replay::replay(&mut report, &BTreeMap::new());
    }
    if let Some(first) = report.failures.first() {
        let hint = format!("keywitness verify {} says more", path.display());
        return Err(Error::new(format!("cannot choose from {}: {first}", path.display())).hint(hint));
    }
    let absent = wanted.iter().find(|table| !tables.contains_key(**table));
    let Report { pack: Some(pack), root: Some(root), .. } = report else {
        return Err(Error::new(format!("cannot choose from {}: it is no pack", path.display())));
    };
    match absent {
        None => Ok(Verified { pack, root, tables }),
        Some(table) => Err(Error::new(format!("cannot choose from {}: it has no {}", path.display(), file(table)))),
    }
}

/// Where a table is in a pack.
fn file(table: &str) -> String {
    format!("data/tables/{table}.csv")
}

/// The numbers of rows: of streams and keys those of the population, of findings those of their own table.
struct Numbers {
    by_key: HashMap<String, String>,
}

impl Numbers {
    fn of(whole: &Population, numbered: &Population, of: cli::Population) -> Result<Self, Error> {
        let kind = match of {
            cli::Population::Findings => {
                let ids = whole.keys("findings")?.into_iter();
                return Ok(Self { by_key: ids.zip(1_usize..).map(|(id, n)| (id, n.to_string())).collect() });
            }
            cli::Population::Streams => "stream",
            cli::Population::Keys => "key",
        };
        let (number, is) = (numbered.column("number")?, numbered.column("kind")?);
        let keys = numbered.keys(NUMBERED)?.into_iter().zip(&numbered.rows);
        let of_kind = keys.filter(|(_, row)| row[is] == kind);
        Ok(Self { by_key: of_kind.map(|(key, row)| (key, row[number].clone())).collect() })
    }

    /// The number of the row of that key.
    fn number(&self, key: &str) -> &str {
        self.by_key.get(key).map_or("unknown", String::as_str)
    }
}

/// Gaps that may hide whole rows.
fn missing(pack: &PackJson, of: cli::Population) -> usize {
    let hides = |operation: &str| match of {
        cli::Population::Streams => operation == "ListDeliveryStreams",
        // Which keys there are is known from the streams.
        cli::Population::Keys | cli::Population::Findings => {
            matches!(operation, "ListDeliveryStreams" | "DescribeDeliveryStream")
        }
    };
    pack.gaps.iter().filter(|g| g.kind != GapKind::Inapplicable && hides(&g.operation)).count()
}

impl Population {
    fn read(bytes: &[u8], table: &str) -> Result<Self, Error> {
        let unreadable = |e: csv::Error| Error::new(format!("cannot read the table {table}: {e}"));
        let mut reader = csv::Reader::from_reader(bytes);
        let heads = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
        let rows: Result<Vec<Vec<String>>, _> =
            reader.records().map(|r| r.map(|r| r.iter().map(str::to_owned).collect())).collect();
        let rows = rows.map_err(unreadable)?;
        Ok(Self { heads, whole: rows.len(), rows })
    }

    fn column(&self, name: &str) -> Result<usize, Error> {
        let found = self.heads.iter().position(|h| h == name);
        found.ok_or_else(|| {
            Error::new(format!("there is no column {name:?}")).hint(format!("there are {}", self.heads.join(", ")))
        })
    }

    /// Only the rows whose columns have these values.
    fn only(mut self, conditions: &[String]) -> Result<Self, Error> {
        for condition in conditions {
            let (name, value) = condition
                .split_once('=')
                .ok_or_else(|| Error::new(format!("{condition:?} is no condition")).hint("--only status=pass"))?;
            let column = self.column(name)?;
            self.rows.retain(|row| row[column] == value);
        }
        Ok(self)
    }

    /// What tells a row from the others, of each row.
    fn keys(&self, table: &str) -> Result<Vec<String>, Error> {
        let columns: &[&str] = if table == "findings" { &["id"] } else { &["account", "region", "arn"] };
        let columns: Vec<usize> = columns.iter().map(|k| self.column(k)).collect::<Result<_, _>>()?;
        Ok(self.rows.iter().map(|row| joined(row, &columns, "/")).collect())
    }

    fn items(&self, table: &str, strata: &[String]) -> Result<Vec<Item>, Error> {
        let strata: Vec<usize> = strata.iter().map(|s| self.column(s)).collect::<Result<_, _>>()?;
        let keys = self.keys(table)?.into_iter().zip(&self.rows);
        Ok(keys.map(|(key, row)| Item { key, stratum: joined(row, &strata, " | ") }).collect())
    }
}

fn joined(row: &[String], columns: &[usize], with: &str) -> String {
    columns.iter().map(|c| row[*c].as_str()).collect::<Vec<_>>().join(with)
}
