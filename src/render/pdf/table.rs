//! Tables, and names with their values: cells side by side, each wrapped in its own width.
//!
//! A row is one strip unless it is higher than a page can hold; then it is cut between lines. No cell is cut off.

use super::PdfError;
use super::display::{Area, Goal, Item, Owner, PageOf};
use super::document::{Cell, Column, ColumnKind, Span, Table, Tone};
use super::shapes;
use super::strips::{Maker, Push, Strip, count_in};
use super::style::{self, TextStyle};
use super::text::{self, Align, Line};
use super::tree::{NodeId, Role};
use std::rc::Rc;

/// Left and right of the text in a cell.
const SIDE: f32 = 4.0;
/// Above and below it.
const PAD: f32 = 3.2;
/// What a sign and the space after it take.
const SIGN: f32 = 12.0;
/// What the number of a page takes, up to five digits.
const PAGE_NUMBER: f32 = 24.0;
/// A column that is narrower cannot be read.
const NARROWEST: f32 = 22.0;
/// Words up to this width are kept whole where the page allows it.
const WORD: f32 = 84.0;
/// Room left on a page of its own for a heading above a table.
const HEADING_ROOM: f32 = 90.0;
/// How high room for a pen is.
const ROOM: f32 = 26.0;
/// Lines in one piece of a row that is cut.
const PIECE: usize = 8;

/// Where a column stands.
#[derive(Clone, Copy)]
struct Slot {
    x: f32,
    width: f32,
    align: Align,
    style: TextStyle,
}

/// A cell in lines.
struct Set {
    sign: Option<Tone>,
    /// Shows the number of the page of this anchor.
    page_of: Option<String>,
    lines: Vec<Line>,
    slot: Slot,
    node: NodeId,
    /// The least height of its row.
    room: f32,
}

/// Makes the strips of a table: its head, then its rows, one after the other.
///
/// # Errors
/// When there are no columns, more than the page is wide, a row without a cell for each, or a head as high as a page.
pub fn strips(maker: &Maker, table: &Table, push: Push<'_>) -> Result<(), PdfError> {
    let slots = slots(maker, table)?;
    let node = maker.node(Role::Table);
    let head = head(maker, table, &slots, maker.below(node, Role::Row))?;
    let limit = maker.room - head.height - HEADING_ROOM;
    let head = Rc::new(head);
    push(Strip { gap: 9.0, keep: true, ..(*head).clone() })?;
    for (number, row) in table.rows.iter().enumerate() {
        if row.cells.len() != slots.len() {
            return Err(PdfError::Ragged { row: number + 1, cells: row.cells.len(), columns: slots.len() });
        }
        let of = maker.below(node, Role::Row);
        let cells = row.cells.iter().zip(&slots);
        let sets = cells.map(|(cell, slot)| set(maker, cell, *slot, maker.below(of, Role::Cell))).collect::<Vec<_>>();
        let mut pieces = pieces(&sets, limit);
        if let Some(first) = pieces.first_mut() {
            first.anchor.clone_from(&row.anchor);
        }
        for piece in pieces {
            push(Strip { head: Some(Rc::clone(&head)), ..piece })?;
        }
    }
    if table.rows.is_empty() {
        let slot = Slot { x: style::MARGIN, width: style::CONTENT_WIDTH, align: Align::Left, style: style::CELL_EMPTY };
        let cell = maker.below(maker.below(node, Role::Row), Role::Cell);
        pieces(&[set(maker, &Cell::text(&*table.empty), slot, cell)], limit).into_iter().try_for_each(push)?;
    }
    Ok(())
}

/// Makes the strips of names and values.
///
/// # Errors
/// When whoever takes them fails.
pub fn key_values(maker: &Maker, pairs: &[(String, Cell)], push: Push<'_>) -> Result<(), PdfError> {
    let names = 0.27 * style::CONTENT_WIDTH;
    let left = Slot { x: style::MARGIN - SIDE, width: names, align: Align::Left, style: style::LABEL };
    let right = Slot {
        x: style::MARGIN + names,
        width: style::CONTENT_WIDTH - names + SIDE,
        align: Align::Left,
        style: style::VALUE,
    };
    let table = maker.node(Role::Table);
    let mut gap = 9.0;
    for (name, value) in pairs {
        let of = maker.below(table, Role::Row);
        let (head, cell) = (maker.below(of, Role::RowHead), maker.below(of, Role::Cell));
        let row = [set(maker, &Cell::text(&**name), left, head), set(maker, value, right, cell)];
        for mut strip in pieces(&row, maker.room - HEADING_ROOM) {
            strip.gap = std::mem::take(&mut gap);
            push(strip)?;
        }
    }
    Ok(())
}

