//! From the display list to printpdf: the only file that knows its operators.
//!
//! Text goes out as numbers of glyphs in embedded subsets, in hexadecimal, so no text can be read as PDF syntax.
//! Fonts are named here and by their content: printpdf's own names come from a counter of the process, and a
//! second document would get other ones.
//!
//! printpdf writes whole documents, and a whole report of thousands of streams would be in memory three times: as
//! items, as operators, as objects. So every few pages are a document of their own here, of which only the drawings are
//! kept, and the fonts are another, made last, when it is known which glyphs are used.

use super::PdfError;
use super::display::{Area, Artifact, Item, Mark, Page, Shape, Text};
use super::fonts::{FaceId, Fonts, Glyph};
use super::structure;
use super::style::{self, Color};
use crate::model::sha256::Sha256;
use printpdf::{
    DictItem, FontId, LineCapStyle, LineDashPattern, LinePoint, Mm, Op, PaintMode, PdfDocument, PdfFont, PdfFontHandle,
    PdfPage, PdfSaveOptions, Point, Polygon, PolygonRing, Pt, Rect, Rgb, TextItem, TextMatrix, WindingOrder,
};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;

/// Draws pages, and remembers the glyphs that they use.
#[derive(Default)]
pub struct Canvas {
    subsets: Subsets,
    /// The operators of pages that are not made yet.
    waiting: Vec<Vec<Op>>,
}

/// So many drawings are made at once: printpdf prepares the fonts anew for each document, and operators need room.
const AT_ONCE: usize = 12;

/// The fonts of a document: printpdf's objects, the reference of the dictionary that names them, and how many glyphs
/// each descriptor's font has.
pub struct FontObjects {
    /// The objects.
    pub file: lopdf::Document,
    /// The names of the fonts, as the pages use them.
    pub names: lopdf::Dictionary,
    /// How many glyphs each subset has, by the name of its font.
    pub glyphs: BTreeMap<String, u16>,
}

impl Canvas {
    /// Draws a page. Says whether enough of them wait to be made.
    pub fn draw(&mut self, page: &Page) -> bool {
        let ops = draw_page(page, &mut self.subsets);
        self.waiting.push(ops);
        self.waiting.len() >= AT_ONCE
    }

    /// The contents of the pages that were drawn since the last time, in their order.
    ///
    /// # Errors
    /// When printpdf warns of anything.
    pub fn contents(&mut self) -> Result<Vec<Vec<u8>>, PdfError> {
        let pages = std::mem::take(&mut self.waiting);
        let count = pages.len();
        // The glyphs' numbers are all that printpdf needs of a font to draw with it.
        let stand_in = |(face, subset): (&FaceId, &Subset)| {
            let metrics = printpdf::FontMetrics { ascent: 0, descent: 0 };
            let (codes, widths) = (subset.codes.clone(), subset.widths.clone());
            let font = printpdf::ParsedFont::with_glyph_data(vec![0], 0, None, codes, widths, 1000, metrics);
            (font_id(*face), PdfFont::new(font))
        };
        let file = to_lopdf(self.subsets.0.iter().map(stand_in), pages)?;
        let contents: Vec<_> = file.get_pages().into_values().map(|page| file.get_page_content(page)).collect();
        if contents.len() == count {
            Ok(contents)
        } else {
            Err(PdfError::BackEnd(format!("{count} pages were drawn, {} written", contents.len())))
        }
    }

    /// The subsets of the fonts, with all glyphs that were drawn.
    ///
    /// # Errors
    /// When a subset cannot be made, or printpdf warns of anything.
    pub fn fonts(self, fonts: &Fonts) -> Result<FontObjects, PdfError> {
        // A font that no page uses is not written.
        let mut ops = vec![Op::StartTextSection];
        for (face, subset) in &self.subsets.0 {
            let text = subset.codes.keys().filter_map(|code| char::from_u32(*code)).collect();
            ops.push(Op::SetFont { font: PdfFontHandle::External(font_id(*face)), size: Pt(1.0) });
            ops.push(Op::ShowText { items: vec![TextItem::Text(text)] });
        }
        ops.push(Op::EndTextSection);
        let subsets = self.subsets.into_fonts(fonts)?;
        let mut glyphs = BTreeMap::new();
        for (_, font, count) in &subsets {
            glyphs.insert(font.parsed_font.font_name.clone().unwrap_or_default(), *count);
        }
        let file = to_lopdf(subsets.into_iter().map(|(id, font, _)| (id, font)), vec![ops])?;
        let page = file.get_pages().into_values().next();
        let fonts = page.and_then(|page| {
            let page = file.get_dictionary(page).ok()?;
            let resources = file.get_dictionary(page.get(b"Resources").ok()?.as_reference().ok()?).ok()?;
            file.get_dictionary(resources.get(b"Font").ok()?.as_reference().ok()?).ok()
        });
        let names = fonts.cloned().ok_or_else(|| PdfError::BackEnd("no fonts were written".into()))?;
        Ok(FontObjects { file, names, glyphs })
    }
}

