//! The display list: what is on which page, and where. Layout writes it, a back end draws it.
//!
//! It knows glyphs and shapes, and nothing of PDF operators, so that the back end can be replaced and tests can read
//! what a page shows. Lengths are points from the upper left corner of the page, `y` downwards.

use super::document::{Level, Target};
use super::fonts::Glyph;
use super::style::Color;
use std::collections::BTreeMap;

/// A document, laid out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The pages, in order.
    pub pages: Vec<Page>,
    /// The headings, in order: what the bookmarks show.
    pub headings: Vec<Outlined>,
    /// Where each anchor stands.
    pub anchors: BTreeMap<String, Place>,
}

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
    /// A place to click on.
    Link(Area, Goal),
}

/// Where a click leads.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        }
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
