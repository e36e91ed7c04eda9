//! The plain data that describes a document: what it says, not how it looks.
//!
//! Nothing here knows of fonts, pages or PDF, so a document can be built and compared in a test, and another back
//! end could print the same one. Every text may come from AWS and may be hostile: it is data until the last step.

use crate::model::Time;
use std::io;

/// A piece of a document, made when it is needed: once to know its headings, and once to print it. Nothing of a long
/// document is in memory before its turn.
pub type Part<'a> = Box<dyn Fn() -> Vec<Block> + 'a>;

/// Writes something to wherever it belongs.
pub type Writer<'a> = Box<dyn Fn(&mut dyn io::Write) -> io::Result<()> + 'a>;

/// A whole document.
pub struct Document<'a> {
    /// The title: what a reader's window shows.
    pub title: String,
    /// What it is about, in one line.
    pub subject: String,
    /// Who issues it; may be empty.
    pub author: String,
    /// The time that the file says it was made: the end of the collection, never the time of rendering, because the
    /// same snapshot must give the same bytes.
    pub created: Time,
    /// The language of the text, as in BCP 47: `en`.
    pub language: String,
    /// From this the file's identifier is made (trailer `/ID`): a digest that stands for the evidence.
    pub id_seed: [u8; 32],
    /// Printed at the head of every page but the cover.
    pub running_head: String,
    /// Printed at the foot of every page, the cover too, one below the other: the evidence root and the time of
    /// collection.
    pub running_foot: Vec<String>,
    /// The contents, in order.
    pub parts: Vec<Part<'a>>,
    /// A file that is attached, for machines.
    pub attachment: Option<Attachment<'a>>,
    /// Facts about the evidence, for the metadata: a name of letters, what it is, its value.
    pub facts: Vec<(&'static str, &'static str, String)>,
}

/// A file within the file.
pub struct Attachment<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What it is, in a sentence.
    pub description: &'static str,
    /// Writes its bytes.
    pub write: Writer<'a>,
}

/// One piece of a document, from edge to edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A page of its own, the first.
    Cover(Cover),
    /// The table of contents.
    Contents(Contents),
    /// A heading; never left alone at the end of a page.
    Heading(Heading),
    /// Names what follows and stays with it; in neither the contents nor the bookmarks.
    Label(String),
    /// Running text.
    Paragraph(Vec<Span>),
    /// Points, each with a bullet.
    List(Vec<Vec<Span>>),
    /// Lines as one types them, on a grey ground.
    Code(Vec<String>),
    /// A box that must not be missed.
    Notice(Notice),
    /// Names on the left, values on the right.
    KeyValues(Vec<(String, Cell)>),
    /// A table, on as many pages as it takes; its head is repeated.
    Table(Table),
    /// Horizontal bars.
    Chart(Chart),
    /// A drawing.
    Figure(Figure),
    /// Stays on one page if one page can hold it; if not, it begins a page.
    Together(Vec<Block>),
    /// What follows starts on a new page.
    PageBreak,
}

/// The first page.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    /// In small letters above the title; may be empty.
    pub kicker: String,
    /// In large letters.
    pub title: String,
    /// Below it; may be empty.
    pub subtitle: String,
    /// What a reader needs before anything else: accounts, Regions, period.
    pub facts: Vec<(String, Cell)>,
    /// What a reader must not miss.
    pub notices: Vec<Notice>,
}

/// The table of contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// Its heading.
    pub title: String,
    /// The deepest level that it lists. The bookmarks have all.
    pub depth: Level,
}

/// How deep a heading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A part; also named in the running head.
    One,
    /// A section.
    Two,
    /// A topic.
    Three,
}

/// A heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Heading {
    /// How deep.
    pub level: Level,
    /// The words.
    pub text: String,
    /// The name by which links reach it; unique in the document.
    pub anchor: Option<String>,
}

/// A stretch of text that looks the same from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The words.
    pub text: String,
    /// How they look.
    pub style: SpanStyle,
    /// Where a click leads.
    pub target: Option<Target>,
}

/// How a [`Span`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanStyle {
    /// As the text around it.
    Plain,
    /// Bold.
    Bold,
    /// In letters of one width: names, ARNs, digests.
    Mono,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To the heading or row of that anchor, in this document.
    Anchor(String),
    /// To an address, `https://` or `http://`.
    Uri(String),
}

/// How good a piece of news is. Each tone has a shape and a colour, and always stands beside a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Shown: a disc with a tick.
    Good,
    /// Shown in part: a half-filled disc.
    Partial,
    /// To be looked at: a triangle.
    Caution,
    /// Contradicted: a filled diamond with a cross.
    Bad,
    /// Not known: an empty ring.
    Unknown,
    /// No judgement: a dash.
    Neutral,
}

impl Tone {
    /// All tones.
    pub const ALL: [Self; 6] = [Self::Good, Self::Partial, Self::Caution, Self::Bad, Self::Unknown, Self::Neutral];
}

/// A box with a coloured edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What kind of news.
    pub tone: NoticeTone,
    /// In bold, first; may be empty.
    pub title: String,
    /// The text.
    pub text: Vec<Span>,
}

