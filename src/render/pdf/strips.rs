//! From blocks to strips: pieces as wide as the page that are never cut, each with all that is drawn in it.
//!
//! A block is cut where a page may end, so the paginator needs to know nothing of paragraphs or tables: it puts
//! strips under each other. What could be higher than a page (a cell with a whole policy in it) is cut into strips here.

use super::PdfError;
use super::display::{Area, Artifact, Goal, Item, Owner, PageOf};
use super::document::{Block, Chart, Contents, Cover, Document, Heading, Level, Notice, Span, Tone};
use super::fonts::Fonts;
use super::style::{self, Color, TextStyle};
use super::text::{self, Align, Line};
use super::tree::{NodeId, ROOT, Role, Tree};
use super::{figure, shapes, table};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A piece of a page. Its items count from its own upper edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// Room above it, unless it begins a page.
    pub gap: f32,
    /// How high.
    pub height: f32,
    /// It stands on the same page as the next strip.
    pub keep: bool,
    /// What is drawn.
    pub items: Vec<Item>,
    /// What is drawn above it when it begins a page: the head of its table.
    pub head: Option<Rc<Strip>>,
    /// The name of this place.
    pub anchor: Option<String>,
    /// The heading that it is.
    pub heading: Option<(Level, String)>,
    /// It begins a page; the flag says whether that page is the cover, printed up to its edges.
    pub starts_page: Option<bool>,
}

/// What all blocks are made with.
pub struct Maker<'a> {
    /// The fonts.
    pub fonts: &'a Fonts,
    /// The height of a page's body.
    pub room: f32,
    /// All headings of the document, in order; the number of each is its place here.
    headings: Vec<(Level, String)>,
    tree: &'a RefCell<Tree>,
    /// What the next block stands below.
    within: Cell<NodeId>,
}

/// Takes strips, in order.
pub type Push<'a> = &'a mut dyn FnMut(Strip) -> Result<(), PdfError>;

