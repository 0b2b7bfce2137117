//! A list or a map in brackets that is not closed.

use super::yaml::Documents;

/// Longer documents, in bytes, are not read once more.
const LONGEST: usize = 64 * 1024;
/// The bracket is looked for in so many lines up to the place where reading stopped …
const LINES: usize = 12;
/// … and so many brackets may be open.
const DEEPEST: usize = 4;

/// What to write where a text could not be read on at `at`, because a bracket before it is open. It is said only if
/// the document can then be read, or at least the line where reading stopped.
pub(super) fn hint(text: &str, at: usize) -> Option<String> {
    let at = text.floor_char_boundary(at);
    let begin = text.get(..at)?.rfind("\n---").map_or(0, |found| found + 1);
    let end = text.get(at..)?.find("\n---").map_or(text.len(), |found| at + found + 1);
    let document = text.get(begin..end).filter(|document| document.len() <= LONGEST)?;
    let at = at - begin;
    // A bracket that is open at the end of the document is named itself.
    let is_named = document.get(at..)?.starts_with(['[', '{']);
    let stop = if is_named { document.len() } else { line_end(document, at)? };
    let Open { brackets, other } = open(document, window(document, at), if is_named { stop } else { at });
    let (bracket, _) = *brackets.last().filter(|_| brackets.len() <= DEEPEST)?;
    let closing = |count| brackets.iter().rev().take(count).map(|(_, closing)| closing).collect();
    let closings: Vec<String> = (1..=brackets.len()).map(closing).collect();
    let places = match other {
        Some(place) => vec![place],
        None => ends(document, bracket, stop).collect(),
    };
    for place in places {
        if let Some(closing) = closings.iter().find(|closing| is_mended(document, place, closing, stop)) {
            return Some(said(text, begin + bracket, begin + place, closing));
        }
    }
    None
}

fn line_end(document: &str, from: usize) -> Option<usize> {
    Some(document.get(from..)?.find('\n').map_or(document.len(), |found| from + found))
}

/// Where the lines from a place on end, without their comments.
fn ends(document: &str, from: usize, stop: usize) -> impl Iterator<Item = usize> {
    let starts = std::iter::successors(Some(from), move |start| Some(line_end(document, *start)? + 1));
    let content = move |start: usize| {
        let line = document.get(start..line_end(document, start)?)?;
        Some(start + line.split(" #").next().unwrap_or(line).trim_end().len())
    };
    starts.take_while(move |start| *start <= stop).take(LINES).filter_map(content)
}

/// Where the lines begin that are looked at.
fn window(document: &str, at: usize) -> usize {
    let lines = document.get(..at).unwrap_or_default().rmatch_indices('\n');
    lines.map(|(found, _)| found + 1).nth(LINES - 1).unwrap_or(0)
}

/// What is open at a place.
struct Open {
    /// Where each bracket is, and how it is closed.
    brackets: Vec<(usize, char)>,
    /// Where a closing bracket stands that closes another one. Nothing behind it is looked at.
    other: Option<usize>,
}

fn open(document: &str, first: usize, at: usize) -> Open {
    let mut brackets: Vec<(usize, char)> = Vec::new();
    let (mut quote, mut before) = (None, '\n');
    let mut is_comment = false;
    for (offset, c) in document.get(first..at).unwrap_or_default().char_indices() {
        match (quote, c) {
            (_, '\n') => (quote, is_comment) = (None, false),
            _ if is_comment => {}
            (Some(end), c) if c == end && !(end == '"' && before == '\\') => quote = None,
            (None, '#') if before.is_whitespace() => is_comment = true,
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(c),
            (None, '[') => brackets.push((first + offset, ']')),
            (None, '{') => brackets.push((first + offset, '}')),
            (None, ']' | '}') if brackets.last().is_some_and(|(_, closing)| *closing == c) => {
                brackets.pop();
            }
            (None, ']' | '}') => return Open { brackets, other: Some(first + offset) },
            (Some(_) | None, _) => {}
        }
        before = c;
    }
    Open { brackets, other: None }
}

/// Whether the document can be read further than to `stop` with `closing` at this place.
fn is_mended(document: &str, place: usize, closing: &str, stop: usize) -> bool {
    let Some((before, after)) = document.split_at_checked(place) else { return false };
    match Documents::of(&format!("{before}{closing}{after}")).next() {
        Some(Ok(_)) => true,
        Some(Err(broken)) => broken.span.start > stop + closing.len(),
        None => false,
    }
}

fn said(text: &str, bracket: usize, place: usize, closing: &str) -> String {
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let sign = text.get(bracket..).and_then(|rest| rest.chars().next()).unwrap_or('[');
    let rest = text.get(place..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let side = match rest.trim_start().chars().next() {
        None => "at the end of".to_owned(),
        Some('#') => "before the comment of".to_owned(),
        Some(other) => format!("before the `{other}` of"),
    };
    format!("the `{sign}` of line {} is not closed: write `{closing}` {side} line {}", line(bracket), line(place))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is said of the first document that cannot be read.
    fn hint_of(text: &str) -> Option<String> {
        let broken = Documents::of(text).find_map(Result::err)?;
        hint(text, broken.span.start)
    }

    #[test]
    fn the_bracket_that_is_open_is_named_with_its_place() {
        for (text, expected) in [
            ("a: [1, 2\nb: 1\n", "the `[` of line 1 is not closed: write `]` at the end of line 1"),
            ("a: 1\nb: [1, 2\n", "the `[` of line 2 is not closed: write `]` at the end of line 2"),
            (
                "x: 1\n---\na: ['0 9 * * *' # daily\nb: 1\n",
                "the `[` of line 3 is not closed: write `]` before the comment of line 3",
            ),
            ("a: [\n  1,\n  2\nb: 1\n", "the `[` of line 1 is not closed: write `]` at the end of line 3"),
            ("a: [{b: [{c: 9}]\nd: 1\n", "the `{` of line 1 is not closed: write `}]` at the end of line 1"),
            ("a: {b: 1\nc: 2\n", "the `{` of line 1 is not closed: write `}` at the end of line 1"),
            ("{\"a\": [1, 2}\n", "the `[` of line 1 is not closed: write `]` before the `}` of line 1"),
            ("a: [{b: 1\n---\nc: 1\n", "the `{` of line 1 is not closed: write `}]` at the end of line 1"),
        ] {
            assert_eq!(hint_of(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_is_said_where_it_would_mend_nothing() {
        for text in ["a: 1\n\tb: 2\n", "a: b: c\n", "a: '[ it is'\nb: c: d\n", "a: ]\n", "a: [1}\nb: 2\n"] {
            assert_eq!(hint_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[ \\-:\\[\\]{}#'\"a1,\né]{0,60}", at in 0_usize..80) {
            let _ = hint(&text, at);
        }
    }
}
