//! Who did what, when: what a failing run prints.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Person,
    Process(u32),
    Remote,
    Simulation,
    Oracle,
}

/// A line of the log.
#[derive(Clone, Debug)]
struct Line {
    at: Timestamp,
    who: Who,
    what: String,
}

/// What has happened.
#[derive(Clone, Debug, Default)]
pub struct Log(Vec<Line>);

impl Log {
    pub fn add(&mut self, at: Timestamp, who: Who, what: impl Into<String>) {
        self.0.push(Line { at, who, what: what.into() });
    }

    /// The log as text, in order of time.
    pub fn text(&self) -> String {
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|line| line.at);
        let lines: Vec<String> = sorted.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.round(jiff::Unit::Millisecond).unwrap_or(self.at).strftime("%H:%M:%S%.3f");
        match self.who {
            Who::Person => write!(f, "  {at}  person      {}", self.what),
            Who::Process(number) => write!(f, "  {at}  operator {number}  {}", self.what),
            Who::Remote => write!(f, "  {at}  remote      {}", self.what),
            Who::Simulation => write!(f, "  {at}  simulation  {}", self.what),
            Who::Oracle => write!(f, "  {at}  oracle      {}", self.what),
        }
    }
}

/// A length of time that is written in seconds.
pub const fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}
