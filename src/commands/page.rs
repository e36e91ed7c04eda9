//! Pages of text for a terminal: headings, wrapped paragraphs, hanging items. What acts on a terminal is spelled out.

use crate::model::visible::visible;
use std::io::IsTerminal as _;

/// Lines that are longer are hard to read.
const WIDEST: usize = 100;
/// Where nothing tells how wide the terminal is.
const USUAL: usize = 80;
/// Narrower than this, wrapping does more harm than good.
const NARROWEST: usize = 40;

/// How wide a page may be.
pub(super) fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let seen = || {
        let stdout = std::io::stdout();
        let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok()).flatten();
        size.map(|s| usize::from(s.ws_col)).filter(|columns| *columns > 0)
    };
    told.or_else(seen).unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
}

/// A text on one line, with everything spelled out that acts or hides.
pub(super) fn shown(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    visible(&one_line).into_owned()
}

/// A page that is being written.
pub(super) struct Page {
    width: usize,
    text: String,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self { width, text: String::new() }
    }

    pub(super) fn text(self) -> String {
        self.text
    }

    /// The first line of the page.
    pub(super) fn title(&mut self, text: &str) {
        self.wrapped(text, "", "");
    }

    /// A line under the title.
    pub(super) fn strong(&mut self, text: &str) {
        self.wrapped(text, "", "");
        let length = shown(text).chars().count().min(self.width);
        self.text.push_str(&format!("{}\n", "-".repeat(length)));
    }

    /// A paragraph of its own, one blank line before it unless a heading stands there.
    pub(super) fn paragraph(&mut self, text: &str) {
        if !self.text.ends_with(":\n") {
            self.gap();
        }
        self.wrapped(text, "  ", "  ");
    }

    /// A heading in capitals.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.wrapped(&format!("{}:", shown(text).to_uppercase()), "", "");
    }

    /// The same, where something stands under it.
    pub(super) fn heading_if(&mut self, text: &str, needed: bool) {
        if needed {
            self.heading(text);
        }
    }

    /// Names with their values, in two columns.
    pub(super) fn pairs(&mut self, pairs: &[(&str, String)]) {
        if !self.text.ends_with(":\n") {
            self.gap();
        }
        let column = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) + 4;
        for (name, value) in pairs {
            self.wrapped(value, &format!("  {name:0$}", column - 2), &" ".repeat(column));
        }
    }

    /// A name, and what belongs to it behind it, or under it where the name is long.
    pub(super) fn item(&mut self, name: &str, text: &str) {
        let name = shown_keeping_blanks(name);
        let length = name.chars().count() + 4;
        if length <= self.width / 2 {
            self.wrapped(text, &format!("  {name}  "), &" ".repeat(length));
        } else {
            self.text.push_str(&format!("  {}\n", name.trim_end()));
            self.wrapped(text, "      ", "      ");
        }
    }

    /// Lines that must stay as they are, such as commands to copy.
    pub(super) fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            self.text.push_str(format!("  {}", visible(line)).trim_end());
            self.text.push('\n');
        }
    }

    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Wraps between words; a word that is longer than the line has a line of its own.
    fn wrapped(&mut self, text: &str, first: &str, further: &str) {
        let mut line = first.to_owned();
        let mut empty = true;
        for word in shown(text).split(' ') {
            if !empty && line.chars().count() + 1 + word.chars().count() > self.width {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
                further.clone_into(&mut line);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// For names that are padded to columns.
fn shown_keeping_blanks(text: &str) -> String {
    visible(text).into_owned()
}
