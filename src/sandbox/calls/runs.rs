//! The list of runs, of all schedules together, and the events of a run.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::list::read_page_size;
use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, json};
use crate::sandbox::engine::{RunRecord, RunStatus};
use crate::sandbox::request::Reader;
use crate::sandbox::settings::Settings;
use crate::timing::datetime;

/// The page size of a request that does not say one.
const DEFAULT_PAGE: usize = 50;

/// The query of the list of runs.
#[derive(Debug)]
struct Query {
    statuses: Vec<String>,
    workflow: Option<String>,
    by_end: bool,
    ascending: bool,
    started: (Timestamp, Timestamp),
    ended: Option<(Timestamp, Timestamp)>,
    page_size: usize,
    /// The time and the number of the last run of the page before.
    after: Option<(i128, usize)>,
}

impl Call {
    /// The runs that match, page by page.
    pub(super) fn runs(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        let settings = context.moment.settings;
        if !settings.runs_api {
            return Err(Failure::plain(StatusCode::NOT_FOUND));
        }
        let query = Query::read(&self.query)?;
        let seen_at = context.moment.now.checked_sub(settings.runs_lag).unwrap_or(Timestamp::MIN);
        let mut found: Vec<(i128, usize, &RunRecord)> = context
            .engine
            .runs()
            .iter()
            .enumerate()
            .filter(|(_, run)| *run.workspace == *self.caller.workspace && run.started_at <= seen_at)
            .filter(|(_, run)| settings.is_registered(run) && query.matches(run, seen_at))
            .map(|(number, run)| (query.key(run, seen_at), number, run))
            .collect();
        found.sort_unstable_by_key(|(key, number, _)| (*key, *number));
        if !query.ascending {
            found.reverse();
        }
        let is_after = |key: i128, number: usize| match query.after {
            None => true,
            Some(after) if query.ascending => (key, number) > after,
            Some(after) => (key, number) < after,
        };
        let size = query.page_size.min(settings.page_limit.unwrap_or(query.page_size));
        let mut page: Vec<_> = found.into_iter().filter(|(key, number, _)| is_after(*key, *number)).collect();
        let is_last = page.len() <= size;
        page.truncate(size);
        let token = page.last().filter(|_| !is_last).map(|(key, number, _)| format!("{key:x}.{number:x}"));
        let runs: Vec<Value> = page.iter().map(|(_, _, run)| shown_run(run, seen_at)).collect();
        let key = if settings.runs_renamed { "runs" } else { "executions" };
        Ok(json(StatusCode::OK, &json!({ key: runs, "next_page_token": token })))
    }

    /// The events of a run: that it has started, and how it has ended.
    pub(super) fn events(&self, context: &Context<'_>) -> Answer {
        let given = url::form_urlencoded::parse(self.query.as_bytes());
        let wanted = given.into_iter().find(|(name, _)| name == "workflow_exec_id").map(|(_, value)| value);
        let settings = context.moment.settings;
        let runs = context.engine.runs().iter().filter(|run| {
            *run.workspace == *self.caller.workspace
                && wanted.as_ref().is_none_or(|wanted| **wanted == *run.execution_id)
                && settings.is_registered(run)
        });
        let events: Vec<Value> = runs.flat_map(|run| events_of(run, settings)).collect();
        json(StatusCode::OK, &json!({ "events": events, "next_cursor": null }))
    }
}

fn events_of(run: &RunRecord, settings: &Settings) -> Vec<Value> {
    let event = |at: Timestamp, kind: &str, attributes: Value| {
        json!({
            "event_id": format!("{}-{kind}", run.execution_id),
            "event_timestamp": i64::try_from(at.as_nanosecond()).unwrap_or_default(),
            "root_workflow_exec_id": *run.execution_id,
            "parent_workflow_exec_id": null,
            "workflow_exec_id": *run.execution_id,
            "workflow_run_id": *run.execution_id,
            "workflow_name": *run.workflow_name,
            "event_type": kind,
            "attributes": attributes,
        })
    };
    let input = json!({ "task_id": "0", "workflow_name": *run.workflow_name, "input": { "value": *run.input } });
    let mut events = vec![event(run.started_at, "WORKFLOW_EXECUTION_STARTED", input)];
    let Some(ended_at) = run.ended_at else { return events };
    let failure = settings.workflows.get(&*run.workflow_name).and_then(|workflow| workflow.failure.as_deref());
    let message = failure.unwrap_or("the workflow failed");
    match run.status {
        RunStatus::Failed => {
            let attributes = json!({ "task_id": "0", "failure": { "message": message }, "attempt": 1 });
            events.push(event(ended_at, "WORKFLOW_EXECUTION_FAILED", attributes));
        }
        RunStatus::Canceled => {
            events.push(event(ended_at, "WORKFLOW_EXECUTION_CANCELED", json!({ "task_id": "0", "reason": null })));
        }
        RunStatus::Completed => {
            let attributes = json!({ "task_id": "0", "result": { "value": {} } });
            events.push(event(ended_at, "WORKFLOW_EXECUTION_COMPLETED", attributes));
        }
        RunStatus::Running | RunStatus::Terminated | RunStatus::TimedOut => {}
    }
    events
}

