//! Text in lines: from spans to glyphs, from glyphs to lines that fit a width.
//!
//! A line ends between words; within a word that is too long for a line (an ARN, a digest) where Unicode allows it
//! (UAX 14), after `: / - _ .` and the like and before a capital within it, and in an emergency after any character. Nothing is cut off.

use super::display::{Area, Goal, Item, Text};
use super::document::{Span, SpanStyle, Target};
use super::fonts::{FaceId, Fonts, Glyph};
use super::style::{self, Color, TextStyle};
use unicode_linebreak::linebreaks;

/// Letters of one width look larger than others of their size.
const MONO_SCALE: f32 = 0.92;
/// Marks are set smaller than the text around them.
const MARK_SCALE: f32 = 0.82;
/// Characters after which a word that is too long may be broken.
const SOFT: &str = ":/-_.=,&?@|+;\\#";

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    runs: Vec<Run>,
    /// How wide the runs are together.
    pub width: f32,
}

#[derive(Clone, Debug, PartialEq)]
struct Run {
    x: f32,
    look: Look,
    glyphs: Vec<Glyph>,
    target: Option<Target>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Look {
    size: f32,
    color: Color,
    mark: bool,
}

/// Where a line stands in its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// In the middle.
    Middle,
    /// At the right edge.
    Right,
}

/// Whether a line may end before a glyph.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chance {
    /// Only in an emergency.
    Bad,
    /// Within a word that is too long.
    Soft,
    /// Between words.
    Good,
}

struct Atom<'a> {
    glyph: Glyph,
    look: Look,
    target: Option<&'a Target>,
    width: f32,
    chance: Chance,
}

impl Atom<'_> {
    fn begins_mark(&self) -> bool {
        self.look.mark && self.glyph.ch == '\u{27e8}'
    }
}

/// The width of the longest word of those that are not wider than a limit.
pub fn longest_word(fonts: &Fonts, spans: &[Span], style: &TextStyle, limit: f32) -> f32 {
    let atoms = atoms(fonts, spans, style);
    let words = atoms.split(|a| a.glyph.ch == ' ').map(|word| word.iter().map(|a| a.width).sum::<f32>());
    words.filter(|width| *width <= limit).fold(0.0, f32::max)
}

/// Breaks spans into lines of a width. No text gives no line.
pub fn lines(fonts: &Fonts, spans: &[Span], style: &TextStyle, width: f32) -> Vec<Line> {
    let mut atoms = atoms(fonts, spans, style);
    if atoms.is_empty() {
        return Vec::new();
    }
    if atoms.iter().map(|a| a.width).sum::<f32>() <= width {
        return vec![Line::of(&atoms)];
    }
    // A letter that is wider than the line (a dash of three ems in a narrow cell) becomes smaller.
    for atom in atoms.iter_mut().filter(|a| a.width > width) {
        atom.look.size *= width / atom.width;
        atom.width = width;
    }
    mark_chances(&mut atoms);
    let mut lines = Vec::new();
    let mut start = 0;
    while start < atoms.len() {
        let end = line_end(&atoms, start, width);
        lines.push(Line::of(&atoms[start..end]));
        start = end;
    }
    lines
}

/// One line of plain text, ending in `…` when it is longer than the width: for places that repeat what stands in full
/// elsewhere.
pub fn one_line(fonts: &Fonts, text: &str, style: &TextStyle, width: f32) -> Line {
    one_line_of(fonts, &[Span::plain(text)], style, width)
}

/// The same, of spans.
pub fn one_line_of(fonts: &Fonts, spans: &[Span], style: &TextStyle, width: f32) -> Line {
    let mut atoms = atoms(fonts, spans, style);
    if atoms.iter().map(|a| a.width).sum::<f32>() > width {
        let spans = [Span::plain("…")];
        let dots = self::atoms(fonts, &spans, style);
        let room = width - dots.iter().map(|a| a.width).sum::<f32>();
        let mut used = 0.0;
        let fits = atoms.iter().take_while(|a| {
            used += a.width;
            used <= room
        });
        let fits = fits.count();
        atoms.truncate(fits);
        let mut line = Line::of(&atoms);
        let tail = Line::of(&dots);
        line.runs.extend(tail.runs.into_iter().map(|run| Run { x: run.x + line.width, ..run }));
        line.width += tail.width;
        return line;
    }
    Line::of(&atoms)
}

