//! How a document looks: the page, the type scale, the colours. One place, so that pages agree with each other.
//!
//! Lengths are points (1/72 inch), from the upper left corner of the page. The colours are dark enough to be read
//! on white (4.5:1 or more for text) and differ in lightness, so that they survive a grey printer.

use super::document::{NoticeTone, Tone};
use super::fonts::FaceId;

/// A4.
pub const PAGE_WIDTH: f32 = 595.276;
/// A4.
pub const PAGE_HEIGHT: f32 = 841.89;
/// Left and right.
pub const MARGIN: f32 = 54.0;
/// Where text begins and ends.
pub const CONTENT_WIDTH: f32 = PAGE_WIDTH - 2.0 * MARGIN;
/// The right edge of text.
pub const RIGHT: f32 = PAGE_WIDTH - MARGIN;
/// The first line of the body, below a running head of one line.
pub const BODY_TOP: f32 = 72.0;
/// The end of the body, above a running foot of one line.
pub const BODY_BOTTOM: f32 = PAGE_HEIGHT - 62.0;
/// The upper edge of the running head.
pub const HEAD_TOP: f32 = 36.0;
/// The lower edge of the running foot.
pub const FOOT_BOTTOM: f32 = PAGE_HEIGHT - 34.0;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

/// Text.
pub const INK: Color = Color(0x1f, 0x29, 0x33);
/// Labels, running heads.
pub const MUTED: Color = Color(0x59, 0x63, 0x70);
/// Thin rules.
pub const HAIRLINE: Color = Color(0xd5, 0xda, 0xe0);
/// The line under a table's head.
pub const RULE: Color = Color(0x8a, 0x96, 0xa3);
/// The ground of a table's head, and of code.
pub const GROUND: Color = Color(0xf2, 0xf5, 0xf7);
/// Headings and the band of the cover.
pub const BRAND: Color = Color(0x12, 0x35, 0x4f);
/// The small text in the band.
pub const BRAND_PALE: Color = Color(0xc3, 0xd5, 0xe2);
/// Links.
pub const LINK: Color = Color(0x0b, 0x57, 0x94);
/// White.
pub const WHITE: Color = Color(0xff, 0xff, 0xff);
/// The text of a visible mark: a character that is shown by its number.
pub const MARK: Color = Color(0x7a, 0x3e, 0x00);
/// The ground of a visible mark.
pub const MARK_GROUND: Color = Color(0xfd, 0xee, 0xd6);

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStyle {
    /// The face of plain text.
    pub face: FaceId,
    /// The size of its letters.
    pub size: f32,
    /// From one line to the next.
    pub leading: f32,
    /// Its colour.
    pub color: Color,
}

const fn style(face: FaceId, size: f32, leading: f32, color: Color) -> TextStyle {
    TextStyle { face, size, leading, color }
}

