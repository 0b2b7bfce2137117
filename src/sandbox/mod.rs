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
mod reply;
mod request;
pub mod server;
mod settings;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;

use self::answer::{Answer, Failure};
use self::calls::{Call, Context};
pub use self::engine::{Definition, Outcome, Overlap, Policy, Recent, RunRecord, RunStatus, Schedule};
use self::engine::{Engine, Moment};
pub use self::fault::{Body, Fault, FaultRule};
use self::fault::{Faults, Victim};
pub use self::record::CallRecord;
pub use self::reply::Reply;
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

    /// Everything that happens to a request at `now`: what has become due until then fires, the call
    /// takes effect or meets a fault, and is recorded.
    pub fn handle(&mut self, request: &Request<Bytes>, now: Timestamp) -> Reply {
        self.advance(now);
        let route = Route::find(request.method(), request.uri().path());
        let caller = self.caller(request);
        let body: Option<Value> = serde_json::from_slice(request.body()).ok();
        let operation = route.as_ref().map_or(Operation::Unknown, |route| route.operation);
        let schedule_id = route.as_ref().ok().and_then(|route| route.schedule_id(body.as_ref()));
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
            if self.engine_event().is_some_and(|engine| engine <= at) {
                self.engine.step(Moment { now: self.now, settings: &self.settings });
            } else if let Some((_, call)) = self.late.pop_first() {
                self.run(&call);
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

    fn run(&mut self, call: &Call) -> Answer {
        let moment = Moment { now: self.now, settings: &self.settings };
        call.run(&mut Context { engine: &mut self.engine, random: &mut self.random, moment })
    }
}

/// An id in the shape of a uuid.
fn random_id(random: &mut fastrand::Rng) -> String {
    let hex = format!("{:032x}", random.u128(..));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
