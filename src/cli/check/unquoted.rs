//! Cron expressions without quotes, of which YAML makes something else.

use serde_json::Value;

use super::finding::{Finding, Severity};
use super::node::{Content, Node, Path};
use crate::timing::WrittenSpec;

pub(super) fn is_cron(text: &str) -> bool {
    let written = WrittenSpec { cron_expressions: vec![text.to_owned()], ..WrittenSpec::default() };
    !text.is_empty() && written.canonical().is_ok()
}

/// A line may be as long as a file. So longer expressions, in bytes, are not looked for …
const LONGEST: usize = 256;
/// … nor those with more commas …
const MOST: usize = 16;
/// … nor those after so many others: a list has at most 100.
const MOST_ITEMS: usize = 100;

/// What to write where a text could not be read: `*` begins an alias, and `@` and `%` begin nothing.
pub(super) fn hint(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at.min(text.len()))?;
    let begin = before.rfind('\n').map_or(0, |line| line + 1);
    let line = text.get(begin..)?.lines().next()?;
    let mut values = line.match_indices(['*', '@']).filter(|(start, _)| begins_value(line, *start)).take(MOST_ITEMS);
    values.find_map(|(start, sign)| {
        let rest = line.get(start..line.floor_char_boundary(start + LONGEST))?;
        let rest = rest.split_once(" #").map_or(rest, |(rest, _)| rest).trim_end();
        let ends = rest.match_indices([',', ']', '}']).map(|(end, _)| end).take(MOST).chain([rest.len()]);
        let cron = ends.filter_map(|end| rest.get(..end).map(str::trim).filter(|text| is_cron(text))).last()?;
        let what = if sign == "*" { "`*` begins an alias in YAML" } else { "no value begins with `@` in YAML" };
        Some(format!("{what}: put the expression in quotes, {cron:?}"))
    })
}

/// Whether what stands before is a key, a dash, a bracket or a comma.
fn begins_value(line: &str, start: usize) -> bool {
    let before = line.get(..start).unwrap_or_default().trim_end();
    before.ends_with(['[', ','])
        || ["-", ":"].iter().any(|sign| before.ends_with(sign) && line.get(before.len()..start) != Some(""))
}

/// A comma ends an item of a list in brackets: "[0 9 * * 1,3]" is two items. Where neighbours are wrong each
/// by itself and right together, that is said.
pub(super) fn explain_commas(object: &Node, findings: &mut [Finding]) {
    let list = object.get("spec").and_then(|spec| spec.get("cronExpressions"));
    let Some(Content::List(items)) = list.map(|list| &list.content) else { return };
    let path = Path::parse("spec.cronExpressions");
    let mut first = 0;
    // Between items of a list of lines there is more: a new line and `- `.
    for together in items.chunk_by(|a, b| b.span.start <= a.span.end + ", ".len()) {
        let texts: Vec<Option<String>> = together.iter().map(text).collect();
        for (index, wrong) in texts.iter().enumerate() {
            let is_wrong = wrong.as_ref().is_some_and(|text| !is_cron(text));
            let Some(whole) = is_wrong.then(|| around(&texts, index)).flatten() else { continue };
            let item = path.index(first + index);
            let of_item = |finding: &&mut Finding| finding.severity == Severity::Error && finding.path == item;
            for finding in findings.iter_mut().filter(of_item) {
                finding.help = Some(format!(
                    "a comma ends an item of a list in [ ]: put the whole expression in quotes, {whole:?}"
                ));
            }
        }
        first += together.len();
    }
}

fn text(node: &Node) -> Option<String> {
    match &node.content {
        Content::Scalar(Value::String(text)) => Some(text.clone()),
        Content::Scalar(Value::Number(number)) => Some(number.to_string()),
        Content::Scalar(_) | Content::List(_) | Content::Map(_) => None,
    }
}

/// The shortest run of neighbours with this item that is a cron expression when commas join it.
fn around(texts: &[Option<String>], index: usize) -> Option<String> {
    (2..=MOST).find_map(|count| {
        let first = (index + 1).saturating_sub(count);
        (first..=index).find_map(|first| {
            let parts: Option<Vec<&str>> = texts.get(first..first + count)?.iter().map(Option::as_deref).collect();
            let parts = parts?;
            // Behind a `#` anything is right.
            let is_commented = parts.iter().rev().skip(1).any(|part| part.contains('#'));
            Some(parts.join(",")).filter(|whole| !is_commented && is_cron(whole))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_yaml_cannot_read_is_put_in_quotes() {
        for (line, expected) in [
            ("  - */5 * * * *", "\"*/5 * * * *\""),
            ("  - * * * * * # often", "\"* * * * *\""),
            ("  - @daily", "\"@daily\""),
            ("  cronExpressions: [*/5 * * * 1,3]", "\"*/5 * * * 1,3\""),
            ("  cronExpressions: [0 9 * * *, @every 5m]", "\"@every 5m\""),
            ("  cronExpressions: */5 * * * *", "\"*/5 * * * *\""),
        ] {
            let text = format!("a: b\n{line}\nc: d\n");
            assert!(hint(&text, 10).is_some_and(|hint| hint.ends_with(expected)), "{line}: {:?}", hint(&text, 10));
        }
        for line in ["  a: *unknown", "  - @user", "  a: [1", "  a: 5 * 3"] {
            assert_eq!(hint(line, 4), None, "{line}");
        }
    }

    #[test]
    fn a_line_as_long_as_a_file_is_read_in_no_time() {
        assert_eq!(hint(&format!("a: [{}", "*,".repeat(200_000)), 5), None);
    }

    #[test]
    fn neighbours_that_are_right_together_are_found() {
        let texts = |items: &[&str]| items.iter().map(|item| Some((*item).to_owned())).collect::<Vec<_>>();
        assert_eq!(around(&texts(&["0 9 * * 1", "3"]), 1).as_deref(), Some("0 9 * * 1,3"));
        assert_eq!(around(&texts(&["0 8 * * *", "0 9 1", "15 * *"]), 1).as_deref(), Some("0 9 1,15 * *"));
        assert_eq!(around(&texts(&["0 9 1", "10", "20 * *"]), 0).as_deref(), Some("0 9 1,10,20 * *"));
        assert_eq!(around(&texts(&["0 9 1"]), 0), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[ \\-*@/0-9,\\[\\]\n#é]{0,40}", at in 0_usize..60) {
            let _ = hint(&text, at);
        }
    }
}