/// Columns get their share of the width, but no narrower than their longest word while others have room to give.
fn slots(maker: &Maker, table: &Table) -> Result<Vec<Slot>, PdfError> {
    let total: f32 = table.columns.iter().map(|c| f32::from(c.weight.max(1))).sum();
    let share = |weight: u16| style::CONTENT_WIDTH * f32::from(weight.max(1)) / total;
    let mut widths: Vec<f32> = table.columns.iter().map(|c| share(c.weight)).collect();
    if let Some(column) = table.columns.iter().zip(&widths).find_map(|(c, w)| (*w < NARROWEST).then_some(c)) {
        return Err(PdfError::Narrow { column: column.title.clone() });
    }
    even_out(&mut widths, &needs(maker, table));
    let mut x = style::MARGIN;
    let mut slots = Vec::new();
    for (column, width) in table.columns.iter().zip(widths) {
        let (align, style) = look(column.kind);
        slots.push(Slot { x, width, align, style });
        x += width;
    }
    if slots.is_empty() { Err(PdfError::NoColumns) } else { Ok(slots) }
}

fn look(kind: ColumnKind) -> (Align, TextStyle) {
    match kind {
        ColumnKind::Text | ColumnKind::Status => (Align::Left, style::CELL),
        ColumnKind::Mono => (Align::Left, style::CELL_MONO),
        ColumnKind::Number => (Align::Right, style::CELL),
    }
}

/// What each column needs so that no word of reasonable length is broken.
fn needs(maker: &Maker, table: &Table) -> Vec<f32> {
    let need = |(at, column): (usize, &Column)| {
        let style = look(column.kind).1;
        let title = text::longest_word(maker.fonts, &[Span::plain(&*column.title)], &style::CELL_HEAD, WORD);
        let cells = table.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| match cell {
            Cell::Text(spans) => text::longest_word(maker.fonts, spans, &style, WORD),
            Cell::PageOf(_) => PAGE_NUMBER,
            Cell::Room => 0.0,
            Cell::Status(_, word) => SIGN + text::longest_word(maker.fonts, &[Span::bold(&**word)], &style::CELL, WORD),
        });
        cells.fold(title, f32::max) + 2.0 * SIDE + 0.1
    };
    table.columns.iter().enumerate().map(need).collect()
}

/// Takes from columns that have more than they need, in proportion, what others lack.
fn even_out(widths: &mut [f32], needs: &[f32]) {
    let lacks: f32 = widths.iter().zip(needs).map(|(w, n)| (n - w).max(0.0)).sum();
    let spare: f32 = widths.iter().zip(needs).map(|(w, n)| (w - n).max(0.0)).sum();
    if lacks <= 0.0 || spare <= 0.0 {
        return;
    }
    let moved = lacks.min(spare);
    for (width, need) in widths.iter_mut().zip(needs) {
        let (lack, more) = ((need - *width).max(0.0), (*width - need).max(0.0));
        *width += moved * lack / lacks - moved * more / spare;
    }
}

fn head(maker: &Maker, table: &Table, slots: &[Slot], row: NodeId) -> Result<Strip, PdfError> {
    let titles = table.columns.iter().zip(slots);
    let sets = titles.map(|(column, slot)| {
        let slot = Slot { style: style::CELL_HEAD, ..*slot };
        set(maker, &Cell::text(&*column.title), slot, maker.below(row, Role::ColumnHead))
    });
    let sets: Vec<Set> = sets.collect();
    let lines = sets.iter().map(|s| s.lines.len()).max().unwrap_or(0).max(1);
    let mut strip = piece(&sets, 0, lines);
    if strip.height > maker.room / 3.0 {
        return Err(PdfError::High { what: "the head of a table" });
    }
    let area = Area { x: style::MARGIN, y: 0.0, width: style::CONTENT_WIDTH, height: strip.height };
    strip.items.insert(0, Item::Rect(area, style::GROUND));
    strip.items.push(rule(strip.height, 0.8, style::RULE));
    Ok(strip)
}