/// Running text.
pub const BODY: TextStyle = style(FaceId::Regular, 9.5, 14.0, INK);
/// A part's heading.
pub const HEADING_ONE: TextStyle = style(FaceId::Bold, 18.0, 23.0, BRAND);
/// A section's heading.
pub const HEADING_TWO: TextStyle = style(FaceId::Bold, 12.5, 17.0, BRAND);
/// A topic's heading.
pub const HEADING_THREE: TextStyle = style(FaceId::Bold, 11.0, 15.0, BRAND);
/// The words above a table or list of a topic.
pub const LABEL_ABOVE: TextStyle = style(FaceId::Bold, 9.0, 13.0, INK);
/// Cells.
pub const CELL: TextStyle = style(FaceId::Regular, 8.0, 11.0, INK);
/// Cells of names and numbers in one width.
pub const CELL_MONO: TextStyle = style(FaceId::Mono, 7.2, 11.0, INK);
/// The head of a table.
pub const CELL_HEAD: TextStyle = style(FaceId::Bold, 7.5, 10.0, BRAND);
/// The sentence in place of rows.
pub const CELL_EMPTY: TextStyle = style(FaceId::Regular, 8.0, 11.0, MUTED);
/// Names of values.
pub const LABEL: TextStyle = style(FaceId::Regular, 8.5, 12.5, MUTED);
/// Values.
pub const VALUE: TextStyle = style(FaceId::Regular, 9.0, 12.5, INK);
/// Lines as one types them.
pub const CODE: TextStyle = style(FaceId::Mono, 7.8, 11.5, INK);
/// The title of a box.
pub const NOTICE_TITLE: TextStyle = style(FaceId::Bold, 9.5, 14.0, INK);
/// The text of a box.
pub const NOTICE: TextStyle = style(FaceId::Regular, 9.0, 13.0, INK);
/// Contents, by level.
pub const CONTENTS: [TextStyle; 3] = [
    style(FaceId::Bold, 9.5, 14.0, INK),
    style(FaceId::Regular, 9.0, 13.0, INK),
    style(FaceId::Regular, 8.5, 12.5, MUTED),
];
/// Labels and notes of a chart.
pub const CHART: TextStyle = style(FaceId::Regular, 8.5, 11.5, INK);
/// Text in a drawing.
pub const FIGURE: TextStyle = style(FaceId::Regular, 7.5, 10.0, INK);
/// What the tones of a chart stand for.
pub const LEGEND: TextStyle = style(FaceId::Regular, 8.0, 12.0, MUTED);
/// Running head and foot.
pub const RUNNING: TextStyle = style(FaceId::Regular, 7.0, 9.5, MUTED);
/// The cover, above the title.
pub const COVER_KICKER: TextStyle = style(FaceId::Regular, 9.5, 14.0, BRAND_PALE);
/// The cover's title.
pub const COVER_TITLE: TextStyle = style(FaceId::Bold, 26.0, 33.0, WHITE);
/// The cover's subtitle.
pub const COVER_SUBTITLE: TextStyle = style(FaceId::Regular, 12.5, 18.0, BRAND_PALE);

/// The colour of a tone's shape and word.
pub const fn tone_color(tone: Tone) -> Color {
    match tone {
        Tone::Good => Color(0x0f, 0x6b, 0x5c),
        Tone::Partial => Color(0x2c, 0x6d, 0x9c),
        Tone::Caution => Color(0x8f, 0x5b, 0x00),
        Tone::Bad => Color(0x9f, 0x1d, 0x20),
        Tone::Unknown => Color(0x5b, 0x3f, 0x8c),
        Tone::Neutral => MUTED,
    }
}

/// The colour of a tone's part of a bar: steps of lightness, from dark (bad) to pale (no judgement).
pub const fn bar_color(tone: Tone) -> Color {
    match tone {
        Tone::Bad => Color(0x86, 0x12, 0x1a),
        Tone::Good => Color(0x1f, 0x83, 0x73),
        Tone::Partial => Color(0x5b, 0x9b, 0xc8),
        Tone::Caution => Color(0xe0, 0xa9, 0x3b),
        Tone::Unknown => Color(0x6a, 0x4c, 0x9f),
        Tone::Neutral => Color(0xd3, 0xd9, 0xdf),
    }
}

/// The colour of a tone as a ground for text: three parts of white.
pub const fn pale(tone: Tone) -> Color {
    const fn mix(part: u8) -> u8 {
        255 - (255 - part) / 4
    }
    let Color(r, g, b) = bar_color(tone);
    Color(mix(r), mix(g), mix(b))
}

/// Edge and ground of a box.
pub const fn notice_colors(tone: NoticeTone) -> (Color, Color) {
    match tone {
        NoticeTone::Info => (Color(0x2c, 0x6d, 0x9c), Color(0xee, 0xf4, 0xf9)),
        NoticeTone::Warn => (Color(0xb4, 0x6a, 0x00), Color(0xfd, 0xf4, 0xe5)),
    }
}
