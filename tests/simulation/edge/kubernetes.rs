//! What `kube::Client` speaks to.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use tower::BoxError;

use super::{Edge, Lost};
use crate::kubernetes::{Ask, Line, Refusal, Request, Watch};
use crate::oracle::shows_none;
use crate::state::{Boundary, Side};

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// How often a watch that has nothing to say sends a bookmark.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);

/// A client of this process. To be called within its runtime.
pub fn client(edge: Edge) -> kube::Client {
    let service = tower::service_fn(move |request| answer(edge.clone(), request));
    kube::Client::new(service, "default")
}

async fn answer(edge: Edge, request: http::Request<Body>) -> Result<Answer, BoxError> {
    let (parts, body) = request.into_parts();
    let request = http::Request::from_parts(parts, body.collect_bytes().await?);
    let request = Request::read(&request)?;
    if let Ask::Create(body) | Ask::Patch(_, body) | Ask::Replace(_, body) = &request.ask {
        edge.on_state(|state, now| shows_none(state, now, body));
    }
    let latency = edge.state().latency(Side::Kubernetes);
    if edge.state().hangs() {
        std::future::pending::<()>().await;
    }
    let fails = edge.state().fails(edge.process);
    if fails {
        tokio::time::sleep(latency.there).await;
        return Err(Lost::Unsent.into());
    }
    if let Ask::Watch { since, bookmarks, seconds } = request.ask {
        let watch = Watch { resource: request.resource, namespace: request.namespace, since, seen: since };
        let body = StreamBody::new(lines(edge, watch, bookmarks, seconds).map(|line| Ok(Frame::data(line))));
        return Ok(Response::builder().status(StatusCode::OK).body(body.boxed_unsync())?);
    }
    let answer = if matters(&request) {
        let (subject, what) = (String::new(), describe(&request));
        let boundary = Boundary { side: Side::Kubernetes, is_effect: request.is_write(), subject, what };
        match edge.cross(boundary, |_, _| {}, move |state, now| state.kubernetes.handle(&request, now)).await {
            Err(Lost::Refused) => Refusal::unavailable().answer(),
            answer => answer?,
        }
    } else {
        // Leases and events: no rule is about these boundaries.
        tokio::time::sleep(latency.there + latency.back).await;
        edge.on_state(|state, now| {
            let answer = state.kubernetes.handle(&request, now);
            state.tell_watches();
            answer
        })
    };
    Ok(answer.map(|body| Full::new(body).boxed_unsync()))
}

/// Whether a request is about one of our own kinds, or about what they are made of, and about one object.
fn matters(request: &Request) -> bool {
    let is_ours = request.resource.group() == "workflows.mistral.ai";
    let is_source = ["ConfigMap", "Secret"].contains(&request.resource.kind);
    (is_ours && request.is_write()) || ((is_ours || is_source) && matches!(request.ask, Ask::Get))
}

fn describe(request: &Request) -> String {
    let place = request.place();
    let what = match &request.ask {
        Ask::Get => "GET".to_owned(),
        Ask::List { .. } => "LIST".to_owned(),
        Ask::Watch { .. } => "WATCH".to_owned(),
        Ask::Create(_) => "POST".to_owned(),
        Ask::Patch(door, patch) => format!("PATCH {door:?} {} of", in_short(patch.clone())),
        Ask::Replace(door, _) => format!("PUT {door:?}"),
        Ask::Delete => "DELETE".to_owned(),
    };
    format!("{what} {} {}/{}", place.resource.kind, place.namespace, place.name)
}

/// A patch without what changes all the time, for the log.
fn in_short(mut patch: Value) -> Value {
    if let Some(metadata) = patch.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("resourceVersion");
    }
    if let Some(status) = patch.get_mut("status").and_then(Value::as_object_mut) {
        for noise in ["nextExecutions", "recentExecutions", "lastExecution", "lastPollTime", "lastChangeTime"] {
            status.remove(noise);
        }
        let conditions = status.get_mut("conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
            condition.remove("lastTransitionTime");
        }
    }
    if let Some(members) = patch.as_object_mut() {
        members.retain(|_, value| *value != json!({}));
    }
    patch
}

struct Watching {
    edge: Edge,
    watch: Watch,
    bookmarks: bool,
    changes: watch::Receiver<()>,
    cuts: u32,
    rewinds: u32,
    end: Instant,
    next_bookmark: Instant,
    over: bool,
}

fn lines(edge: Edge, watch: Watch, bookmarks: bool, seconds: u64) -> impl Stream<Item = Bytes> + use<> {
    let (changes, cuts, rewinds) = {
        let state = edge.state();
        (state.changes(), state.cuts, state.rewinds)
    };
    let now = Instant::now();
    let watching = Watching {
        edge,
        watch,
        bookmarks,
        changes,
        cuts,
        rewinds,
        end: now + Duration::from_secs(seconds),
        next_bookmark: now + BOOKMARK_EVERY,
        over: false,
    };
    stream::unfold(watching, |mut watching| async move { watching.next().await.map(|line| (line, watching)) })
}

impl Watching {
    /// The next line; `None` is the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let now = Instant::now();
            if self.over || now >= self.end || self.is_cut() {
                return None;
            }
            self.changes.mark_unchanged();
            self.follow_rewinds();
            let deaf = self.deaf_for();
            if deaf.is_none() {
                let line = self.watch.next(&self.edge.state().kubernetes.store);
                match line {
                    Some(Line::Change(line)) => return Some(line),
                    Some(Line::Gone(line)) => {
                        self.over = true;
                        return Some(line);
                    }
                    None if self.bookmarks && now >= self.next_bookmark => {
                        self.next_bookmark = now + BOOKMARK_EVERY;
                        let bookmark = self.watch.bookmark(&self.edge.state().kubernetes.store);
                        if bookmark.is_some() {
                            return bookmark;
                        }
                    }
                    None => {}
                }
            }
            let look = deaf.map_or(self.next_bookmark.max(now + Duration::from_millis(1)), |wait| now + wait);
            tokio::select! {
                biased;
                _ = self.changes.changed() => {}
                () = tokio::time::sleep_until(look.min(self.end)) => {}
            }
        }
    }

    fn follow_rewinds(&mut self) {
        let state = self.edge.state();
        if std::mem::replace(&mut self.rewinds, state.rewinds) != state.rewinds {
            self.watch.rewound(&state.kubernetes.store);
        }
    }

    fn is_cut(&self) -> bool {
        let state = self.edge.state();
        state.cuts != self.cuts || state.is_cut_off(self.edge.process)
    }

    fn deaf_for(&self) -> Option<Duration> {
        if self.edge.state().hangs() {
            return Some(Duration::from_secs(1));
        }
        let now = self.edge.clock.now();
        let until = self.edge.state().deaf.get(&self.edge.process).copied()?;
        Duration::try_from(until.duration_since(now)).ok().filter(|wait| !wait.is_zero())
    }
}
