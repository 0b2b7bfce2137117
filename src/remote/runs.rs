//! Runs as the API returns them: their list, a GET of one, and the events that say why one failed.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::limits::{MOST_VALUES, values_in};
use super::wire::{Entries, ExecutionStatus, LONGEST_TEXT, cut, parse, token};

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Run {
    /// Its id, by which a schedule refers to it.
    pub execution_id: String,
    /// The run that it continues, or that started it.
    #[serde(default)]
    pub root_execution_id: Option<String>,
    /// The run that started it as a part of itself.
    #[serde(default)]
    pub parent_execution_id: Option<String>,
    /// Its status; `Unknown` if the API does not say it.
    #[serde(default, deserialize_with = "null_is_unknown")]
    pub status: ExecutionStatus,
    /// When it started.
    #[serde(default)]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub end_time: Option<Timestamp>,
}

impl Run {
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let mut run: Self = parse(json)?;
        cut(&mut run.execution_id, LONGEST_TEXT);
        if let Some(root) = &mut run.root_execution_id {
            cut(root, LONGEST_TEXT);
        }
        Ok(run)
    }
}

fn null_is_unknown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ExecutionStatus, D::Error> {
    Option::deserialize(deserializer).map(|status| status.unwrap_or(ExecutionStatus::Unknown))
}

/// Which runs a list contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFilter {
    /// Those that have ended since then, the earliest end first.
    EndedSince(Timestamp),
    /// Of those, the ones that did not complete.
    NotCompletedSince(Timestamp),
    /// Those that are running.
    Running,
}

impl RunFilter {
    pub(super) fn query(self) -> Vec<(&'static str, String)> {
        let statuses: &[&'static str] = match self {
            Self::EndedSince(_) => &[],
            Self::NotCompletedSince(_) => &["FAILED", "TIMED_OUT", "CANCELED", "TERMINATED"],
            Self::Running => &["RUNNING"],
        };
        let mut query: Vec<_> = statuses.iter().map(|status| ("status", (*status).to_owned())).collect();
        if let Self::EndedSince(after) | Self::NotCompletedSince(after) = self {
            query.extend([
                ("sort_by", "end_time".to_owned()),
                ("order", "asc".to_owned()),
                ("end_time_after", after.to_string()),
            ]);
        }
        // A schedule starts no internal run.
        query.push(("include_internal", "false".to_owned()));
        query
    }
}

/// A page of the list of runs. An entry that cannot be read is left out: it is a run of which nothing is known.
#[derive(Clone, Debug)]
pub struct RunPage {
    /// The runs that can be read.
    pub runs: Vec<Run>,
    /// Whether there is no entry, not even one that cannot be read.
    pub is_empty: bool,
    /// The token of the next page.
    pub next_page_token: Option<String>,
}

/// The list is being renamed from `executions` to `runs`.
#[derive(Deserialize)]
struct RunPageBody<'a> {
    #[serde(borrow, default)]
    executions: Option<Entries<'a>>,
    #[serde(borrow, default)]
    runs: Option<Entries<'a>>,
    #[serde(default)]
    next_page_token: Option<String>,
}

impl RunPage {
    pub(super) fn read(answer: &Response<Bytes>) -> Result<Self, String> {
        let RunPageBody { executions, runs, next_page_token } = parse(answer.body())?;
        // Without a list it is no answer to this call, which is not the same as that there are no runs.
        let entries = runs.or(executions).ok_or("neither `runs` nor `executions`")?;
        Ok(Self {
            is_empty: entries.0.is_empty(),
            runs: entries.0.into_iter().filter_map(|raw| Run::read(raw.get().as_bytes()).ok()).collect(),
            next_page_token: token(next_page_token)?,
        })
    }
}

/// Why a run failed, as its events say it.
pub(super) fn failure_message(body: &[u8]) -> Result<Option<String>, String> {
    if values_in(body) > MOST_VALUES {
        return Err(format!("events of more than {MOST_VALUES} values"));
    }
    let answer: Value = parse(body)?;
    let events = answer["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    let message = |event: &Value| event["attributes"]["failure"]["message"].as_str().map(str::to_owned);
    let of_run = events.iter().rev().filter(|event| event["event_type"] == "WORKFLOW_EXECUTION_FAILED");
    let of_any = events.iter().rev();
    Ok(of_run.chain(of_any).find_map(message).filter(|message| !message.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Result<RunPage, String> {
        RunPage::read(&Response::new(Bytes::from(body.to_owned())))
    }

    #[test]
    fn the_list_has_either_name_and_without_one_it_is_no_list() {
        for key in ["executions", "runs"] {
            let page = page(&format!(r#"{{"{key}":[{{"execution_id":"a"}}],"next_page_token":" "}}"#)).unwrap();
            assert_eq!((page.runs.len(), page.next_page_token), (1, None));
        }
        assert!(page(r#"{"detail":"something else"}"#).is_err());
    }

    #[test]
    fn only_an_explicit_status_is_one() {
        let run = |status: &str| Run::read(format!(r#"{{"execution_id":"a","status":{status}}}"#).as_bytes());
        for (status, read) in [
            (r#""COMPLETED""#, ExecutionStatus::Completed),
            (r#""RETRYING_AFTER_ERROR""#, ExecutionStatus::Running),
            (r#""SOMETHING_NEW""#, ExecutionStatus::Unknown),
            ("null", ExecutionStatus::Unknown),
        ] {
            assert_eq!(run(status).unwrap().status, read, "{status}");
        }
        assert_eq!(Run::read(br#"{"execution_id":"a"}"#).unwrap().status, ExecutionStatus::Unknown);
        assert!(run("7").is_err());
    }

    #[test]
    fn an_entry_that_cannot_be_read_harms_no_other() {
        let body = r#"{"runs":[{"status":"FAILED"},7,{"execution_id":"b","status":"FAILED"}]}"#;
        let ids: Vec<String> = page(body).unwrap().runs.into_iter().map(|run| run.execution_id).collect();
        assert_eq!(ids, ["b"]);
    }

    #[test]
    fn the_failure_of_the_run_is_preferred_to_that_of_an_activity() {
        let body = r#"{"events":[
            {"event_type":"WORKFLOW_EXECUTION_FAILED","attributes":{"failure":{"message":"the run"}}},
            {"event_type":"ACTIVITY_TASK_FAILED","attributes":{"failure":{"message":"an activity"}}}]}"#;
        assert_eq!(failure_message(body.as_bytes()), Ok(Some("the run".into())));
        let without = body.replace("WORKFLOW_EXECUTION_FAILED", "SOMETHING_ELSE");
        assert_eq!(failure_message(without.as_bytes()), Ok(Some("an activity".into())));
        assert_eq!(failure_message(br#"{"events":[]}"#), Ok(None));
    }
}