/// The headings of a document: those of its blocks, and the ones over its tables of contents.
pub fn headings(document: &Document<'_>) -> Vec<(Level, String)> {
    fn of(block: &Block, found: &mut Vec<(Level, String)>) {
        match block {
            &Block::Heading(Heading { level, ref text, .. }) => found.push((level, text.clone())),
            Block::Contents(contents) => found.push((Level::One, contents.title.clone())),
            Block::Together(blocks) => {
                for block in blocks {
                    of(block, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for part in &document.parts {
        for block in part() {
            of(&block, &mut found);
        }
    }
    found
}

impl<'a> Maker<'a> {
    /// What the blocks of a document are made with.
    pub fn new(fonts: &'a Fonts, room: f32, headings: Vec<(Level, String)>, tree: &'a RefCell<Tree>) -> Self {
        Self { fonts, room, headings, tree, within: Cell::new(ROOT) }
    }

    /// Makes the strips of a block. `heading` is the number of the next heading.
    ///
    /// # Errors
    /// When a table cannot be set, as [`table::strips`] says, or whoever takes the strips fails.
    pub fn strips(&self, block: &Block, heading: usize, push: Push<'_>) -> Result<(), PdfError> {
        match block {
            Block::Table(table) => return table::strips(self, table, push),
            Block::KeyValues(pairs) => return table::key_values(self, pairs, push),
            _ => {}
        }
        let strips = match block {
            Block::Cover(cover) => self.cover(cover)?,
            Block::Contents(contents) => self.contents(contents, heading),
            Block::Heading(heading) => self.heading(heading),
            Block::Label(text) => self.label(text),
            Block::Paragraph(spans) => {
                let node = self.node(Role::Paragraph);
                self.paragraph(spans, style::MARGIN, style::CONTENT_WIDTH, 7.0, node)
            }
            Block::List(points) => self.list(points),
            Block::Code(lines) => self.code(lines),
            Block::Notice(notice) => self.notice(notice),
            Block::Chart(chart) => self.chart(chart),
            Block::Figure(figure) => figure::strips(self, figure),
            Block::Together(blocks) => self.together(blocks, heading)?,
            Block::PageBreak => vec![Strip { starts_page: Some(false), ..Strip::default() }],
            Block::Table(_) | Block::KeyValues(_) => Vec::new(),
        };
        strips.into_iter().try_for_each(push)
    }

    /// A node below the part that is being made.
    pub fn node(&self, role: Role) -> NodeId {
        self.below(self.within.get(), role)
    }

    /// A node below another.
    pub fn below(&self, parent: NodeId, role: Role) -> NodeId {
        self.tree.borrow_mut().node(role, parent)
    }

    /// A drawing with the text that says the same.
    pub fn figure(&self, alt: String) -> NodeId {
        self.tree.borrow_mut().figure(alt, self.within.get())
    }

    /// The lines of some text.
    pub fn lines(&self, spans: &[Span], style: &TextStyle, width: f32) -> Vec<Line> {
        text::lines(self.fonts, spans, style, width)
    }

    fn heading(&self, heading: &Heading) -> Vec<Strip> {
        let (style, gap, below) = match heading.level {
            Level::One => (style::HEADING_ONE, 26.0, 6.0),
            Level::Two => (style::HEADING_TWO, 18.0, 3.0),
            Level::Three => (style::HEADING_THREE, 16.0, 1.0),
        };
        let mut lines = self.lines(&[Span::plain(&*heading.text)], &style, style::CONTENT_WIDTH);
        if lines.is_empty() {
            lines.push(Line::default());
        }
        if heading.level == Level::One {
            self.within.set(self.below(ROOT, Role::Section));
        }
        let node = self.node(Role::Heading(heading.level));
        let last = lines.len() - 1;
        let mut strips: Vec<Strip> = (lines.iter().enumerate())
            .map(|(i, line)| {
                let mut strip = Strip { height: style.leading, keep: true, ..Strip::of(node) };
                line.draw(style::MARGIN, 0.0, style::CONTENT_WIDTH, Align::Left, &style, &mut strip.items);
                if i == last {
                    strip.height += below;
                }
                strip
            })
            .collect();
        if heading.level == Level::One {
            let y = strips[last].height - 1.5;
            let (x, width) = (style::MARGIN, style::CONTENT_WIDTH);
            let rule = Item::Rule { x, y, width, thickness: 0.8, color: style::BRAND, dotted: false };
            strips[last].items.push(rule);
        }
        strips[0].gap = gap;
        strips[0].heading = Some((heading.level, heading.text.clone()));
        strips[0].anchor.clone_from(&heading.anchor);
        strips
    }

    fn label(&self, text: &str) -> Vec<Strip> {
        let style = style::LABEL_ABOVE;
        let lines = self.lines(&[Span::plain(text)], &style, style::CONTENT_WIDTH);
        let node = self.node(Role::Paragraph);
        let strip = |(i, line): (usize, Line)| {
            let mut strip = Strip { height: style.leading, keep: true, ..Strip::of(node) };
            strip.gap = if i == 0 { 9.0 } else { 0.0 };
            line.draw(style::MARGIN, 0.0, style::CONTENT_WIDTH, Align::Left, &style, &mut strip.items);
            strip
        };
        lines.into_iter().enumerate().map(strip).collect()
    }

    /// Each strip holds on to the next when a page can hold them all.
    fn together(&self, blocks: &[Block], heading: usize) -> Result<Vec<Strip>, PdfError> {
        let mut strips = Vec::new();
        for block in blocks {
            let before = strips.iter().filter(|s: &&Strip| s.heading.is_some()).count();
            self.strips(block, heading + before, &mut |strip| {
                strips.push(strip);
                Ok(())
            })?;
        }
        if strips.iter().map(|s| s.gap + s.height).sum::<f32>() > self.room {
            strips.insert(0, Strip { starts_page: Some(false), ..Strip::default() });
        } else if let Some((_, before)) = strips.split_last_mut() {
            for strip in before {
                strip.keep = true;
            }
        }
        Ok(strips)
    }

    /// Lines of running text: at least two of them together at each end of a page.
    fn paragraph(&self, spans: &[Span], x: f32, width: f32, gap: f32, node: NodeId) -> Vec<Strip> {
        let lines = self.lines(spans, &style::BODY, width);
        let count = lines.len();
        let strip = |(i, line): (usize, Line)| {
            let mut strip = Strip { height: style::BODY.leading, ..Strip::of(node) };
            strip.gap = if i == 0 { gap } else { 0.0 };
            strip.keep = count > 1 && (i == 0 || i + 2 == count);
            line.draw(x, 0.0, width, Align::Left, &style::BODY, &mut strip.items);
            strip
        };
        lines.into_iter().enumerate().map(strip).collect()
    }

    fn list(&self, points: &[Vec<Span>]) -> Vec<Strip> {
        let list = self.node(Role::List);
        points.iter().enumerate().flat_map(|(i, point)| self.point(point, i == 0, list)).collect()
    }

    fn point(&self, point: &[Span], first: bool, list: NodeId) -> Vec<Strip> {
        let indent = 14.0;
        let gap = if first { 6.0 } else { 2.5 };
        let node = self.below(list, Role::Point);
        let (label, body) = (self.below(node, Role::Label), self.below(node, Role::Body));
        let mut strips = self.paragraph(point, style::MARGIN + indent, style::CONTENT_WIDTH - indent, gap, body);
        if let Some(strip) = strips.first_mut() {
            let mut items = vec![Item::Owner(Owner::Node(label))];
            for line in self.lines(&[Span::plain("•")], &style::BODY, indent) {
                line.draw(style::MARGIN + 3.0, 0.0, indent, Align::Left, &style::BODY, &mut items);
            }
            items.append(&mut strip.items);
            strip.items = items;
        }
        strips
    }

    fn code(&self, lines: &[String]) -> Vec<Strip> {
        let width = style::CONTENT_WIDTH - 20.0;
        let wrapped = lines.iter().flat_map(|line| {
            let lines = self.lines(&[Span::plain(&**line)], &style::CODE, width);
            if lines.is_empty() { vec![Line::default()] } else { lines }
        });
        let node = self.node(Role::Paragraph);
        let lines: Vec<_> = wrapped.map(|line| (line, style::CODE, node)).collect();
        self.boxed(&lines, style::GROUND, None, 10.0)
    }

    fn notice(&self, notice: &Notice) -> Vec<Strip> {
        let width = style::CONTENT_WIDTH - 26.0;
        let (edge, ground) = style::notice_colors(notice.tone);
        let title = self.lines(&[Span::plain(&*notice.title)], &style::NOTICE_TITLE, width);
        let text = self.lines(&notice.text, &style::NOTICE, width);
        let group = self.node(Role::Group);
        let (first, second) = (self.below(group, Role::Paragraph), self.below(group, Role::Paragraph));
        let title = title.into_iter().map(|line| (line, style::NOTICE_TITLE, first));
        let lines = title.chain(text.into_iter().map(|line| (line, style::NOTICE, second)));
        self.boxed(&lines.collect::<Vec<_>>(), ground, Some(edge), 14.0)
    }

    /// Lines on a ground: one strip when it fits a page, else as many as it takes.
    fn boxed(&self, lines: &[(Line, TextStyle, NodeId)], ground: Color, edge: Option<Color>, inset: f32) -> Vec<Strip> {
        let pad = 7.0;
        let total: f32 = lines.iter().map(|(_, s, _)| s.leading).sum::<f32>() + 2.0 * pad;
        let at_once = if total <= self.room - 100.0 { lines.len() } else { 12 };
        let pieces = lines.len().div_ceil(at_once.max(1));
        let piece = |(i, lines): (usize, &[(Line, TextStyle, NodeId)])| {
            let mut strip = Strip { gap: if i == 0 { 9.0 } else { 0.0 }, ..Strip::default() };
            let mut drawn = Vec::new();
            strip.height = if i == 0 { pad } else { 0.0 };
            let mut owner = None;
            for (line, style, node) in lines {
                if owner.replace(*node) != Some(*node) {
                    drawn.push(Item::Owner(Owner::Node(*node)));
                }
                let width = style::CONTENT_WIDTH - 2.0 * inset;
                line.draw(style::MARGIN + inset, strip.height, width, Align::Left, style, &mut drawn);
                strip.height += style.leading;
            }
            strip.height += if i + 1 == pieces { pad } else { 0.0 };
            let area = Area { x: style::MARGIN, y: 0.0, width: style::CONTENT_WIDTH, height: strip.height };
            strip.items.push(artifact());
            strip.items.push(Item::Rect(area, ground));
            strip.items.extend(edge.map(|color| Item::Rect(Area { width: 3.0, ..area }, color)));
            strip.items.append(&mut drawn);
            strip
        };
        lines.chunks(at_once.max(1)).enumerate().map(piece).collect()
    }

    fn cover(&self, cover: &Cover) -> Result<Vec<Strip>, PdfError> {
        self.within.set(self.below(ROOT, Role::Section));
        let band = |height: f32| {
            let area = Area { x: 0.0, y: -0.5, width: style::PAGE_WIDTH, height: height + 1.0 };
            Strip { height, items: vec![artifact(), Item::Rect(area, style::BRAND)], ..Strip::default() }
        };
        let mut strips = vec![Strip { starts_page: Some(true), ..band(72.0) }];
        let mut set = |text: &str, style: &TextStyle, below: f32, role: Role| {
            let node = self.node(role);
            for line in self.lines(&[Span::plain(text)], style, style::CONTENT_WIDTH) {
                let mut strip = band(style.leading);
                strip.items.push(Item::Owner(Owner::Node(node)));
                line.draw(style::MARGIN, 0.0, style::CONTENT_WIDTH, Align::Left, style, &mut strip.items);
                strips.push(strip);
            }
            strips.push(band(below));
        };
        set(&cover.kicker, &style::COVER_KICKER, 70.0, Role::Paragraph);
        set(&cover.title, &style::COVER_TITLE, 8.0, Role::Heading(Level::One));
        set(&cover.subtitle, &style::COVER_SUBTITLE, 34.0, Role::Paragraph);
        strips.push(Strip { height: 16.0, ..Strip::default() });
        table::key_values(self, &cover.facts, &mut |strip| {
            strips.push(strip);
            Ok(())
        })?;
        strips.push(Strip { height: 6.0, ..Strip::default() });
        for notice in &cover.notices {
            strips.append(&mut self.notice(notice));
        }
        strips.push(Strip { starts_page: Some(false), ..Strip::default() });
        Ok(strips)
    }

    fn contents(&self, contents: &Contents, own: usize) -> Vec<Strip> {
        let heading = Heading { level: Level::One, text: contents.title.clone(), anchor: None };
        let mut strips = self.heading(&heading);
        let list = self.node(Role::Contents);
        for (number, (level, text)) in self.headings.iter().enumerate() {
            if *level <= contents.depth && number != own {
                strips.append(&mut self.entry(number, *level, text, list));
            }
        }
        strips
    }

    /// One entry: the words, dots, and a place for the page number.
    fn entry(&self, number: usize, level: Level, text: &str, list: NodeId) -> Vec<Strip> {
        let (indent, gap) = match level {
            Level::One => (0.0, 7.0),
            Level::Two => (14.0, 1.0),
            Level::Three => (28.0, 0.0),
        };
        let style = style::CONTENTS[level as usize];
        let (x, numbers) = (style::MARGIN + indent, 30.0);
        let width = style::RIGHT - x - numbers;
        let lines = self.lines(&[Span::plain(text)], &style, width - 12.0);
        let count = lines.len();
        let reference = self.below(self.below(list, Role::Entry), Role::Reference);
        let link = self.below(reference, Role::Link);
        let strip = |(i, line): (usize, Line)| {
            let mut strip = Strip { height: style.leading, keep: i + 1 < count, ..Strip::of(link) };
            strip.gap = if i == 0 { gap } else { 0.0 };
            let area = Area { x, y: 0.0, width: style::RIGHT - x, height: style.leading };
            strip.items.push(Item::Link(area, Goal::Heading(number)));
            line.draw(x, 0.0, width, Align::Left, &style, &mut strip.items);
            if i + 1 == count {
                let from = x + line.width + 5.0;
                let y = style.leading / 2.0 + style.size * 0.357 - 0.4;
                let (width, color) = (style::RIGHT - numbers + 4.0 - from, style::RULE);
                strip.items.push(Item::Rule { x: from, y, width, thickness: 0.7, color, dotted: true });
                let (goal, right) = (Goal::Heading(number), style::RIGHT);
                strip.items.push(Item::PageOf(PageOf { goal, right, top: 0.0, style }));
            }
            strip
        };
        lines.into_iter().enumerate().map(strip).collect()
    }

    fn chart(&self, chart: &Chart) -> Vec<Strip> {
        let owner = self.figure(alt_of(chart));
        let mut strips = self.legend(chart, owner);
        let (labels, notes, space) = (0.3 * style::CONTENT_WIDTH, 0.24 * style::CONTENT_WIDTH, 10.0);
        let (x, width) = (style::MARGIN + labels + space, style::CONTENT_WIDTH - labels - notes - 2.0 * space);
        for bar in &chart.bars {
            let label = self.lines(&[Span::plain(&*bar.label)], &style::CHART, labels);
            let note = self.lines(&[Span::plain(&*bar.note)], &style::CHART, notes);
            let most = label.len().max(note.len()).max(1);
            // A label may be any text; a page is not made of one label.
            let most = most.min(count_in(self.room / 2.0, style::CHART.leading));
            for piece in 0..label.len().max(note.len()).max(1).div_ceil(most) {
                let mut strip = Strip { gap: if piece == 0 { 4.0 } else { 0.0 }, ..Strip::of(owner) };
                let of = |lines: &[Line]| lines.iter().skip(piece * most).take(most).cloned().collect::<Vec<_>>();
                let (label, note) = (of(&label), of(&note));
                for (lines, x, width) in [(&label, style::MARGIN, labels), (&note, style::RIGHT - notes, notes)] {
                    let mut y = 0.0;
                    for line in lines {
                        line.draw(x, y, width, Align::Left, &style::CHART, &mut strip.items);
                        y += style::CHART.leading;
                    }
                    strip.height = strip.height.max(y);
                }
                strip.height = strip.height.max(style::CHART.leading);
                if piece == 0 {
                    let area = Area { x, y: (style::CHART.leading - 9.0) / 2.0, width, height: 9.0 };
                    bar_of(&bar.parts, bar.of, area, &mut strip.items);
                }
                strips.push(strip);
            }
        }
        if let Some(first) = strips.first_mut() {
            first.gap = 8.0;
        }
        // Bars that are read together stand together, if a page can hold them.
        if strips.iter().map(|s| s.gap + s.height).sum::<f32>() < self.room / 2.0
            && let Some((_, before)) = strips.split_last_mut()
        {
            for strip in before {
                strip.keep = true;
            }
        }
        strips
    }

    /// What the tones stand for, one after the other.
    fn legend(&self, chart: &Chart, node: NodeId) -> Vec<Strip> {
        let style = style::LEGEND;
        let (swatch, space) = (13.0, 16.0);
        let mut strips: Vec<Strip> = Vec::new();
        let mut x = style::RIGHT;
        for (tone, words) in &chart.legend {
            for (i, line) in
                self.lines(&[Span::plain(&**words)], &style, style::CONTENT_WIDTH - swatch).iter().enumerate()
            {
                if i > 0 || x + swatch + line.width > style::RIGHT || strips.is_empty() {
                    strips.push(Strip { height: style.leading, keep: true, ..Strip::of(node) });
                    x = style::MARGIN;
                }
                let Some(strip) = strips.last_mut() else { continue };
                if i == 0 {
                    let area = Area { x, y: (style.leading - 8.0) / 2.0, width: 9.0, height: 8.0 };
                    shapes::part(*tone, area, &mut strip.items);
                }
                line.draw(x + swatch, 0.0, style::CONTENT_WIDTH, Align::Left, &style, &mut strip.items);
                x += swatch + line.width + space;
            }
        }
        strips
    }
}

impl Strip {
    /// A strip that belongs to a node.
    pub fn of(node: NodeId) -> Self {
        Self { items: vec![Item::Owner(Owner::Node(node))], ..Self::default() }
    }
}

/// What follows is no part of what the document says.
fn artifact() -> Item {
    Item::Owner(Owner::Artifact(Artifact::Layout))
}

/// What a chart shows, in words.
fn alt_of(chart: &Chart) -> String {
    let bars: Vec<String> = chart.bars.iter().map(|bar| format!("{}: {}", bar.label, bar.note)).collect();
    format!("Bar chart. {}.", bars.join("; "))
}

/// Draws the parts of a bar, each as long as its share of the whole; a part that is there is seen.
fn bar_of(parts: &[(Tone, u64)], of: u64, area: Area, items: &mut Vec<Item>) {
    items.push(shapes::frame(area));
    let mut before = 0_u64;
    for &(tone, count) in parts {
        let after = before.saturating_add(count).min(of);
        if after > before {
            let from = area.width * share(before, of);
            let to = (area.width * share(after, of)).max(from + 1.2).min(area.width);
            let gap = if to - from > 3.0 && to < area.width { 0.6 } else { 0.0 };
            shapes::part(tone, Area { x: area.x + from.min(area.width - 1.2), width: to - from - gap, ..area }, items);
        }
        before = after;
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a length on paper, not a count")]
fn share(part: u64, of: u64) -> f32 {
    if of == 0 { 0.0 } else { (part as f64 / of as f64) as f32 }
}

/// How many lines fit a height; at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page holds less than a hundred lines")]
pub fn count_in(height: f32, leading: f32) -> usize {
    ((height / leading).max(1.0)) as usize
}
