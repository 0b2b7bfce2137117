//! The bodies of the mutating calls.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::reader::{Nullable, Reader};
use crate::sandbox::engine::{Overlap, Policy};
use crate::timing::{WrittenCalendar, WrittenInterval};

/// The body of a create.
#[derive(Debug)]
pub(in crate::sandbox) struct Create {
    /// A workflow by its name or id, or by the uuid of a registration.
    pub workflow: Target,
    pub deployment_name: Option<String>,
    pub schedule_id: Option<String>,
    pub input: Value,
    /// `input` is in here too.
    pub schedule: Patch,
}

/// The workflow that a schedule starts.
#[derive(Debug)]
pub(in crate::sandbox) enum Target {
    Identifier(String),
    Registration(String),
}

/// The fields of a schedule in a request; `None`: absent.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Patch {
    pub input: Option<Value>,
    pub calendars: Option<Vec<WrittenCalendar>>,
    pub intervals: Option<Vec<WrittenInterval>>,
    pub cron_expressions: Option<Vec<String>>,
    pub skip: Option<Vec<WrittenCalendar>>,
    pub start_at: Nullable<Timestamp>,
    pub end_at: Nullable<Timestamp>,
    pub jitter: Nullable<SignedDuration>,
    pub time_zone_name: Nullable<String>,
    pub policy: Option<Policy>,
    pub max_executions: Nullable<i64>,
}

/// The body of a pause or a resume.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Note(pub Option<String>);

/// The body of a trigger.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Trigger(pub Option<Overlap>);

/// The longest name of a deployment.
const LONGEST_DEPLOYMENT: usize = 128;

impl Create {
    pub fn read(reader: &mut Reader, body: &Value) -> Option<Self> {
        let object = reader.object(body)?;
        let schedule = reader.required(object, "schedule", |reader, value| {
            let object = reader.object(value)?;
            let input = reader.required(object, "input", |_, value| Some(value.clone()));
            let schedule = Patch::fields(reader, object);
            let id = reader.nullable(object, "schedule_id", Reader::string).given();
            Some((input?, schedule, id))
        });
        let registration = reader.nullable(object, "workflow_registration_id", Reader::uuid).given();
        let version = reader.nullable(object, "workflow_version_id", Reader::uuid).given();
        let identifier = reader.nullable(object, "workflow_identifier", Reader::string).given();
        reader.nullable(object, "workflow_task_queue", Reader::string);
        let id = reader.nullable(object, "schedule_id", Reader::string).given();
        let deployment_name = reader.nullable(object, "deployment_name", Reader::deployment).given();
        let (input, schedule, inner_id) = schedule?;
        // Python treats an empty string as absent.
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        if reader.has_issues() {
            return None;
        }
        let workflow = reader.target(registration.or(version), given(identifier), body)?;
        Some(Self { workflow, deployment_name, schedule_id: given(id).or_else(|| given(inner_id)), input, schedule })
    }
}

impl Patch {
    /// `{"schedule": {…}}`.
    pub fn read(reader: &mut Reader, body: &Value) -> Option<Self> {
        let object = reader.object(body)?;
        reader.required(object, "schedule", |reader, value| {
            let object = reader.object(value)?;
            Some(Self::fields(reader, object))
        })
    }

    fn fields(reader: &mut Reader, object: &Map<String, Value>) -> Self {
        Self {
            input: object.get("input").cloned(),
            calendars: reader.optional(object, "calendars", Reader::calendars),
            intervals: reader.optional(object, "intervals", Reader::intervals),
            cron_expressions: reader.optional(object, "cron_expressions", Reader::strings),
            skip: reader.optional(object, "skip", Reader::calendars),
            start_at: reader.nullable(object, "start_at", Reader::datetime),
            end_at: reader.nullable(object, "end_at", Reader::datetime),
            jitter: reader.nullable(object, "jitter", Reader::duration),
            time_zone_name: reader.nullable(object, "time_zone_name", Reader::string),
            policy: reader.optional(object, "policy", Reader::policy),
            max_executions: reader.nullable(object, "max_executions", Reader::integer),
        }
    }
}

impl Note {
    pub fn read(reader: &mut Reader, body: &Value) -> Option<Self> {
        let object = reader.object(body)?;
        Some(Self(reader.nullable(object, "note", Reader::string).given()))
    }
}

impl Trigger {
    pub fn read(reader: &mut Reader, body: &Value) -> Option<Self> {
        let object = reader.object(body)?;
        Some(Self(reader.nullable(object, "overlap", Reader::overlap).given()))
    }
}

impl Reader {
    /// Exactly one of the two.
    fn target(&mut self, registration: Option<String>, identifier: Option<String>, body: &Value) -> Option<Target> {
        let problem = match (registration, identifier) {
            (Some(id), None) => return Some(Target::Registration(id)),
            (None, Some(name)) => return Some(Target::Identifier(name)),
            (None, None) => "Either workflow_registration_id or workflow_identifier must be provided",
            (Some(_), Some(_)) => "Only one of workflow_registration_id or workflow_identifier can be provided",
        };
        self.wrong_with("value_error", format!("Value error, {problem}"), body, json!({ "error": {} }))
    }

    /// A uuid in its usual form.
    fn uuid(&mut self, value: &Value) -> Option<String> {
        let Value::String(text) = value else {
            return self.wrong("uuid_type", "UUID input should be a string, bytes or UUID object", value);
        };
        let groups: Vec<&str> = text.split('-').collect();
        let lengths = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]);
        if lengths && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Some(text.to_lowercase());
        }
        let why = "not 32 hexadecimal digits in groups of 8-4-4-4-12";
        self.wrong_with("uuid_parsing", format!("Input should be a valid UUID, {why}"), value, json!({ "error": why }))
    }

    fn deployment(&mut self, value: &Value) -> Option<String> {
        const PATTERN: &str = r"^[a-zA-Z0-9_\-\.]+$";
        let name = self.bounded(value, LONGEST_DEPLOYMENT)?;
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if !name.is_empty() && name.bytes().all(good) {
            return Some(name);
        }
        let msg = format!("String should match pattern '{PATTERN}'");
        self.wrong_with("string_pattern_mismatch", msg, value, json!({ "pattern": PATTERN }))
    }
}
