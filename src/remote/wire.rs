//! The request and answer bodies of the API, with the names of its `OpenAPI` document.
//!
//! Requests are exact. Answers are read leniently: an entry of a list may not have the policy, the input and
//! the remaining count. A missing field is different from a field that is null.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ScheduleId;
use super::limits::{BodyShare, MOST_VALUES, values_in};
use super::redact::KeyRedaction;
use crate::timing::WrittenSpec;

/// The policy in the form of the API. `overlap` is 1 Skip, 2 `BufferOne`, 3 `BufferAll`, 4 `CancelOther`, 5
/// `TerminateOther`, 6 `AllowAll`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// How long after its time a missed run is still started; at least 10.
    #[serde(default = "default_catchup_window", serialize_with = "as_integer")]
    pub catchup_window_seconds: f64,
    /// What happens if a run is due while another is active.
    #[serde(default = "default_overlap")]
    pub overlap: i64,
    /// Whether the server pauses the schedule when a run fails.
    #[serde(default)]
    pub pause_on_failure: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { catchup_window_seconds: default_catchup_window(), overlap: default_overlap(), pause_on_failure: false }
    }
}

const fn default_catchup_window() -> f64 {
    31_536_000.0
}

const fn default_overlap() -> i64 {
    1
}

/// The `schedule` of a create or a patch: the complete timing, policy and input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Definition {
    /// The input of each run.
    pub input: Value,
    /// All timing fields: a field that is missing in a patch keeps its old value.
    #[serde(flatten)]
    pub timing: WrittenSpec,
    /// The complete policy.
    pub policy: Policy,
    /// Sent only if the declared value changed, because sending it resets the count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<MaxExecutions>,
}

/// The answer about a workflow.
#[derive(Debug, Deserialize)]
pub(super) struct WorkflowBody {
    pub(super) workflow: Workflow,
}

/// A workflow.
#[derive(Debug, Deserialize)]
pub(super) struct Workflow {
    pub(super) name: String,
}

/// A limit of runs: `null` in JSON removes the limit, a missing field keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MaxExecutions(pub Option<i64>);

/// How many runs a schedule has left: `null` in JSON is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Remaining(pub Option<i64>);

/// The workflow that a schedule runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The name or id of the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_identifier: Option<String>,
    /// The UUID of a workflow registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_registration_id: Option<String>,
    /// The deployment that runs the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_name: Option<String>,
}

/// The body of a create.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Create {
    /// Always set: the API may deduplicate a create without an id by its content.
    pub schedule_id: ScheduleId,
    /// The workflow.
    #[serde(flatten)]
    pub target: Target,
    /// Timing, policy and input.
    pub schedule: Definition,
}

/// The body of a patch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Patch {
    /// The complete timing, policy and input.
    pub schedule: Definition,
}

/// A schedule as returned by GET or LIST.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub schedule_id: ScheduleId,
    /// The name of the workflow that it runs.
    #[serde(default)]
    pub workflow_name: Option<String>,
    /// The deployment; absent if the server does not say it.
    #[serde(default)]
    pub deployment_name: Option<String>,
    /// Whether it is paused.
    #[serde(default)]
    pub paused: bool,
    /// The note of the last pause or resume.
    #[serde(default)]
    pub note: Option<String>,
    /// Its timing.
    #[serde(flatten)]
    pub timing: WrittenSpec,
    /// Absent in a partial entry.
    #[serde(default)]
    pub policy: Option<Policy>,
    /// Absent in a partial entry.
    #[serde(default, deserialize_with = "present")]
    pub input: Option<Value>,
    /// Absent in a partial entry; null is unlimited, 0 exhausted.
    #[serde(default, deserialize_with = "present")]
    pub remaining_executions: Option<Remaining>,
    /// The next runs, earliest first.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub future_executions: Vec<FutureExecution>,
    /// The last runs, newest last.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub recent_executions: Vec<RecentExecution>,
}

/// No schedule has more calendars, intervals, crons or skips: a resource may declare 100 of each.
const MOST_TIMES: usize = 1000;
/// The API returns at most this number of past runs, and of next runs.
const MOST_RUNS: usize = 10;
/// Longer texts of the API are cut, in bytes. It is the engine's limit for a note.
pub(super) const LONGEST_TEXT: usize = 1000;
/// The same for a comment of the timing: a declared cron expression may have 500 characters of 4 bytes.
const LONGEST_COMMENT: usize = 2000;

