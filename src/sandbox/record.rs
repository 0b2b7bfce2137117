//! What was called: tests look at it, not only at what came of it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Operation, output};

/// A call that reached the sandbox.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRecord {
    /// Counts from 1, and goes on when records are forgotten.
    pub number: u64,
    /// When.
    #[serde(serialize_with = "output::wire")]
    pub at: Timestamp,
    /// Whose key it came with; `None` if the key is unknown.
    pub principal: Option<String>,
    /// Which call.
    pub operation: Operation,
    /// The HTTP method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The schedule that it is about.
    pub schedule_id: Option<String>,
    /// The status of the answer; `None` if none was sent.
    pub status: Option<u16>,
    /// Whether it would change something.
    pub mutating: bool,
    /// Its JSON.
    pub body: Option<Value>,
}