/// A run as lists show it, and a GET of it, at a time that may have passed.
pub(super) fn shown_run(run: &RunRecord, seen_at: Timestamp) -> Value {
    let (status, ended_at) = seen(run, seen_at);
    let millis = ended_at.map(|ended| ended.duration_since(run.started_at).as_millis());
    json!({
        "workflow_name": *run.workflow_name,
        "execution_id": *run.execution_id,
        "root_execution_id": *run.execution_id,
        "parent_execution_id": null,
        "status": status,
        "start_time": datetime::to_wire(run.started_at),
        "end_time": ended_at.map(datetime::to_wire),
        "total_duration_ms": millis.and_then(|millis| i64::try_from(millis).ok()),
        "deployment_name": run.deployment_name.as_deref(),
        "run_id": format!("{}@{}", run.execution_id, run.started_at.as_millisecond()),
        "user_id": null,
    })
}

fn seen(run: &RunRecord, at: Timestamp) -> (RunStatus, Option<Timestamp>) {
    match run.ended_at {
        Some(ended) if ended <= at => (run.status, Some(ended)),
        Some(_) | None => (RunStatus::Running, None),
    }
}

impl Query {
    fn read(text: &str) -> Result<Self, Failure> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let given = pairs.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        let mut reader = Reader::at("query");
        let mut time = |name: &'static str| {
            let text = reader.optional(&given, name, Reader::string);
            text.and_then(|text| text.parse::<Timestamp>().ok())
        };
        let started = (time("start_time_after"), time("start_time_before"));
        let ended = (time("end_time_after"), time("end_time_before"));
        let page_size = reader.optional(&given, "page_size", read_page_size).unwrap_or(DEFAULT_PAGE);
        let token = reader.optional(&given, "next_page_token", Reader::string).filter(|token| !token.is_empty());
        let has = |wanted: &str, value: &str| pairs.iter().any(|(name, given)| name == wanted && given == value);
        let query = Self {
            statuses: pairs.iter().filter(|(name, _)| name == "status").map(|(_, value)| value.clone()).collect(),
            workflow: reader.optional(&given, "workflow_identifier", Reader::string),
            by_end: has("sort_by", "end_time"),
            ascending: has("order", "asc"),
            started: range(started),
            ended: (ended.0.is_some() || ended.1.is_some()).then(|| range(ended)),
            page_size,
            after: token.as_deref().and_then(read_token),
        };
        if token.is_some() && query.after.is_none() {
            return Err(Failure::refused("Invalid next_page_token"));
        }
        reader.finish(Some(query)).map_err(Failure::Invalid)
    }

    fn matches(&self, run: &RunRecord, seen_at: Timestamp) -> bool {
        let (status, ended_at) = seen(run, seen_at);
        let status = serde_json::to_value(status).unwrap_or_default();
        let is_within = |range: &(Timestamp, Timestamp), at: Timestamp| range.0 <= at && at <= range.1;
        (self.statuses.is_empty() || self.statuses.iter().any(|wanted| status == **wanted))
            && self.workflow.as_deref().is_none_or(|wanted| wanted == &*run.workflow_name)
            && is_within(&self.started, run.started_at)
            && self.ended.is_none_or(|range| ended_at.is_some_and(|at| is_within(&range, at)))
    }

    fn key(&self, run: &RunRecord, seen_at: Timestamp) -> i128 {
        let end = || seen(run, seen_at).1.unwrap_or(Timestamp::MAX);
        let at = if self.by_end { end() } else { run.started_at };
        at.as_nanosecond()
    }
}

fn range((from, until): (Option<Timestamp>, Option<Timestamp>)) -> (Timestamp, Timestamp) {
    (from.unwrap_or(Timestamp::MIN), until.unwrap_or(Timestamp::MAX))
}

fn read_token(text: &str) -> Option<(i128, usize)> {
    let (key, number) = text.split_once('.')?;
    Some((i128::from_str_radix(key, 16).ok()?, usize::from_str_radix(number, 16).ok()?))
}
