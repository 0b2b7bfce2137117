//! The calls of the API, one method for each. A call is attempted once: the caller decides on retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;
use url::Url;

use super::error::RemoteError;
use super::error_body::NO_SUCH_EXECUTION;
use super::limits::BodyLimit;
use super::note::Note;
use super::redact::KeyRedaction;
use super::registrations::Registrations;
use super::retry_after::retry_after;
use super::runs::{Run, RunFilter, RunPage, failure_message};
use super::wire::{self, Create, Identity, Page, Patch, Schedule, WhoAmI};
use super::{ScheduleId, Transport, TransportError};

/// The calls, as metrics and logs name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the call of that name")]
pub enum Operation {
    List,
    Get,
    Create,
    Patch,
    Delete,
    Pause,
    Resume,
    Trigger,
    WhoAmI,
    GetExecution,
    ListRuns,
    ListEvents,
    ListRegistrations,
    GetWorkflow,
}

impl Operation {
    /// All calls.
    pub const ALL: [Self; 14] = [
        Self::List,
        Self::Get,
        Self::Create,
        Self::Patch,
        Self::Delete,
        Self::Pause,
        Self::Resume,
        Self::Trigger,
        Self::WhoAmI,
        Self::GetExecution,
        Self::ListRuns,
        Self::ListEvents,
        Self::ListRegistrations,
        Self::GetWorkflow,
    ];

    /// The name in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Create => "create",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Trigger => "trigger",
            Self::WhoAmI => "whoami",
            Self::GetExecution => "get_execution",
            Self::ListRuns => "list_runs",
            Self::ListEvents => "list_events",
            Self::ListRegistrations => "list_registrations",
            Self::GetWorkflow => "get_workflow",
        }
    }
}

/// Counts and measures calls, for metrics.
pub trait Meter: Send + Sync {
    /// A call has ended, after this time; `None` is success.
    fn called(&self, operation: Operation, error: Option<&RemoteError>, took: Duration);
}

/// Counts nothing.
#[derive(Debug)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn called(&self, _: Operation, _: Option<&RemoteError>, _: Duration) {}
}

/// A client of one workspace.
#[derive(Clone)]
pub struct Client {
    base: Url,
    key: SecretString,
    redaction: KeyRedaction,
    timeout: Duration,
    transport: Transport,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    meter: Arc<dyn Meter>,
    is_http2: Arc<AtomicBool>,
}

