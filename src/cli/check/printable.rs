//! Text of others on a terminal: what would steer it, or turn words round, is shown as what it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text with its control characters escaped, those of bidirectional text included.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            // Writing to a string does not fail.
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_and_all_else_is_left() {
        assert_eq!(printable("café 日本 \u{1f600}"), "café 日本 \u{1f600}");
        assert_eq!(printable("a\u{1b}[2Jb\r\n\u{9b}c\u{202e}d\t\0"), "a\\u{1b}[2Jb\\r\\n\\u{9b}c\\u{202e}d\\t\\u{0}");
    }
}
