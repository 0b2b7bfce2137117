//! How a verb ends.

use std::fmt;
use std::process::ExitCode;

/// How it ended for one object. For several objects the last in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// As it was asked.
    Done,
    /// Not acknowledged, or not at its end, in time.
    TimedOut,
    /// It is not known whether it happened.
    Unknown,
    /// Refused or failed.
    Failed,
}

impl Outcome {
    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Failed => ExitCode::FAILURE,
            Self::Unknown => ExitCode::from(3),
            Self::TimedOut => ExitCode::from(4),
        }
    }
}

/// What is said of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) outcome: Outcome,
    pub(super) message: String,
}

impl Report {
    pub(super) fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into() }
    }

    pub(super) fn done(message: impl Into<String>) -> Self {
        Self::new(Outcome::Done, message)
    }

    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, message)
    }

    /// The same with one more sentence.
    pub(super) fn and(mut self, more: Option<String>) -> Self {
        if let Some(more) = more {
            self.message.push_str("; ");
            self.message.push_str(&more);
        }
        self
    }
}

/// The command line asks for something that makes no sense.
#[derive(Debug)]
pub(super) struct Usage(String);

impl Usage {
    pub(super) fn error(message: impl Into<String>) -> anyhow::Error {
        Self(message.into()).into()
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
