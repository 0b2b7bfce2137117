//! Reads JSON values as pydantic's lax mode does, and collects all errors.

use serde_json::{Map, Value, json};

use super::issue::{Issue, Step};

/// The position of the reader, and the errors that it has found.
#[derive(Debug)]
pub(in crate::sandbox) struct Reader {
    path: Vec<Step>,
    issues: Vec<Issue>,
}

/// A field that may be absent or null, which differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum Nullable<T> {
    #[default]
    Absent,
    Null,
    Given(T),
}

impl<T> Nullable<T> {
    /// The value, if there is one.
    pub fn given(self) -> Option<T> {
        self.or(None)
    }

    /// The new value: an absent field keeps the one before.
    pub fn or(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Absent => before,
            Self::Null => None,
            Self::Given(value) => Some(value),
        }
    }
}

/// Reads a value. `None`: it is invalid, and the error is among the issues.
pub(super) type Read<T> = fn(&mut Reader, &Value) -> Option<T>;

impl Reader {
    /// At the root of a part of the request, such as `body`.
    pub fn at(part: &'static str) -> Self {
        Self { path: vec![Step::Name(part)], issues: Vec::new() }
    }

    /// The result, or all errors.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Vec<Issue>> {
        match read {
            Some(read) if self.issues.is_empty() => Ok(read),
            _ => Err(self.issues),
        }
    }

    /// Whether there are errors so far. A check of a whole object is made only if there are none.
    pub const fn has_issues(&self) -> bool {
        !self.issues.is_empty()
    }

    /// Records that the value at this position is invalid.
    pub fn wrong<T>(&mut self, kind: &'static str, msg: impl Into<String>, value: &Value) -> Option<T> {
        self.issues.push(Issue::new(kind, &self.path, msg, value));
        None
    }

    /// The same with a context.
    pub fn wrong_with<T>(
        &mut self,
        kind: &'static str,
        msg: impl Into<String>,
        value: &Value,
        ctx: Value,
    ) -> Option<T> {
        self.issues.push(Issue::new(kind, &self.path, msg, value).with(ctx));
        None
    }

    fn inside<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    /// An object.
    pub fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        value.as_object().or_else(|| {
            let msg = "Input should be a valid dictionary or object to extract fields from";
            self.wrong("model_attributes_type", msg, value)
        })
    }

    /// A field that must be present.
    pub fn required<T>(&mut self, object: &Map<String, Value>, name: &'static str, read: Read<T>) -> Option<T> {
        self.inside(Step::Name(name), |reader| match object.get(name) {
            Some(value) => read(reader, value),
            None => reader.wrong("missing", "Field required", &Value::Object(object.clone())),
        })
    }

    /// A field that may be absent, but not null.
    pub fn optional<T>(&mut self, object: &Map<String, Value>, name: &'static str, read: Read<T>) -> Option<T> {
        let value = object.get(name)?;
        self.inside(Step::Name(name), |reader| read(reader, value))
    }

    /// A field that may be absent, or null.
    pub fn nullable<T>(&mut self, object: &Map<String, Value>, name: &'static str, read: Read<T>) -> Nullable<T> {
        match object.get(name) {
            None => Nullable::Absent,
            Some(Value::Null) => Nullable::Null,
            Some(value) => {
                self.inside(Step::Name(name), |reader| read(reader, value)).map_or(Nullable::Absent, Nullable::Given)
            }
        }
    }

    /// A list.
    pub fn list<T>(&mut self, value: &Value, read: Read<T>) -> Option<Vec<T>> {
        match value {
            Value::Array(values) => Some(self.items(values, read)),
            _ => self.wrong("list_type", "Input should be a valid list", value),
        }
    }

    /// A `Sequence`, for which pydantic's messages differ.
    pub fn sequence<T>(&mut self, value: &Value, read: Read<T>) -> Option<Vec<T>> {
        match value {
            Value::Array(values) => Some(self.items(values, read)),
            Value::String(_) => {
                let msg = "'str' instances are not allowed as a Sequence value";
                self.wrong_with("sequence_str", msg, value, json!({ "type_name": "str" }))
            }
            _ => {
                let msg = "Input should be an instance of Sequence";
                self.wrong_with("is_instance_of", msg, value, json!({ "class": "Sequence" }))
            }
        }
    }

    fn items<T>(&mut self, values: &[Value], read: Read<T>) -> Vec<T> {
        let item = |(index, value)| self.inside(Step::Index(index), |reader| read(reader, value));
        values.iter().enumerate().filter_map(item).collect()
    }

    /// A string.
    pub fn string(&mut self, value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned).or_else(|| self.wrong("string_type", "Input should be a valid string", value))
    }

    /// A whole number.
    pub fn integer(&mut self, value: &Value) -> Option<i64> {
        lax_integer(value).or_else(|| match value {
            Value::Number(number) if number.as_f64().is_some_and(|float| float.fract() != 0.0) => {
                let msg = "Input should be a valid integer, got a number with a fractional part";
                self.wrong("int_from_float", msg, value)
            }
            Value::Number(_) => {
                let msg = "Unable to parse input string as an integer, exceeded maximum size";
                self.wrong("int_parsing_size", msg, value)
            }
            Value::String(_) => {
                let msg = "Input should be a valid integer, unable to parse string as an integer";
                self.wrong("int_parsing", msg, value)
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.wrong("int_type", "Input should be a valid integer", value)
            }
        })
    }

    /// A boolean: as such, as 0 or 1, or as one of the usual words.
    pub fn boolean(&mut self, value: &Value) -> Option<bool> {
        let word = match value {
            Value::Bool(value) => return Some(*value),
            Value::String(text) => text.to_lowercase(),
            Value::Number(number) if number.as_f64().is_some_and(|float| whole(float).is_some()) => {
                lax_integer(value).map(|number| number.to_string()).unwrap_or_default()
            }
            Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => {
                return self.wrong("bool_type", "Input should be a valid boolean", value);
            }
        };
        match word.as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => self.wrong("bool_parsing", "Input should be a valid boolean, unable to interpret input", value),
        }
    }

    /// A string no longer than `longest` characters.
    pub fn bounded(&mut self, value: &Value, longest: usize) -> Option<String> {
        let text = self.string(value)?;
        if text.chars().count() <= longest {
            return Some(text);
        }
        let msg = format!("String should have at most {longest} characters");
        self.wrong_with("string_too_long", msg, value, json!({ "max_length": longest }))
    }
}

/// A whole number as such, as a float without a fraction, as text, or as a boolean.
pub(super) fn lax_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::Bool(value) => Some(i64::from(*value)),
        Value::String(text) => without_fraction(text.trim()).parse().ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `7.00` is 7; `7.5` stays as it is.
fn without_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    }
}

/// A float as a whole number, if it is one and fits.
#[allow(clippy::cast_possible_truncation, reason = "the bounds, which a float holds exactly, are checked")]
fn whole(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (float.fract() == 0.0 && (-LIMIT..LIMIT).contains(&float)).then_some(float as i64)
}
