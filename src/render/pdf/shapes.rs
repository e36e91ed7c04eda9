//! Shapes that stand beside words: the sign of each tone, and the bars of a chart.
//!
//! A tone is told by its word first, by its shape second and by its colour last, so that a grey print and a colour-blind
//! reader lose nothing.

use super::display::{Area, Item, Shape};
use super::document::Tone;
use super::style::{self, Color};

/// How far the handles of a quarter circle stand out, for a radius of 1.
const ROUND: f32 = 0.5523;

/// Draws the sign of a tone around a centre.
pub fn sign(tone: Tone, cx: f32, cy: f32, r: f32, items: &mut Vec<Item>) {
    let color = style::tone_color(tone);
    let at = |points: &[(f32, f32)]| points.iter().map(|&(x, y)| (cx + x * r, cy + y * r, false)).collect::<Vec<_>>();
    match tone {
        Tone::Good => {
            items.push(filled(disc(cx, cy, r), color));
            let tick = [(-0.62, 0.02), (-0.4, -0.2), (-0.14, 0.06), (0.4, -0.5), (0.62, -0.28), (-0.14, 0.5)];
            items.push(filled(at(&tick), style::WHITE));
        }
        Tone::Partial => {
            items.push(ring(cx, cy, r, color));
            items.push(filled(half_disc(cx, cy, r), color));
        }
        Tone::Caution => {
            items.push(filled(at(&[(0.0, -1.05), (1.12, 0.92), (-1.12, 0.92)]), color));
            items.push(filled(at(&[(-0.13, -0.4), (0.13, -0.4), (0.1, 0.3), (-0.1, 0.3)]), style::WHITE));
            items.push(filled(at(&[(-0.12, 0.44), (0.12, 0.44), (0.12, 0.68), (-0.12, 0.68)]), style::WHITE));
        }
        Tone::Bad => {
            items.push(filled(at(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]), color));
            let cross = [
                (-0.5, -0.32),
                (-0.32, -0.5),
                (0.0, -0.18),
                (0.32, -0.5),
                (0.5, -0.32),
                (0.18, 0.0),
                (0.5, 0.32),
                (0.32, 0.5),
                (0.0, 0.18),
                (-0.32, 0.5),
                (-0.5, 0.32),
                (-0.18, 0.0),
            ];
            items.push(filled(at(&cross), style::WHITE));
        }
        Tone::Unknown => items.push(ring(cx, cy, r, color)),
        Tone::Neutral => items.push(Item::Rect(Area { x: cx - r, y: cy - 0.6, width: 2.0 * r, height: 1.2 }, color)),
    }
}

/// Draws one part of a bar. What is not known is striped: it is no quantity of anything.
pub fn part(tone: Tone, area: Area, items: &mut Vec<Item>) {
    let color = style::bar_color(tone);
    if tone != Tone::Unknown {
        items.push(Item::Rect(area, color));
        return;
    }
    items.push(Item::Rect(area, style::GROUND));
    let mut x = area.x;
    while x < area.x + area.width {
        let width = (area.x + area.width - x).min(1.4);
        items.push(Item::Rect(Area { x, width, ..area }, color));
        x += 3.4;
    }
}

/// The frame of a bar: as long as the whole.
pub fn frame(area: Area) -> Item {
    let (left, top, right, bottom) = (area.x, area.y, area.x + area.width, area.y + area.height);
    let points = vec![(left, top, false), (right, top, false), (right, bottom, false), (left, bottom, false)];
    Item::Shape(Shape { points, fill: Some(style::WHITE), stroke: Some((style::HAIRLINE, 0.6)) })
}

fn filled(points: Vec<(f32, f32, bool)>, color: Color) -> Item {
    Item::Shape(Shape { points, fill: Some(color), stroke: None })
}

fn ring(cx: f32, cy: f32, r: f32, color: Color) -> Item {
    Item::Shape(Shape { points: disc(cx, cy, r - 0.45), fill: Some(style::WHITE), stroke: Some((color, 0.9)) })
}

fn disc(cx: f32, cy: f32, r: f32) -> Vec<(f32, f32, bool)> {
    let k = ROUND * r;
    let mut points = vec![(cx + r, cy, false)];
    for ((ax, ay), (bx, by), (x, y)) in [
        ((r, k), (k, r), (0.0, r)),
        ((-k, r), (-r, k), (-r, 0.0)),
        ((-r, -k), (-k, -r), (0.0, -r)),
        ((k, -r), (r, -k), (r, 0.0)),
    ] {
        points.extend([(cx + ax, cy + ay, true), (cx + bx, cy + by, true), (cx + x, cy + y, false)]);
    }
    points
}

/// The lower half.
fn half_disc(cx: f32, cy: f32, r: f32) -> Vec<(f32, f32, bool)> {
    disc(cx, cy, r).into_iter().take(7).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tone_has_a_sign_of_its_own() {
        let drawn = Tone::ALL.map(|tone| {
            let mut items = Vec::new();
            sign(tone, 0.0, 0.0, 3.0, &mut items);
            // Without its colour: shape alone must tell.
            items
                .into_iter()
                .map(|item| match item {
                    Item::Shape(s) => format!("{:?} {}", s.points, s.stroke.is_some()),
                    other => format!("{other:?}"),
                })
                .collect::<String>()
        });
        for (i, a) in drawn.iter().enumerate() {
            assert!(!a.is_empty() && drawn.iter().skip(i + 1).all(|b| a != b));
        }
    }

    #[test]
    fn an_unknown_part_is_striped_within_its_area() {
        let mut items = Vec::new();
        let area = Area { x: 10.0, y: 0.0, width: 7.0, height: 4.0 };
        part(Tone::Unknown, area, &mut items);
        assert!(items.len() > 2);
        for item in items {
            let Item::Rect(a, _) = item else { panic!("a stripe is a rectangle") };
            assert!(a.x >= 10.0 && a.x + a.width <= 17.001);
        }
    }
}
