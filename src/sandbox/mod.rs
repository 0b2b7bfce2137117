//! The Workflows API in memory, for demos and tests: schedules that fire, the special cases of the real
//! API, and faults.
//!
//! The core is [`Sandbox::handle`]: it takes a request and the time, and returns a reply. It has no socket
//! and no clock, and its random numbers come from a seed.

mod answer;
mod calls;
mod control;
mod echo;
mod engine;
mod fault;
mod iso;
mod large;
mod output;
mod record;
mod reply;
mod request;
mod respond;
pub mod server;
mod settings;
mod substitute;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::answer::{Answer, Failure};
use self::calls::{Call, Context};
pub use self::echo::Spelling;
pub use self::engine::{Definition, Outcome, Overlap, Policy, Recent, RunRecord, RunStatus, Schedule};
use self::engine::{Engine, Moment};
pub use self::fault::{Body, Fault, FaultRule};
use self::fault::{Faults, Subject};
pub use self::large::Content;
pub use self::record::CallRecord;
pub use self::reply::Reply;
pub use self::request::Operation;
use self::request::{NoRoute, Route};
pub use self::settings::{
    DeleteMissing, Duplicate, EmptyTiming, Key, PageChain, ResumeNote, Settings, Unauthorized, Workflow,
};
pub use self::substitute::Substitute;

/// The options of a new sandbox.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The seed of all random numbers.
    pub seed: u64,
    /// The initial settings, with the keys.
    pub settings: Settings,
}

impl Options {
    /// Adds an API key with its owner.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>, owner: Key) -> Self {
        self.settings.keys.insert(key.into(), owner);
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
    /// Calls that have their effect later, by time and then in the order of their arrival.
    late: BTreeMap<(Timestamp, u64), Call>,
    random: fastrand::Rng,
    now: Timestamp,
}

impl Sandbox {
    /// A sandbox without schedules.
    #[must_use]
    pub fn new(options: Options, now: Timestamp) -> Self {
        Self {
            settings: options.settings,
            engine: Engine::default(),
            faults: Faults::default(),
            calls: Vec::new(),
            called: 0,
            late: BTreeMap::new(),
            random: fastrand::Rng::with_seed(options.seed),
            now,
        }
    }

    /// Handles a request at `now`: processes all events until then, runs the call or applies a fault, and
    /// records the call.
    pub fn handle(&mut self, request: &Request<Bytes>, now: Timestamp) -> Reply {
        self.advance(now);
        let route = Route::find(request.method(), request.uri().path());
        let caller = self.caller(request);
        let body: Option<Value> = serde_json::from_slice(request.body()).ok();
        let operation = route.as_ref().map_or(Operation::Unknown, |route| route.operation);
        let schedule_id = route.as_ref().ok().and_then(|route| route.schedule_id(body.as_ref()));
        let principal = caller.as_ref().map(|key| key.principal.clone());
        let subject = Subject { operation, schedule_id: schedule_id.as_deref(), principal: principal.as_deref() };
        let (latency, fault) = self.faults.choose(subject, &mut self.random);
        let call = match (route, caller) {
            (_, None) => Err(self.unauthorized()),
            (Err(NoRoute::NotFound), _) => Err(Failure::plain(StatusCode::NOT_FOUND).into()),
            (Err(NoRoute::MethodNotAllowed), _) => Err(Failure::plain(StatusCode::METHOD_NOT_ALLOWED).into()),
            (Ok(route), Some(caller)) => {
                let query = request.uri().query().unwrap_or_default().to_owned();
                Ok(Call { route, query, body: request.body().clone(), caller })
            }
        };
        let reply = self.reply(call, fault, latency, bearer(request).unwrap_or_default());
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

    /// Processes all events until `now`: runs that are due, ends of executions, deletions of idle
    /// schedules, late effects of calls. Time never goes back.
    pub fn advance(&mut self, now: Timestamp) {
        self.engine.hold_list(Moment { now: self.now, settings: &self.settings });
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            // After an outage, events are late.
            self.now = self.now.max(at);
            if self.engine_event().is_some_and(|engine| engine <= at) {
                self.engine.step(Moment { now: self.now, settings: &self.settings });
            } else if let Some((_, call)) = self.late.pop_first() {
                self.run(&call);
            }
        }
        self.now = self.now.max(now);
    }

    /// When the next event is.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let late = self.late.first_key_value().map(|((at, _), _)| *at);
        self.engine_event().into_iter().chain(late).min()
    }

    fn engine_event(&self) -> Option<Timestamp> {
        self.engine.next_event(&self.settings).filter(|_| !self.settings.outage)
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

    /// Every schedule of all workspaces, oldest first, independent of what LIST shows.
    pub fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.engine.schedules()
    }

    /// The calls, oldest first.
    #[must_use]
    pub fn calls(&self) -> &[CallRecord] {
        &self.calls
    }

    /// Deletes the records of the calls.
    pub fn forget_calls(&mut self) {
        self.calls.clear();
    }

    /// Every execution, oldest first.
    #[must_use]
    pub fn runs(&self) -> &[RunRecord] {
        self.engine.runs()
    }

    /// Adds a fault, for later calls.
    pub fn inject(&mut self, rule: FaultRule) {
        self.faults.add(rule);
    }

    /// Removes all faults. Late effects of earlier calls still happen.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    fn caller(&self, request: &Request<Bytes>) -> Option<Key> {
        self.settings.keys.get(bearer(request)?).cloned()
    }

    /// Runs a call. Gives its answer, and how long that takes.
    fn run(&mut self, call: &Call) -> (Answer, SignedDuration) {
        let moment = Moment { now: self.now, settings: &self.settings };
        let mut context =
            Context { engine: &mut self.engine, random: &mut self.random, moment, delay: SignedDuration::ZERO };
        let answer = call.run(&mut context);
        let delay = context.delay;
        if call.route.operation == Operation::Get && answer.status().is_success() {
            self.settings.list_lost.remove(&call.route.target);
        }
        (answer, delay)
    }
}

/// The API key of a request.
fn bearer(request: &Request<Bytes>) -> Option<&str> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// An id in the shape of a uuid.
fn random_id(random: &mut fastrand::Rng) -> String {
    let hex = format!("{:032x}", random.u128(..));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
