//! Lists of a million things: kept in pieces, so that growing copies nothing and leaves little room unused, and memory
//! that others gave back is used again.

use std::ops::{Index, IndexMut};

/// How many things are in a piece.
const PIECE: usize = 1 << 11;

/// A list that only grows.
#[derive(Clone, Debug)]
pub struct Long<T>(Vec<Vec<T>>);

impl<T> Default for Long<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Long<T> {
    /// How many things are in it.
    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * PIECE + last.len())
    }

    /// Adds one at the end.
    pub fn push(&mut self, thing: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < PIECE => last.push(thing),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(thing);
                self.0.push(piece);
            }
        }
    }

    /// The one at that place, from 0.
    pub fn get(&self, place: usize) -> Option<&T> {
        self.0.get(place / PIECE)?.get(place % PIECE)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl<T> Index<usize> for Long<T> {
    type Output = T;
    fn index(&self, place: usize) -> &T {
        &self.0[place / PIECE][place % PIECE]
    }
}

impl<T> IndexMut<usize> for Long<T> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        &mut self.0[place / PIECE][place % PIECE]
    }
}

impl<T> FromIterator<T> for Long<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        let mut long = Self::default();
        things.into_iter().for_each(|thing| long.push(thing));
        long
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_list_however_many_pieces_it_has() {
        for count in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let mut long: Long<usize> = (0..count).collect();
            assert_eq!(long.len(), count);
            assert!(long.iter().copied().eq(0..count));
            assert_eq!((long.get(count / 2).copied(), long.get(count)), ((count > 0).then_some(count / 2), None));
            if count > 0 {
                long[count - 1] += 1;
                assert_eq!(long[count - 1], count);
            }
        }
    }
}
