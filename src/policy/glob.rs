//! Patterns with `*`, `?` and policy variables, against texts of which parts may stand for "any value".
//!
//! An outsider's account is not a number but twelve [`Sym::Any`]: no literal digit of a policy fits it, a wildcard
//! does. So "is this value fixed" needs no heuristics: it is fixed when only literals can fit.

/// One character of a text that is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sym {
    /// That character.
    Is(char),
    /// Some character that the policy does not name.
    Any,
}

impl Sym {
    pub fn text(text: &str) -> Vec<Self> {
        text.chars().map(Self::Is).collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Is(char),
    One,
    Many,
    Variable(String),
}

/// How a pattern and a text relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Yes,
    No,
    /// It fits some of the texts that the [`Sym::Any`] stand for and not others.
    Some,
    /// A policy variable decides.
    Variable,
}

/// A value of a policy, ready to be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

impl Pattern {
    /// A text with wildcards.
    pub fn wild(text: &str) -> Self {
        Self::read(text, true, false)
    }

    /// `wildcards`: `*` and `?` act. `variables`: `${…}` acts (policies of version 2012-10-17); `${*}`, `${?}` and
    /// `${$}` are then those characters themselves.
    pub fn read(text: &str, wildcards: bool, variables: bool) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if variables
                && let Some(after) = rest.strip_prefix("${")
                && let Some(end) = after.find('}')
            {
                let name = &after[..end];
                tokens.push(match name {
                    "*" => Token::Is('*'),
                    "?" => Token::Is('?'),
                    "$" => Token::Is('$'),
                    _ => Token::Variable(name.to_owned()),
                });
                rest = &after[end + 1..];
                continue;
            }
            match c {
                '*' if wildcards && tokens.last() == Some(&Token::Many) => {}
                '*' if wildcards => tokens.push(Token::Many),
                '?' if wildcards => tokens.push(Token::One),
                _ => tokens.push(Token::Is(c)),
            }
            rest = &rest[c.len_utf8()..];
        }
        Self(tokens)
    }

    pub fn lowercase(self) -> Self {
        let lower = |t| match t {
            Token::Is(c) => c.to_lowercase().map(Token::Is).collect(),
            other => vec![other],
        };
        Self(self.0.into_iter().flat_map(lower).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The text, when nothing in it acts.
    pub fn fixed(&self) -> Option<String> {
        self.0.iter().map(|t| if let Token::Is(c) = t { Some(*c) } else { None }).collect()
    }

    pub fn has_variable(&self) -> bool {
        self.0.iter().any(|t| matches!(t, Token::Variable(_)))
    }

    /// A text that it fits, with `filler` in the place of each wildcard; `None` when a variable stands in it.
    pub fn example(&self, filler: &str) -> Option<String> {
        let mut text = String::new();
        for token in &self.0 {
            match token {
                Token::Is(c) => text.push(*c),
                Token::One => text.push('x'),
                Token::Many => text.push_str(filler),
                Token::Variable(_) => return None,
            }
        }
        Some(text)
    }

    /// The parts between colons, at most `count`; the last holds the rest.
    pub fn fields(&self, count: usize) -> Vec<Self> {
        self.0.splitn(count, |t| *t == Token::Is(':')).map(|part| Self(part.to_vec())).collect()
    }

    /// The part before the first slash, and what follows it.
    pub fn before_slash(&self) -> (Self, Option<Self>) {
        let mut parts = self.0.splitn(2, |t| *t == Token::Is('/'));
        let head = Self(parts.next().unwrap_or_default().to_vec());
        (head, parts.next().map(|rest| Self(rest.to_vec())))
    }

    /// Whether it is nothing but `*`.
    pub fn is_any(&self) -> bool {
        self.0 == [Token::Many]
    }

    /// Whether it begins with a wildcard.
    pub fn starts_wild(&self) -> bool {
        matches!(self.0.first(), Some(Token::Many | Token::One))
    }

    /// The same with each variable replaced by its value, where `value` knows it.
    pub fn resolved(&self, value: impl Fn(&str) -> Option<String>) -> Self {
        let one = |token: &Token| match token {
            Token::Variable(name) => match value(name) {
                Some(text) => text.chars().map(Token::Is).collect(),
                None => vec![token.clone()],
            },
            other => vec![other.clone()],
        };
        Self(self.0.iter().flat_map(one).collect())
    }

    /// Whether it surely fits.
    pub fn fits(&self, text: &[Sym]) -> bool {
        self.fit(text) == Fit::Yes
    }

    pub fn fit(&self, text: &[Sym]) -> Fit {
        if self.has_variable() {
            return if greedy(&self.0, text, true) { Fit::Variable } else { Fit::No };
        }
        if greedy(&self.0, text, false) {
            return Fit::Yes;
        }
        let wild = self.0.iter().any(|t| matches!(t, Token::One | Token::Many));
        if wild && text.contains(&Sym::Any) && partly(&self.0, text) { Fit::Some } else { Fit::No }
    }
}

fn is_many(token: &Token) -> bool {
    matches!(token, Token::Many | Token::Variable(_))
}

/// The usual match with one point to go back to. With `loose`, a literal fits [`Sym::Any`].
fn greedy(tokens: &[Token], text: &[Sym], loose: bool) -> bool {
    let one = |token: &Token, sym: Sym| match (token, sym) {
        (Token::Is(c), Sym::Is(s)) => *c == s,
        (Token::Is(_), Sym::Any) => loose,
        (Token::One, _) => true,
        _ => false,
    };
    let (mut t, mut s) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while s < text.len() {
        match tokens.get(t) {
            Some(token) if is_many(token) => {
                back = Some((t, s));
                t += 1;
            }
            Some(token) if one(token, text[s]) => {
                t += 1;
                s += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    t = star + 1;
                    s = from + 1;
                }
                None => return false,
            },
        }
    }
    tokens[t..].iter().all(is_many)
}

