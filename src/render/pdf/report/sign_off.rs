//! The page that people sign. It is blank: this program signs for nobody.

use super::super::document::{Block, Cell, ColumnKind, Level, Row, Span};
use super::table;
use crate::render::view::Report;
use ColumnKind::Text;

/// The page, with the statements that people put their names under, and no more.
pub(super) fn page(report: &Report) -> Vec<Block> {
    let rows = report.sign_off.iter().map(|row| {
        let role = Cell::Text(vec![Span::bold(row.role), Span::plain(format!(". {}", row.statement))]);
        Row::new(vec![role, Cell::Room, Cell::Room, Cell::Room])
    });
    let columns =
        [("Who states what", 44, Text), ("Name and function", 26, Text), ("Date", 12, Text), ("Signature", 20, Text)];
    let remarks = vec![Row::new(vec![Cell::Room]); 3];
    vec![
        Block::PageBreak,
        Block::heading(Level::One, "Sign-off"),
        Block::text(
            "Blank until people fill it in. A signature is about this report, and does not state that a requirement is met.",
        ),
        table(&columns, rows.collect(), ""),
        Block::Label("Remarks".to_owned()),
        table(&[("Remarks of those who sign", 1, Text)], remarks, ""),
    ]
}