impl Schedule {
    /// Reads a schedule, and refuses one that is larger than the API would return. This limits the texts that
    /// are shown and the memory that is used.
    ///
    /// # Errors
    /// What is wrong, without any value, because a value may be the input of the workflow.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        if values_in(json) > MOST_VALUES {
            return Err(format!("a schedule of more than {MOST_VALUES} values"));
        }
        let schedule: Self = parse(json)?;
        let timing = &schedule.timing;
        let times = [timing.calendars.len(), timing.intervals.len(), timing.cron_expressions.len(), timing.skip.len()];
        if times.into_iter().any(|count| count > MOST_TIMES) {
            return Err(format!("a schedule of more than {MOST_TIMES} times"));
        }
        Ok(schedule.bounded())
    }

    fn bounded(mut self) -> Self {
        let surplus = self.recent_executions.len().saturating_sub(MOST_RUNS);
        self.recent_executions.drain(..surplus);
        self.future_executions.truncate(MOST_RUNS);
        self.comments().for_each(|text| cut(text, LONGEST_COMMENT));
        self.shown_texts().for_each(|text| cut(text, LONGEST_TEXT));
        self
    }

    /// The same schedule without the API key in the texts that a status or an event may show.
    #[must_use]
    pub(super) fn without_key(mut self, key: &KeyRedaction) -> Self {
        // One look for all of them: hardly ever is the key in any.
        let mut all = self.comments().fold(String::new(), |all, text| all + text + "\n");
        all = self.shown_texts().fold(all, |all, text| all + text + "\n");
        if key.redact(&all) != all {
            self.comments().for_each(|text| *text = key.redact(text));
            self.shown_texts().for_each(|text| *text = key.redact(text));
        }
        self
    }

    fn comments(&mut self) -> impl Iterator<Item = &mut String> {
        let calendars = self.timing.calendars.iter_mut().chain(&mut self.timing.skip);
        calendars.filter_map(|calendar| calendar.comment.as_mut())
    }

    fn shown_texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { timing, recent_executions, note, workflow_name, deployment_name, .. } = self;
        let ids = recent_executions.iter_mut().map(|run| &mut run.execution_id);
        ids.chain([note, workflow_name, deployment_name, &mut timing.time_zone_name]).flatten()
    }

    /// Whether this is the complete schedule, not a partial entry of a list.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.policy.is_some() && self.input.is_some() && self.remaining_executions.is_some()
    }
}

pub(super) fn cut(text: &mut String, longest: usize) {
    text.truncate(text.floor_char_boundary(longest));
    // `truncate` alone does not release memory.
    text.shrink_to_fit();
}

/// Reads a body. The error never contains a value, which may be the input of the workflow. It contains a place
/// only if a field has the wrong type, because this place consists of names of the API. Where the JSON itself is
/// broken, the place could be any text of the body.
pub(super) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().is_data() { format!("cannot be read at `{}`", error.path()) } else { "not JSON".to_owned() }
    })
}

/// A future run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct FutureExecution {
    /// The time of the run, including jitter.
    pub scheduled_at: Timestamp,
}

/// A run that was started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecentExecution {
    /// When the run was due.
    pub scheduled_at: Timestamp,
    /// When the run started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// The id of the workflow execution.
    #[serde(default)]
    pub execution_id: Option<String>,
}

/// A page of a LIST. Entries are not parsed yet, so that an invalid entry does not affect the others.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries as JSON texts.
    pub entries: Vec<Bytes>,
    /// The token of the next page.
    pub next_page_token: Option<String>,
    /// The key that the page was read with.
    key: KeyRedaction,
    /// The share of the memory budget for the entries.
    _share: Option<BodyShare>,
}

/// The longest token of a next page, in bytes. The tokens of a LIST are kept until it ends, and a longer one
/// would not fit into a URL.
const LONGEST_TOKEN: usize = 4096;

impl Page {
    pub(super) fn read(answer: &Response<Bytes>, key: &KeyRedaction) -> Result<Self, String> {
        let PageBody { schedules, next_page_token } = parse(answer.body())?;
        let next_page_token = token(next_page_token)?;
        let entry = |raw: &RawValue| answer.body().slice_ref(raw.get().as_bytes());
        Ok(Self {
            entries: schedules.0.into_iter().map(entry).collect(),
            next_page_token,
            key: key.clone(),
            _share: answer.extensions().get::<BodyShare>().cloned(),
        })
    }

    /// Reads one of the entries.
    ///
    /// # Errors
    /// See [`Schedule::read`].
    pub fn schedule(&self, entry: &[u8]) -> Result<Schedule, String> {
        Schedule::read(entry).map(|schedule| schedule.without_key(&self.key))
    }
}

/// A blank token is none.
pub(super) fn token(given: Option<String>) -> Result<Option<String>, String> {
    let token = given.filter(|token| !token.trim().is_empty());
    if token.as_ref().is_some_and(|token| token.len() > LONGEST_TOKEN) {
        return Err(format!("next_page_token is longer than {LONGEST_TOKEN} bytes"));
    }
    Ok(token)
}

/// The body of a page.
#[derive(Debug, Deserialize)]
struct PageBody<'a> {
    #[serde(borrow, default)]
    schedules: Entries<'a>,
    #[serde(default)]
    next_page_token: Option<String>,
}

