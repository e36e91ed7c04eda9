//! Pages: strips under each other, then what stands on every page, then the page numbers in the contents.
//!
//! One pass over the blocks; the contents know their length before the pages are known, because a page number has a
//! fixed width. So the work grows with the length of the document and with nothing else.

use super::PdfError;
use super::display::{Goal, Item, Layout, Outlined, Page, Place};
use super::document::{Document, Level, Span};
use super::fonts::Fonts;
use super::strips::{self, Maker, PageOf, Strip};
use super::style::{self, RUNNING};
use super::text::{self, Align, Line};

/// The most lines that a running head or foot may take.
const RUNNING_LINES: usize = 4;
/// Kept free at the right of the running foot for the page's number.
const NUMBER_ROOM: f32 = 90.0;

/// Lays a document out.
///
/// # Errors
/// When the document cannot be printed as it is: a link without an end, two places of one name, a row with too few
/// cells, a running head that takes the page.
pub fn lay_out(document: &Document, fonts: &Fonts) -> Result<Layout, PdfError> {
    let running = Running::new(document, fonts)?;
    let (top, bottom) = running.body();
    let headings = strips::headings(&document.blocks);
    let maker = Maker { fonts, room: bottom - top, kicker: &document.running_head, headings };
    let mut pager = Pager::new(top, bottom);
    for block in &document.blocks {
        let next = pager.layout.headings.len() + pager.chain.iter().filter(|s| s.heading.is_some()).count();
        for strip in maker.strips(block, next)? {
            pager.push(strip)?;
        }
    }
    let mut drafts = pager.end()?;
    number_contents(&mut drafts, fonts);
    let Drafts { mut layout, pages, .. } = drafts;
    let count = pages.len();
    for (number, page) in pages.into_iter().enumerate() {
        layout.pages.push(running.print(page, number + 1, count, fonts));
    }
    check_goals(&layout)?;
    Ok(layout)
}

/// A page without what stands on every page.
#[derive(Default)]
struct Draft {
    items: Vec<Item>,
    cover: bool,
    /// The part of the document that the page begins in.
    part: String,
}

struct Drafts {
    layout: Layout,
    pages: Vec<Draft>,
    /// Page, place on it, and what is to be printed there.
    numbers: Vec<(usize, f32, PageOf)>,
}

/// Puts strips on pages.
struct Pager {
    top: f32,
    bottom: f32,
    y: f32,
    /// Nothing is on the page yet.
    fresh: bool,
    /// Strips that stay together, not placed yet.
    chain: Vec<Strip>,
    part: String,
    pages: Vec<Draft>,
    layout: Layout,
    numbers: Vec<(usize, f32, PageOf)>,
}

impl Pager {
    fn new(top: f32, bottom: f32) -> Self {
        Self {
            top,
            bottom,
            y: top,
            fresh: true,
            chain: Vec::new(),
            part: String::new(),
            pages: vec![Draft::default()],
            layout: Layout::default(),
            numbers: Vec::new(),
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
            self.next_page(false);
        }
        chain.into_iter().try_for_each(|strip| self.place(strip))
    }

