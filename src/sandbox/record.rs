//! The records of the calls, for tests.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Operation, output};

/// A call that has reached the sandbox.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRecord {
    /// Counts from 1. Deleting the records does not reset it.
    pub number: u64,
    /// When it arrived.
    #[serde(serialize_with = "output::wire")]
    pub at: Timestamp,
    /// The principal of its key; `None` if the key is unknown.
    pub principal: Option<String>,
    /// The kind of call.
    pub operation: Operation,
    /// The HTTP method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The schedule that it is about.
    pub schedule_id: Option<String>,
    /// The status of the answer; `None` if there was no answer.
    pub status: Option<u16>,
    /// Whether this kind of call changes the state.
    pub mutating: bool,
    /// Its JSON body.
    pub body: Option<Value>,
}
