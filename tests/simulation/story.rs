//! Who did what, when: what a failing run prints.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Person,
    Process(u32),
    Remote,
    Fate,
    Oracle,
}

/// A sentence of the story.
#[derive(Clone, Debug)]
struct Sentence {
    at: Timestamp,
    who: Who,
    what: String,
}

/// What has happened.
#[derive(Clone, Debug, Default)]
pub struct Story(Vec<Sentence>);

impl Story {
    pub fn tell(&mut self, at: Timestamp, who: Who, what: impl Into<String>) {
        self.0.push(Sentence { at, who, what: what.into() });
    }

    /// The story as a short text.
    pub fn text(&self) -> String {
        let mut sentences = self.0.clone();
        sentences.sort_by_key(|sentence| sentence.at);
        let lines: Vec<String> = sentences.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.round(jiff::Unit::Millisecond).unwrap_or(self.at).strftime("%H:%M:%S%.3f");
        match self.who {
            Who::Person => write!(f, "  {at}  person      {}", self.what),
            Who::Process(number) => write!(f, "  {at}  operator {number}  {}", self.what),
            Who::Remote => write!(f, "  {at}  remote      {}", self.what),
            Who::Fate => write!(f, "  {at}  fate        {}", self.what),
            Who::Oracle => write!(f, "  {at}  oracle      {}", self.what),
        }
    }
}

/// A length of time that is written in seconds.
pub const fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}
