//! A finding as rustc would show it: the line of the file with the spot underlined.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::finding::{Finding, Severity};
use crate::cli::printable::{masked, printable};

/// How much of a line is shown around a spot, in bytes: a file of one line must not be printed whole.
const AROUND: usize = 160;

/// A place in a text, both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A text that knows its lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where each begins.
    starts: Vec<usize>,
    /// How many characters begin before each block of bytes: a line may be the whole text.
    characters: Vec<usize>,
}

/// The bytes of a block.
const BLOCK: usize = 4096;

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let counts = text.as_bytes().chunks(BLOCK).scan(0, |count, block| {
            let before = *count;
            *count += begun(block);
            Some(before)
        });
        Self { text, starts, characters: counts.collect() }
    }

    pub(super) fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        Place { line, column: self.characters_before(at) - self.characters_before(self.start(line)) + 1 }
    }

    /// How many characters begin before a byte.
    fn characters_before(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let block = at / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..at).unwrap_or_default();
        // At the very end of a text of whole blocks there is no block any more.
        let before = self.characters.get(block).copied();
        before.map_or_else(|| begun(self.text.as_bytes()), |before| before + begun(rest))
    }

    fn start(&self, line: usize) -> usize {
        line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or_default()
    }

    /// The part of the text between two places, moved outwards to whole characters.
    fn slice(&self, range: Range<usize>) -> &'a str {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The line of a span, cut to what is near if it is long; the span within it; and whether the
    /// line begins where it does.
    fn excerpt(&self, span: &Range<usize>) -> (&'a str, Range<usize>, bool) {
        let at = self.text.floor_char_boundary(span.start);
        let line = self.starts.partition_point(|start| *start <= at);
        let begins = self.start(line);
        let start = begins.max(self.text.floor_char_boundary(at.saturating_sub(AROUND)));
        let rest = self.slice(at..at.saturating_add(AROUND));
        let end = at + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let last = self.text.ceil_char_boundary(span.end).clamp(at, end);
        (self.slice(start..end), at - start..last - start, start == begins)
    }
}

/// How many characters begin within these bytes.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// Draws a finding.
pub(super) fn draw(finding: &Finding, file: &str, lines: &Lines<'_>, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let Place { line, column } = lines.place(finding.span.start);
    let (excerpt, span, is_whole) = lines.excerpt(&finding.span);
    let excerpt = masked(excerpt);
    let mut annotation = AnnotationKind::Primary.span(span);
    if !finding.path.is_root() {
        annotation = annotation.label(printable(&finding.path.to_string()).into_owned());
    }
    let file = printable(file);
    let title = level.primary_title(printable(&finding.message)).id(finding.code);
    let snippet = Snippet::source(&*excerpt).line_start(line).annotation(annotation);
    let origin = Origin::path(&*file).line(line).char_column(column);
    let picture = match (finding.is_shown, is_whole) {
        (false, _) => title.element(origin),
        (true, true) => title.element(snippet.path(&*file)),
        // The column within what is shown is not that within the line.
        (true, false) => title.element(origin).element(snippet),
    };
    let help = finding.help.as_ref().map(|help| Group::with_title(Level::HELP.secondary_title(printable(help))));
    let groups: Vec<Group<'_>> = std::iter::once(picture).chain(help).collect();
    renderer.render(&groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(text: &str, span: Range<usize>) -> String {
        let finding = Finding::of_file(Severity::Error, "code", span, "it is wrong");
        draw(&finding, "a.yaml", &Lines::of(text), &Renderer::plain())
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let lines = Lines::of("a\né: x\n");
        assert_eq!(lines.place(0), Place { line: 1, column: 1 });
        assert_eq!(lines.place(2), Place { line: 2, column: 1 });
        assert_eq!(lines.place(6), Place { line: 2, column: 4 });
        assert_eq!(lines.place(99), Place { line: 3, column: 1 });
    }

    #[test]
    fn columns_are_those_that_counting_gives_however_long_the_line_is() {
        for text in ["é".repeat(5000), "x".repeat(BLOCK), format!("a\n{}\n", "日本x".repeat(4000))] {
            let lines = Lines::of(&text);
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)).step_by(97).chain([text.len()]) {
                let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
                assert_eq!(lines.place(at).column, text[start..at].chars().count() + 1, "{at} of {}", text.len());
            }
        }
    }

    #[test]
    fn the_spot_is_underlined() {
        assert_eq!(
            picture("a: 1\nbc: xyz\n", 9..12),
            "error[code]: it is wrong\n --> a.yaml:2:5\n  |\n2 | bc: xyz\n  |     ^^^"
        );
    }

    #[test]
    fn nothing_in_the_line_steers_the_terminal() {
        let text = "a: \u{1b}[2J\u{9b}2J\u{85}\u{200f}\u{202c}\u{7f}x\n";
        let picture = picture(text, text.len() - 2..text.len() - 1);
        let steers = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200f}' | '\u{202c}');
        assert!(!picture.contains(steers) && picture.ends_with('^'), "{picture:?}");
    }

    #[test]
    fn of_a_long_line_only_what_is_near_is_shown() {
        let text = format!("{{\"a\": \"{}\", \"b\": 1, \"c\": \"{}\"}}", "x".repeat(100_000), "y".repeat(100_000));
        let at = text.find("\"b\"").unwrap();
        let picture = picture(&text, at..at + 3);
        assert!(picture.contains(&format!("a.yaml:1:{}", at + 1)) && picture.len() < 2000, "{picture}");
    }

    #[test]
    fn a_spot_beyond_the_text_or_within_a_character_is_no_panic() {
        for (text, span) in [("", 0..0), ("", 5..9), ("é", 1..2), ("a\n", 2..2), ("a\r\nb", 0..5)] {
            assert!(picture(text, span).contains("a.yaml:"), "{text:?}");
        }
    }
}
