//! Pages: strips under each other, then what stands on every page.
//!
//! One pass over the blocks; the contents know their length before the pages are known, because a page number has a
//! fixed width. So the work grows with the length of the document and with nothing else. A page is handed on as soon as
//! it is full: only pages that show the number of a later page wait for it. What stands on every page comes last, when
//! their number is known.

use super::PdfError;
use super::display::{Artifact, Goal, Item, Outlined, Owner, Page, PageOf, Place, Text};
use super::document::{Document, Level, Span};
use super::fonts::Fonts;
use super::strips::{self, Maker, Strip};
use super::style::{self, RUNNING};
use super::text::{self, Align, Line};
use super::tree::{self, Tree};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The most lines that a running head or foot may take.
const RUNNING_LINES: usize = 4;
/// Kept free at the right of the running foot for the page's number.
const NUMBER_ROOM: f32 = 90.0;

/// Where pages go.
pub trait Sink {
    /// Takes the body of a page. Pages come in any order, each once.
    ///
    /// # Errors
    /// When the page cannot be written.
    fn body(&mut self, number: usize, page: Page) -> Result<(), PdfError>;
    /// Takes what stands on every page: after the body, and drawn after it.
    ///
    /// # Errors
    /// When the page cannot be written.
    fn running(&mut self, number: usize, page: Page) -> Result<(), PdfError>;
}

/// What is known once all pages are laid out.
#[derive(Debug, Default)]
pub struct Laid {
    /// How many pages there are.
    pub count: usize,
    /// The headings, in order: what the bookmarks show.
    pub headings: Vec<Outlined>,
    /// Where each anchor stands.
    pub anchors: BTreeMap<String, Place>,
    /// What each piece of each page is.
    pub tree: Tree,
}

impl Laid {
    /// Where a link leads, if to a page.
    pub fn place(&self, goal: &Goal) -> Option<Place> {
        match goal {
            Goal::Heading(number) => self.headings.get(*number).map(|h| h.place),
            Goal::Anchor(anchor) => self.anchors.get(anchor).copied(),
            Goal::Uri(_) => None,
        }
    }
}

/// Lays a document out.
///
/// # Errors
/// When the document cannot be printed as it is: a link without an end, two places of one name, a row with too few
/// cells, a running head that takes the page.
pub fn lay_out(document: &Document<'_>, fonts: &Fonts, sink: &mut dyn Sink) -> Result<Laid, PdfError> {
    let running = Running::new(document, fonts)?;
    let (top, bottom) = running.body();
    let tree = RefCell::new(Tree::default());
    let maker = Maker::new(fonts, bottom - top, strips::headings(document), &tree);
    let mut pager = Pager::new(top, bottom, &tree, sink);
    for part in &document.parts {
        for block in part() {
            let next = pager.headings.len() + pager.chain.iter().filter(|s| s.heading.is_some()).count();
            maker.strips(&block, next, &mut |strip| pager.push(strip))?;
        }
    }
    let Ended { mut laid, waiting, drafts, goals } = pager.end()?;
    laid.tree = tree.into_inner();
    for (number, page) in waiting {
        sink.body(number, number_in(page, &laid, fonts))?;
    }
    for (number, draft) in drafts.iter().enumerate() {
        let page = running.print(draft, number + 1, laid.count, fonts);
        sink.running(number, tree::mark(number, page.items, &mut laid.tree))?;
    }
    check_goals(&goals, &laid)?;
    Ok(laid)
}

/// What is remembered of a page whose body is gone.
#[derive(Default)]
struct Draft {
    cover: bool,
    /// The part of the document that the page begins in.
    part: String,
}

struct Ended {
    laid: Laid,
    waiting: Vec<(usize, Page)>,
    drafts: Vec<Draft>,
    goals: BTreeSet<Goal>,
}

/// Puts strips on pages.
struct Pager<'a> {
    top: f32,
    bottom: f32,
    y: f32,
    /// Nothing is on the page yet.
    fresh: bool,
    /// Strips that stay together, not placed yet.
    chain: Vec<Strip>,
    part: String,
    /// The items of the page that is being filled.
    items: Vec<Item>,
    drafts: Vec<Draft>,
    headings: Vec<Outlined>,
    anchors: BTreeMap<String, Place>,
    /// Pages that show the number of another one.
    waiting: Vec<(usize, Page)>,
    /// Where the links lead, each end once.
    goals: BTreeSet<Goal>,
    tree: &'a RefCell<Tree>,
    sink: &'a mut dyn Sink,
}

