//! A sample as text and as JSON: what was set aside, what was drawn, and all that it followed from.

use super::always::{Always, Rule};
use super::{Numbers, Population};
use crate::cli;
use crate::pack::PackJson;
use crate::sampling::{Item, METHOD, Sample};
use comfy_table::{Table, presets};
use serde_json::{Map, Value, json};

/// A sample with all that it followed from.
pub(super) struct Made<'a> {
    pub typed: &'a cli::Sample,
    pub table: &'a str,
    pub root: &'a str,
    pub seed: &'a str,
    /// What the conditions leave.
    pub population: &'a Population,
    /// What of it is looked at one and all.
    pub always: &'a Always,
    /// The rest.
    pub drawn_from: &'a Population,
    pub numbers: &'a Numbers,
    /// The rest, as it is drawn from.
    pub items: &'a [Item],
    pub sample: &'a Sample,
    pub missing: usize,
}

impl Made<'_> {
    /// The keys of the rows that are set aside.
    fn set_aside(&self) -> Vec<(usize, String)> {
        let keys = self.population.keys(self.table).unwrap_or_default();
        self.always.at.iter().filter_map(|at| Some((*at, keys.get(*at)?.clone()))).collect()
    }

    pub fn text(&self) -> String {
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
        text.push_str(&format!("always      {}\n", self.always.sentence()));
        text.push_str(&format!("sample      {} of {}\n", sample.chosen.len(), self.items.len()));
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
        let set_aside = self.set_aside();
        if !set_aside.is_empty() {
            let mut always = plain(&["ROW", "KEY"]);
            for (_, key) in &set_aside {
                always.add_row([self.numbers.number(key), key]);
            }
            text.push_str(&format!("\nAlways looked at:\n{always}\n\nDrawn:"));
        }
        let mut chosen = plain(&["NO", "ROW", "RANK", "KEY"]);
        for (n, c) in (1..).zip(&sample.chosen) {
            let key = &self.items[c.at].key;
            chosen.add_row([&n.to_string(), self.numbers.number(key), &c.rank[..16], key]);
        }
        if sample.chosen.is_empty() {
            text.push_str("\nnothing is left to draw from\n");
        } else {
            text.push_str(&format!("\n{chosen}\n"));
        }
        text.push_str(&format!("\nROW is the row's number in {}.\n", self.numbered()));
        text.push_str("\nA rank again, with stock tools:\n");
        text.push_str(&format!("  printf '{METHOD}\\n%s\\n{table}\\n%s\\n' \"$SEED\" \"$KEY\" | sha256sum\n"));
        text
    }

    /// Where the numbers of rows are from.
    fn numbered(&self) -> &'static str {
        match self.typed.of {
            cli::Population::Findings => "data/tables/findings.csv, the first after the heads being 1",
            _ => "data/tables/population.csv",
        }
    }

    pub fn object(&self, pack: &PackJson) -> Value {
        let Self { typed, table, population, sample, .. } = self;
        let strata: Vec<Value> = sample
            .strata
            .iter()
            .map(|(name, (rows, chosen))| json!({ "stratum": name, "rows": rows, "chosen": chosen }))
            .collect();
        let row = |from: &Population, at: usize| -> Map<String, Value> {
            from.heads.iter().cloned().zip(from.rows[at].iter().cloned().map(Value::from)).collect()
        };
        let chosen: Vec<Value> = (1..)
            .zip(&sample.chosen)
            .map(|(n, c): (usize, _)| {
                let Item { key, stratum } = &self.items[c.at];
                json!({
                    "no": n, "row_number": number(self.numbers.number(key)), "rank": c.rank, "key": key,
                    "stratum": stratum, "row": row(self.drawn_from, c.at),
                })
            })
            .collect();
        let always = self.set_aside().into_iter().map(|(at, key)| {
            json!({ "row_number": number(self.numbers.number(&key)), "key": key, "row": row(population, at) })
        });
        let rule = match self.always.rule {
            Rule::Applied => "applied",
            Rule::SwitchedOff(_) => "switched_off",
            Rule::NotStreams => "not_streams",
        };
        json!({
            "method": METHOD, "seed": self.seed, "seed_is_pack_root": typed.seed.is_none(), "n": typed.n,
            "run_id": pack.run_id, "pack_root": self.root, "table": format!("data/tables/{table}.csv"),
            "rows_of_table": population.whole, "only": typed.only, "population": population.rows.len(),
            "population_gaps": self.missing, "always_include": {
                "rule": rule, "says": self.always.sentence(), "rows": always.collect::<Vec<_>>(),
            },
            "drawn_from": self.items.len(), "row_numbers_of": self.numbered(),
            "strata_columns": typed.strata, "strata": strata, "sample": chosen,
        })
    }
}

/// A row's number, as a number.
fn number(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}

fn plain(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heads.to_vec());
    table
}