fn to_lopdf(fonts: impl Iterator<Item = (FontId, PdfFont)>, pages: Vec<Vec<Op>>) -> Result<lopdf::Document, PdfError> {
    let mut pdf = PdfDocument::new("");
    pdf.resources.fonts.map.extend(fonts);
    let (width, height) = (Pt(style::PAGE_WIDTH), Pt(style::PAGE_HEIGHT));
    pdf.pages = pages.into_iter().map(|ops| PdfPage::new(Mm::from(width), Mm::from(height), ops)).collect();
    let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: true, image_optimization: None };
    let mut warnings = Vec::new();
    let file = pdf.to_lopdf_document(&options, &mut warnings);
    match warnings.first() {
        Some(warning) => Err(PdfError::BackEnd(warning.msg.clone())),
        None => Ok(file),
    }
}

/// What is embedded of each face: only the glyphs that are used. In these faces no glyph stands for two characters
/// (a test in `fonts` sees to it), so text that is copied out of the PDF is what was put in.
#[derive(Default)]
struct Subsets(BTreeMap<FaceId, Subset>);

#[derive(Default)]
struct Subset {
    /// Which glyphs are in already, by their number in the face: most are, and a table spares three searches.
    known: Vec<bool>,
    remapper: GlyphRemapper,
    codes: BTreeMap<u32, u16>,
    widths: BTreeMap<u16, u16>,
}

impl Subsets {
    fn add(&mut self, glyph: &Glyph) {
        let subset = self.0.entry(glyph.face).or_default();
        let at = usize::from(glyph.id);
        if subset.known.get(at) == Some(&true) {
            return;
        }
        if subset.known.len() <= at {
            subset.known.resize(at + 1, false);
        }
        subset.known[at] = true;
        let code = subset.remapper.remap(glyph.id);
        subset.widths.insert(code, glyph.advance);
        subset.codes.insert(u32::from(glyph.ch), code);
    }

    fn into_fonts(self, fonts: &Fonts) -> Result<Vec<(FontId, PdfFont, u16)>, PdfError> {
        let embed = |(id, subset): (FaceId, Subset)| {
            let face = fonts.face(id);
            let count = subset.remapper.num_gids();
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
            Ok((font_id(id), PdfFont::new(font), count))
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

fn draw_page(page: &Page, subsets: &mut Subsets) -> Vec<Op> {
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
            Item::Mark(mark) => pen.mark(*mark),
            // Links are annotations and no drawing; numbers are filled in by now, and owners have become marks.
            Item::Link(..) | Item::PageOf(_) | Item::Owner(_) => {}
        }
    }
    pen.ops
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

    fn mark(&mut self, mark: Mark) {
        let name = |text: &str| DictItem::Name(text.as_bytes().to_vec());
        let (tag, map) = match mark {
            Mark::End => return self.ops.push(Op::EndMarkedContent),
            Mark::Content { role, mcid, .. } => {
                let tag = structure::name(role);
                (tag, BTreeMap::from([("MCID".to_owned(), DictItem::Int(mcid.into()))]))
            }
            Mark::Artifact(Artifact::Layout) => ("Artifact", BTreeMap::from([("Type".to_owned(), name("Layout"))])),
            Mark::Artifact(kind) => {
                let subtype = if kind == Artifact::Head { "Header" } else { "Footer" };
                let pairs = [("Type".to_owned(), name("Pagination")), ("Subtype".to_owned(), name(subtype))];
                ("Artifact", BTreeMap::from(pairs))
            }
        };
        let properties = DictItem::Dict { map };
        self.ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
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