/// The glyphs of the spans, with a mark for each character that no font can show.
fn atoms<'a>(fonts: &Fonts, spans: &'a [Span], style: &TextStyle) -> Vec<Atom<'a>> {
    let mut atoms: Vec<Atom<'a>> = Vec::with_capacity(spans.iter().map(|s| s.text.len()).sum());
    for span in spans {
        let face = match span.style {
            SpanStyle::Plain => style.face,
            SpanStyle::Bold => FaceId::Bold,
            SpanStyle::Mono => FaceId::Mono,
        };
        let smaller = span.style == SpanStyle::Mono && style.face != FaceId::Mono;
        let size = if smaller { style.size * MONO_SCALE } else { style.size };
        let color = if span.target.is_some() { style::LINK } else { style.color };
        let target = span.target.as_ref();
        let push = |atoms: &mut Vec<Atom<'a>>, glyph: Glyph, look: Look| {
            let width = f32::from(glyph.advance) * look.size / 1000.0;
            atoms.push(Atom { glyph, look, target, width, chance: Chance::Bad });
        };
        for ch in span.text.chars() {
            // A combining letter with nothing to stand on would be drawn over its neighbour, or not be seen at all.
            let alone = atoms.last().is_none_or(|a| a.look.mark || a.glyph.ch.is_whitespace());
            if let Some(glyph) = fonts.glyph(face, ch).filter(|glyph| !(glyph.combining && alone)) {
                push(&mut atoms, glyph, Look { size, color, mark: false });
            } else {
                let look = Look { size: size * MARK_SCALE, color: style::MARK, mark: true };
                fonts.mark(ch).into_iter().for_each(|glyph| push(&mut atoms, glyph, look));
            }
        }
    }
    atoms
}

fn mark_chances(atoms: &mut [Atom]) {
    let visible: String = atoms.iter().map(|a| a.glyph.ch).collect();
    let mut breaks = linebreaks(&visible).map(|(at, _)| at).peekable();
    let mut at = 0;
    for i in 0..atoms.len() {
        while breaks.next_if(|b| *b < at).is_some() {}
        let good = breaks.peek() == Some(&at);
        at += atoms[i].glyph.ch.len_utf8();
        if i == 0 || atoms[i].glyph.combining {
            continue;
        }
        let before = &atoms[i - 1];
        // `arn:aws:sts::1` is not broken between the colons, which would leave a line of nothing else.
        let after = !before.look.mark && SOFT.contains(before.glyph.ch) && !SOFT.contains(atoms[i].glyph.ch);
        // `StartDeliveryStreamEncryption` is broken before one of its words.
        let hump = before.glyph.ch.is_lowercase() && atoms[i].glyph.ch.is_uppercase();
        let soft = good || after || hump || atoms[i].begins_mark();
        atoms[i].chance = match (good && before.glyph.ch.is_whitespace(), soft) {
            (true, _) => Chance::Good,
            (false, true) => Chance::Soft,
            (false, false) => Chance::Bad,
        };
    }
}

/// The end of the line that begins at `start`: always after it.
fn line_end(atoms: &[Atom], start: usize, width: f32) -> usize {
    let (mut good, mut soft, mut part) = (None, None, None);
    let mut used = 0.0;
    for (i, atom) in atoms.iter().enumerate().skip(start) {
        if i > start {
            match atom.chance {
                Chance::Good => good = Some((i, used)),
                Chance::Soft => {
                    soft = Some((i, used));
                    if matches!(atoms[i - 1].glyph.ch, ':' | '/') {
                        part = soft;
                    }
                }
                Chance::Bad => {}
            }
        }
        used += atom.width;
        // Spaces may hang over the edge: they are not drawn there.
        if used <= width || i == start || atom.glyph.ch == ' ' {
            continue;
        }
        // The parts of an ARN stay whole when that does not leave the line half empty.
        let soft = part.filter(|(_, filled)| *filled > 0.55 * width).or(soft);
        return match (good, soft) {
            // A line that a long word would leave nearly empty takes the beginning of that word.
            (Some((_, filled)), Some((end, more))) if filled < 0.45 * width && more > filled => end,
            (Some((end, _)), _) | (None, Some((end, _))) => end,
            (None, None) => (start + 1..=i).rev().find(|&k| !atoms[k].glyph.combining).unwrap_or(i),
        };
    }
    atoms.len()
}

impl Line {
    fn of(atoms: &[Atom]) -> Self {
        let drawn = atoms.iter().rposition(|a| a.glyph.ch != ' ').map_or(0, |last| last + 1);
        let mut line = Self::of_all(&atoms[..drawn]);
        // The space at the end is there for readers who join the lines, and takes no room.
        if let (Some(space), Some(run)) = (atoms.get(drawn), line.runs.last_mut())
            && run.takes(space)
        {
            run.glyphs.push(space.glyph);
        }
        line
    }

