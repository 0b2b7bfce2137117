//! Waits for what the operator writes into the status.

use std::fmt::Debug;
use std::time::Duration;

use kube::api::Api;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::outcome::{Outcome, Report};
use super::selection::Kind;
use super::session::Session;
use crate::api::{Condition, WorkflowConnection, WorkflowSchedule};
use crate::controller::Key;
use crate::timing::duration;

/// How long a verb waits.
#[derive(Debug, clap::Args)]
pub(super) struct Wait {
    /// How long to wait for each acknowledgement, and with --wait for the end.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = limit)]
    pub(super) timeout: Duration,
    /// Do not wait for the acknowledgement of the operator.
    #[arg(long)]
    pub(super) no_wait: bool,
}

fn limit(text: &str) -> Result<Duration, String> {
    let parsed = duration::parse(text).map_err(|error| error.to_string())?;
    Duration::try_from(parsed).map_err(|error| error.to_string())
}

/// How a wait ended.
pub(super) enum Waited<K, T> {
    Done(T),
    /// The time is over, or the object must not be read.
    TimedOut {
        /// The object as it was last.
        last: Option<Box<K>>,
        /// Why it could not be read at last.
        error: Option<String>,
    },
    /// The object was deleted meanwhile.
    Gone,
}

/// Between two looks. A `get` needs no more permissions than looking at one object does.
const INTERVAL: Duration = Duration::from_millis(500);

/// Looks at an object until `done` returns something. What was asked for is done already, so a look that fails is
/// tried again and is no failure of it.
pub(super) async fn until<K: Clone + Debug + DeserializeOwned, T>(
    api: &Api<K>,
    name: &str,
    limit: Duration,
    mut done: impl FnMut(&K) -> Option<T>,
) -> Waited<K, T> {
    let end = Instant::now() + limit;
    let mut last = None;
    loop {
        let error = match tokio::time::timeout_at(end, api.get_opt(name)).await {
            Ok(Ok(None)) => return Waited::Gone,
            Ok(Ok(Some(object))) => {
                if let Some(result) = done(&object) {
                    return Waited::Done(result);
                }
                last = Some(Box::new(object));
                None
            }
            Ok(Err(kube::Error::Api(status))) if matches!(status.code, 401 | 403) => {
                return Waited::TimedOut { last, error: Some(status.to_string()) };
            }
            Ok(Err(error)) => Some(error.to_string()),
            // The time may be over in the middle of a look like those before.
            Err(_) => last.is_none().then(|| "the API server does not answer".to_owned()),
        };
        if Instant::now() >= end {
            return Waited::TimedOut { last, error };
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// A kind with conditions.
pub(super) trait Conditioned: Kind {
    /// The conditions of its status.
    fn conditions(&self) -> &[Condition];
}

impl Conditioned for WorkflowSchedule {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }
}

impl Conditioned for WorkflowConnection {
    fn conditions(&self) -> &[Condition] {
        self.status.as_ref().map_or(&[], |status| &status.conditions)
    }
}

/// A condition of an object.
pub(super) fn condition<'a, K: Conditioned>(object: &'a K, type_: &str) -> Option<&'a Condition> {
    object.conditions().iter().find(|condition| condition.type_ == type_)
}

/// The reason and the message of `Ready`.
pub(super) fn said<K: Conditioned>(object: &K) -> Option<String> {
    condition(object, "Ready").map(|ready| format!("{}: {}", ready.reason, ready.message))
}

/// Waits until an object says something, and reports it.
pub(super) async fn report<K: Conditioned>(
    session: &Session,
    object: &K,
    limit: Duration,
    answer: impl FnMut(&K) -> Option<Report>,
) -> Report {
    let key = Key::of(object.meta());
    let api: Api<K> = Api::namespaced(session.client.clone(), &key.namespace);
    match until(&api, &key.name, limit, answer).await {
        Waited::Done(report) => report,
        Waited::Gone => Report::failed("it was deleted meanwhile"),
        Waited::TimedOut { last: _, error: Some(error) } => {
            Report::new(Outcome::TimedOut, format!("no acknowledgement is seen: the status cannot be read: {error}"))
        }
        Waited::TimedOut { last, error: None } => Report::new(
            Outcome::TimedOut,
            match last.and_then(|last| said(&*last)) {
                Some(said) => format!("not acknowledged within {limit:?}; its last state is {said}"),
                None => format!(
                    "not acknowledged within {limit:?}: is the operator running, and does it watch this namespace?"
                ),
            },
        ),
    }
}

/// What became of a generation of a schedule, once the operator is done with it.
pub(super) fn settled(schedule: &WorkflowSchedule, generation: i64) -> Option<Report> {
    let is_seen = |at: Option<i64>| at.is_some_and(|at| at >= generation);
    if !is_seen(schedule.status.as_ref()?.observed_generation) {
        return None;
    }
    let Some(ready) = condition(schedule, "Ready") else {
        return Some(Report::failed("the operator does not manage it (management: Off)"));
    };
    let said = format!("{}: {}", ready.reason, ready.message);
    match ready.status.as_str() {
        _ if !is_seen(ready.observed_generation) => None,
        "True" => Some(Report::done(said)),
        _ if condition(schedule, "Stalled").is_some() => Some(Report::failed(said)),
        _ => None,
    }
}