/// At most as many entries as the API returns in a page. Otherwise a server could send so many entries that
/// they use much more memory than their bytes.
#[derive(Debug, Default)]
pub(super) struct Entries<'a>(pub(super) Vec<&'a RawValue>);

/// The maximum number of entries that the API returns in a page.
pub const LARGEST_PAGE: usize = 1000;

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "at most {LARGEST_PAGE} entries")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = sequence.next_element()? {
                    if entries.len() == LARGEST_PAGE {
                        return Err(serde::de::Error::invalid_length(LARGEST_PAGE + 1, &self));
                    }
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_any(Visitor).map(Self)
    }
}

/// The identity of an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `user/ID` or `service_account/ID`; `None` if the API returns another kind of principal.
    pub principal: Option<String>,
    /// The id of the workspace.
    pub workspace: Option<String>,
    /// The id of the organization.
    pub organization: Option<String>,
}

impl Identity {
    /// The same identity in texts that may be shown: without the API key, and not longer than other texts.
    #[must_use]
    pub(super) fn shown(self, key: &KeyRedaction) -> Self {
        let shown = |text: Option<String>| {
            text.map(|text| {
                let mut text = key.redact(&text);
                cut(&mut text, LONGEST_TEXT);
                text
            })
        };
        Self {
            principal: shown(self.principal),
            workspace: shown(self.workspace),
            organization: shown(self.organization),
        }
    }
}

/// The answer of whoami.
#[derive(Debug, Deserialize)]
pub(super) struct WhoAmI {
    principal: Principal,
    #[serde(default)]
    organization: Option<Named>,
    #[serde(default)]
    workspace: Option<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "principal_type", rename_all = "snake_case")]
enum Principal {
    User {
        id: String,
    },
    ServiceAccount {
        service_account_id: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
struct Named {
    id: String,
}

impl From<WhoAmI> for Identity {
    fn from(answer: WhoAmI) -> Self {
        Self {
            principal: match answer.principal {
                Principal::User { id } => Some(format!("user/{id}")),
                Principal::ServiceAccount { service_account_id } => {
                    Some(format!("service_account/{service_account_id}"))
                }
                Principal::Unknown => None,
            },
            workspace: answer.workspace.map(|named| named.id),
            organization: answer.organization.map(|named| named.id),
        }
    }
}

/// The status of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum ExecutionStatus {
    /// The alias is deprecated by the API; the run is still active.
    #[serde(alias = "RETRYING_AFTER_ERROR")]
    Running,
    Completed,
    Failed,
    Canceled,
    Terminated,
    ContinuedAsNew,
    TimedOut,
    #[default]
    #[serde(other)]
    Unknown,
}

/// The API refuses a number with a point where it takes an integer.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_integer<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    #[allow(clippy::cast_possible_truncation, reason = "seconds of a window are far below 2^53")]
    serializer.serialize_i64(seconds.round() as i64)
}

