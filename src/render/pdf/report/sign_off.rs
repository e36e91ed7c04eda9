//! The page that people sign. It is blank: this program signs for nobody.

use super::super::document::{Block, Cell, ColumnKind, Level, Row};
use super::table;
use ColumnKind::Text;

/// The page. The statement is what each person may put a name under, and no more.
pub(super) fn page() -> Vec<Block> {
    let mut blocks = vec![Block::PageBreak, Block::heading(Level::One, "Sign-off")];
    blocks.extend(body());
    blocks
}

/// What stands on it.
pub(super) fn body() -> Vec<Block> {
    let statement = "By signing, a person states to have read this report with its gaps and exceptions, to have compared \
                     the evidence root at the foot of the pages with that of the pack, and, as preparer, that scope and \
                     declarations are as the entity knows them. A signature here is about this report; it does not state \
                     that a requirement is met.";
    let row = |role: &str| Row::new(vec![Cell::text(role), Cell::Room, Cell::Room, Cell::Room]);
    let rows = ["Preparer", "Reviewer", "Owner of the systems", "Assessor"].map(row).to_vec();
    let columns = [("Role", 22, Text), ("Name and function", 36, Text), ("Date", 16, Text), ("Signature", 26, Text)];
    let remarks = vec![Row::new(vec![Cell::Room]), Row::new(vec![Cell::Room])];
    vec![
        Block::text(statement),
        table(&columns, rows, ""),
        Block::Label("Remarks".to_owned()),
        table(&[("Remarks of those who sign", 1, Text)], remarks, ""),
    ]
}
