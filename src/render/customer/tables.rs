//! The tables of a customer edition, as CSV and as a workbook, like those of a pack.

use super::super::RenderError;
use super::super::tables::{Column, Kind, Table, write_csv, write_workbook};
use super::{Page, Section};
use crate::model::Time;
use crate::model::sink::Sink;

pub fn write(page: &Page, made: Time, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let sections = || std::iter::once(&page.shown).chain(&page.more).chain(&page.cards);
    for section in sections() {
        write_csv(table(section), sink)?;
    }
    let mut facts: Vec<(String, String)> = vec![("title".to_owned(), page.title.clone())];
    facts.extend(page.notices.iter().map(|n| ("note".to_owned(), n.clone())));
    facts.extend(page.facts.iter().map(|(name, value)| ((*name).to_lowercase(), value.clone())));
    facts.extend(page.nature.iter().map(|n| ("nature".to_owned(), n.clone())));
    facts.extend(page.withheld.iter().map(|n| ("withheld".to_owned(), n.clone())));
    facts.push(("day".to_owned(), super::day(made)));
    write_workbook(&page.title, made, &facts, sections().map(table).collect(), sink)
}

fn table(section: &Section) -> Table<'_> {
    let column = |(name, what): &(&'static str, &'static str)| Column {
        name: (*name).to_owned(),
        kind: if *name == "expires" { Kind::Day } else { Kind::Text },
        what: (*what).into(),
    };
    Table {
        name: section.name,
        row: section.title,
        columns: section.heads.iter().map(column).collect(),
        rows: Box::new(section.rows.iter().cloned()),
    }
}
