//! The control API under `/sandbox/`: shows the state, and changes settings, faults and the clock.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, json, no_content};
use super::engine::{RunRecord, RunStatus, Schedule};
use super::output::{self, Output};
use super::{FaultRule, Sandbox, iso};
use crate::timing::datetime;

/// The result of a control request.
#[derive(Debug)]
pub(super) struct Controlled {
    pub answer: Answer,
    /// By how much the sandbox's clock is to be moved forward.
    pub forward: SignedDuration,
}

impl From<Answer> for Controlled {
    fn from(answer: Answer) -> Self {
        Self { answer, forward: SignedDuration::ZERO }
    }
}

impl Sandbox {
    /// Answers a control request. It is not a call of the API, and is not recorded.
    pub(super) fn control(&mut self, request: &Request<Bytes>, now: Timestamp) -> Controlled {
        self.advance(now);
        let path = request.uri().path().strip_prefix("/sandbox/").unwrap_or_default();
        let result = match (request.method(), path) {
            (&Method::GET, "calls") => Ok(json(StatusCode::OK, &json!({ "calls": self.calls() }))),
            (&Method::DELETE, "calls") => {
                self.forget_calls();
                Ok(no_content())
            }
            (&Method::GET, "schedules") => Ok(json(StatusCode::OK, &json!({ "schedules": self.shown_schedules() }))),
            (&Method::GET, "runs") => {
                let runs: Vec<ShownRun<'_>> = self.runs().iter().map(ShownRun::from).collect();
                Ok(json(StatusCode::OK, &json!({ "runs": runs })))
            }
            (&Method::GET, "settings") => Ok(json(StatusCode::OK, self.settings())),
            (&Method::PATCH, "settings") => self.patch_settings(request.body()),
            (&Method::GET, "faults") => Ok(json(StatusCode::OK, &json!({ "faults": self.faults.rules() }))),
            (&Method::POST, "faults") => self.post_fault(request.body()),
            (&Method::DELETE, "faults") => {
                self.clear_faults();
                Ok(no_content())
            }
            (&Method::GET, "clock") => Ok(clock(self.now)),
            (&Method::POST, "clock") => return self.move_clock(request.body()),
            _ => Ok(json(StatusCode::NOT_FOUND, &json!({ "error": "no such path: see docs/sandbox.md" }))),
        };
        result.unwrap_or_else(|error| bad_request(&error)).into()
    }

    /// By id. An id that several workspaces have is `WORKSPACE/ID` from the second on.
    fn shown_schedules(&self) -> BTreeMap<String, ShownSchedule<'_>> {
        let mut taken = HashSet::new();
        let key = |schedule: &Schedule, taken: &mut HashSet<String>| {
            if taken.insert(schedule.id.to_string()) {
                schedule.id.to_string()
            } else {
                format!("{}/{}", schedule.workspace, schedule.id)
            }
        };
        self.schedules().map(|schedule| (key(schedule, &mut taken), ShownSchedule::from(schedule))).collect()
    }

    fn patch_settings(&mut self, body: &[u8]) -> Result<Answer, serde_json::Error> {
        let settings = self.settings().merged(&serde_json::from_slice(body)?)?;
        *self.settings_mut() = settings;
        Ok(json(StatusCode::OK, self.settings()))
    }

    fn post_fault(&mut self, body: &[u8]) -> Result<Answer, serde_json::Error> {
        self.inject(serde_json::from_slice::<FaultRule>(body)?);
        Ok(json(StatusCode::CREATED, &json!({ "faults": self.faults.rules() })))
    }

    fn move_clock(&mut self, body: &[u8]) -> Controlled {
        let forward = match serde_json::from_slice::<MoveClock>(body) {
            Ok(MoveClock { advance }) => advance,
            Err(error) => return bad_request(&error).into(),
        };
        match self.now.checked_add(forward) {
            Ok(now) if !forward.is_negative() => {
                self.advance(now);
                Controlled { answer: clock(now), forward }
            }
            _ => json(StatusCode::BAD_REQUEST, &json!({ "error": "the clock can only move forward" })).into(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    #[serde(with = "iso")]
    advance: SignedDuration,
}

fn clock(now: Timestamp) -> Answer {
    json(StatusCode::OK, &json!({ "now": datetime::to_wire(now) }))
}

fn bad_request(error: &serde_json::Error) -> Answer {
    json(StatusCode::BAD_REQUEST, &json!({ "error": error.to_string() }))
}

#[derive(Serialize)]
struct ShownSchedule<'a> {
    #[serde(flatten)]
    output: Output<'a>,
    workspace: &'a str,
    created_by: &'a str,
    max_executions: Option<i64>,
}

impl<'a> From<&'a Schedule> for ShownSchedule<'a> {
    fn from(schedule: &'a Schedule) -> Self {
        Self {
            output: schedule.into(),
            workspace: &schedule.workspace,
            created_by: &schedule.created_by,
            max_executions: schedule.max_executions,
        }
    }
}

#[derive(Serialize)]
struct ShownRun<'a> {
    workspace: &'a str,
    schedule_id: &'a str,
    workflow_name: &'a str,
    deployment_name: Option<&'a str>,
    #[serde(serialize_with = "output::wire")]
    scheduled_at: Timestamp,
    #[serde(serialize_with = "output::wire")]
    started_at: Timestamp,
    ended_at: Option<String>,
    execution_id: &'a str,
    status: RunStatus,
    triggered: bool,
    input: &'a Value,
}

impl<'a> From<&'a RunRecord> for ShownRun<'a> {
    fn from(run: &'a RunRecord) -> Self {
        Self {
            workspace: &run.workspace,
            schedule_id: &run.schedule_id,
            workflow_name: &run.workflow_name,
            deployment_name: run.deployment_name.as_deref(),
            scheduled_at: run.scheduled_at,
            started_at: run.started_at,
            ended_at: run.ended_at.map(datetime::to_wire),
            execution_id: &run.execution_id,
            status: run.status,
            triggered: run.triggered,
            input: &run.input,
        }
    }
}