    fn place(&mut self, mut strip: Strip) -> Result<(), PdfError> {
        match strip.starts_page {
            Some(true) => {
                if !self.fresh {
                    self.next_page(true);
                }
                self.y = 0.0;
                if let Some(page) = self.pages.last_mut() {
                    page.cover = true;
                }
            }
            Some(false) => {
                if !self.fresh {
                    self.next_page(false);
                }
                return Ok(());
            }
            None => {}
        }
        if !self.fresh && self.y + strip.gap + strip.height > self.bottom {
            self.next_page(false);
        }
        if self.fresh {
            strip.gap = 0.0;
            if let Some(head) = strip.head.take() {
                self.draw((*head).clone());
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
        let page = self.pages.len() - 1;
        let place = Place { page, y: self.y };
        if let Some((level, text)) = strip.heading.take() {
            if level == Level::One {
                self.part.clone_from(&text);
                if let (true, Some(draft)) = (self.fresh, self.pages.last_mut()) {
                    draft.part.clone_from(&text);
                }
            }
            self.layout.headings.push(Outlined { level, text, place });
        }
        if let Some(number) = strip.page_of {
            self.numbers.push((page, self.y, number));
        }
        match strip.anchor.take() {
            Some(anchor) if self.layout.anchors.contains_key(&anchor) => Err(PdfError::Twice { anchor }),
            Some(anchor) => {
                self.layout.anchors.insert(anchor, place);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn draw(&mut self, mut strip: Strip) {
        strip.items.iter_mut().for_each(|item| item.shift(self.y));
        if let Some(page) = self.pages.last_mut() {
            page.items.append(&mut strip.items);
        }
        self.y += strip.height;
        self.fresh = false;
    }

    fn next_page(&mut self, cover: bool) {
        self.pages.push(Draft { cover, part: self.part.clone(), items: Vec::new() });
        self.y = self.top;
        self.fresh = true;
    }

    fn end(mut self) -> Result<Drafts, PdfError> {
        self.flush()?;
        // A break at the very end asks for a page that nothing comes on.
        if self.fresh && self.pages.len() > 1 {
            self.pages.pop();
        }
        Ok(Drafts { layout: self.layout, pages: self.pages, numbers: self.numbers })
    }
}

/// What stands on every page.
struct Running {
    head: Vec<Line>,
    foot: Vec<Line>,
}

impl Running {
    fn new(document: &Document, fonts: &Fonts) -> Result<Self, PdfError> {
        let set = |text: &str, width: f32, what: &'static str| {
            let lines = text::lines(fonts, &[Span::plain(text)], &RUNNING, width);
            if lines.len() > RUNNING_LINES { Err(PdfError::High { what }) } else { Ok(lines) }
        };
        Ok(Self {
            head: set(&document.running_head, style::CONTENT_WIDTH * 0.6, "the running head")?,
            foot: set(&document.running_foot, style::CONTENT_WIDTH - NUMBER_ROOM, "the running foot")?,
        })
    }

    /// The upper and lower edge of the body: each line beyond the first takes some of it.
    fn body(&self) -> (f32, f32) {
        let more = |lines: &[Line]| lines.iter().skip(1).map(|_| RUNNING.leading).sum::<f32>();
        (style::BODY_TOP + more(&self.head), style::BODY_BOTTOM - more(&self.foot))
    }

    fn print(&self, draft: Draft, number: usize, count: usize, fonts: &Fonts) -> Page {
        let rule = |y| Item::Rule {
            x: style::MARGIN,
            y,
            width: style::CONTENT_WIDTH,
            thickness: 0.5,
            color: style::HAIRLINE,
            dotted: false,
        };
        let mut items = Vec::with_capacity(draft.items.len() + 8);
        if !draft.cover {
            let end = draw_all(&self.head, style::HEAD_TOP, &mut items).max(style::HEAD_TOP + RUNNING.leading);
            let width = style::CONTENT_WIDTH * 0.36;
            let part = text::one_line(fonts, &draft.part, &RUNNING, width);
            part.draw(style::RIGHT - width, style::HEAD_TOP, width, Align::Right, &RUNNING, &mut items);
            items.push(rule(end + 3.0));
        }
        items.extend(draft.items);
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

/// Prints the page numbers into the contents.
fn number_contents(drafts: &mut Drafts, fonts: &Fonts) {
    let Drafts { layout, pages, numbers } = drafts;
    for &(page, y, PageOf { heading, top, style }) in &*numbers {
        if let (Some(heading), Some(page)) = (layout.headings.get(heading), pages.get_mut(page)) {
            let words = (heading.place.page + 1).to_string();
            let line = text::one_line(fonts, &words, &style, 60.0);
            line.draw(style::RIGHT - 60.0, y + top, 60.0, Align::Right, &style, &mut page.items);
        }
    }
}

/// Every link must lead somewhere.
fn check_goals(layout: &Layout) -> Result<(), PdfError> {
    for item in layout.pages.iter().flat_map(|p| &p.items) {
        match item {
            Item::Link(_, Goal::Anchor(anchor)) if !layout.anchors.contains_key(anchor) => {
                return Err(PdfError::Nowhere { anchor: anchor.clone() });
            }
            Item::Link(_, Goal::Uri(uri)) if !(uri.starts_with("https://") || uri.starts_with("http://")) => {
                return Err(PdfError::Address { uri: uri.clone() });
            }
            _ => {}
        }
    }
    Ok(())
}
