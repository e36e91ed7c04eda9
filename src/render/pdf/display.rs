//! The display list: what is on which page, and where. Layout writes it, a back end draws it.
//!
//! It knows glyphs and shapes, and nothing of PDF operators, so that the back end can be replaced and tests can read
//! what a page shows. Lengths are points from the upper left corner of the page, `y` downwards.

use super::document::{Level, Target};
use super::fonts::Glyph;
use super::style::{Color, TextStyle};
use super::tree::{NodeId, Role};

/// One page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What is on it, in the order in which it is drawn and read.
    pub items: Vec<Item>,
}

/// A point of the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The page, from 0.
    pub page: usize,
    /// From its upper edge.
    pub y: f32,
}

/// A heading and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlined {
    /// How deep.
    pub level: Level,
    /// The words, as they were given.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// One thing on a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Glyphs of one face on one baseline.
    Text(Text),
    /// A filled rectangle.
    Rect(Area, Color),
    /// A closed shape.
    Shape(Shape),
    /// A horizontal line; `dotted` for leaders.
    Rule {
        /// The left end.
        x: f32,
        /// The height.
        y: f32,
        /// How long.
        width: f32,
        /// How thick.
        thickness: f32,
        /// Its colour.
        color: Color,
        /// Dots instead of a line.
        dotted: bool,
    },
    /// A place to click on: around the next item, or around everything that its owner has when that is a link.
    Link(Area, Goal),
    /// The number of a page, to be filled in once the pages are known.
    PageOf(PageOf),
    /// Whose the items after this are, until the next of these. Gone once a page is marked.
    Owner(Owner),
    /// Where a piece of the structure begins or ends. Only on pages that are marked.
    Mark(Mark),
}

/// Whose an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Part of what the document says.
    Node(NodeId),
    /// Part of how the page looks.
    Artifact(Artifact),
}

/// What is on a page and not part of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// The running head.
    Head,
    /// The running foot.
    Foot,
    /// Rules, grounds, signs beside words.
    Layout,
}

/// The beginning or end of a piece of the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A piece of a node.
    Content {
        /// The node.
        node: NodeId,
        /// What it is.
        role: Role,
        /// The number of the piece on its page.
        mcid: u32,
    },
    /// Something that is no part of the document.
    Artifact(Artifact),
    /// The end of the piece.
    End,
}

/// A page number to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct PageOf {
    /// What stands on that page.
    pub goal: Goal,
    /// Where it ends.
    pub right: f32,
    /// The upper edge of its line.
    pub top: f32,
    /// How it is set.
    pub style: TextStyle,
}

/// Where a click leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// To a place that has this name.
    Anchor(String),
    /// To the heading of this number, from 0.
    Heading(usize),
    /// To an address.
    Uri(String),
}

impl From<&Target> for Goal {
    fn from(target: &Target) -> Self {
        match target {
            Target::Anchor(name) => Self::Anchor(name.clone()),
            Target::Uri(uri) => Self::Uri(uri.clone()),
        }
    }
}

/// Glyphs of one face, size and colour on one baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The left end.
    pub x: f32,
    /// The baseline.
    pub y: f32,
    /// The size.
    pub size: f32,
    /// The colour.
    pub color: Color,
    /// The glyphs; never none.
    pub glyphs: Vec<Glyph>,
}

/// A rectangle: upper left corner, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// The left edge.
    pub x: f32,
    /// The upper edge.
    pub y: f32,
    /// How wide.
    pub width: f32,
    /// How high.
    pub height: f32,
}

/// A closed shape of lines and curves.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The outline: points, and where `true` handles of a curve (two, then the point where it ends).
    pub points: Vec<(f32, f32, bool)>,
    /// What it is filled with.
    pub fill: Option<Color>,
    /// What it is outlined with: colour and thickness.
    pub stroke: Option<(Color, f32)>,
}

impl Item {
    /// The same thing, further down.
    pub fn shift(&mut self, dy: f32) {
        match self {
            Self::Text(text) => text.y += dy,
            Self::Rect(area, _) | Self::Link(area, _) => area.y += dy,
            Self::Shape(shape) => shape.points.iter_mut().for_each(|p| p.1 += dy),
            Self::Rule { y, .. } => *y += dy,
            Self::PageOf(number) => number.top += dy,
            Self::Owner(_) | Self::Mark(_) => {}
        }
    }

    /// What it covers.
    pub fn bounds(&self) -> Area {
        let none = Area { x: 0.0, y: 0.0, width: 0.0, height: 0.0 };
        match self {
            Self::Text(text) => Area { x: text.x, y: text.y - text.size, width: text.width(), height: text.size * 1.3 },
            Self::Rect(area, _) | Self::Link(area, _) => *area,
            Self::Shape(shape) => {
                let points = || shape.points.iter().map(|&(x, y, _)| Area { x, y, width: 0.0, height: 0.0 });
                points().reduce(Area::with).unwrap_or(none)
            }
            &Self::Rule { x, y, width, thickness, .. } => Area { x, y, width, height: thickness },
            Self::PageOf(_) | Self::Owner(_) | Self::Mark(_) => none,
        }
    }
}

impl Area {
    /// The smallest rectangle around both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }
}

impl Text {
    /// How wide it is.
    pub fn width(&self) -> f32 {
        width(&self.glyphs, self.size)
    }
}

/// How wide glyphs are at a size.
pub fn width(glyphs: &[Glyph], size: f32) -> f32 {
    glyphs.iter().map(|g| f32::from(g.advance)).sum::<f32>() * size / 1000.0
}
