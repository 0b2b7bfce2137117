//! What was measured, beside what it is held to.

use std::fmt;

/// The unit of a figure.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// Something counted.
    Count,
    /// Something counted, for each schedule.
    PerSchedule,
    /// Something counted, for each second.
    PerSecond,
    /// Seconds of time.
    Seconds,
    /// Milliseconds of time.
    Milliseconds,
    /// Seconds of processor time.
    ProcessorSeconds,
    /// Percent of one core.
    PercentOfCore,
    /// 1,048,576 bytes.
    Mebibytes,
    /// So many times the floor.
    TimesTheFloor,
}

/// What a figure is held to.
#[derive(Clone, Copy, Debug)]
enum Bound {
    AtMost(f64),
    Exactly(f64),
    /// Only shown.
    None,
}

struct Row {
    what: String,
    measured: f64,
    unit: Unit,
    bound: Bound,
    /// What the bare loop of the necessary calls took, in the same unit.
    floor: Option<f64>,
}

/// The rows in the order in which they were measured.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// A figure with an upper bound.
    pub fn at_most(&mut self, what: &str, measured: f64, unit: Unit, bound: f64) {
        self.row(Row { what: what.into(), measured, unit, bound: Bound::AtMost(bound), floor: None });
    }

    /// A figure that can only be one.
    pub fn exactly(&mut self, what: &str, measured: usize, bound: usize) {
        let bound = Bound::Exactly(float(bound));
        self.row(Row { what: what.into(), measured: float(measured), unit: Unit::Count, bound, floor: None });
    }

    /// A figure that explains others.
    pub fn shown(&mut self, what: &str, measured: f64, unit: Unit) {
        self.row(Row { what: what.into(), measured, unit, bound: Bound::None, floor: None });
    }

    /// A figure with an upper bound for itself, and one for how many times the floor it is.
    pub fn above_floor(&mut self, what: &str, (measured, floor): (f64, f64), unit: Unit, (bound, times): (f64, f64)) {
        self.row(Row { what: what.into(), measured, unit, bound: Bound::AtMost(bound), floor: Some(floor) });
        self.at_most(&format!("{what}: beside the floor"), measured / floor, Unit::TimesTheFloor, times);
    }

    /// A figure with an upper bound for what it is above the floor.
    pub fn over_floor(&mut self, what: &str, (measured, floor): (f64, f64), unit: Unit, over: f64) {
        let bound = Bound::AtMost(floor + over);
        self.row(Row { what: what.into(), measured, unit, bound, floor: Some(floor) });
    }

    fn row(&mut self, row: Row) {
        println!("{row}");
        self.0.push(row);
    }

    /// Prints all as Markdown.
    pub fn print(&self) {
        println!("\n| what | bound | measured | floor | holds |\n|---|---|---|---|---|");
        for row in &self.0 {
            println!("{row}");
        }
    }

    /// How many figures exceed their bound.
    pub fn exceeded(&self) -> usize {
        self.0.iter().filter(|row| row.holds() == Some(false)).count()
    }
}

impl Row {
    fn holds(&self) -> Option<bool> {
        match self.bound {
            Bound::AtMost(bound) => Some(self.measured <= bound),
            #[allow(clippy::float_cmp, reason = "whole numbers")]
            Bound::Exactly(bound) => Some(self.measured == bound),
            Bound::None => None,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, unit, bound, floor } = self;
        let text = |number: f64| unit.text(number);
        let bound = match *bound {
            Bound::AtMost(bound) => format!("≤ {}", text(bound)),
            Bound::Exactly(bound) => text(bound),
            Bound::None => String::new(),
        };
        let floor = floor.map(text).unwrap_or_default();
        let holds = self.holds().map(|holds| if holds { "yes" } else { "**no**" }).unwrap_or_default();
        write!(f, "| {what} | {bound} | {} | {floor} | {holds} |", text(*measured))
    }
}

impl Unit {
    fn text(self, number: f64) -> String {
        match self {
            Self::Count => format!("{number:.0}"),
            Self::PerSchedule => format!("{number:.2} a schedule"),
            Self::PerSecond => format!("{number:.1}/s"),
            Self::Seconds if number < 0.995 => format!("{:.0} ms", number * 1000.0),
            Self::Seconds => format!("{number:.1} s"),
            Self::Milliseconds => format!("{number:.0} ms"),
            Self::ProcessorSeconds => format!("{number:.2} s of a core"),
            Self::PercentOfCore => format!("{number:.2} % of a core"),
            Self::Mebibytes => format!("{number:.1} MiB"),
            Self::TimesTheFloor => format!("{number:.2} ×"),
        }
    }
}

/// A count as a figure.
#[allow(clippy::cast_precision_loss, reason = "a benchmark counts to some millions")]
pub const fn float(count: usize) -> f64 {
    count as f64
}

/// The median, the 99th percentile and the largest of some figures.
pub struct Quantiles {
    /// The median.
    pub median: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// The quantiles of `figures`.
pub fn quantiles(mut figures: Vec<f64>) -> Quantiles {
    figures.sort_by(f64::total_cmp);
    let at = |share: usize| figures[(figures.len() * share).div_ceil(100).max(1) - 1];
    Quantiles { median: at(50), p99: at(99), max: at(100) }
}
