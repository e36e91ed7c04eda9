//! From the display list to printpdf: the only file that knows its operators.
//!
//! Text goes out as numbers of glyphs in embedded subsets, in hexadecimal, so no text can be read as PDF syntax.
//! Fonts are named here and by their content: printpdf's own names come from a counter of the process, and a
//! second document would get other ones.

use super::PdfError;
use super::display::{Area, Goal, Item, Layout, Page, Place, Shape, Text};
use super::fonts::{FaceId, Fonts, Glyph};
use super::style::{self, Color};
use printpdf::{
    Actions, BorderArray, ColorArray, Destination, FontId, HighlightingMode, LineCapStyle, LineDashPattern, LinePoint,
    LinkAnnotation, Mm, Op, PaintMode, PdfDocument, PdfFont, PdfFontHandle, PdfPage, Point, Polygon, PolygonRing, Pt,
    Rect, Rgb, TextItem, TextMatrix, WindingOrder,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;

/// Draws all pages, and takes them out of the layout.
///
/// # Errors
/// When a subset of a font cannot be made.
pub fn draw(layout: &mut Layout, fonts: &Fonts) -> Result<PdfDocument, PdfError> {
    let mut subsets = Subsets::default();
    let mut pdf = PdfDocument::new("");
    // Page by page, letting go of what is drawn: a long report is not held in memory twice.
    let pages = std::mem::take(&mut layout.pages);
    pdf.pages = pages.into_iter().map(|page| draw_page(&page, layout, &mut subsets)).collect();
    for (id, font) in subsets.into_fonts(fonts)? {
        pdf.resources.fonts.map.insert(id, font);
    }
    Ok(pdf)
}

/// What is embedded of each face: only the glyphs that are used. In these faces no glyph stands for two characters
/// (a test in `fonts` sees to it), so text that is copied out of the PDF is what was put in.
#[derive(Default)]
struct Subsets(BTreeMap<FaceId, Subset>);

#[derive(Default)]
struct Subset {
    remapper: GlyphRemapper,
    codes: BTreeMap<u32, u16>,
    widths: BTreeMap<u16, u16>,
}

impl Subsets {
    fn add(&mut self, glyph: &Glyph) {
        let subset = self.0.entry(glyph.face).or_default();
        let code = subset.remapper.remap(glyph.id);
        if subset.widths.insert(code, glyph.advance).is_none() {
            subset.codes.insert(u32::from(glyph.ch), code);
        }
    }

    fn into_fonts(self, fonts: &Fonts) -> Result<Vec<(FontId, PdfFont)>, PdfError> {
        let embed = |(id, subset): (FaceId, Subset)| {
            let face = fonts.face(id);
            let bytes = subsetter::subset(face.data, 0, &subset.remapper)
                .map_err(|e| PdfError::Font(format!("{}: {e}", face.name)))?;
            let mut font = printpdf::ParsedFont::with_glyph_data(
                bytes,
                0,
                None,
                subset.codes,
                subset.widths,
                1000,
                printpdf::FontMetrics {
                    ascent: per_mille(face.ascender, face),
                    descent: per_mille(face.descender, face),
                },
            );
            font.font_name = Some(format!("{}+{}", tag(&font.original_bytes), face.name));
            let metrics = &mut font.pdf_font_metrics;
            [metrics.x_min, metrics.y_min, metrics.x_max, metrics.y_max] = face.bounds.map(|v| per_mille(v, face));
            metrics.us_weight_class = face.weight;
            Ok((font_id(id), PdfFont::new(font)))
        };
        self.0.into_iter().map(embed).collect()
    }
}

fn per_mille(units: i16, face: &super::fonts::Face) -> i16 {
    let scaled = i32::from(units) * 1000 / i32::from(face.units_per_em.max(1));
    i16::try_from(scaled).unwrap_or(if scaled < 0 { i16::MIN } else { i16::MAX })
}

/// The six letters that mark a subset, from its content.
fn tag(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|b| char::from(b'A' + b % 26)).collect()
}

/// The name of a subset in the pages' resources.
fn font_id(face: FaceId) -> FontId {
    let name = match face {
        FaceId::Regular => "R",
        FaceId::Bold => "B",
        FaceId::Mono => "M",
    };
    FontId(name.to_owned())
}

/// Writes the operators of one page; remembers what is set already.
struct Pen<'a> {
    ops: Vec<Op>,
    subsets: &'a mut Subsets,
    fill: Option<Color>,
    stroke: Option<(Color, f32, bool)>,
    font: Option<(FaceId, f32)>,
}

fn draw_page(page: &Page, layout: &Layout, subsets: &mut Subsets) -> PdfPage {
    let mut pen = Pen { ops: Vec::new(), subsets, fill: None, stroke: None, font: None };
    for item in &page.items {
        match item {
            Item::Text(text) => pen.text(text),
            Item::Rect(area, color) => pen.rect(area, *color),
            Item::Shape(shape) => pen.shape(shape),
            &Item::Rule { x, y, width, thickness, color, dotted } => {
                pen.outline(color, thickness, dotted);
                let points = [(x, y, false), (x + width, y, false)].map(point).to_vec();
                pen.ops.push(Op::DrawLine { line: printpdf::Line { points, is_closed: false } });
            }
            Item::Link(area, goal) => pen.link(area, goal, layout),
        }
    }
    let (width, height) = (Pt(style::PAGE_WIDTH), Pt(style::PAGE_HEIGHT));
    PdfPage::new(Mm::from(width), Mm::from(height), pen.ops)
}

