//! The colours of the file, said exactly: an ICC profile of sRGB (IEC 61966-2-1), version 2, made here.
//!
//! Archives of PDF ask for one, and for version 2: the form of 2005 knows no later one.

/// The white of the profile connection space, D50.
const WHITE: [u32; 3] = [0xf6d6, 0x1_0000, 0xd32d];
/// Red, green and blue of sRGB seen under D50, in sixteenths of thousands (s15Fixed16).
const PRIMARIES: [[f64; 3]; 3] = [
    [0.436_074_7, 0.222_504_5, 0.013_932_2],
    [0.385_064_9, 0.716_878_6, 0.097_104_5],
    [0.143_080_4, 0.060_616_9, 0.714_173_3],
];
/// Points of the tone curve.
const POINTS: u16 = 1024;

/// The profile.
pub fn srgb() -> Vec<u8> {
    let curve = curve();
    let mut tags: Vec<([u8; 4], Vec<u8>)> = vec![
        (*b"desc", description("sRGB IEC61966-2-1")),
        (*b"cprt", [b"text\0\0\0\0", "No copyright, use freely\0".as_bytes()].concat()),
        (*b"wtpt", xyz(WHITE)),
    ];
    for (name, primary) in [*b"rXYZ", *b"gXYZ", *b"bXYZ"].into_iter().zip(PRIMARIES) {
        tags.push((name, xyz(primary.map(fixed))));
    }
    for name in [*b"rTRC", *b"gTRC", *b"bTRC"] {
        tags.push((name, curve.clone()));
    }
    assemble(&tags)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1")]
fn fixed(value: f64) -> u32 {
    (value * 65536.0).round() as u32
}

fn xyz(values: [u32; 3]) -> Vec<u8> {
    let mut out = b"XYZ \0\0\0\0".to_vec();
    for value in values {
        out.extend_from_slice(&value.to_be_bytes());
    }
    out
}

fn description(text: &str) -> Vec<u8> {
    let mut out = b"desc\0\0\0\0".to_vec();
    let length = u32::try_from(text.len() + 1).unwrap_or(1);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    // Its end; no text in Unicode; no text for the Macintosh, in its 67 bytes.
    out.extend_from_slice(&[0; 1 + 8 + 3 + 67]);
    out
}

/// How bright each value is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 65535")]
fn curve() -> Vec<u8> {
    let mut out = b"curv\0\0\0\0".to_vec();
    out.extend_from_slice(&u32::from(POINTS).to_be_bytes());
    for point in 0..POINTS {
        let value = f64::from(point) / f64::from(POINTS - 1);
        let light = if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        out.extend_from_slice(&((light * 65535.0).round() as u16).to_be_bytes());
    }
    out
}

/// Header, table of tags, tags. The three curves are one.
fn assemble(tags: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    let start = 128 + 4 + 12 * tags.len();
    let mut before: Option<(&[u8], usize)> = None;
    for (name, bytes) in tags {
        let at = match before {
            Some((same, at)) if same == bytes.as_slice() => at,
            _ => {
                let at = start + data.len();
                data.extend_from_slice(bytes);
                data.resize(data.len().next_multiple_of(4), 0);
                at
            }
        };
        before = Some((bytes, at));
        table.extend_from_slice(name);
        for number in [at, bytes.len()] {
            table.extend_from_slice(&u32::try_from(number).unwrap_or(0).to_be_bytes());
        }
    }
    let size = u32::try_from(start + data.len()).unwrap_or(0);
    let count = u32::try_from(tags.len()).unwrap_or(0);
    let mut out = Vec::with_capacity(start + data.len());
    out.extend_from_slice(&size.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&[2, 0x10, 0, 0]);
    out.extend_from_slice(b"mntrRGB XYZ ");
    // A day for the profile itself: 1 January 2020.
    for part in [2020_u16, 1, 1, 0, 0, 0] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    out.extend_from_slice(b"acsp");
    // Platform, flags, manufacturer, model, attributes, intent: nothing in particular.
    out.extend_from_slice(&[0; 28]);
    for value in WHITE {
        out.extend_from_slice(&value.to_be_bytes());
    }
    out.resize(128, 0);
    out.extend_from_slice(&count.to_be_bytes());
    out.extend_from_slice(&table);
    out.extend_from_slice(&data);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_as_long_as_it_says_and_its_tags_are_within() {
        let profile = srgb();
        let number = |at: usize| u32::from_be_bytes(profile[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(number(0), profile.len());
        assert_eq!(&profile[36..40], b"acsp");
        assert_eq!(number(128), 9);
        for tag in 0..9 {
            let (at, length) = (number(132 + 12 * tag + 4), number(132 + 12 * tag + 8));
            assert!(at % 4 == 0 && at + length <= profile.len());
        }
    }

    #[test]
    fn the_three_primaries_are_white_together() {
        for (axis, white) in WHITE.iter().enumerate() {
            let sum: u32 = PRIMARIES.iter().map(|p| fixed(p[axis])).sum();
            assert!(sum.abs_diff(*white) <= 24, "{axis}: {sum} {white}");
        }
    }
}
