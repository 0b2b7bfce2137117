//! The errors in a request, as pydantic reports them (2.14 behind `FastAPI`).

use serde::Serialize;
use serde_json::{Value, json};

/// One error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::sandbox) struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: Vec<Step>,
    msg: String,
    /// The value that was sent, including a workflow's input.
    input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Value>,
}

/// A step of the path to a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(in crate::sandbox) enum Step {
    Name(&'static str),
    Index(usize),
}

impl Issue {
    /// An issue whose message needs no context.
    pub fn new(kind: &'static str, loc: &[Step], msg: impl Into<String>, input: &Value) -> Self {
        Self { kind, loc: loc.to_vec(), msg: msg.into(), input: input.clone(), ctx: None }
    }

    /// The same with a context.
    pub fn with(self, ctx: Value) -> Self {
        Self { ctx: Some(ctx), ..self }
    }

    /// A body that is not JSON.
    pub fn not_json(error: &serde_json::Error, text: &[u8]) -> Self {
        let line_start = text
            .split_inclusive(|byte| *byte == b'\n')
            .take(error.line().saturating_sub(1))
            .map(<[u8]>::len)
            .sum::<usize>();
        let at = Step::Index((line_start + error.column()).saturating_sub(1));
        Self::new("json_invalid", &[Step::Name("body"), at], "JSON decode error", &json!({}))
            .with(json!({ "error": error.to_string() }))
    }
}
