//! The customer edition on two pages of paper: the most telling of what was shown, what that is, what is withheld, how to check it. The
//! lists of streams and keys and the drafts of answers are in the HTML file and in the tables.

use super::super::RenderError;
use super::super::pdf::document::{
    Block, Cell, Column, ColumnKind, Document, Level, Notice, NoticeTone, Row, Span, Table,
};
use super::Page;
use crate::model::Time;
use crate::model::sha256::Sha256;
use crate::model::sink::Sink;

/// A running head says for whom the edition is, beside its title; a longer one is cut there.
const HEAD_CHARACTERS: usize = 50;

pub fn write(page: &Page, made: Time, sink: &mut dyn Sink) -> Result<(), RenderError> {
    let mut out = sink.file("data/customer.pdf")?;
    super::super::pdf::write(&document(page, made), &mut out).map_err(|e| RenderError::Pdf(e.to_string()))?;
    out.finish()?;
    Ok(())
}

pub(super) fn document(page: &Page, made: Time) -> Document<'_> {
    let id = format!("customer edition\n{}\n{}", page.edition, page.derived_from);
    let mut head: String = page.customer.chars().take(HEAD_CHARACTERS).collect();
    if page.customer.chars().nth(HEAD_CHARACTERS).is_some() {
        head.push('…');
    }
    Document {
        title: page.title.clone(),
        subject: format!("Customer edition for {}", page.customer),
        author: String::new(),
        created: made,
        language: "en".to_owned(),
        id_seed: Sha256::digest(id.as_bytes()),
        running_head: format!("Customer edition for {head}"),
        running_foot: vec![format!("From the pack {}", page.derived_from), format!("As of {}", page.as_of)],
        parts: vec![Box::new(move || blocks(page))],
        attachment: None,
        facts: Vec::new(),
    }
}

fn blocks(page: &Page) -> Vec<Block> {
    let mut blocks = vec![Block::heading(Level::One, page.title.as_str()), Block::text(page.lead)];
    blocks.extend(page.notices.iter().map(|text| {
        Block::Notice(Notice { tone: NoticeTone::Warn, title: String::new(), text: vec![Span::plain(text.as_str())] })
    }));
    blocks.push(Block::KeyValues(
        page.facts.iter().map(|(name, value)| ((*name).to_owned(), Cell::text(value.as_str()))).collect(),
    ));
    blocks.push(Block::heading(Level::Two, page.shown.title));
    blocks.push(shown(page));
    if !page.beyond.is_empty() {
        blocks.push(Block::text(page.beyond.as_str()));
    }
    blocks.push(Block::heading(Level::Two, "What this is"));
    blocks.push(points(&page.nature));
    blocks.push(Block::heading(Level::Two, "What is withheld"));
    blocks.push(points(&page.withheld));
    blocks.push(Block::heading(Level::Two, "How to check it"));
    blocks.push(points(&page.check));
    blocks
}

/// The statements; without the columns for which paper has no room.
fn shown(page: &Page) -> Block {
    let last = page.shown.heads.len() - 5;
    let mut columns = vec![
        Column::new("Statement", 48, ColumnKind::Text),
        Column::new("Shown for", 14, ColumnKind::Text),
        Column::new("Of", 8, ColumnKind::Text),
        Column::new("Not shown for", 14, ColumnKind::Text),
        Column::new("What", 16, ColumnKind::Text),
    ];
    columns.extend(page.shown.heads.iter().skip(5).map(|(_, head)| Column::new(*head, 11, ColumnKind::Text)));
    let rows = page.main.iter().map(|row| {
        let bold =
            |n: usize, text: &String| if n == 1 { Span::bold(text.as_str()) } else { Span::plain(text.as_str()) };
        Row::new(row.iter().take(5 + last).enumerate().map(|(n, text)| Cell::Text(vec![bold(n, text)])).collect())
    });
    Block::Table(Table { columns, rows: rows.collect(), empty: page.shown.empty.to_owned() })
}

fn points(sentences: &[String]) -> Block {
    Block::List(sentences.iter().map(|s| vec![Span::plain(s.as_str())]).collect())
}
