//! `keywitness sample`: which streams, keys or findings an auditor looks at, chosen in a way that anyone can follow.
//!
//! It chooses from the tables of a pack that was verified and whose tables were made again from the records, so that
//! nothing can be missing from what is chosen from. It judges nothing.

use super::{out, out_json, replay, say};
use crate::cli;
use crate::error::{Error, ExitCode};
use crate::model::GapKind;
use crate::pack::{self, Anchors, Limits, PackJson};
use crate::sampling::{self, Item, METHOD, Sample};
use comfy_table::{Table, presets};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The rows of a table, by column.
struct Population {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many rows the table has, chosen from or not.
    whole: usize,
}

pub(super) fn run(typed: &cli::Sample) -> Result<ExitCode, Error> {
    let table = typed.of.word();
    let (pack, root, bytes) = verified(&typed.pack, table)?;
    let population = Population::read(&bytes, table)?.only(&typed.only)?;
    if population.rows.is_empty() {
        return Err(Error::new(format!("there is nothing to choose from: {table} has no such row")));
    }
    let seed = typed.seed.clone().unwrap_or_else(|| root.clone());
    if seed.contains(['\n', '\r']) {
        return Err(Error::new("a seed is one line"));
    }
    let items = population.items(table, &typed.strata)?;
    let sample = sampling::choose(&items, typed.n as usize, &seed, table)
        .map_err(|why| Error::new(why).hint("take a larger --n, or fewer columns in --strata"))?;
    let missing = missing(&pack, typed.of);
    let code = if missing == 0 { ExitCode::Done } else { ExitCode::Incomplete };
    let made = Made {
        typed,
        table,
        root: &root,
        seed: &seed,
        population: &population,
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

/// A pack that holds, its root, and one of its tables.
fn verified(path: &Path, table: &str) -> Result<(PackJson, String, Vec<u8>), Error> {
    let mut report = pack::verify(path, &Anchors::default(), &Limits::default(), |_| true)?;
    let name = format!("data/tables/{table}.csv");
    let bytes = report.contents.get(&name).cloned();
    if report.failures.is_empty() {
        replay::replay(&mut report, &BTreeMap::new());
    }
    if let Some(first) = report.failures.first() {
        let hint = format!("keywitness verify {} says more", path.display());
        return Err(Error::new(format!("cannot choose from {}: {first}", path.display())).hint(hint));
    }
    match (report.pack, report.root, bytes) {
        (Some(pack), Some(root), Some(bytes)) => Ok((pack, root, bytes)),
        _ => Err(Error::new(format!("cannot choose from {}: it has no {name}", path.display()))),
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

    fn items(&self, table: &str, strata: &[String]) -> Result<Vec<Item>, Error> {
        let keys: &[&str] = if table == "findings" { &["id"] } else { &["account", "region", "arn"] };
        let keys: Vec<usize> = keys.iter().map(|k| self.column(k)).collect::<Result<_, _>>()?;
        let strata: Vec<usize> = strata.iter().map(|s| self.column(s)).collect::<Result<_, _>>()?;
        let joined = |row: &[String], columns: &[usize], with: &str| {
            columns.iter().map(|c| row[*c].as_str()).collect::<Vec<_>>().join(with)
        };
        let item = |row: &Vec<String>| Item { key: joined(row, &keys, "/"), stratum: joined(row, &strata, " | ") };
        Ok(self.rows.iter().map(item).collect())
    }
}

/// A sample with all that it followed from.
struct Made<'a> {
    typed: &'a cli::Sample,
    table: &'a str,
    root: &'a str,
    seed: &'a str,
    population: &'a Population,
    items: &'a [Item],
    sample: &'a Sample,
    missing: usize,
}

impl Made<'_> {
    fn text(&self) -> String {
        let Self { typed, table, population, sample, .. } = self;
        let mut text = String::new();
        if self.missing > 0 {
            text.push_str(&format!(
                "The population is not complete: {} calls that would name more of it gave no answer (data/tables/gaps.csv).\n\n",
                self.missing
            ));
        }
        text.push_str(&format!("pack root   {}\n", self.root));
        text.push_str(&format!("table       data/tables/{table}.csv, {} rows\n", population.whole));
        let only = if typed.only.is_empty() { "all rows".to_owned() } else { typed.only.join(" and ") };
        text.push_str(&format!("population  {} rows: {only}\n", population.rows.len()));
        text.push_str(&format!("sample      {} of {}\n", sample.chosen.len(), population.rows.len()));
        text.push_str(&format!("seed        {}\n", self.seed));
        text.push_str(&format!(
            "method      {METHOD}: rows by the SHA-256 of method, seed, table and key, the smallest first\n"
        ));
        if !typed.strata.is_empty() {
            text.push_str(&format!("strata      {}: one of each, the rest in proportion\n\n", typed.strata.join(", ")));
            let mut strata = plain(&["STRATUM", "ROWS", "CHOSEN"]);
            for (name, (rows, chosen)) in &sample.strata {
                strata.add_row([name.clone(), rows.to_string(), chosen.to_string()]);
            }
            text.push_str(&format!("{strata}\n"));
        }
        let mut chosen = plain(&["NO", "RANK", "KEY"]);
        for (n, c) in (1..).zip(&sample.chosen) {
            chosen.add_row([n.to_string(), c.rank[..16].to_owned(), self.items[c.at].key.clone()]);
        }
        text.push_str(&format!("\n{chosen}\n"));
        text.push_str("\nA rank again, with stock tools:\n");
        text.push_str(&format!("  printf '{METHOD}\\n%s\\n{table}\\n%s\\n' \"$SEED\" \"$KEY\" | sha256sum\n"));
        text
    }

    fn object(&self, pack: &PackJson) -> Value {
        let Self { typed, table, population, sample, .. } = self;
        let strata: Vec<Value> = sample
            .strata
            .iter()
            .map(|(name, (rows, chosen))| json!({ "stratum": name, "rows": rows, "chosen": chosen }))
            .collect();
        let chosen: Vec<Value> = (1..)
            .zip(&sample.chosen)
            .map(|(n, c): (usize, _)| {
                let cells = population.heads.iter().cloned().zip(population.rows[c.at].iter().cloned().map(Value::from));
                let row: Map<String, Value> = cells.collect();
                json!({ "no": n, "rank": c.rank, "key": self.items[c.at].key, "stratum": self.items[c.at].stratum, "row": row })
            })
            .collect();
        json!({
            "method": METHOD, "seed": self.seed, "seed_is_pack_root": typed.seed.is_none(), "n": typed.n,
            "run_id": pack.run_id, "pack_root": self.root, "table": format!("data/tables/{table}.csv"),
            "rows_of_table": population.whole, "only": typed.only, "population": population.rows.len(),
            "population_gaps": self.missing, "strata_columns": typed.strata, "strata": strata, "sample": chosen,
        })
    }
}

fn plain(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heads.to_vec());
    table
}
