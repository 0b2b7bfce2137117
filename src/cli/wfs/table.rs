//! Columns on a terminal.

use super::paint::{Paint, Tone};
use crate::cli::printable::printable;

/// A cell, and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl Cell {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: None }
    }

    pub(super) fn toned(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Some(tone) }
    }
}

/// The rows under their titles, each column as wide as its widest cell. What others wrote cannot steer the
/// terminal.
pub(super) fn table(paint: Paint, titles: &[&str], rows: Vec<Vec<Cell>>) -> String {
    let head = titles.iter().map(|title| Cell::toned(Tone::Dim, *title)).collect();
    let rows: Vec<Vec<Cell>> = std::iter::once(head).chain(rows).collect();
    let rows: Vec<Vec<(String, Option<Tone>)>> = rows
        .into_iter()
        .map(|row| row.into_iter().map(|cell| (printable(&cell.text).into_owned(), cell.tone)).collect())
        .collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|(text, _)| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut shown = String::new();
    for row in &rows {
        let mut line = String::new();
        for ((text, tone), width) in row.iter().zip(&widths) {
            let gap = " ".repeat(width.saturating_sub(text.chars().count()) + 3);
            line.push_str(&tone.map_or_else(|| text.clone(), |tone| paint.paint(tone, text)));
            line.push_str(&gap);
        }
        shown.push_str(line.trim_end());
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_escapes_are_shown() {
        let rows = vec![vec![Cell::plain("a\u{1b}[2J"), Cell::plain("x")], vec![Cell::plain("b"), Cell::plain("")]];
        let plain = Paint { is_used: false };
        assert_eq!(table(plain, &["NAME", "WHAT"], rows), "NAME         WHAT\na\\u{1b}[2J   x\nb\n");
    }
}
