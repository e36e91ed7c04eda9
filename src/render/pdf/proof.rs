//! The second back end, for tests alone: krilla draws the same display list and judges it by its own rules.
//!
//! krilla refuses to write a file whose structure breaks PDF/A-3a or PDF/UA-1 as far as a program can tell: a figure
//! without words, a link without a description, a piece that belongs to nothing, text without characters. What it accepts
//! is our display list and our tree; that the file of the first back end has the same pages, the same text and the same
//! structure is compared here. It is no proof that the first file conforms, and nothing claims it.

use super::PdfError;
use super::display::{Area, Artifact, Goal, Item, Mark, Outlined, Page, Text};
use super::document::{Document, Level};
use super::fonts::{FaceId, Fonts, visible};
use super::layout::{self, Laid, Sink};
use super::style::{self, Color};
use super::tree::{Kid, NodeId, ROOT, Role};
use crate::render::samples;
use chrono::{Datelike as _, Timelike as _};
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::{NumberingStyle, PageLabel, PageSettings};
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact as Unread, ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document as Krilla, SerializeSettings};
use std::collections::{BTreeMap, HashMap};
use std::num::{NonZeroU16, NonZeroU32};

#[derive(Default)]
struct Pages(BTreeMap<usize, Page>);

impl Sink for Pages {
    fn body(&mut self, number: usize, page: Page) -> Result<(), PdfError> {
        self.0.insert(number, page);
        Ok(())
    }

    fn running(&mut self, number: usize, mut page: Page) -> Result<(), PdfError> {
        self.0.get_mut(&number).unwrap().items.append(&mut page.items);
        Ok(())
    }
}

/// The pieces and links that krilla has numbered in its own way.
#[derive(Default)]
struct Drawn {
    pieces: HashMap<(u32, u32), Identifier>,
    links: HashMap<(u32, u32), Identifier>,
}

/// Writes a document with krilla, under its rules for PDF/A-3a and PDF/UA-1.
fn write(document: &Document<'_>) -> Result<Vec<u8>, String> {
    let fonts = Fonts::embedded().unwrap();
    let mut pages = Pages::default();
    let laid = layout::lay_out(document, fonts, &mut pages).map_err(|e| e.to_string())?;
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|e| format!("{e:?}"))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut krilla = Krilla::new_with(settings);
    let faces = FaceId::ALL.map(|id| Font::new(fonts.face(id).data.into(), 0).unwrap());
    let mut drawn = Drawn::default();
    for (number, page) in &pages.0 {
        let number = u32::try_from(*number).unwrap();
        let label = PageLabel::new(Some(NumberingStyle::Arabic), None, NonZeroU32::new(number + 1));
        let settings = PageSettings::from_wh(style::PAGE_WIDTH, style::PAGE_HEIGHT).unwrap().with_page_label(label);
        let mut out = krilla.start_page_with(settings);
        let mut surface = out.surface();
        for item in &page.items {
            draw(item, number, &mut surface, &faces, &mut drawn);
        }
        surface.finish();
        let links =
            page.items.iter().filter_map(|i| if let Item::Link(area, goal) = i { Some((area, goal)) } else { None });
        for (at, (area, goal)) in (0..).zip(links) {
            let id = out.add_tagged_annotation(annotation(area, goal, &laid));
            drawn.links.insert((number, at), id);
        }
        out.finish();
    }
    krilla.set_outline(outline(&laid.headings));
    let mut tree = TagTree::new().with_lang(Some(document.language.clone()));
    for kid in laid.tree.kids(ROOT) {
        if let Kid::Node(node) = kid {
            tree.push(group(&laid, node, &mut drawn));
        }
    }
    krilla.set_tag_tree(tree);
    let at = document.created;
    let part = |value: u32| u8::try_from(value).unwrap();
    let created = DateTime::new(u16::try_from(at.year()).unwrap()).month(part(at.month())).day(part(at.day()));
    let created = created.hour(part(at.hour())).minute(part(at.minute())).second(part(at.second()));
    let created = created.utc_offset_hour(0).utc_offset_minute(0);
    if let Some(attachment) = &document.attachment {
        let mut data = Vec::new();
        (attachment.write)(&mut data).map_err(|e| e.to_string())?;
        let file = EmbeddedFile {
            path: attachment.name.to_owned(),
            mime_type: MimeType::new(attachment.media_type),
            description: Some(attachment.description.to_owned()),
            association_kind: AssociationKind::Data,
            data: data.into(),
            modification_date: Some(created),
            compress: Some(true),
            location: None,
        };
        krilla.embed_file(file).ok_or("the attachment is there twice")?;
    }
    let metadata = Metadata::new().title(visible(&document.title)).language(document.language.clone());
    krilla.set_metadata(metadata.creation_date(created));
    krilla.finish().map_err(|e| format!("{e:?}"))
}

