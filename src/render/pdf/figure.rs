//! Drawings: one strip each, so that none is cut by the end of a page.

use super::display::{Area, Item, Shape};
use super::document::{At, Figure, Span, SpanStyle, Stroke};
use super::shapes;
use super::strips::{Maker, Strip};
use super::style::{self, Color};
use super::text::{self, Align};

/// How long the head of an arrow is.
const ARROW: f32 = 5.0;

/// The strip of a drawing.
pub fn strips(maker: &Maker, figure: &Figure) -> Vec<Strip> {
    let height = figure.height.min(maker.room - 120.0);
    let node = maker.figure(figure.alt.clone());
    let mut strip = Strip { gap: 8.0, height, ..Strip::of(node) };
    for stroke in &figure.strokes {
        draw(maker, stroke, &mut strip.items);
    }
    vec![strip]
}

fn draw(maker: &Maker, stroke: &Stroke, items: &mut Vec<Item>) {
    let left = style::MARGIN;
    match stroke {
        &Stroke::Bar { tone, x, y, width, height } => {
            shapes::part(tone, Area { x: left + x, y, width, height }, items);
        }
        &Stroke::Frame { x, y, width, height, tone } => {
            let (x, right, bottom) = (left + x, left + x + width, y + height);
            let points = vec![(x, y, false), (right, y, false), (right, bottom, false), (x, bottom, false)];
            let stroke = Some((style::tone_color(tone), 0.8));
            items.push(Item::Shape(Shape { points, fill: Some(style::WHITE), stroke }));
        }
        &Stroke::Line { from, to, tone, arrow } => {
            let (from, to) = ((left + from.0, from.1), (left + to.0, to.1));
            line(from, to, style::tone_color(tone), arrow, items);
        }
        &Stroke::Band { from: (ax, ay), to: (bx, by), height, tone } => {
            let (ax, bx) = (left + ax, left + bx);
            let middle = f32::midpoint(ax, bx);
            let points = vec![
                (ax, ay, false),
                (middle, ay, true),
                (middle, by, true),
                (bx, by, false),
                (bx, by + height, false),
                (middle, by + height, true),
                (middle, ay + height, true),
                (ax, ay + height, false),
            ];
            items.push(Item::Shape(Shape { points, fill: Some(style::pale(tone)), stroke: None }));
        }
        &Stroke::Sign { tone, x, y } => shapes::sign(tone, left + x, y, 3.4, items),
        Stroke::Text { x, y, width, at, strong, text } => {
            let mut span = Span::plain(text.as_str());
            if *strong {
                span.style = SpanStyle::Bold;
            }
            let align = match at {
                At::Left => Align::Left,
                At::Middle => Align::Middle,
                At::Right => Align::Right,
            };
            let line = text::one_line_of(maker.fonts, &[span], &style::FIGURE, *width);
            line.draw(left + x, *y, *width, align, &style::FIGURE, items);
        }
    }
}

/// A line is a thin shape: rules are level, and arrows are not.
fn line((ax, ay): (f32, f32), (bx, by): (f32, f32), color: Color, arrow: bool, items: &mut Vec<Item>) {
    let length = (bx - ax).hypot(by - ay).max(0.1);
    let (ux, uy) = ((bx - ax) / length, (by - ay) / length);
    let (ex, ey) = if arrow { (bx - ux * ARROW, by - uy * ARROW) } else { (bx, by) };
    let stroke = Some((color, 0.9));
    items.push(Item::Shape(Shape { points: vec![(ax, ay, false), (ex, ey, false)], fill: None, stroke }));
    if arrow {
        let (nx, ny) = (-uy * ARROW * 0.45, ux * ARROW * 0.45);
        let points = vec![(bx, by, false), (ex + nx, ey + ny, false), (ex - nx, ey - ny, false)];
        items.push(Item::Shape(Shape { points, fill: Some(color), stroke: None }));
    }
}
