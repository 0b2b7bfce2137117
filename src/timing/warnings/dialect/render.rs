//! Calendars as people write them: cron expressions and YAML.

use super::fields::Set;
use super::pieces::Piece;
use super::proof;
use super::reading::{Named, Reading};
use crate::timing::written::{WrittenCalendar, WrittenRange};

/// Where a field stands in a cron expression of seven.
#[derive(Clone, Copy)]
enum Position {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    Year,
}

/// A cron expression, as short as may be.
pub(super) fn cron(reading: &Reading, piece: &Piece) -> String {
    let Named { second, minute, hour, day_of_month, month, day_of_week, year } = reading.named;
    let second = field(Position::Second, second, &reading.second);
    let five = [
        field(Position::Minute, minute, &reading.minute),
        field(Position::Hour, hour, &reading.hour),
        field(Position::DayOfMonth, day_of_month, &piece.day_of_month),
        field(Position::Month, month, &piece.month),
        field(Position::DayOfWeek, day_of_week, &piece.day_of_week),
    ]
    .join(" ");
    let year = piece.year.as_ref().map(|years| field(Position::Year, year, years));
    match (reading.second.iter().eq([&0]), year) {
        (true, None) => five,
        (true, Some(year)) => format!("{five} {year}"),
        (false, year) => format!("{second} {five} {}", year.unwrap_or_else(|| "*".into())),
    }
}

/// What stood there, if it means these values to the engine too; else the values.
fn field(position: Position, written: &str, values: &Set) -> String {
    let written = if written == "?" { "*" } else { written };
    let mut fields = ["*"; 7];
    if let Some(field) = fields.get_mut(position as usize) {
        *field = written;
    }
    let read = proof::values(&fields.join(" "));
    let engine = read.map(|read| match position {
        Position::Second => read.second,
        Position::Minute => read.minute,
        Position::Hour => read.hour,
        Position::DayOfMonth => read.day_of_month,
        Position::Month => read.month,
        Position::DayOfWeek => read.day_of_week,
        Position::Year => read.year.unwrap_or_default(),
    });
    if engine.is_some_and(|engine| engine.iter().eq(values)) {
        return written.to_owned();
    }
    match position {
        Position::Second | Position::Minute => numbers(values, 0, 59),
        Position::Hour => numbers(values, 0, 23),
        Position::DayOfMonth => numbers(values, 1, 31),
        Position::Month => numbers(values, 1, 12),
        Position::DayOfWeek => weekdays(values),
        Position::Year => progressions(values).iter().map(|range| shown(*range)).collect::<Vec<_>>().join(","),
    }
}

/// Days of the week by their names: no dialect counts them in another way. Sunday comes last, and in no
/// range.
pub(in crate::timing::warnings) fn weekdays(values: &Set) -> String {
    const NAMES: [&str; 6] = ["MON", "TUE", "WED", "THU", "FRI", "SAT"];
    if values.len() == 7 {
        return "*".into();
    }
    let name =
        |value: i64| usize::try_from(value - 1).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("SUN");
    let sunday = values.contains(&0).then(|| "SUN".to_owned());
    let others: Vec<i64> = values.iter().copied().filter(|value| *value != 0).collect();
    let runs = others.chunk_by(|a, b| a + 1 == *b).flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{}-{}", name(*first), name(*last))],
        short => short.iter().map(|value| name(*value).to_owned()).collect(),
    });
    runs.chain(sunday).collect::<Vec<_>>().join(",")
}

/// "*", "*/15", "9-17", "1,15".
fn numbers(values: &Set, min: i64, max: i64) -> String {
    let ranges = progressions(values);
    match ranges.as_slice() {
        [WrittenRange { start, end, step: 1 }] if (*start, *end) == (min, max) => "*".into(),
        [WrittenRange { start, end, step }] if *start == min && end + step > max && end > start => format!("*/{step}"),
        ranges => ranges.iter().map(|range| shown(*range)).collect::<Vec<_>>().join(","),
    }
}

