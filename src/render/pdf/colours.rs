//! The colours and shapes of the PDF, for those who judge them.

use super::display::Item;
use super::document::Tone;
use super::shapes;
use super::style::{self, Color};

const TONES: [Tone; 6] = [Tone::Good, Tone::Partial, Tone::Caution, Tone::Bad, Tone::Unknown, Tone::Neutral];

const fn area(name: &'static str, tone: Tone) -> (&'static str, [u8; 3]) {
    let Color(r, g, b) = style::bar_color(tone);
    (name, [r, g, b])
}

/// The areas of charts.
pub const AREAS: [(&str, [u8; 3]); 6] = [
    area("good", Tone::Good),
    area("partial", Tone::Partial),
    area("caution", Tone::Caution),
    area("bad", Tone::Bad),
    area("unknown", Tone::Unknown),
    area("neutral", Tone::Neutral),
];

/// The sign of each tone, without its colour.
pub fn signs() -> Vec<String> {
    let sign = |tone| {
        let mut items = Vec::new();
        shapes::sign(tone, 0.0, 0.0, 5.0, &mut items);
        let places = items.iter().map(|item| match item {
            Item::Shape(shape) => format!("{:?} {}", shape.points, shape.fill == Some(style::WHITE)),
            Item::Rect(area, _) => format!("{area:?}"),
            _ => String::new(),
        });
        places.collect::<Vec<_>>().join(" ")
    };
    TONES.map(sign).to_vec()
}