/// Distinguishes a field that is null from a missing field.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_policy_input_and_count_is_partial() {
        let entry: Schedule = serde_json::from_str(r#"{"schedule_id":"a","paused":false}"#).unwrap();
        assert!(!entry.is_whole());
    }

    #[test]
    fn a_schedule_larger_than_the_api_would_return_is_refused() {
        let many = format!("{}{{}}", "{},".repeat(MOST_TIMES));
        let refused = Schedule::read(format!(r#"{{"schedule_id":"a","calendars":[{many}]}}"#).as_bytes());
        assert_eq!(refused.unwrap_err(), "a schedule of more than 1000 times");
        let many = "0,".repeat(MOST_VALUES);
        let refused = Schedule::read(format!(r#"{{"schedule_id":"a","input":[{many}0]}}"#).as_bytes());
        assert_eq!(refused.unwrap_err(), "a schedule of more than 100000 values");
    }

    #[test]
    fn texts_and_runs_of_a_schedule_are_limited() {
        let run = |id: &str| format!(r#"{{"scheduled_at":"2026-11-24T12:00:00Z","execution_id":"{id}"}}"#);
        let runs = (0..30).map(|number| run(&format!("{number:02}{}", "é".repeat(2_000_000)))).collect::<Vec<_>>();
        let json = format!(
            r#"{{"schedule_id":"a","note":"{0}","time_zone_name":"{0}","calendars":[{{"comment":"{0}"}}],"recent_executions":[{1}]}}"#,
            "x".repeat(9000),
            runs.join(",")
        );
        let schedule = Schedule::read(json.as_bytes()).unwrap();
        assert_eq!(schedule.note.map(|note| note.len()), Some(1000));
        assert_eq!(schedule.timing.time_zone_name.map(|zone| zone.len()), Some(1000));
        assert_eq!(schedule.timing.calendars[0].comment.as_ref().map(String::len), Some(2000));
        let ids: Vec<String> = schedule.recent_executions.into_iter().filter_map(|run| run.execution_id).collect();
        assert!(ids.iter().all(|id| id.len() <= 1000) && ids[0].starts_with("20") && ids.len() == 10);
    }

    #[test]
    fn a_page_with_too_many_entries_is_an_error() {
        let page = |count: usize| format!(r#"{{"schedules":[{}{{}}]}}"#, "{},".repeat(count - 1));
        assert!(serde_json::from_str::<PageBody<'_>>(&page(LARGEST_PAGE)).is_ok());
        assert!(serde_json::from_str::<PageBody<'_>>(&page(LARGEST_PAGE + 1)).is_err());
        assert!(serde_json::from_str::<PageBody<'_>>(r#"{"schedules":null}"#).is_ok());
    }

    #[test]
    fn a_page_with_a_token_that_no_url_could_hold_is_an_error() {
        let page = |length: usize| {
            let token = "t".repeat(length);
            let body = Bytes::from(format!(r#"{{"schedules":[],"next_page_token":"{token}"}}"#));
            Page::read(&Response::new(body), &KeyRedaction::new("sk-Live-canary".into()))
        };
        assert_eq!(page(LONGEST_TOKEN).unwrap().next_page_token.map(|token| token.len()), Some(LONGEST_TOKEN));
        assert_eq!(page(LONGEST_TOKEN + 1).unwrap_err(), "next_page_token is longer than 4096 bytes");
    }

    #[test]
    fn an_error_shows_no_text_of_the_body() {
        for body in [r#"{"sk-Live": tru"#, r#"{"input":{"sk-Live":"#, r#"{"sk-Live":{"a":[1e999"#, "sk-Live"] {
            assert_eq!(Schedule::read(body.as_bytes()).unwrap_err(), "not JSON", "{body}");
        }
        let wrong =
            Schedule::read(br#"{"schedule_id":"a","sk-Live":[],"recent_executions":[{"scheduled_at":"sk-Live"}]}"#);
        assert_eq!(wrong.unwrap_err(), "cannot be read at `recent_executions[0].scheduled_at`");
    }

    #[test]
    fn an_identity_is_shown_without_the_key_and_not_in_any_length() {
        let whoami = format!(
            r#"{{"principal":{{"principal_type":"user","id":"sk-Live-canary"}},"workspace":{{"id":"{}"}}}}"#,
            "w".repeat(60_000)
        );
        let identity = Identity::from(serde_json::from_str::<WhoAmI>(&whoami).unwrap());
        let shown = identity.shown(&KeyRedaction::new("sk-Live-canary".into()));
        assert_eq!(shown.principal.as_deref(), Some("user/[redacted]"));
        assert_eq!(shown.workspace.map(|text| text.len()), Some(LONGEST_TEXT));
    }

    #[test]
    fn a_schedule_is_shown_without_the_key_in_any_of_its_texts() {
        let schedule = |text: &str| {
            let json = format!(
                r#"{{"schedule_id":"a","workflow_name":"{text}","deployment_name":"{text}","note":"see {text}",
                    "time_zone_name":"{text}","calendars":[{{"comment":"{text}"}}],"input":"{text}",
                    "recent_executions":[{{"scheduled_at":"2026-11-24T12:00:00Z","execution_id":"{text}"}}]}}"#
            );
            Schedule::read(json.as_bytes()).unwrap()
        };
        let key = KeyRedaction::new("sk-Live-canary".into());
        let shown = schedule("sk-Live-canary").without_key(&key);
        assert_eq!(shown.note.as_deref(), Some("see [redacted]"));
        assert_eq!(shown.input, Some(Value::from("sk-Live-canary")), "an input is compared, and never shown");
        assert!(!format!("{:?}", Schedule { input: None, ..shown }).contains("canary"));
        assert_eq!(schedule("nightly").without_key(&key), schedule("nightly"));
    }

    #[test]
    fn an_unknown_kind_of_principal_is_unknown_and_not_an_error() {
        let robot = r#"{"principal":{"principal_type":"robot","serial":7},"workspace":{"id":"w"}}"#;
        let identity = Identity::from(serde_json::from_str::<WhoAmI>(robot).unwrap());
        assert_eq!((identity.principal, identity.workspace.as_deref()), (None, Some("w")));
    }

    #[test]
    fn null_input_and_null_count_are_values() {
        let whole: Schedule = serde_json::from_str(
            r#"{"schedule_id":"a","paused":true,"input":null,"remaining_executions":null,"policy":{},
                "future_executions":null}"#,
        )
        .unwrap();
        assert!(whole.is_whole());
        assert_eq!(whole.remaining_executions, Some(Remaining(None)));
        assert_eq!(whole.policy, Some(Policy::default()));
    }
}
