//! Other values in the JSON of an answer: what a client does not expect there.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;

/// The value that a field gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Substitute {
    /// This one.
    Value(Value),
    /// A text of so many bytes.
    Text(usize),
    /// Lists in lists, so many levels deep.
    Nested(usize),
    /// None: the field is absent.
    Absent,
}

/// Stands for the nested lists until the JSON is text: a value that deep is too deep for the stack.
const PLACEHOLDER: &str = "nested lists of the sandbox";

impl Substitute {
    /// The answer with the value in all its fields of this name. An answer that is not JSON stays as it is.
    pub(super) fn apply(&self, field: &str, answer: Answer) -> Answer {
        let (head, body) = answer.into_parts();
        let Ok(mut value) = serde_json::from_slice(&body) else { return Answer::from_parts(head, body) };
        self.replace(field, &mut value);
        let text = value.to_string();
        let text = match self {
            Self::Nested(depth) => {
                let nested = format!("{}{}", "[".repeat(*depth), "]".repeat(*depth));
                text.replace(&format!("\"{PLACEHOLDER}\""), &nested)
            }
            Self::Value(_) | Self::Text(_) | Self::Absent => text,
        };
        Answer::from_parts(head, Bytes::from(text))
    }

    fn replace(&self, field: &str, value: &mut Value) {
        match value {
            Value::Object(members) => {
                if members.contains_key(field) {
                    match self.value() {
                        Some(value) => members.insert(field.to_owned(), value),
                        None => members.remove(field),
                    };
                }
                let others = members.iter_mut().filter(|(name, _)| *name != field);
                others.for_each(|(_, value)| self.replace(field, value));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(field, item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn value(&self) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Text(length) => Some("x".repeat(*length).into()),
            Self::Nested(_) => Some(PLACEHOLDER.into()),
            Self::Absent => None,
        }
    }
}
