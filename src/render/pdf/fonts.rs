//! The fonts in the program, and what becomes of a character that they do not have.
//!
//! Evidence may not lose a character: what no font can draw, and what would be invisible or would turn the text
//! around (controls, zero-width and bidirectional characters, odd spaces), is shown by its number, `⟨U+202E⟩`.
//! The bracket itself is shown so too, so that nobody can write a false mark.

use super::PdfError;
use std::sync::OnceLock;
use ttf_parser::gdef::GlyphClass;

/// The faces: Noto Sans and Noto Sans Mono, under the licence in `templates/fonts/OFL.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaceId {
    /// Noto Sans.
    Regular,
    /// Noto Sans Bold.
    Bold,
    /// Noto Sans Mono.
    Mono,
}

impl FaceId {
    /// All faces.
    pub const ALL: [Self; 3] = [Self::Regular, Self::Bold, Self::Mono];

    /// The faces in which a character is looked for, in order.
    fn chain(self) -> &'static [Self] {
        match self {
            Self::Regular => &[Self::Regular, Self::Mono],
            Self::Bold => &[Self::Bold, Self::Regular, Self::Mono],
            Self::Mono => &[Self::Mono, Self::Regular],
        }
    }
}

/// One glyph and the character that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// The face.
    pub face: FaceId,
    /// The number of the glyph in it.
    pub id: u16,
    /// How far it moves the pen, in thousandths of the size.
    pub advance: u16,
    /// The character.
    pub ch: char,
    /// It is drawn over the character before it.
    pub combining: bool,
}

/// One face, parsed.
pub struct Face {
    /// The PostScript name.
    pub name: &'static str,
    /// The bytes of the font file.
    pub data: &'static [u8],
    /// Above the baseline, in units.
    pub ascender: i16,
    /// Below the baseline, in units.
    pub descender: i16,
    /// Units of the square of one letter.
    pub units_per_em: u16,
    /// The box around all glyphs: x, y of the lower left, x, y of the upper right.
    pub bounds: [i16; 4],
    /// Weight, as in `OS/2`: 400 is regular.
    pub weight: u16,
    parser: ttf_parser::Face<'static>,
    /// Latin letters are most of all text; a table spares the search. It has none that is hidden.
    latin: Vec<Option<Glyph>>,
}

/// The faces of the program.
pub struct Fonts {
    faces: Vec<Face>,
}

/// The characters that are shown by their number although a font may have them: invisible, or turning the text, or
/// looking like an ordinary space. U+00A0 and U+202F are not here: they are spaces that do not break, and seen as such.
const HIDDEN: &[(u32, u32)] = &[
    (0x0000, 0x001f),
    (0x007f, 0x009f),
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202e),
    (0x205f, 0x206f),
    (0x27e8, 0x27e9),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xe000, 0xf8ff),
    (0xfdd0, 0xfdef),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0xfffe, 0xffff),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0x0010_ffff),
];

/// Whether a character must be shown by its number.
pub fn is_hidden(ch: char) -> bool {
    let code = u32::from(ch);
    let at = HIDDEN.partition_point(|&(_, to)| to < code);
    HIDDEN.get(at).is_some_and(|&(from, _)| from <= code)
}

/// The mark that stands for a character.
pub fn mark(ch: char) -> String {
    format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(ch))
}

/// The text with every hidden character as its mark: for bookmarks and metadata, which the reader's own fonts show.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        if is_hidden(ch) { out.push_str(&mark(ch)) } else { out.push(ch) }
    }
    out
}

impl Fonts {
    /// The embedded fonts.
    ///
    /// # Errors
    /// When a font file in the program cannot be parsed: the program was built wrong.
    pub fn embedded() -> Result<&'static Self, PdfError> {
        static FONTS: OnceLock<Result<Fonts, PdfError>> = OnceLock::new();
        FONTS.get_or_init(Self::load).as_ref().map_err(Clone::clone)
    }

    fn load() -> Result<Self, PdfError> {
        let files: [(FaceId, &'static str, &'static [u8]); 3] = [
            (FaceId::Regular, "NotoSans-Regular", include_bytes!("../../../templates/fonts/NotoSans-Regular.ttf")),
            (FaceId::Bold, "NotoSans-Bold", include_bytes!("../../../templates/fonts/NotoSans-Bold.ttf")),
            (FaceId::Mono, "NotoSansMono-Regular", include_bytes!("../../../templates/fonts/NotoSansMono-Regular.ttf")),
        ];
        let faces = files.into_iter().map(|(id, name, data)| Face::load(id, name, data)).collect::<Result<_, _>>()?;
        Ok(Self { faces })
    }

    /// A face.
    pub fn face(&self, id: FaceId) -> &Face {
        &self.faces[id as usize]
    }

    /// The glyph of a character, from the face or one that stands in for it; none, when the character must be shown
    /// as its [`mark`].
    pub fn glyph(&self, face: FaceId, ch: char) -> Option<Glyph> {
        let own = self.face(face).latin.get(ch as usize).copied().flatten();
        if own.is_some() {
            return own;
        }
        if is_hidden(ch) {
            return None;
        }
        face.chain().iter().find_map(|&id| self.face(id).glyph(id, ch))
    }

    /// The glyphs of a [`mark`], in the face of one width.
    pub fn mark(&self, ch: char) -> Vec<Glyph> {
        mark(ch).chars().filter_map(|c| self.face(FaceId::Mono).glyph(FaceId::Mono, c)).collect()
    }
}