impl<'a> Pager<'a> {
    fn new(top: f32, bottom: f32, tree: &'a RefCell<Tree>, sink: &'a mut dyn Sink) -> Self {
        Self {
            top,
            bottom,
            y: top,
            fresh: true,
            chain: Vec::new(),
            part: String::new(),
            items: Vec::new(),
            drafts: vec![Draft::default()],
            headings: Vec::new(),
            anchors: BTreeMap::new(),
            waiting: Vec::new(),
            goals: BTreeSet::new(),
            tree,
            sink,
        }
    }

    fn push(&mut self, strip: Strip) -> Result<(), PdfError> {
        if strip.starts_page.is_some() {
            self.flush()?;
        }
        let open = strip.keep;
        self.chain.push(strip);
        if open { Ok(()) } else { self.flush() }
    }

    /// Places the strips that stay together: on this page if they fit, else on the next.
    fn flush(&mut self) -> Result<(), PdfError> {
        let chain = std::mem::take(&mut self.chain);
        let height: f32 = chain.iter().map(|s| s.gap + s.height).sum();
        if !self.fresh && self.y + height > self.bottom {
            self.next_page(false)?;
        }
        chain.into_iter().try_for_each(|strip| self.place(strip))
    }

    fn place(&mut self, mut strip: Strip) -> Result<(), PdfError> {
        match strip.starts_page {
            Some(true) => {
                if !self.fresh {
                    self.next_page(true)?;
                }
                self.y = 0.0;
                if let Some(page) = self.drafts.last_mut() {
                    page.cover = true;
                }
            }
            Some(false) => {
                if !self.fresh {
                    self.next_page(false)?;
                }
                return Ok(());
            }
            None => {}
        }
        if !self.fresh && self.y + strip.gap + strip.height > self.bottom {
            self.next_page(false)?;
        }
        if self.fresh {
            strip.gap = 0.0;
            if let Some(head) = strip.head.take() {
                self.draw(repeated(&head));
            }
        }
        self.y += strip.gap;
        if self.y + strip.height > self.bottom + 0.01 {
            return Err(PdfError::High { what: "a piece of the document" });
        }
        self.name(&mut strip)?;
        self.draw(strip);
        Ok(())
    }