    fn of_all(atoms: &[Atom]) -> Self {
        let mut line = Self::default();
        for atom in atoms {
            match line.runs.last_mut() {
                Some(run) if run.takes(atom) => run.glyphs.push(atom.glyph),
                _ => line.runs.push(Run {
                    x: line.width,
                    look: atom.look,
                    glyphs: vec![atom.glyph],
                    target: atom.target.cloned(),
                }),
            }
            line.width += atom.width;
        }
        line
    }

    /// Draws the line into a box of its leading's height: `x`, `top` is the upper left corner.
    pub fn draw(&self, x: f32, top: f32, width: f32, align: Align, style: &TextStyle, items: &mut Vec<Item>) {
        let x = match align {
            Align::Left => x,
            Align::Middle => x + (width - self.width) / 2.0,
            Align::Right => x + width - self.width,
        };
        // Capitals stand in the middle of the line's height.
        let y = top + style.leading / 2.0 + style.size * 0.357;
        for run in &self.runs {
            let text = Text { x: x + run.x, y, size: run.look.size, color: run.look.color, glyphs: run.glyphs.clone() };
            let wide = text.width();
            if run.look.mark {
                let (top, height) = (y - run.look.size * 0.86, run.look.size * 1.12);
                items.push(Item::Rect(Area { x: text.x, y: top, width: wide, height }, style::MARK_GROUND));
            }
            if let Some(target) = &run.target {
                let area = Area { x: text.x, y: top, width: wide, height: style.leading };
                items.push(Item::Link(area, Goal::from(target)));
            }
            items.push(Item::Text(text));
        }
    }
}

impl Run {
    fn takes(&self, atom: &Atom) -> bool {
        self.look == atom.look
            && self.glyphs.last().is_some_and(|g| g.face == atom.glyph.face)
            && self.target.as_ref() == atom.target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> &'static Fonts {
        Fonts::embedded().unwrap()
    }

    fn words(lines: &[Line]) -> Vec<String> {
        let words = lines.iter().map(|l| l.runs.iter().flat_map(|r| &r.glyphs).map(|g| g.ch).collect::<String>());
        words.map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn an_arn_breaks_after_its_separators_and_loses_nothing() {
        let arn = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000abcd";
        let lines = lines(fonts(), &[Span::plain(arn)], &style::CELL_MONO, 110.0);
        let words = words(&lines);
        assert!(words.len() > 2 && words[..words.len() - 1].iter().all(|w| w.ends_with([':', '/', '-'])), "{words:?}");
        assert_eq!(words.concat(), arn);
        assert!(lines.iter().all(|l| l.width <= 110.0));
    }

    #[test]
    fn a_word_without_any_chance_breaks_between_characters() {
        let word = "x".repeat(500);
        let lines = lines(fonts(), &[Span::plain(&*word)], &style::BODY, 60.0);
        assert_eq!(words(&lines).concat(), word);
        assert!(lines.iter().all(|l| l.width <= 60.0));
    }

    #[test]
    fn words_break_at_spaces_first() {
        let lines = lines(fonts(), &[Span::plain("alpha beta gamma delta")], &style::BODY, 70.0);
        assert_eq!(words(&lines), ["alpha beta", "gamma delta"]);
    }

    #[test]
    fn a_long_word_begins_on_a_line_that_it_would_leave_nearly_empty() {
        let lines = lines(fonts(), &[Span::plain("by role/aaaaaaaaaaaaaaa/bbbbbbbbbbb")], &style::BODY, 110.0);
        assert!(words(&lines)[0].starts_with("by role/"), "{:?}", words(&lines));
    }

    #[test]
    fn what_no_font_has_and_what_hides_is_marked() {
        let lines = lines(fonts(), &[Span::plain("a\u{202e}b\u{1f600} \u{301}")], &style::BODY, 400.0);
        assert_eq!(words(&lines), ["a⟨U+202E⟩b⟨U+1F600⟩ ⟨U+0301⟩"]);
        assert!(lines[0].runs.iter().any(|r| r.look.mark));
    }

    #[test]
    fn a_letter_keeps_what_is_drawn_over_it() {
        let text = "e\u{301}".repeat(200);
        let lines = lines(fonts(), &[Span::plain(&*text)], &style::BODY, 50.0);
        assert!(words(&lines).iter().all(|w| w.starts_with('e') && w.ends_with('\u{301}')));
    }

    #[test]
    fn a_line_that_is_too_long_says_so() {
        let line = one_line(fonts(), &"long words ".repeat(40), &style::RUNNING, 120.0);
        assert!(line.width <= 120.0);
        assert!(words(&[line])[0].ends_with('…'));
    }
}
