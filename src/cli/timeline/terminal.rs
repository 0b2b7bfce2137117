//! The timeline on a terminal.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::density::{Collision, Density, MANY, Row};
use crate::cli::count::{count, counted};
use crate::cli::printable::printable;
use crate::cli::span::rough;

/// So many columns has a row.
const COLUMNS: usize = 48;
/// A bar for each eighth of the largest number.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The longest name that is shown, in characters.
const LONGEST: usize = 40;
/// From so many runs at once on it is said how to spread them.
const TOO_MANY: usize = 5;

/// A row for each schedule, the sum, and the collisions.
pub(super) fn text(density: &Density) -> String {
    let width = density.rows.iter().map(|row| name(row).chars().count()).max().unwrap_or(0).max(3);
    let mut text = String::new();
    let span = density.period.to.duration_since(density.period.from);
    let column = span.as_secs() / i64::try_from(COLUMNS).unwrap_or(1);
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{} to {}, UTC; a column is {}",
        density.period.from,
        density.period.to,
        rough(jiff::SignedDuration::from_secs(column.max(1)))
    );
    let mut sum = [0_usize; COLUMNS];
    for row in &density.rows {
        let counts = counts(density, &row.runs);
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        let note = if row.schedule.is_paused {
            "paused".to_owned()
        } else {
            let number = row.runs.len();
            let runs = if row.is_cut { format!("{number}+ runs") } else { count(number, "run") };
            format!("{runs}, {}", row.words)
        };
        line(&mut text, &name(row), width, &counts, &note);
    }
    let total: usize = density.rows.iter().map(|row| row.runs.len()).sum();
    line(&mut text, "all", width, &sum, &count(total, "run"));
    for collision in &density.collisions {
        let _ = writeln!(text, "{}", said(collision));
    }
    if density.more_collisions > 0 {
        let more = counted(density.more_collisions, "more time", "more times");
        let _ = writeln!(text, "and {more} at which {MANY} or more runs begin in the same second");
    }
    if let Some(worst) = density.collisions.first().filter(|worst| worst.without_jitter >= TOO_MANY) {
        let _ = writeln!(text, "{}", suggestion(worst));
    }
    if density.rows.is_empty() {
        let _ = writeln!(text, "there are no schedules");
    }
    text
}

fn line(text: &mut String, name: &str, width: usize, counts: &[usize; COLUMNS], note: &str) {
    let gap = " ".repeat(width.saturating_sub(name.chars().count()));
    let _ = writeln!(text, "{name}{gap} |{}| {}", bars(counts), printable(note));
}

fn name(row: &Row) -> String {
    let key = printable(&row.key).into_owned();
    if key.chars().count() <= LONGEST { key } else { key.chars().take(LONGEST - 1).chain(['…']).collect() }
}

fn counts(density: &Density, runs: &[Timestamp]) -> [usize; COLUMNS] {
    let mut counts = [0; COLUMNS];
    let span = density.period.to.duration_since(density.period.from).as_secs().max(1);
    for run in runs {
        let at = run.duration_since(density.period.from).as_secs();
        let column = usize::try_from(at * i64::try_from(COLUMNS).unwrap_or(1) / span).unwrap_or(0);
        if let Some(count) = counts.get_mut(column.min(COLUMNS - 1)) {
            *count += 1;
        }
    }
    counts
}

fn bars(counts: &[usize; COLUMNS]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let bar = |count: usize| match count {
        0 => ' ',
        count => BARS.get((count * BARS.len()).div_ceil(most) - 1).copied().unwrap_or('█'),
    };
    counts.iter().map(|count| bar(*count)).collect()
}

fn said(collision: &Collision) -> String {
    let workflows: Vec<String> =
        collision.workflows.iter().take(3).map(|(name, count)| format!("{count} of {}", printable(name))).collect();
    let workflows = if workflows.is_empty() { String::new() } else { format!(": {}", workflows.join(", ")) };
    format!("{} runs at {}{workflows}", collision.count, collision.at)
}

fn suggestion(worst: &Collision) -> String {
    format!(
        "{} of the {} runs at {} have no jitter: with jitter: 10m, or at other minutes, they would not begin at once",
        worst.without_jitter, worst.count, worst.at
    )
}

#[cfg(test)]
mod tests {
    use super::super::density::density;
    use super::super::density::tests::{day, schedule};
    use super::*;

    #[test]
    fn each_schedule_has_a_row_and_collisions_are_named() {
        let all =
            (0..6).map(|number| schedule(&format!("s{number}"), "0 12 * * *")).chain([schedule("often", "@hourly")]);
        let shown = text(&density(all.collect(), day()));
        assert_eq!(shown.lines().filter(|line| line.starts_with("shop/")).count(), 7, "{shown}");
        assert!(shown.contains("7 runs at 2026-11-24T12:00:00Z: 7 of report"), "{shown}");
        assert!(shown.contains("7 of the 7 runs") && shown.contains("jitter: 10m"), "{shown}");
        let bar = shown.lines().find(|line| line.starts_with("shop/s0")).unwrap();
        assert_eq!(bar.matches('█').count(), 1, "{bar}");
        assert!(bar.contains("| 1 run, every day at 12:00"), "{bar}");
        assert!(!shown.contains("more time"), "{shown}");
    }

    #[test]
    fn collisions_that_are_not_named_are_counted() {
        for (cron, more) in [("0 * * * *", "and 14 more times at which"), ("0 0-10 * * *", "and 1 more time at which")]
        {
            let all = (0..3).map(|number| schedule(&format!("s{number}"), cron));
            let shown = text(&density(all.collect(), day()));
            assert!(shown.matches("3 runs at ").count() == 10 && shown.contains(more), "{shown}");
        }
    }
}