/// Whether it fits when literals may fit [`Sym::Any`] and at least one of those is left to a wildcard: a value such
/// as `1111*` fits the accounts of many, `111122223333` fits one.
fn partly(tokens: &[Token], text: &[Sym]) -> bool {
    // For each place in the text: bit 0, reached with literals only; bit 1, reached with an Any under a wildcard.
    let mut row = vec![0_u8; text.len() + 1];
    row[0] = 1;
    for token in tokens {
        let mut next = vec![0_u8; text.len() + 1];
        for at in 0..=text.len() {
            if is_many(token) {
                next[at] |= row[at];
            }
            let Some(sym) = text.get(at) else { continue };
            let left_to_wildcard = |state: u8| if *sym == Sym::Any && state != 0 { 2 } else { state };
            match (token, sym) {
                (Token::Is(c), Sym::Is(s)) if c == s => next[at + 1] |= row[at],
                (Token::Is(_), Sym::Any) => next[at + 1] |= row[at],
                (Token::One, _) => next[at + 1] |= left_to_wildcard(row[at]),
                (Token::Many | Token::Variable(_), _) => {
                    let state = next[at] | row[at];
                    next[at + 1] |= left_to_wildcard(state);
                }
                _ => {}
            }
        }
        row = next;
    }
    row[text.len()] & 2 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Pattern::wild(pattern).fits(&Sym::text(text))
    }

    fn outsider() -> Vec<Sym> {
        let mut text = Sym::text("arn:aws:iam::");
        text.extend([Sym::Any; 12]);
        text.extend(Sym::text(":role/x"));
        text
    }

    #[test]
    fn wildcards_match_as_everywhere() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b", "xaxbxb", true),
            ("**", "anything", true),
            ("a*b*c", "a1b2b3c", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        let many = "*a".repeat(200) + "b";
        assert!(!fits(&many, &"a".repeat(2000)));
    }

    #[test]
    fn a_fixed_value_never_fits_what_is_not_named() {
        let account = [Sym::Any; 12];
        assert_eq!(Pattern::wild("111122223333").fit(&account), Fit::No);
        assert_eq!(Pattern::wild("*").fit(&account), Fit::Yes);
        assert_eq!(Pattern::wild("????????????").fit(&account), Fit::Yes);
        assert_eq!(Pattern::wild("1111*").fit(&account), Fit::Some);
        assert_eq!(Pattern::wild("11112222333?").fit(&account), Fit::Some);
        assert_eq!(Pattern::wild("arn:aws:iam::111122223333:*").fit(&outsider()), Fit::No);
        assert_eq!(Pattern::wild("arn:aws:iam::*:role/x").fit(&outsider()), Fit::Yes);
        assert_eq!(Pattern::wild("arn:aws:iam::1111*").fit(&outsider()), Fit::Some);
        assert_eq!(Pattern::wild("*:111122223333:*").fit(&outsider()), Fit::No);
    }

    #[test]
    fn variables_act_only_where_they_may() {
        let text = Sym::text("a-b");
        assert_eq!(Pattern::read("a-${aws:username}", true, true).fit(&text), Fit::Variable);
        assert_eq!(Pattern::read("x-${aws:username}", true, true).fit(&text), Fit::No);
        assert_eq!(Pattern::read("a-${aws:username}", true, false).fit(&text), Fit::No);
        assert_eq!(Pattern::read("a${*}b", true, true).fixed().as_deref(), Some("a*b"));
        assert_eq!(Pattern::read("${broken", true, true).fixed().as_deref(), Some("${broken"));
    }
}