fn set(maker: &Maker, cell: &Cell, slot: Slot, node: NodeId) -> Set {
    let width = slot.width - 2.0 * SIDE;
    let set = Set { sign: None, page_of: None, lines: Vec::new(), slot, node, room: 0.0 };
    match cell {
        Cell::Text(spans) => Set { lines: maker.lines(spans, &slot.style, width), ..set },
        Cell::PageOf(anchor) => Set { page_of: Some(anchor.clone()), ..set },
        Cell::Room => Set { room: ROOM, ..set },
        Cell::Status(tone, word) => {
            let style = TextStyle { face: style::CELL.face, color: style::tone_color(*tone), ..slot.style };
            let lines = maker.lines(&[Span::bold(&**word)], &style, width - SIGN);
            Set { sign: Some(*tone), lines, slot: Slot { style, align: Align::Left, ..slot }, ..set }
        }
    }
}

/// A row: one strip, or several when it is higher than the limit.
fn pieces(sets: &[Set], limit: f32) -> Vec<Strip> {
    let lines = sets.iter().map(|s| s.lines.len()).max().unwrap_or(0).max(1);
    let leading = sets.iter().map(|s| s.slot.style.leading).fold(0.0, f32::max);
    let at_once = if lines <= count_in(limit - 2.0 * PAD, leading) { lines } else { PIECE };
    let mut strips: Vec<Strip> = (0..lines).step_by(at_once).map(|from| piece(sets, from, at_once)).collect();
    if let Some(last) = strips.last_mut() {
        last.items.push(rule(last.height, 0.4, style::HAIRLINE));
    }
    strips
}

/// The lines of all cells from one number on.
fn piece(sets: &[Set], from: usize, at_once: usize) -> Strip {
    let lines = sets.iter().map(|s| s.lines.len()).max().unwrap_or(0).max(1);
    let above = if from == 0 { PAD } else { 0.0 };
    let below = if from + at_once >= lines { PAD } else { 0.0 };
    let mut strip = Strip { height: above, ..Strip::default() };
    for set in sets {
        let Slot { x, width, align, style } = set.slot;
        let indent = if set.sign.is_some() { SIGN } else { 0.0 };
        let mut y = above;
        strip.items.push(Item::Owner(Owner::Node(set.node)));
        if let Some(tone) = set.sign.filter(|_| from == 0) {
            shapes::sign(tone, x + SIDE + 4.0, y + style.leading / 2.0, 3.1, &mut strip.items);
        }
        for line in set.lines.iter().skip(from).take(at_once) {
            line.draw(x + SIDE + indent, y, width - 2.0 * SIDE - indent, align, &style, &mut strip.items);
            y += style.leading;
        }
        if let Some(anchor) = set.page_of.as_ref().filter(|_| from == 0) {
            let (goal, right) = (Goal::Anchor(anchor.clone()), x + width - SIDE);
            strip.items.push(Item::Link(Area { x, y: 0.0, width, height: above + style.leading }, goal.clone()));
            strip.items.push(Item::PageOf(PageOf { goal, right, top: above, style }));
        }
        // An empty cell is as high as one of a line.
        strip.height = strip.height.max(y).max(above + style.leading).max(set.room);
    }
    strip.height += below;
    // Where people write, each cell has its edge.
    if sets.iter().any(|set| set.room > 0.0) {
        for set in sets.iter().skip(1) {
            let area = Area { x: set.slot.x, y: 0.0, width: 0.4, height: strip.height };
            strip.items.push(Item::Rect(area, style::HAIRLINE));
        }
    }
    strip
}

fn rule(y: f32, thickness: f32, color: style::Color) -> Item {
    Item::Rule { x: style::MARGIN, y, width: style::CONTENT_WIDTH, thickness, color, dotted: false }
}