fn shown(WrittenRange { start, end, step }: WrittenRange) -> String {
    match (start == end, step) {
        (true, _) => start.to_string(),
        (false, 1) => format!("{start}-{end}"),
        (false, step) => format!("{start}-{end}/{step}"),
    }
}

/// Ranges that together have these values: of one step if there is one for all, else of neighbours, and of
/// every fourth where that takes fewer: the years that are no leap years.
fn progressions(values: &Set) -> Vec<WrittenRange> {
    let all: Vec<i64> = values.iter().copied().collect();
    let steps: Set = all.iter().zip(all.iter().skip(1)).map(|(a, b)| b - a).collect();
    if let ([first, _, _, ..], Some(last), [step]) =
        (all.as_slice(), all.last(), steps.iter().collect::<Vec<_>>().as_slice())
    {
        return vec![WrittenRange { start: *first, end: *last, step: **step }];
    }
    let runs = runs(&all, 1);
    if runs.len() <= MANY {
        return runs;
    }
    let by_rest = (0..4).flat_map(|rest| {
        let some: Vec<i64> = all.iter().copied().filter(|value| value % 4 == rest).collect();
        self::runs(&some, 4)
    });
    let mut by_rest: Vec<WrittenRange> = by_rest.collect();
    by_rest.sort_by_key(|range| range.start);
    if by_rest.len() < runs.len() { by_rest } else { runs }
}

/// More ranges than this are hard to read.
const MANY: usize = 8;

fn runs(values: &[i64], step: i64) -> Vec<WrittenRange> {
    let runs = values.chunk_by(|a, b| a + step == *b).flat_map(|run| match run {
        [first, _, .., last] => vec![WrittenRange { start: *first, end: *last, step }],
        short => short.iter().map(|value| WrittenRange { start: *value, end: *value, step: 1 }).collect(),
    });
    runs.collect()
}

/// A calendar.
pub(super) fn calendar(reading: &Reading, piece: &Piece) -> WrittenCalendar {
    let ranges = |values: &Set| Some(progressions(values));
    let is_zero = |values: &Set| values.iter().eq([&0]);
    WrittenCalendar {
        second: ranges(&reading.second).filter(|_| !is_zero(&reading.second)),
        minute: ranges(&reading.minute).filter(|_| !is_zero(&reading.minute)),
        hour: ranges(&reading.hour),
        day_of_month: ranges(&piece.day_of_month).filter(|_| !piece.has_every_day_of_month()),
        month: ranges(&piece.month).filter(|_| !piece.has_every_month()),
        day_of_week: ranges(&piece.day_of_week).filter(|_| !piece.has_every_day_of_week()),
        year: piece.year.as_ref().and_then(ranges),
        comment: None,
    }
}

/// A calendar in YAML.
pub(super) fn yaml(calendar: &WrittenCalendar) -> String {
    let WrittenCalendar { second, minute, hour, day_of_month, month, year, day_of_week, comment: _ } = calendar;
    let fields = [
        ("dayOfMonth", day_of_month),
        ("month", month),
        ("year", year),
        ("dayOfWeek", day_of_week),
        ("hour", hour),
        ("minute", minute),
        ("second", second),
    ];
    let fields = fields.into_iter().filter_map(|(name, values)| Some(format!("{name}: {}", ranges(values.as_ref()?))));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

/// Ranges in YAML.
pub(super) fn ranges(ranges: &[WrittenRange]) -> String {
    let ranges = ranges.iter().map(|WrittenRange { start, end, step }| match (start == end, step) {
        (true, _) => format!("{{start: {start}}}"),
        (false, 1) => format!("{{start: {start}, end: {end}}}"),
        (false, step) => format!("{{start: {start}, end: {end}, step: {step}}}"),
    });
    format!("[{}]", ranges.collect::<Vec<_>>().join(", "))
}
