//! Text of others on a terminal: what would steer it, or turn words round, is shown as what it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text with its control characters escaped, those of bidirectional text included.
pub(in crate::cli) fn printable(text: &str) -> Cow<'_, str> {
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

/// A line of a file. What would steer a terminal is replaced by a character of the same length in bytes, so that
/// places in the line stay the same. Those of one byte are left: the renderer of the line replaces them.
pub(in crate::cli) fn masked(line: &str) -> Cow<'_, str> {
    if !line.contains(steers) {
        return Cow::Borrowed(line);
    }
    let mask = |c: char| match c.len_utf8() {
        2 if steers(c) => '·',
        3 if steers(c) => '\u{fffd}',
        _ => c,
    };
    Cow::Owned(line.chars().map(mask).collect())
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_a_masked_line_stay_the_same() {
        let line = "a\t\u{9b}2J\u{61c}é\u{200e}日\u{2028}\u{202e}\u{2069}z";
        assert_eq!(masked(line), "a\t·2J·é\u{fffd}日\u{fffd}\u{fffd}\u{fffd}z");
        assert_eq!(masked(line).len(), line.len());
    }

    #[test]
    fn what_steers_a_terminal_is_shown_and_all_else_is_left() {
        assert_eq!(printable("café 日本 \u{1f600}"), "café 日本 \u{1f600}");
        assert_eq!(printable("a\u{1b}[2Jb\r\n\u{9b}c\u{202e}d\t\0"), "a\\u{1b}[2Jb\\r\\n\\u{9b}c\\u{202e}d\\t\\u{0}");
    }
}
