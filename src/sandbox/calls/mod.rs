//! The calls of the API: the effect of each on the engine, and its answer.

mod create;
mod list;
mod lookup;
mod patch;
mod runs;
mod write;

use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

use super::answer::{Answer, Failure, WF_1200, WF_1201, WF_1302, json};
use super::engine::{Engine, Moment, Schedule, Sequence};
use super::output::Output;
use super::request::{Issue, Operation, Reader, Route, Step};
use super::settings::{Key, Settings};

/// A call with a valid key.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub route: Route,
    pub query: String,
    pub body: Bytes,
    pub caller: Key,
}

/// The state that a call works on.
pub(super) struct Context<'a> {
    pub engine: &'a mut Engine,
    pub random: &'a mut fastrand::Rng,
    pub moment: Moment<'a>,
    /// How long the answer takes.
    pub delay: SignedDuration,
}

impl Call {
    /// Has its effect and gives its answer.
    pub fn run(&self, context: &mut Context<'_>) -> Answer {
        if self.caller.forbidden.contains(&self.route.operation) {
            return Failure::plain(StatusCode::FORBIDDEN).into();
        }
        let result = match self.route.operation {
            Operation::List => self.list(context),
            Operation::Get => self.get(context),
            Operation::Create => self.create(context),
            Operation::Patch => self.patch(context),
            Operation::Delete => self.delete(context),
            Operation::Pause => self.pause(context),
            Operation::Resume => self.resume(context),
            Operation::Trigger => self.trigger(context),
            Operation::Whoami => self.whoami(context),
            Operation::Execution => self.execution(context),
            Operation::Runs => self.runs(context),
            Operation::Events => Ok(self.events(context)),
            Operation::Registrations => Ok(self.registrations(context)),
            Operation::Workflow => self.workflow(context),
            Operation::Deployments => Ok(self.deployments(context)),
            Operation::Unknown => Err(Failure::plain(StatusCode::NOT_FOUND)),
        };
        result.unwrap_or_else(Answer::from)
    }

    fn get(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        Ok(json(StatusCode::OK, &Output::from(self.schedule(context)?.1)))
    }

    /// The schedule that the call is about.
    fn schedule<'c>(&self, context: &'c Context<'_>) -> Result<(Sequence, &'c Schedule), Failure> {
        let found = context.engine.find(&self.caller.workspace, &self.route.target);
        found.ok_or_else(|| self.missing(context.moment.settings))
    }

    fn missing(&self, settings: &Settings) -> Failure {
        let code = settings.domain_404.then_some(WF_1201);
        let detail = format!("Schedule '{}' not found", self.route.target);
        Failure::domain(StatusCode::NOT_FOUND, detail, code)
    }

    /// Reads a body that must be there.
    fn body<T>(&self, read: fn(&mut Reader, &Value) -> Option<T>) -> Result<T, Failure> {
        let Some(body) = self.json()? else {
            let issue = Issue::new("missing", &[Step::Name("body")], "Field required", &Value::Null);
            return Err(Failure::Invalid(vec![issue]));
        };
        read_body(&body, read)
    }

    /// Reads a body that may be absent or null.
    fn optional_body<T: Default>(&self, read: fn(&mut Reader, &Value) -> Option<T>) -> Result<T, Failure> {
        match self.json()? {
            None | Some(Value::Null) => Ok(T::default()),
            Some(body) => read_body(&body, read),
        }
    }

    fn json(&self) -> Result<Option<Value>, Failure> {
        if self.body.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(&self.body)
            .map(Some)
            .map_err(|error| Failure::Invalid(vec![Issue::not_json(&error, &self.body)]))
    }
}

fn read_body<T>(body: &Value, read: fn(&mut Reader, &Value) -> Option<T>) -> Result<T, Failure> {
    let mut reader = Reader::at("body");
    let result = read(&mut reader, body);
    reader.finish(result).map_err(Failure::Invalid)
}

/// The largest input, in bytes of JSON. The engine's limit is 2 MiB with all that goes with it: it took
/// 2,090,000 and refused 2,097,000 (Temporal 1.32.0).
const LARGEST_INPUT: usize = 2_096_640;

/// Checks an input as the API does.
fn check_input(input: &Value, settings: &Settings) -> Result<(), Failure> {
    if settings.require_encoding && input.get("b64payload").is_none() {
        return Err(Failure::domain(StatusCode::INTERNAL_SERVER_ERROR, "", Some(WF_1302)));
    }
    if input.to_string().len() > LARGEST_INPUT {
        return Err(Failure::refused("Blob data size exceeds limit."));
    }
    Ok(())
}

/// The engine fails over a negative limit (Temporal 1.32.0).
fn check_count(max_executions: Option<i64>) -> Result<(), Failure> {
    match max_executions {
        Some(count) if count < 0 => Err(Failure::domain(StatusCode::INTERNAL_SERVER_ERROR, "", Some(WF_1200))),
        _ => Ok(()),
    }
}