    /// Writes down where the strip's heading and anchor stand.
    fn name(&mut self, strip: &mut Strip) -> Result<(), PdfError> {
        let place = Place { page: self.drafts.len() - 1, y: self.y };
        if let Some((level, text)) = strip.heading.take() {
            if level == Level::One {
                self.part.clone_from(&text);
                if let (true, Some(draft)) = (self.fresh, self.drafts.last_mut()) {
                    draft.part.clone_from(&text);
                }
            }
            self.headings.push(Outlined { level, text, place });
        }
        match strip.anchor.take() {
            Some(anchor) if self.anchors.contains_key(&anchor) => Err(PdfError::Twice { anchor }),
            Some(anchor) => {
                self.anchors.insert(anchor, place);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn draw(&mut self, mut strip: Strip) {
        strip.items.iter_mut().for_each(|item| item.shift(self.y));
        self.items.append(&mut strip.items);
        self.y += strip.height;
        self.fresh = false;
    }

    fn next_page(&mut self, cover: bool) -> Result<(), PdfError> {
        self.page_done()?;
        self.drafts.push(Draft { cover, part: self.part.clone() });
        self.y = self.top;
        self.fresh = true;
        Ok(())
    }

    /// Hands the page on, unless it shows the number of another one.
    fn page_done(&mut self) -> Result<(), PdfError> {
        let number = self.drafts.len() - 1;
        let page = tree::mark(number, std::mem::take(&mut self.items), &mut self.tree.borrow_mut());
        for item in &page.items {
            if let Item::Link(_, goal) = item
                && !matches!(goal, Goal::Heading(_))
            {
                self.goals.insert(goal.clone());
            }
        }
        if page.items.iter().any(|item| matches!(item, Item::PageOf(_))) {
            self.waiting.push((number, page));
            return Ok(());
        }
        self.sink.body(number, page)
    }

    fn end(mut self) -> Result<Ended, PdfError> {
        self.flush()?;
        // A break at the very end asks for a page that nothing comes on.
        if self.fresh && self.drafts.len() > 1 {
            self.drafts.pop();
        } else {
            self.page_done()?;
        }
        let laid =
            Laid { count: self.drafts.len(), headings: self.headings, anchors: self.anchors, tree: Tree::default() };
        Ok(Ended { laid, waiting: self.waiting, drafts: self.drafts, goals: self.goals })
    }
}

/// The head of a table on its second page and later ones: the structure has it once.
fn repeated(head: &Strip) -> Strip {
    let mut head = head.clone();
    for item in &mut head.items {
        if let Item::Owner(owner) = item {
            *owner = Owner::Artifact(Artifact::Layout);
        }
    }
    // What comes after it says whose it is.
    head.items.insert(0, Item::Owner(Owner::Artifact(Artifact::Layout)));
    head
}

/// What stands on every page.
struct Running {
    head: Vec<Line>,
    foot: Vec<Line>,
}

impl Running {
    fn new(document: &Document<'_>, fonts: &Fonts) -> Result<Self, PdfError> {
        let set = |text: &str, width: f32, what: &'static str| {
            let lines = text::lines(fonts, &[Span::plain(text)], &RUNNING, width);
            if lines.len() > RUNNING_LINES { Err(PdfError::High { what }) } else { Ok(lines) }
        };
        let mut foot = Vec::new();
        for line in &document.running_foot {
            foot.append(&mut set(line, style::CONTENT_WIDTH - NUMBER_ROOM, "the running foot")?);
        }
        Ok(Self { head: set(&document.running_head, style::CONTENT_WIDTH * 0.6, "the running head")?, foot })
    }

    /// The upper and lower edge of the body: each line beyond the first takes some of it.
    fn body(&self) -> (f32, f32) {
        let more = |lines: &[Line]| lines.iter().skip(1).map(|_| RUNNING.leading).sum::<f32>();
        (style::BODY_TOP + more(&self.head), style::BODY_BOTTOM - more(&self.foot))
    }

    fn print(&self, draft: &Draft, number: usize, count: usize, fonts: &Fonts) -> Page {
        let rule = |y| Item::Rule {
            x: style::MARGIN,
            y,
            width: style::CONTENT_WIDTH,
            thickness: 0.5,
            color: style::HAIRLINE,
            dotted: false,
        };
        let mut items = vec![Item::Owner(Owner::Artifact(Artifact::Head))];
        if !draft.cover {
            let end = draw_all(&self.head, style::HEAD_TOP, &mut items).max(style::HEAD_TOP + RUNNING.leading);
            let width = style::CONTENT_WIDTH * 0.36;
            let part = text::one_line(fonts, &draft.part, &RUNNING, width);
            part.draw(style::RIGHT - width, style::HEAD_TOP, width, Align::Right, &RUNNING, &mut items);
            items.push(rule(end + 3.0));
        }
        items.push(Item::Owner(Owner::Artifact(Artifact::Foot)));
        let lines: f32 = self.foot.iter().map(|_| RUNNING.leading).sum::<f32>().max(RUNNING.leading);
        let top = style::FOOT_BOTTOM - lines;
        items.push(rule(top - 4.0));
        draw_all(&self.foot, top, &mut items);
        let words = text::one_line(fonts, &format!("Page {number} of {count}"), &RUNNING, NUMBER_ROOM);
        words.draw(style::RIGHT - NUMBER_ROOM, top, NUMBER_ROOM, Align::Right, &RUNNING, &mut items);
        Page { items }
    }
}

/// Draws lines under each other and says where they end.
fn draw_all(lines: &[Line], top: f32, items: &mut Vec<Item>) -> f32 {
    lines.iter().fold(top, |y, line| {
        line.draw(style::MARGIN, y, style::CONTENT_WIDTH, Align::Left, &RUNNING, items);
        y + RUNNING.leading
    })
}

/// Prints the page numbers into the contents, and wherever else one is asked for.
fn number_in(mut page: Page, laid: &Laid, fonts: &Fonts) -> Page {
    for item in &mut page.items {
        let Item::PageOf(PageOf { goal, right, top, style }) = item else { continue };
        let mut number = Vec::new();
        if let Some(place) = laid.place(goal) {
            let line = text::one_line(fonts, &(place.page + 1).to_string(), style, 60.0);
            line.draw(*right - 60.0, *top, 60.0, Align::Right, style, &mut number);
        }
        // A number is one run of one face; without an end it is refused below.
        let none = Text { x: *right, y: *top, size: style.size, color: style.color, glyphs: Vec::new() };
        *item = number.pop().unwrap_or(Item::Text(none));
    }
    page
}

/// Every link must lead somewhere.
fn check_goals(goals: &BTreeSet<Goal>, laid: &Laid) -> Result<(), PdfError> {
    for goal in goals {
        match goal {
            Goal::Anchor(anchor) if !laid.anchors.contains_key(anchor) => {
                return Err(PdfError::Nowhere { anchor: anchor.clone() });
            }
            Goal::Uri(uri) if !(uri.starts_with("https://") || uri.starts_with("http://")) => {
                return Err(PdfError::Address { uri: uri.clone() });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::display::Area;
    use super::super::document::{
        Bar, Block, Cell, Chart, Column, ColumnKind, Contents, Cover, Heading, Notice, NoticeTone, Row, Table, Tone,
    };
    use super::super::samples::{self, Layout, document};
    use super::*;

    fn laid_out(blocks: Vec<Block>) -> Layout {
        samples::lay_out(&document(blocks)).unwrap()
    }

    fn refused(blocks: Vec<Block>) -> PdfError {
        samples::lay_out(&document(blocks)).unwrap_err()
    }

    fn texts(page: &Page) -> impl Iterator<Item = &Text> {
        page.items.iter().filter_map(|item| if let Item::Text(text) = item { Some(text) } else { None })
    }

    /// All characters of a page, a line for each run.
    fn words(page: &Page) -> String {
        texts(page).map(|t| t.glyphs.iter().map(|g| g.ch).chain(['\n']).collect::<String>()).collect()
    }

    fn all_words(layout: &Layout) -> String {
        layout.pages.iter().map(words).collect()
    }

    /// Nothing leaves the page, and no two texts of one line touch.
    fn assert_all_in_place(layout: &Layout) {
        for page in &layout.pages {
            let mut lines: std::collections::BTreeMap<i32, Vec<(f32, f32)>> = std::collections::BTreeMap::new();
            for text in texts(page) {
                // The space at the end of a line takes no room.
                let mut text = text.clone();
                while text.glyphs.pop_if(|glyph| glyph.ch == ' ').is_some() {}
                assert!(text.x >= style::MARGIN - 0.1 && text.x + text.width() <= style::RIGHT + 0.1, "{text:?}");
                assert!(text.y > 0.0 && text.y <= style::FOOT_BOTTOM, "{text:?}");
                #[expect(clippy::cast_possible_truncation, reason = "a page is less than a thousand points high")]
                lines.entry((text.y * 10.0) as i32).or_default().push((text.x, text.x + text.width()));
            }
            for ends in lines.values_mut() {
                ends.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0 + 0.05), "{ends:?} {}", words(page));
            }
            for item in &page.items {
                if let Item::Rect(Area { x, y, width, height }, _) = item {
                    assert!(*x >= -0.1 && x + width <= style::PAGE_WIDTH + 0.1, "{item:?}");
                    assert!(*y >= -1.0 && y + height <= style::PAGE_HEIGHT, "{item:?}");
                }
            }
        }
    }

    fn columns() -> Vec<Column> {
        vec![
            Column::new("Stream", 3, ColumnKind::Text),
            Column::new("Key", 4, ColumnKind::Mono),
            Column::new("Result", 2, ColumnKind::Status),
            Column::new("Events", 1, ColumnKind::Number),
        ]
    }

    fn row(name: &str, key: &str) -> Row {
        Row::new(vec![Cell::text(name), Cell::text(key), Cell::status(Tone::Good, "pass"), Cell::text("12")])
    }

    fn table(rows: Vec<Row>) -> Block {
        Block::Table(Table { columns: columns(), rows, empty: "No stream was listed.".into() })
    }

    #[test]
    fn the_head_of_a_table_stands_on_each_of_its_pages() {
        let rows = (0..150).map(|i| row(&format!("stream-{i}"), "alias/a")).collect();
        let layout = laid_out(vec![table(rows)]);
        assert!(layout.pages.len() > 2);
        for page in &layout.pages {
            assert_eq!(words(page).matches("Stream\nKey\nResult\nEvents\n").count(), 1);
        }
        let all = all_words(&layout);
        assert!((0..150).all(|i| all.contains(&format!("stream-{i}\n"))));
        assert_all_in_place(&layout);
    }

    #[test]
    fn every_page_has_its_number_and_the_running_foot() {
        let layout = laid_out((0..120).map(|i| Block::text(format!("paragraph {i}"))).collect());
        let count = layout.pages.len();
        assert!(count > 1);
        for (i, page) in layout.pages.iter().enumerate() {
            let words = words(page);
            assert!(words.contains(&format!("Page {} of {count}\n", i + 1)), "{words}");
            assert!(words.contains("running foot") && words.contains("running head"));
        }
    }

    #[test]
    fn a_long_arn_is_all_there() {
        let arn = "arn:aws:kms:eu-central-1:111122223333:key/mrk-0a1b2c3d00004000800000000000abcd".repeat(3);
        let layout = laid_out(vec![table(vec![row("a", &arn)])]);
        let words = all_words(&layout).replace('\n', "");
        // The cell's lines follow each other before the next cell begins.
        assert!(words.contains(&arn), "{words}");
        assert_all_in_place(&layout);
    }

    #[test]
    fn a_narrow_column_takes_room_from_others_before_it_breaks_a_word() {
        let columns = vec![Column::new("Result", 1, ColumnKind::Status), Column::new("Reason", 12, ColumnKind::Text)];
        let rows = vec![Row::new(vec![Cell::status(Tone::Unknown, "unknown"), Cell::text("not read")])];
        let layout = laid_out(vec![Block::Table(Table { columns, rows, empty: String::new() })]);
        assert!(all_words(&layout).contains("\nunknown\n"));
        assert_all_in_place(&layout);
    }

    #[test]
    fn an_empty_table_says_why_it_is_empty() {
        assert!(all_words(&laid_out(vec![table(vec![])])).contains("No stream was listed."));
    }

    #[test]
    fn a_row_higher_than_a_page_goes_on_on_the_next() {
        let words: Vec<String> = (0..3000).map(|i| format!("word{i}")).collect();
        let layout =
            laid_out(vec![Block::heading(Level::One, "Long"), table(vec![row(&words.join(" "), "k"), row("b", "k")])]);
        assert!(layout.pages.len() > 2);
        let all = all_words(&layout).replace('\n', " ");
        assert!(words.iter().all(|w| all.contains(&format!("{w} "))));
        assert!(layout.pages.iter().all(|p| self::words(p).contains("Result\n")));
        // The pages are full: the row begins under its heading.
        assert!(self::words(&layout.pages[0]).contains("word0 "));
        assert_all_in_place(&layout);
    }

    #[test]
    fn a_row_that_fits_a_page_is_not_cut() {
        let tall = "line ".repeat(300);
        let rows = vec![row("first", "k"), row(&tall, "tall"), row(&tall, "tall"), row(&tall, "tall")];
        let layout = laid_out(vec![table(rows)]);
        let on_page: Vec<usize> = layout.pages.iter().map(|p| words(p).matches("line").count()).collect();
        assert!(on_page.len() > 1 && on_page.iter().all(|n| n % 300 == 0), "{on_page:?}");
    }

    #[test]
    fn a_heading_stands_with_what_it_heads() {
        for lines in 30..60 {
            let mut blocks: Vec<Block> = (0..lines).map(|_| Block::text("x")).collect();
            blocks.extend([
                Block::heading(Level::Two, "Head"),
                Block::heading(Level::Three, "Sub"),
                table(vec![row("body", "k")]),
            ]);
            let layout = laid_out(blocks);
            let page = layout.pages.iter().find(|p| words(p).contains("Head\n")).unwrap();
            assert!(words(page).contains("Sub\n") && words(page).contains("body\n"), "after {lines} lines");
        }
    }

    #[test]
    fn the_contents_name_the_pages_of_the_headings() {
        let mut blocks =
            vec![Block::Contents(Contents { title: "Contents".into(), depth: Level::Two }), Block::PageBreak];
        for i in 0..5 {
            blocks.push(Block::heading(Level::One, format!("Part {i}")));
            blocks.push(Block::heading(Level::Three, "Too deep"));
            blocks.extend((0..50).map(|_| Block::text("text")));
        }
        let layout = laid_out(blocks);
        let contents = words(&layout.pages[0]);
        assert!(!contents.contains("Too deep"));
        for heading in layout.headings.iter().filter(|h| h.text.starts_with("Part")) {
            assert!(words(&layout.pages[heading.place.page]).contains(&heading.text));
            assert!(contents.contains(&heading.text));
        }
        let first = contents.lines().filter_map(|line| line.parse::<usize>().ok()).collect::<Vec<_>>();
        let pages = layout.headings.iter().filter(|h| h.text.starts_with("Part")).map(|h| h.place.page + 1);
        assert_eq!(first, pages.collect::<Vec<_>>());
        assert!(layout.pages[0].items.iter().any(|i| matches!(i, Item::Link(_, Goal::Heading(1)))));
    }

    #[test]
    fn the_cover_has_a_foot_and_no_head() {
        let layout = laid_out(vec![
            Block::Cover(Cover {
                kicker: "above the title".into(),
                title: "A title that is long enough to be set on more than one line".into(),
                subtitle: "And a subtitle".into(),
                facts: vec![("Account".into(), Cell::text("111122223333"))],
                notices: vec![Notice { tone: NoticeTone::Warn, title: "Gaps".into(), text: vec![Span::plain("Two.")] }],
            }),
            Block::text("after"),
        ]);
        assert_eq!(layout.pages.len(), 2);
        let cover = words(&layout.pages[0]);
        assert!(cover.contains("running foot") && cover.contains("Two.") && !cover.contains("after"));
        assert!(cover.contains("above the title") && !cover.contains("running head"));
        assert!(words(&layout.pages[1]).contains("after"));
        assert_all_in_place(&layout);
    }

    #[test]
    fn what_belongs_together_stays_on_one_page_if_one_can_hold_it() {
        let some = |name: &str, count: usize| {
            let head = Heading { level: Level::Two, text: name.into(), anchor: Some(name.into()) };
            let mut blocks = vec![Block::Heading(head), Block::Label(format!("label of {name}"))];
            blocks.extend((0..count).map(|i| Block::text(format!("{name} {i}"))));
            Block::Together(blocks)
        };
        let layout = laid_out(vec![some("first", 20), some("second", 20), some("long", 60), some("last", 2)]);
        let page = |anchor: &str| layout.anchors[anchor].page;
        assert_eq!([page("first"), page("second"), page("long")], [0, 1, 2]);
        assert!(words(&layout.pages[1]).contains("label of second\nsecond 0\n"));
        assert!(words(&layout.pages[1]).contains("second 19\n"));
        assert_eq!(
            layout.headings.iter().map(|h| h.text.as_str()).collect::<Vec<_>>(),
            ["first", "second", "long", "last"]
        );
        assert_all_in_place(&layout);
    }

    #[test]
    fn a_cell_can_show_the_page_of_a_place() {
        let columns = vec![Column::new("What", 4, ColumnKind::Text), Column::new("Page", 1, ColumnKind::Number)];
        let rows = vec![Row::new(vec![Cell::text("the end"), Cell::PageOf("end".into())])];
        let head = Heading { level: Level::One, text: "End".into(), anchor: Some("end".into()) };
        let mut blocks =
            vec![Block::Table(Table { columns: columns.clone(), rows: rows.clone(), empty: String::new() })];
        blocks.extend([Block::PageBreak, Block::PageBreak, Block::text("x"), Block::PageBreak, Block::Heading(head)]);
        let layout = laid_out(blocks);
        assert!(words(&layout.pages[0]).lines().any(|line| line == "3"), "{}", words(&layout.pages[0]));
        let nowhere = refused(vec![Block::Table(Table { columns, rows, empty: String::new() })]);
        assert_eq!(nowhere, PdfError::Nowhere { anchor: "end".into() });
    }

    #[test]
    fn hostile_text_stays_in_its_place() {
        let hostile = [
            ") Tj ET Q endstream endobj".to_owned(),
            "\u{202e}gnp.exe\u{0}\n\r\t\u{200b}\u{feff}".to_owned(),
            "\u{301}\u{302}\u{303}".repeat(200),
            format!("a{}", "\u{301}".repeat(500)),
            "שלום עולם مرحبا 日本語 🦀👩‍👩‍👧".to_owned(),
            "W".repeat(4000),
            "⸻".repeat(80),
            " ".repeat(3000),
            "⟨U+0041⟩".to_owned(),
            (' '..='\u{2ff}').collect(),
            "/".repeat(900),
        ];
        for text in hostile {
            let t = text.as_str();
            let layout = laid_out(vec![
                Block::Cover(Cover {
                    kicker: String::new(),
                    title: t.into(),
                    subtitle: t.into(),
                    facts: vec![(t.into(), Cell::text(t)), (t.into(), Cell::status(Tone::Bad, t))],
                    notices: vec![Notice {
                        tone: NoticeTone::Info,
                        title: t.into(),
                        text: vec![Span::mono(t).to("here")],
                    }],
                }),
                Block::Contents(Contents { title: t.into(), depth: Level::Three }),
                Block::Heading(Heading { level: Level::One, text: t.into(), anchor: Some("here".into()) }),
                Block::heading(Level::Three, t),
                Block::Paragraph(vec![Span::plain(t), Span::bold(t), Span::mono(t).to_uri("https://example.com/")]),
                Block::List(vec![vec![Span::plain(t)]]),
                Block::Code(vec![t.into()]),
                Block::Chart(Chart {
                    legend: vec![(Tone::Good, t.into()), (Tone::Bad, t.into())],
                    bars: vec![Bar {
                        label: t.into(),
                        parts: vec![(Tone::Unknown, u64::MAX), (Tone::Bad, 9)],
                        of: 3,
                        note: t.into(),
                    }],
                }),
                table(vec![
                    row(t, t),
                    Row::new(vec![Cell::text(t), Cell::text(t), Cell::status(Tone::Bad, t), Cell::text(t)]),
                ]),
            ]);
            assert_all_in_place(&layout);
        }
    }

    #[test]
    fn what_no_font_can_show_is_seen() {
        let all = all_words(&laid_out(vec![table(vec![row("日\u{202e}", "🦀")])]));
        for mark in ["⟨U+65E5⟩", "⟨U+202E⟩", "⟨U+1F980⟩"] {
            assert!(all.contains(mark), "{all}");
        }
    }

    #[test]
    fn a_part_of_a_bar_that_is_there_is_seen_and_none_is_longer_than_the_whole() {
        let bar = Bar {
            label: "a".into(),
            parts: vec![(Tone::Bad, 1), (Tone::Good, 9_999_999)],
            of: 10_000_000,
            note: "n".into(),
        };
        let layout = laid_out(vec![Block::Chart(Chart { legend: vec![], bars: vec![bar] })]);
        let bad = style::bar_color(Tone::Bad);
        let part = layout.pages[0].items.iter().find_map(|i| match i {
            Item::Rect(area, color) if *color == bad => Some(area.width),
            _ => None,
        });
        assert!(part.is_some_and(|width| width > 1.0), "{part:?}");
        assert_all_in_place(&layout);
    }

    #[test]
    fn a_document_that_contradicts_itself_is_refused() {
        let here =
            |text: &str| Block::Heading(Heading { level: Level::One, text: text.into(), anchor: Some("a".into()) });
        let nowhere = refused(vec![Block::Paragraph(vec![Span::plain("x").to("b")]), here("A")]);
        assert_eq!(nowhere, PdfError::Nowhere { anchor: "b".into() });
        assert_eq!(refused(vec![here("A"), here("B")]), PdfError::Twice { anchor: "a".into() });
        let address = refused(vec![Block::Paragraph(vec![Span::plain("x").to_uri("javascript:alert(1)")])]);
        assert_eq!(address, PdfError::Address { uri: "javascript:alert(1)".into() });
        let ragged = refused(vec![table(vec![row("a", "b"), Row::new(vec![])])]);
        assert_eq!(ragged, PdfError::Ragged { row: 2, cells: 0, columns: 4 });
        let many = (0..40).map(|_| Column::new("c", 1, ColumnKind::Text)).collect();
        let narrow = refused(vec![Block::Table(Table { columns: many, rows: vec![], empty: String::new() })]);
        assert_eq!(narrow, PdfError::Narrow { column: "c".into() });
    }

    #[test]
    fn a_document_of_nothing_is_one_page() {
        assert_eq!(laid_out(vec![]).pages.len(), 1);
        assert_eq!(laid_out(vec![Block::text(""), Block::PageBreak, Block::PageBreak]).pages.len(), 1);
    }
}