impl Face {
    fn load(id: FaceId, name: &'static str, data: &'static [u8]) -> Result<Self, PdfError> {
        let parser = ttf_parser::Face::parse(data, 0).map_err(|e| PdfError::Font(format!("{name}: {e}")))?;
        let bounds = parser.global_bounding_box();
        let mut face = Self {
            name,
            data,
            ascender: parser.ascender(),
            descender: parser.descender(),
            units_per_em: parser.units_per_em(),
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max],
            weight: parser.weight().to_number(),
            parser,
            latin: Vec::new(),
        };
        let shown = |code| char::from_u32(code).filter(|ch| !is_hidden(*ch));
        face.latin = (0..0x180).map(|code| shown(code).and_then(|ch| face.find(id, ch))).collect();
        Ok(face)
    }

    fn glyph(&self, id: FaceId, ch: char) -> Option<Glyph> {
        match self.latin.get(ch as usize) {
            Some(known) => *known,
            None => self.find(id, ch),
        }
    }

    fn find(&self, face: FaceId, ch: char) -> Option<Glyph> {
        let id = self.parser.glyph_index(ch).filter(|id| id.0 != 0)?;
        let units = u32::from(self.parser.glyph_hor_advance(id)?);
        let advance = u16::try_from(units * 1000 / u32::from(self.units_per_em).max(1)).ok()?;
        let class = self.parser.tables().gdef.and_then(|table| table.glyph_class(id));
        Some(Glyph { face, id: id.0, advance, ch, combining: class == Some(GlyphClass::Mark) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_have_what_our_own_words_need() {
        let fonts = Fonts::embedded().unwrap();
        for face in FaceId::ALL {
            for ch in ('!'..='~').chain("äöüßéñçøšžłαωΔДЖя€§–—…•→≥×·“”’\u{a0}".chars())
            {
                assert!(fonts.glyph(face, ch).is_some(), "{face:?} {ch:?}");
            }
        }
    }

    #[test]
    fn what_turns_or_hides_text_has_no_glyph() {
        let fonts = Fonts::embedded().unwrap();
        for ch in
            "\0\n\t\u{7f}\u{85}\u{ad}\u{200b}\u{200e}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}\u{27e8}\u{3000}".chars()
        {
            assert!(is_hidden(ch) && fonts.glyph(FaceId::Mono, ch).is_none(), "{ch:?}");
        }
        for ch in " aZ~\u{a0}é\u{202f}日\u{1f600}".chars() {
            assert!(!is_hidden(ch), "{ch:?}");
        }
    }

    #[test]
    fn no_glyph_stands_for_two_characters() {
        let fonts = Fonts::embedded().unwrap();
        for id in FaceId::ALL {
            let glyphs = (' '..'\u{ffff}').filter_map(|ch| fonts.glyph(id, ch)).filter(|glyph| glyph.face == id);
            let mut ids: Vec<u16> = glyphs.map(|glyph| glyph.id).collect();
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert!(all > 2500 && ids.len() == all, "{id:?}");
        }
    }

    #[test]
    fn a_mark_has_all_its_glyphs() {
        let fonts = Fonts::embedded().unwrap();
        let text: String = fonts.mark('\u{1f600}').iter().map(|g| g.ch).collect();
        assert_eq!(text, "⟨U+1F600⟩");
        assert_eq!(visible("a\u{202e}b⟩"), "a⟨U+202E⟩b⟨U+27E9⟩");
    }

    #[test]
    fn hidden_ranges_are_sorted_and_apart() {
        assert!(HIDDEN.iter().all(|(a, b)| a <= b));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
