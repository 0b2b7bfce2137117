//! The calls of the API, one method each. One attempt a call: retries are decided above.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;

use super::error::RemoteError;
use super::retry_after::retry_after;
use super::wire::{Create, Execution, ExecutionStatus, Identity, Page, Patch, Schedule, WhoAmI};
use super::{Note, ScheduleId, Transport, TransportError};

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
}

impl Operation {
    /// The name, as metrics and logs spell it.
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
        }
    }
}

/// Sees every call: for metrics.
pub trait Meter: Send + Sync {
    /// A call ended so (`ok` or [`RemoteError::label`]).
    fn called(&self, operation: Operation, outcome: &'static str);
}

/// Counts nothing.
#[derive(Debug)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn called(&self, _: Operation, _: &'static str) {}
}

/// A client of one workspace.
#[derive(Clone)]
pub struct Client {
    base: Url,
    key: SecretString,
    timeout: Duration,
    transport: Transport,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    meter: Arc<dyn Meter>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// The most entries a LIST gives a page.
const PAGE_SIZE: u32 = 1000;

impl Client {
    /// A client. `timeout` bounds each call as a whole; `now` is only read to understand a
    /// `Retry-After` date.
    pub fn new(
        base: Url,
        key: SecretString,
        timeout: Duration,
        transport: Transport,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        meter: Arc<dyn Meter>,
    ) -> Self {
        Self { base, key, timeout, transport, now, meter }
    }

    /// Whose key it is; `None` where the remote does not serve whoami.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn whoami(&self) -> Result<Option<Identity>, RemoteError> {
        match self.read::<WhoAmI>(Operation::WhoAmI, &["v1", "whoami"], &[]).await {
            Ok(answer) => Ok(Some(answer.into())),
            Err(RemoteError::NotFound(_) | RemoteError::Malformed { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One page of the schedules, newest first.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn list(&self, token: Option<&str>) -> Result<Page, RemoteError> {
        let size = PAGE_SIZE.to_string();
        let mut query = vec![("page_size", size.as_str())];
        query.extend(token.map(|token| ("next_page_token", token)));
        self.read(Operation::List, &["v1", "workflows", "schedules"], &query).await
    }

    /// A schedule by its id; `None` where there is none.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn get(&self, id: &ScheduleId) -> Result<Option<Schedule>, RemoteError> {
        match self.read(Operation::Get, &["v1", "workflows", "schedules", id.as_str()], &[]).await {
            Ok(schedule) => Ok(Some(schedule)),
            Err(RemoteError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a schedule. An id that exists is a [`RemoteError::Conflict`] on most servers, but
    /// some may answer 200, 201, 422 or 500: the caller reads it back.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn create(&self, body: &Create) -> Result<(), RemoteError> {
        self.write(Operation::Create, Method::POST, &["v1", "workflows", "schedules"], Some(encode(body)?)).await
    }

    /// Changes a schedule's timing, policy and input.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn patch(&self, id: &ScheduleId, body: &Patch) -> Result<(), RemoteError> {
        let path = ["v1", "workflows", "schedules", id.as_str()];
        self.write(Operation::Patch, Method::PATCH, &path, Some(encode(body)?)).await
    }

    /// Deletes a schedule. A missing one is a success.
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

    /// Pauses a schedule; the note, or one of the server's, replaces the one that is there.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn pause(&self, id: &ScheduleId, note: Option<&Note>) -> Result<(), RemoteError> {
        self.act(Operation::Pause, id, &json!({ "note": note })).await
    }

    /// Resumes a schedule; the note, or one of the server's, replaces the one that is there.
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
    pub async fn trigger(&self, id: &ScheduleId) -> Result<(), RemoteError> {
        self.act(Operation::Trigger, id, &json!({})).await
    }

    /// How a run ended; `None` where the remote does not know it.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn execution(&self, id: &str) -> Result<Option<ExecutionStatus>, RemoteError> {
        match self.read::<Execution>(Operation::GetExecution, &["v1", "workflows", "executions", id], &[]).await {
            Ok(execution) => Ok(Some(execution.status)),
            Err(RemoteError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn act(&self, operation: Operation, id: &ScheduleId, body: &Value) -> Result<(), RemoteError> {
        let path = ["v1", "workflows", "schedules", id.as_str(), operation.name()];
        self.write(operation, Method::POST, &path, Some(encode(body)?)).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, RemoteError> {
        let answer = self.call(operation, Method::GET, path, query, None).await?;
        let mut deserializer = serde_json::Deserializer::from_slice(answer.body());
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| RemoteError::Malformed {
            status: answer.status(),
            // The path says where; the value is left out, for it may be the workflow's input.
            what: format!("unreadable at `{}`", error.path()),
        })
    }

    async fn write(
        &self,
        operation: Operation,
        method: Method,
        path: &[&str],
        body: Option<Bytes>,
    ) -> Result<(), RemoteError> {
        self.call(operation, method, path, &[], body).await.map(drop)
    }

    async fn call(
        &self,
        operation: Operation,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Bytes>,
    ) -> Result<Response<Bytes>, RemoteError> {
        let result = self.attempt(method, path, query, body).await;
        self.meter.called(operation, result.as_ref().map_or_else(RemoteError::label, |_| "ok"));
        result
    }

    async fn attempt(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Bytes>,
    ) -> Result<Response<Bytes>, RemoteError> {
        let request = self.request(method, path, query, body)?;
        let answer = tokio::time::timeout(self.timeout, self.transport.clone().oneshot(request))
            .await
            .map_err(|_| TransportError::NoAnswer(format!("none within {:?}", self.timeout)))??;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let wait = retry_after(answer.headers(), (self.now)());
        Err(RemoteError::from_answer(answer.status(), wait, &self.without_key(answer.body())))
    }

    /// A gateway may echo the key that it refuses.
    fn without_key<'a>(&self, body: &'a [u8]) -> Cow<'a, [u8]> {
        match std::str::from_utf8(body) {
            Ok(text) if text.contains(self.key.expose_secret()) => {
                Cow::Owned(text.replace(self.key.expose_secret(), "[redacted]").into_bytes())
            }
            Ok(_) | Err(_) => Cow::Borrowed(body),
        }
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Bytes>,
    ) -> Result<Request<Bytes>, RemoteError> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| not_sent("serverUrl has no path"))?.pop_if_empty().extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut key = header::HeaderValue::try_from(format!("Bearer {}", self.key.expose_secret()))
            .map_err(|_| not_sent("the API key has characters that no header can carry"))?;
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

fn not_sent(why: &str) -> RemoteError {
    RemoteError::Transport(TransportError::NotSent(why.to_owned()))
}

fn encode(body: &impl Serialize) -> Result<Bytes, RemoteError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|error| RemoteError::Refused {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        detail: format!("cannot be written as JSON: {error}"),
    })
}