impl Pen<'_> {
    fn text(&mut self, text: &Text) {
        self.paint(text.color);
        self.ops.push(Op::StartTextSection);
        let matrix = TextMatrix::Translate(Pt(round(text.x)), Pt(up(text.y)));
        let mut placed = Some(Op::SetTextMatrix { matrix });
        let mut run = String::new();
        for glyph in &text.glyphs {
            self.subsets.add(glyph);
            let font = (glyph.face, text.size);
            if self.font != Some(font) {
                self.show(&mut run);
                self.font = Some(font);
                let font = PdfFontHandle::External(font_id(glyph.face));
                self.ops.push(Op::SetFont { font, size: Pt(round(text.size)) });
            }
            self.ops.extend(placed.take());
            run.push(glyph.ch);
        }
        self.show(&mut run);
        self.ops.push(Op::EndTextSection);
    }

    /// printpdf looks each character up in the subset's own table and writes its number there, in hexadecimal.
    fn show(&mut self, run: &mut String) {
        if !run.is_empty() {
            self.ops.push(Op::ShowText { items: vec![TextItem::Text(std::mem::take(run))] });
        }
    }

    fn rect(&mut self, area: &Area, color: Color) {
        self.paint(color);
        self.ops.push(Op::DrawRectangle { rectangle: rectangle(area, Some(PaintMode::Fill)) });
    }

    fn shape(&mut self, shape: &Shape) {
        if let Some(color) = shape.fill {
            self.paint(color);
        }
        if let Some((color, thickness)) = shape.stroke {
            self.outline(color, thickness, false);
        }
        let mode = match (shape.fill, shape.stroke) {
            (Some(_), Some(_)) => PaintMode::FillStroke,
            (None, Some(_)) => PaintMode::Stroke,
            (Some(_), None) => PaintMode::Fill,
            (None, None) => return,
        };
        let rings = vec![PolygonRing { points: shape.points.iter().copied().map(point).collect() }];
        self.ops.push(Op::DrawPolygon { polygon: Polygon { rings, mode, winding_order: WindingOrder::NonZero } });
    }

    fn link(&mut self, area: &Area, goal: &Goal, layout: &Layout) {
        let to = |place: Place| {
            // Some room above, so that the heading does not stick to the window's edge.
            let top = Some(up((place.y - 8.0).max(0.0)));
            Actions::Goto(Destination::Xyz { page: place.page + 1, left: Some(0.0), top, zoom: None })
        };
        let action = match goal {
            Goal::Anchor(anchor) => layout.anchors.get(anchor).copied().map(to),
            Goal::Heading(number) => layout.headings.get(*number).map(|h| to(h.place)),
            Goal::Uri(uri) => Some(Actions::Uri(address(uri))),
        };
        let Some(actions) = action else { return };
        self.ops.push(Op::LinkAnnotation {
            link: LinkAnnotation {
                rect: rectangle(area, None),
                actions,
                border: BorderArray::Solid([0.0; 3]),
                color: ColorArray::Transparent,
                highlighting: HighlightingMode::Invert,
            },
        });
    }

    fn paint(&mut self, color: Color) {
        if self.fill.replace(color) != Some(color) {
            self.ops.push(Op::SetFillColor { col: rgb(color) });
        }
    }

    fn outline(&mut self, color: Color, thickness: f32, dotted: bool) {
        let was = self.stroke.replace((color, thickness, dotted));
        if was.map(|w| w.0) != Some(color) {
            self.ops.push(Op::SetOutlineColor { col: rgb(color) });
        }
        if was.map(|w| w.1.to_bits()) != Some(thickness.to_bits()) {
            self.ops.push(Op::SetOutlineThickness { pt: Pt(round(thickness)) });
        }
        if was.is_some_and(|w| w.2) != dotted {
            let (cap, pattern) =
                if dotted { (LineCapStyle::Round, vec![0.0, 3.2]) } else { (LineCapStyle::Butt, vec![]) };
            self.ops.push(Op::SetLineCapStyle { cap });
            self.ops.push(Op::SetLineDashPattern { dash: LineDashPattern { offset: 0.0, pattern: pattern.into() } });
        }
    }
}

/// Two digits are a hundredth of a point: finer than any printer.
fn round(length: f32) -> f32 {
    (length * 100.0).round() / 100.0
}

/// PDF counts from the lower edge.
fn up(y: f32) -> f32 {
    round(style::PAGE_HEIGHT - y)
}

fn point((x, y, bezier): (f32, f32, bool)) -> LinePoint {
    LinePoint { p: Point { x: Pt(round(x)), y: Pt(up(y)) }, bezier }
}

fn rectangle(area: &Area, mode: Option<PaintMode>) -> Rect {
    Rect {
        x: Pt(round(area.x)),
        y: Pt(up(area.y + area.height)),
        width: Pt(round(area.width)),
        height: Pt(round(area.height)),
        mode,
        winding_order: None,
    }
}

fn rgb(Color(r, g, b): Color) -> printpdf::Color {
    let part = |v: u8| (f32::from(v) / 255.0 * 1000.0).round() / 1000.0;
    printpdf::Color::Rgb(Rgb { r: part(r), g: part(g), b: part(b), icc_profile: None })
}

/// An address with everything escaped that RFC 3986 does not allow, and brackets, which PDF strings use.
fn address(uri: &str) -> String {
    let mut out = String::with_capacity(uri.len());
    for byte in uri.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|n| char::from(b"0123456789ABCDEF"[usize::from(n)])));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_leave_its_string() {
        assert_eq!(address("https://a.example/x(y)\\ \r\né"), "https://a.example/x%28y%29%5C%20%0D%0A%C3%A9");
    }
}