fn draw(item: &Item, page: u32, surface: &mut Surface<'_>, faces: &[Font; 3], drawn: &mut Drawn) {
    match item {
        Item::Text(text) => draw_text(text, surface, faces),
        Item::Rect(area, color) => {
            let mut path = PathBuilder::new();
            path.push_rect(rect(area));
            fill(surface, path.finish(), *color);
        }
        Item::Shape(shape) => {
            let mut path = PathBuilder::new();
            let mut points = shape.points.iter();
            let &(x, y, _) = points.next().unwrap();
            path.move_to(x, y);
            while let Some(&(x, y, curve)) = points.next() {
                if curve {
                    let (&(bx, by, _), &(ex, ey, _)) = (points.next().unwrap(), points.next().unwrap());
                    path.cubic_to(x, y, bx, by, ex, ey);
                } else {
                    path.line_to(x, y);
                }
            }
            path.close();
            surface.set_fill(shape.fill.map(paint));
            surface.set_stroke(shape.stroke.map(|(color, width)| pen(color, width)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        &Item::Rule { x, y, width, thickness, color, .. } => {
            let mut path = PathBuilder::new();
            path.move_to(x, y);
            path.line_to(x + width, y);
            surface.set_fill(None);
            surface.set_stroke(Some(pen(color, thickness)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Item::Mark(Mark::Content { mcid, .. }) => {
            let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            assert!(drawn.pieces.insert((page, *mcid), id).is_none());
        }
        Item::Mark(Mark::Artifact(kind)) => {
            let kind = match kind {
                Artifact::Head => ArtifactType::Header,
                Artifact::Foot => ArtifactType::Footer,
                Artifact::Layout => ArtifactType::Layout,
            };
            surface.start_tagged(ContentTag::Artifact(Unread::with_kind(kind)));
        }
        Item::Mark(Mark::End) => surface.end_tagged(),
        Item::Link(..) => {}
        Item::PageOf(_) | Item::Owner(_) => panic!("a page that is not finished"),
    }
}

fn draw_text(text: &Text, surface: &mut Surface<'_>, faces: &[Font; 3]) {
    surface.set_stroke(None);
    surface.set_fill(Some(paint(text.color)));
    let mut x = text.x;
    for run in text.glyphs.chunk_by(|a, b| a.face == b.face) {
        let words: String = run.iter().map(|g| g.ch).collect();
        let mut at = 0;
        let glyphs: Vec<KrillaGlyph> = run
            .iter()
            .map(|g| {
                let range = at..at + g.ch.len_utf8();
                at = range.end;
                KrillaGlyph::new(GlyphId::new(g.id.into()), f32::from(g.advance) / 1000.0, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        let font = faces[run[0].face as usize].clone();
        surface.draw_glyphs(Point::from_xy(x, text.y), &glyphs, font, &words, text.size, false);
        x += super::display::width(run, text.size);
    }
}

fn fill(surface: &mut Surface<'_>, path: Option<Path>, color: Color) {
    surface.set_stroke(None);
    surface.set_fill(Some(paint(color)));
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

fn paint(Color(r, g, b): Color) -> Fill {
    Fill { paint: rgb::Color::new(r, g, b).into(), ..Fill::default() }
}

fn pen(Color(r, g, b): Color, width: f32) -> Stroke {
    Stroke { paint: rgb::Color::new(r, g, b).into(), width, ..Stroke::default() }
}

fn rect(area: &Area) -> Rect {
    Rect::from_xywh(area.x, area.y, area.width.max(0.01), area.height.max(0.01)).unwrap()
}

fn annotation(area: &Area, goal: &Goal, laid: &Laid) -> Annotation {
    let (target, words) = if let Goal::Uri(uri) = goal {
        (Target::Action(Action::Link(LinkAction::new(uri.clone()))), uri.clone())
    } else {
        let place = laid.place(goal).unwrap();
        let to = XyzDestination::new(place.page, Point::from_xy(0.0, place.y));
        (Target::Destination(to.into()), format!("page {}", place.page + 1))
    };
    Annotation::new_link(LinkAnnotation::new(rect(area), target), Some(words))
}

fn outline(headings: &[Outlined]) -> Outline {
    let mut outline = Outline::new();
    for heading in headings {
        let to = XyzDestination::new(heading.place.page, Point::from_xy(0.0, heading.place.y));
        outline.push_child(OutlineNode::new(visible(&heading.text), to));
    }
    outline
}

/// A node of our tree as one of krilla's, with every piece in its place.
fn group(laid: &Laid, node: NodeId, drawn: &mut Drawn) -> TagGroup {
    let role = laid.tree.role(node);
    let mut group = TagGroup::new(tag(laid, node, role));
    for kid in laid.tree.kids(node) {
        match kid {
            Kid::Node(kid) => group.push(self::group(laid, kid, drawn)),
            Kid::Content { page, mcid } => group.push(drawn.pieces.remove(&(page, mcid)).unwrap()),
            Kid::Link { page, number } => group.push(drawn.links.remove(&(page, number)).unwrap()),
        }
    }
    group
}

fn tag(laid: &Laid, node: NodeId, role: Role) -> TagKind {
    match role {
        Role::Document => unreachable!("the root is krilla's own"),
        Role::Section => Tag::Section.into(),
        Role::Group => Tag::Div.into(),
        Role::Heading(level) => {
            let number = match level {
                Level::One => 1,
                Level::Two => 2,
                Level::Three => 3,
            };
            Tag::Hn(NonZeroU16::new(number).unwrap(), Some("a heading".into())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Disc).into(),
        Role::Point => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure => Tag::Figure(laid.tree.alt(node).filter(|words| !words.is_empty()).map(str::to_owned)).into(),
        Role::Contents => Tag::TOC.into(),
        Role::Entry => Tag::TOCI.into(),
        Role::Reference => Tag::Reference.into(),
        Role::Link => Tag::Link.into(),
    }
}

/// All characters of a file, page by page, without spaces.
fn text_of(bytes: &[u8]) -> Vec<String> {
    let file = lopdf::Document::load_mem(bytes).unwrap();
    let pages = file.get_pages();
    pages.keys().map(|page| file.extract_text(&[*page]).unwrap().split_whitespace().collect()).collect()
}

#[test]
fn a_second_library_accepts_the_structure_and_writes_the_same_pages_and_text() {
    for sample in samples::all() {
        both(&sample.name, &super::report::document(&sample.report));
        both(&format!("the summary of {}", sample.name), &super::report::summary(&sample.report));
    }
}

fn both(name: &str, document: &Document<'_>) {
    let second = write(document).unwrap_or_else(|why| panic!("{name}: {why}"));
    let (first, second) = (text_of(&super::samples::bytes(document)), text_of(&second));
    assert_eq!(first.len(), second.len(), "{name}: as many pages");
    for (number, (a, b)) in (1..).zip(first.iter().zip(&second)) {
        assert!(!a.is_empty() && a == b, "{name}, page {number}:\n{a}\n{b}");
    }
}

#[test]
fn a_figure_without_words_would_be_refused() {
    use super::document::{Block, Figure};
    let strokes = vec![super::document::Stroke::Sign { tone: super::document::Tone::Good, x: 9.0, y: 9.0 }];
    let figure = |alt: &str| {
        let figure = Figure { alt: alt.into(), height: 20.0, strokes: strokes.clone() };
        super::samples::document(vec![Block::heading(Level::One, "One"), Block::Figure(figure)])
    };
    assert!(write(&figure("A tick.")).is_ok());
    let refused = write(&figure("")).unwrap_err();
    assert!(refused.contains("MissingAltText"), "{refused}");
}