/// The two kinds of [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTone {
    /// Good to know.
    Info,
    /// Lowers what the document can show.
    Warn,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Row>,
    /// The sentence that stands in place of rows when there are none. An empty list and one that could not be read
    /// look alike without it.
    pub empty: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its share of the width, beside the weights of the others.
    pub weight: u16,
    /// How its cells look.
    pub kind: ColumnKind,
}

/// How the cells of a column look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Running text.
    Text,
    /// Letters of one width.
    Mono,
    /// Numbers: at the right edge.
    Number,
    /// Statuses.
    Status,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The name by which links reach it; unique in the document.
    pub anchor: Option<String>,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// A cell of a table, or the value of a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text.
    Text(Vec<Span>),
    /// A shape and its word.
    Status(Tone, String),
    /// The number of the page on which the heading or row of that anchor stands: for readers on paper.
    PageOf(String),
    /// Room for somebody's pen.
    Room,
}

/// Horizontal bars, drawn as shapes; the numbers are in the notes, for nobody reads a number off a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What each tone stands for here.
    pub legend: Vec<(Tone, String)>,
    /// The bars, from the top.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is counted.
    pub label: String,
    /// How many of each tone, from the left.
    pub parts: Vec<(Tone, u64)>,
    /// The length of the whole bar: what the parts are of.
    pub of: u64,
    /// The numbers in words: `27 of 60, 3 unknown`.
    pub note: String,
}

/// A drawing in its own coordinates: points, from its upper left corner, as wide as the text of a page. What it shows
/// also stands in words or in a table nearby: its texts may be cut short.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it shows, in words, for readers who cannot see it.
    pub alt: String,
    /// How high it is.
    pub height: f32,
    /// What is drawn, in order.
    pub strokes: Vec<Stroke>,
}

/// One thing in a [`Figure`].
#[derive(Clone, Debug, PartialEq)]
pub enum Stroke {
    /// A filled rectangle.
    Bar {
        /// Its colour, and its pattern where that is unknown.
        tone: Tone,
        /// The left edge.
        x: f32,
        /// The upper edge.
        y: f32,
        /// How wide.
        width: f32,
        /// How high.
        height: f32,
    },
    /// An outlined box on white or on a pale ground.
    Frame {
        /// The left edge.
        x: f32,
        /// The upper edge.
        y: f32,
        /// How wide.
        width: f32,
        /// How high.
        height: f32,
        /// The colour of the outline.
        tone: Tone,
    },
    /// A line between two points.
    Line {
        /// Where it begins.
        from: (f32, f32),
        /// Where it ends.
        to: (f32, f32),
        /// The colour of the line.
        tone: Tone,
        /// It ends in an arrow.
        arrow: bool,
    },
    /// A band that goes from one edge to another, in the pale colour of its tone.
    Band {
        /// Its upper end on the left.
        from: (f32, f32),
        /// Its upper end on the right.
        to: (f32, f32),
        /// How thick.
        height: f32,
        /// Its colour.
        tone: Tone,
    },
    /// The sign of a tone.
    Sign {
        /// Which.
        tone: Tone,
        /// Its centre.
        x: f32,
        /// Its centre.
        y: f32,
    },
    /// A line of text, cut short with `…` when it is longer than its width.
    Text {
        /// The left edge.
        x: f32,
        /// The upper edge of the line.
        y: f32,
        /// The room that it has.
        width: f32,
        /// Where it stands in that room.
        at: At,
        /// Bold.
        strong: bool,
        /// The words.
        text: String,
    },
}

/// Where a text stands in its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At the left edge.
    Left,
    /// In the middle.
    Middle,
    /// At the right edge.
    Right,
}

impl Span {
    /// Text as the text around it.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: SpanStyle::Plain, target: None }
    }

    /// Bold text.
    pub fn bold(text: impl Into<String>) -> Self {
        Self { style: SpanStyle::Bold, ..Self::plain(text) }
    }

    /// Text in letters of one width.
    pub fn mono(text: impl Into<String>) -> Self {
        Self { style: SpanStyle::Mono, ..Self::plain(text) }
    }

    /// The same text, as a link to a heading or row.
    #[must_use]
    pub fn to(mut self, anchor: impl Into<String>) -> Self {
        self.target = Some(Target::Anchor(anchor.into()));
        self
    }

    /// The same text, as a link to an address.
    #[must_use]
    pub fn to_uri(mut self, uri: impl Into<String>) -> Self {
        self.target = Some(Target::Uri(uri.into()));
        self
    }
}

impl Cell {
    /// A cell of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(vec![Span::plain(text)])
    }

    /// A shape and its word.
    pub fn status(tone: Tone, word: impl Into<String>) -> Self {
        Self::Status(tone, word.into())
    }
}

impl Column {
    /// A column.
    pub fn new(title: impl Into<String>, weight: u16, kind: ColumnKind) -> Self {
        Self { title: title.into(), weight, kind }
    }
}

impl Row {
    /// A row that no link leads to.
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { anchor: None, cells }
    }
}

impl Block {
    /// A heading without an anchor.
    pub fn heading(level: Level, text: impl Into<String>) -> Self {
        Self::Heading(Heading { level, text: text.into(), anchor: None })
    }

    /// A paragraph of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Paragraph(vec![Span::plain(text)])
    }
}