/// The HTTP version of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1: each call in flight has a socket.
    One,
    /// HTTP/2: all calls share a socket.
    Two,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client. `timeout` is the time limit of a whole call; `now` is used only for a date in `Retry-After`.
    pub fn new(
        base: Url,
        key: SecretString,
        timeout: Duration,
        transport: Transport,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        meter: Arc<dyn Meter>,
    ) -> Self {
        let redaction = KeyRedaction::new(key.clone());
        Self { base, key, redaction, timeout, transport, now, meter, is_http2: Arc::default() }
    }

    /// The HTTP version of the last answer; HTTP/1.1 before the first.
    #[must_use]
    pub fn http_version(&self) -> HttpVersion {
        if self.is_http2.load(Ordering::Relaxed) { HttpVersion::Two } else { HttpVersion::One }
    }

    /// The identity of the API key; `None` if the remote does not have whoami.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn whoami(&self) -> Result<Option<Identity>, RemoteError> {
        match self.read::<WhoAmI>(Operation::WhoAmI, &["v1", "whoami"], BodyLimit::SHORT).await {
            Ok(answer) => Ok(Some(Identity::from(answer).shown(&self.redaction))),
            Err(RemoteError::NotFound(_) | RemoteError::Malformed { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One page of the list of schedules, newest first, with at most `size` entries (1 to 1000).
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn list(&self, token: Option<&str>, size: usize) -> Result<Page, RemoteError> {
        let size = size.to_string();
        let mut query = vec![("page_size", size.as_str())];
        query.extend(token.map(|token| ("next_page_token", token)));
        let path = ["v1", "workflows", "schedules"];
        let answer = self.call(Operation::List, Method::GET, &path, &query, None, BodyLimit::PAGE).await?;
        Page::read(&answer, &self.redaction).map_err(|what| malformed(&answer, what))
    }

    /// The schedule with this id; `None` if it does not exist.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn get(&self, id: &ScheduleId) -> Result<Option<Schedule>, RemoteError> {
        let path = ["v1", "workflows", "schedules", id.as_str()];
        let got = self.call(Operation::Get, Method::GET, &path, &[], None, BodyLimit::ONE).await;
        match got.and_then(|answer| Schedule::read(answer.body()).map_err(|what| malformed(&answer, what))) {
            Ok(schedule) => Ok(Some(schedule.without_key(&self.redaction))),
            Err(RemoteError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a schedule. If the id exists, most servers return a [`RemoteError::Conflict`], but some may
    /// return 200, 201, 422 or 500. So the caller must read the schedule afterwards.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn create(&self, body: &Create) -> Result<(), RemoteError> {
        self.write(Operation::Create, Method::POST, &["v1", "workflows", "schedules"], Some(encode(body)?)).await
    }

    /// Changes the timing, the policy and the input of a schedule.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn patch(&self, id: &ScheduleId, body: &Patch) -> Result<(), RemoteError> {
        let path = ["v1", "workflows", "schedules", id.as_str()];
        self.write(Operation::Patch, Method::PATCH, &path, Some(encode(body)?)).await
    }

    /// Deletes a schedule. If it does not exist, this is a success.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn delete(&self, id: &ScheduleId) -> Result<(), RemoteError> {
        let path = ["v1", "workflows", "schedules", id.as_str()];
        match self.write(Operation::Delete, Method::DELETE, &path, None).await {
            Err(RemoteError::NotFound(_)) => Ok(()),
            other => other,
        }
    }

    /// Pauses a schedule. The note replaces the existing note; without a note the server may write its own.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn pause(&self, id: &ScheduleId, note: Option<&Note>) -> Result<(), RemoteError> {
        self.act(Operation::Pause, id, &json!({ "note": note })).await
    }

    /// Resumes a schedule. The note replaces the existing note; without a note the server may write its own.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn resume(&self, id: &ScheduleId, note: Option<&Note>) -> Result<(), RemoteError> {
        self.act(Operation::Resume, id, &json!({ "note": note })).await
    }

    /// Starts one run now.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn trigger(&self, id: &ScheduleId, overlap: Option<i64>) -> Result<(), RemoteError> {
        let body = overlap.map_or_else(|| json!({}), |overlap| json!({ "overlap": overlap }));
        self.act(Operation::Trigger, id, &body).await
    }

    /// A run; `None` if the remote does not know it.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn run(&self, id: &str) -> Result<Option<Run>, RemoteError> {
        let path = ["v1", "workflows", "executions", id];
        let got = self.call(Operation::GetExecution, Method::GET, &path, &[], None, BodyLimit::ONE).await;
        match got.and_then(|answer| Run::read(answer.body()).map_err(|what| malformed(&answer, what))) {
            Ok(run) => Ok(Some(run)),
            Err(RemoteError::NotFound(_)) => Ok(None),
            // Some servers answer so for a run that was removed after its retention.
            Err(RemoteError::Unavailable { code: Some(code), .. }) if code == NO_SUCH_EXECUTION => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One page of the list of runs, of all schedules together.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn runs(&self, filter: RunFilter, token: Option<&str>, size: usize) -> Result<RunPage, RemoteError> {
        let mut owned = filter.query();
        owned.push(("page_size", size.to_string()));
        owned.extend(token.map(|token| ("next_page_token", token.to_owned())));
        let query: Vec<(&str, &str)> = owned.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = ["v1", "workflows", "runs"];
        let answer = self.call(Operation::ListRuns, Method::GET, &path, &query, None, BodyLimit::PAGE).await?;
        RunPage::read(&answer).map_err(|what| malformed(&answer, what))
    }

    /// Why a run failed, without the API key; `None` if its events do not say it. Events contain inputs, so the
    /// text may contain secrets of the workflow.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn failure_message(&self, id: &str) -> Result<Option<String>, RemoteError> {
        let path = ["v1", "workflows", "events", "list"];
        let query = [("workflow_exec_id", id)];
        let answer = self.call(Operation::ListEvents, Method::GET, &path, &query, None, BodyLimit::ONE).await?;
        let message = failure_message(answer.body()).map_err(|what| malformed(&answer, what))?;
        Ok(message.map(|message| self.redaction.redact(&message)))
    }

    /// The name of a workflow, by its name or id; `None` if the workspace has none.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn workflow_name(&self, identifier: &str) -> Result<Option<String>, RemoteError> {
        let path = ["v1", "workflows", identifier];
        match self.read(Operation::GetWorkflow, &path, BodyLimit::ONE).await {
            Ok(wire::WorkflowBody { workflow }) => {
                let mut name = self.redaction.redact(&workflow.name);
                wire::cut(&mut name, wire::LONGEST_TEXT);
                Ok(Some(name))
            }
            Err(RemoteError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the active workers of a workflow have registered.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn registrations(&self, workflow_name: &str) -> Result<Registrations, RemoteError> {
        let path = ["v1", "workflows", "registrations"];
        let query = [("workflow_name", workflow_name), ("active_only", "true")];
        let answer = self.call(Operation::ListRegistrations, Method::GET, &path, &query, None, BodyLimit::ONE).await?;
        let read = Registrations::read(answer.body()).map_err(|what| malformed(&answer, what))?;
        Ok(read.without_key(&self.redaction))
    }

    async fn act(&self, operation: Operation, id: &ScheduleId, body: &Value) -> Result<(), RemoteError> {
        let path = ["v1", "workflows", "schedules", id.as_str(), operation.name()];
        self.write(operation, Method::POST, &path, Some(encode(body)?)).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &[&str],
        limit: BodyLimit,
    ) -> Result<T, RemoteError> {
        let answer = self.call(operation, Method::GET, path, &[], None, limit).await?;
        wire::parse(answer.body()).map_err(|what| malformed(&answer, what))
    }

    async fn write(
        &self,
        operation: Operation,
        method: Method,
        path: &[&str],
        body: Option<Bytes>,
    ) -> Result<(), RemoteError> {
        self.call(operation, method, path, &[], body, BodyLimit::SHORT).await.map(drop)
    }

    async fn call(
        &self,
        operation: Operation,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Bytes>,
        limit: BodyLimit,
    ) -> Result<Response<Bytes>, RemoteError> {
        let mut request = self.request(method, path, query, body)?;
        request.extensions_mut().insert(limit);
        let since = Instant::now();
        let result = self.attempt(request, limit).await;
        self.meter.called(operation, result.as_ref().err(), since.elapsed());
        result
    }

    async fn attempt(&self, request: Request<Bytes>, limit: BodyLimit) -> Result<Response<Bytes>, RemoteError> {
        let answer = tokio::time::timeout(self.timeout, self.transport.clone().oneshot(request))
            .await
            .map_err(|_| TransportError::NoAnswer(format!("timeout after {:?}", self.timeout)))??;
        self.is_http2.store(answer.version() == Version::HTTP_2, Ordering::Relaxed);
        if !answer.status().is_success() {
            let wait = retry_after(answer.headers(), (self.now)());
            return Err(RemoteError::from_answer(answer.status(), wait, answer.body(), &self.redaction));
        }
        // The body of a short answer is not used, so its length does not matter.
        if limit != BodyLimit::SHORT && answer.body().len() > limit.0 {
            return Err(TransportError::TooLong(limit).into());
        }
        Ok(answer)
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Bytes>,
    ) -> Result<Request<Bytes>, RemoteError> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| not_sent("serverUrl cannot have a path"))?.pop_if_empty().extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut key = header::HeaderValue::try_from(format!("Bearer {}", self.key.expose_secret()))
            .map_err(|_| not_sent("the API key contains characters that are not allowed in an HTTP header"))?;
        key.set_sensitive(true);
        let mut request = Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(header::AUTHORIZATION, key)
            .header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(body.unwrap_or_default()).map_err(|error| not_sent(&error.to_string()))
    }
}

fn malformed(answer: &Response<Bytes>, what: String) -> RemoteError {
    RemoteError::Malformed { status: answer.status(), what }
}

fn not_sent(why: &str) -> RemoteError {
    RemoteError::Transport(TransportError::NotSent(why.to_owned()))
}

fn encode(body: &impl Serialize) -> Result<Bytes, RemoteError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|error| RemoteError::Refused {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        detail: format!("the request cannot be encoded as JSON: {error}"),
    })
}
