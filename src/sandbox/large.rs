//! Bodies that are too large for a client.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What a large body consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// A page of LIST with many small entries, each of about 60 bytes.
    Entries,
    /// A page of LIST that consists of whitespace.
    Whitespace,
    /// An error with a long `detail`.
    Detail,
    /// An error whose `detail` is nested lists.
    Nested,
}

/// A large body.
#[derive(Clone, Debug)]
pub(super) struct Large {
    /// Its beginning; all of it, if it ends.
    pub body: Bytes,
    /// What follows again and again, if it does not end.
    pub repeat: Option<Bytes>,
}

/// The size of the parts in which a body without an end is sent, in bytes.
const PART: usize = 1 << 16;

impl Content {
    /// A body of about `size` bytes.
    pub(super) fn body(self, size: usize, endless: bool) -> Large {
        let mut body = self.head().as_bytes().to_vec();
        let filled = size.saturating_sub(self.tail().len());
        match self {
            Self::Entries => {
                let mut number = 0;
                while body.len() < filled {
                    let separator = if number == 0 { "" } else { "," };
                    body.extend_from_slice(separator.as_bytes());
                    body.extend_from_slice(entry(number).as_bytes());
                    number += 1;
                }
            }
            Self::Whitespace => body.resize(filled.max(body.len()), b' '),
            Self::Detail => body.resize(filled.max(body.len()), b'x'),
            Self::Nested if endless => body.resize(filled.max(body.len()), b'['),
            Self::Nested => {
                let depth = filled.saturating_sub(body.len()) / 2;
                body.resize(body.len() + depth, b'[');
                body.resize(body.len() + depth, b']');
            }
        }
        if endless {
            return Large { body: body.into(), repeat: Some(self.part()) };
        }
        body.extend_from_slice(self.tail().as_bytes());
        Large { body: body.into(), repeat: None }
    }

    const fn head(self) -> &'static str {
        match self {
            Self::Entries | Self::Whitespace => r#"{"schedules":["#,
            Self::Detail => r#"{"detail":""#,
            Self::Nested => r#"{"detail":"#,
        }
    }

    const fn tail(self) -> &'static str {
        match self {
            Self::Entries | Self::Whitespace => r#"],"next_page_token":null}"#,
            Self::Detail => r#""}"#,
            Self::Nested => "}",
        }
    }

    fn part(self) -> Bytes {
        match self {
            Self::Entries => {
                let entries: Vec<String> =
                    (0..PART / entry(0).len()).map(|number| format!(",{}", entry(number))).collect();
                entries.concat().into()
            }
            Self::Whitespace => vec![b' '; PART].into(),
            Self::Detail => vec![b'x'; PART].into(),
            Self::Nested => vec![b'['; PART].into(),
        }
    }
}

fn entry(number: usize) -> String {
    format!(r#"{{"schedule_id":"large-{number}","workflow_name":"w","paused":false}}"#)
}
