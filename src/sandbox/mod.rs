//! The Workflows API in memory, for demos and tests: schedules that fire, the odd corners of the real
//! one, and faults.
//!
//! The core is [`Sandbox::handle`]: a request and the time give an answer. It has no socket and no
//! clock, and all that is random in it follows from a seed.

mod answer;
mod calls;
mod control;
mod engine;
mod fault;
mod iso;
mod output;
mod record;
mod request;
pub mod server;
mod settings;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::answer::{Answer, Failure, domain_status, gateway_status, html_status, rate_limited};
use self::calls::{Call, Context};
use self::engine::Engine;
pub use self::engine::{Definition, Outcome, Overlap, Policy, Recent, RunRecord, RunStatus, Schedule};
pub use self::fault::{Body, Fault, FaultRule};
use self::fault::{Faults, Victim};
pub use self::record::CallRecord;
pub use self::request::Operation;
use self::request::{NoRoute, Route};
pub use self::settings::{DeleteMissing, Duplicate, EmptyTiming, Key, ResumeNote, Settings, Unauthorized, Workflow};

/// How a sandbox begins.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What all that is random follows from.
    pub seed: u64,
    /// The first settings, which hold the keys.
    pub settings: Settings,
}

impl Options {
    /// Lets `key` call, as the principal and in the workspace that [`Key`] says.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>, whose: Key) -> Self {
        self.settings.keys.insert(key.into(), whose);
        self
    }
}

/// The API.
#[derive(Debug)]
pub struct Sandbox {
    settings: Settings,
    engine: Engine,
    faults: Faults,
    calls: Vec<CallRecord>,
    called: u64,
    /// Calls that take effect later, by when and in the order in which they came.
    late: BTreeMap<(Timestamp, u64), Call>,
    random: fastrand::Rng,
    now: Timestamp,
}

/// What becomes of a request.
#[derive(Debug)]
pub struct Reply {
    /// How long the edge waits before it answers or closes.
    pub delay: Duration,
    /// `None`: the connection is closed without an answer.
    pub response: Option<http::Response<Bytes>>,
}

impl Sandbox {
    /// A sandbox without schedules.
    #[must_use]
    pub fn new(options: Options, now: Timestamp) -> Self {
        Self {
            settings: options.settings,
            engine: Engine::new(options.seed),
            faults: Faults::default(),
            calls: Vec::new(),
            called: 0,
            late: BTreeMap::new(),
            random: fastrand::Rng::with_seed(options.seed),
            now,
        }
    }

    /// Everything that happens to a request at `now`: what has become due until then fires, the call
    /// takes effect or meets a fault, and is recorded.
    pub fn handle(&mut self, request: &Request<Bytes>, now: Timestamp) -> Reply {
        self.advance(now);
        let route = Route::find(request.method(), request.uri().path());
        let caller = self.caller(request);
        let body: Option<Value> = serde_json::from_slice(request.body()).ok();
        let operation = route.as_ref().map_or(Operation::Unknown, |route| route.operation);
        let schedule_id = schedule_id(operation, route.as_ref().ok(), body.as_ref());
        let principal = caller.as_ref().map(|key| key.principal.clone());
        let victim = Victim { operation, schedule_id: schedule_id.as_deref(), principal: principal.as_deref() };
        let (latency, fault) = self.faults.befall(victim, &mut self.random);
        let call = match (route, caller) {
            (_, None) => Err(self.unauthorized()),
            (Err(NoRoute::NotFound), _) => Err(Failure::plain(StatusCode::NOT_FOUND).into()),
            (Err(NoRoute::MethodNotAllowed), _) => Err(Failure::plain(StatusCode::METHOD_NOT_ALLOWED).into()),
            (Ok(route), Some(caller)) => {
                let query = request.uri().query().unwrap_or_default().to_owned();
                Ok(Call { route, query, body: request.body().clone(), caller })
            }
        };
        let reply = self.reply(call, fault, latency);
        self.called += 1;
        self.calls.push(CallRecord {
            number: self.called,
            at: self.now,
            principal,
            operation,
            method: request.method().to_string(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            schedule_id,
            status: reply.response.as_ref().map(|response| response.status().as_u16()),
            mutating: operation.is_mutating(),
            body,
        });
        reply
    }

    /// Lets happen what is to happen until `now`: runs that are due, ends of executions, calls that
    /// take effect late. Time never goes back.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            // After an outage things happen after their time.
            self.now = self.now.max(at);
            let engine = self.engine_event().filter(|engine| *engine <= at);
            match engine {
                Some(_) => self.engine.step(self.now, &self.settings),
                None => {
                    if let Some((_, call)) = self.late.pop_first() {
                        self.run(&call);
                    }
                }
            }
        }
        self.now = self.now.max(now);
    }

    /// When something happens next without being asked for.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let late = self.late.first_key_value().map(|((at, _), _)| *at);
        self.engine_event().into_iter().chain(late).min()
    }

    fn engine_event(&self) -> Option<Timestamp> {
        self.engine.next_event().filter(|_| !self.settings.outage)
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings, to change.
    pub const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Every schedule, of all workspaces, oldest first: the truth, whatever LIST says.
    pub fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.engine.schedules()
    }

    /// The calls, oldest first.
    #[must_use]
    pub fn calls(&self) -> &[CallRecord] {
        &self.calls
    }

    /// Forgets the calls.
    pub fn forget_calls(&mut self) {
        self.calls.clear();
    }

    /// Every execution, oldest first.
    #[must_use]
    pub fn runs(&self) -> &[RunRecord] {
        self.engine.runs()
    }

    /// Lets a fault befall calls to come.
    pub fn inject(&mut self, rule: FaultRule) {
        self.faults.add(rule);
    }

    /// Ends all faults. Effects that are on their way still land.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    fn caller(&self, request: &Request<Bytes>) -> Option<Key> {
        let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, key) = header.split_once(' ')?;
        self.settings.keys.get(key.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer")).cloned()
    }

    fn unauthorized(&mut self) -> Answer {
        match self.settings.unauthorized {
            Unauthorized::Detail => Failure::plain(StatusCode::UNAUTHORIZED).into(),
            Unauthorized::Message => gateway_status(StatusCode::UNAUTHORIZED, &self.engine.random_id()),
        }
    }

    fn run(&mut self, call: &Call) -> Answer {
        call.run(&mut Context { engine: &mut self.engine, settings: &self.settings, now: self.now })
    }

    /// Lets a call take effect or meet its fault. One that comes to nothing (`Err`) has no effect that
    /// could be late or lost.
    fn reply(&mut self, call: Result<Call, Answer>, fault: Option<Fault>, latency: SignedDuration) -> Reply {
        let effect = |sandbox: &mut Self| match &call {
            Ok(call) => sandbox.run(call),
            Err(answer) => answer.clone(),
        };
        let (delay, response) = match fault {
            None | Some(Fault::Latency { .. }) => (SignedDuration::ZERO, Some(effect(self))),
            Some(Fault::Status { status, body }) => (SignedDuration::ZERO, Some(self.status(status, body))),
            Some(Fault::RateLimited { retry_after_ms, retry_after }) => {
                (SignedDuration::ZERO, Some(rate_limited(retry_after_ms, retry_after.as_deref())))
            }
            Some(Fault::DropBefore) => (SignedDuration::ZERO, None),
            Some(Fault::DropAfter) => {
                effect(self);
                (SignedDuration::ZERO, None)
            }
            Some(Fault::StatusAfter { status }) => {
                effect(self);
                (SignedDuration::ZERO, Some(self.status(status, Body::Domain)))
            }
            Some(Fault::LateReply { delay }) => (delay, Some(effect(self))),
            Some(Fault::LateEffect { delay }) => {
                if let Ok(call) = call {
                    let at = self.now.checked_add(delay).unwrap_or(Timestamp::MAX);
                    self.late.insert((at, self.called), call);
                }
                (SignedDuration::ZERO, None)
            }
        };
        let delay = Duration::try_from(delay.saturating_add(latency)).unwrap_or_default();
        Reply { delay, response }
    }

    fn status(&mut self, status: u16, body: Body) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match body {
            Body::Domain => domain_status(status),
            Body::Gateway => gateway_status(status, &self.engine.random_id()),
            Body::Html => html_status(status),
        }
    }
}

/// The schedule that a call is about: by its path, or, when it creates one, by its body.
fn schedule_id(operation: Operation, route: Option<&Route>, body: Option<&Value>) -> Option<String> {
    match operation {
        Operation::Get
        | Operation::Patch
        | Operation::Delete
        | Operation::Pause
        | Operation::Resume
        | Operation::Trigger => route.map(|route| route.target.clone()),
        Operation::Create => body?.get("schedule_id")?.as_str().map(str::to_owned),
        Operation::List
        | Operation::Whoami
        | Operation::Execution
        | Operation::Workflow
        | Operation::Deployments
        | Operation::Unknown => None,
    }
}
