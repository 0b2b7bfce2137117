//! What must be true, whatever happens. An oracle is a module: the rule, what it has to remember for it, and
//! the exceptions that soften it. Some look at each call that reaches the remote, some at the world between
//! events, some at the whole when it is over. What they know in common is in `model`.

mod adds_and_loses_none;
mod all_is_said;
mod claimed_first;
mod deletes_what_is_meant;
mod equal_sees_nothing;
mod gone_is_gone;
mod is_quiet;
mod keeps_to_the_rate;
mod looked_first;
mod may_write;
mod memory_first;
mod model;
mod never_more_than_declared;
mod obeys_the_kill_switch;
mod once_a_token;
mod one_writer;
mod ready_means_done;
mod right_workspace;
mod sends_once;
mod settles;
mod shows_no_secret;
mod stops_in_time;
mod tells_the_truth;
mod told_of_runs;
mod truthful;
mod waits_when_told;

use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use workflow_schedule_operator::sandbox::{Reply, RunRecord};

pub use self::is_quiet::Quiet;
pub use self::model::call::{Call, Operation, read as read_call, schedule};
pub use self::model::ideal::id_of;
pub use self::model::{Model, reason};
use self::model::{call::owners, objects};
pub use self::shows_no_secret::shows_none;
use crate::log::Who;
use crate::state::State;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The oracle's name.
    pub oracle: &'static str,
    pub at: Timestamp,
    pub what: String,
}

/// What an oracle says of a call: what is wrong with it, if anything.
type Verdict = Option<(&'static str, String)>;

/// What there was to be seen: the revision of Kubernetes, the calls and the runs, and the last disturbance.
type Seen = (u64, usize, usize, Timestamp);

/// The oracles that remember something, and what all of them know.
#[derive(Debug, Default)]
pub struct Oracles {
    pub model: Model,
    pub breaches: Vec<Breach>,
    seen: Option<Seen>,
    looked_first: looked_first::LookedFirst,
    sends_once: sends_once::SendsOnce,
    waits_when_told: waits_when_told::WaitsWhenTold,
    right_workspace: right_workspace::RightWorkspace,
    pub obeys_the_kill_switch: obeys_the_kill_switch::ObeysTheKillSwitch,
    pub once_a_token: once_a_token::OnceAToken,
    pub settles: settles::Settles,
    truthful: truthful::Truthful,
    pub ready_means_done: ready_means_done::ReadyMeansDone,
    pub stops_in_time: stops_in_time::StopsInTime,
    pub gone_is_gone: gone_is_gone::GoneIsGone,
    told_of_runs: told_of_runs::ToldOfRuns,
}

impl Oracles {
    /// Notes a breach; the same is said once.
    pub fn breach(&mut self, oracle: &'static str, at: Timestamp, what: impl Into<String>) {
        let what = what.into();
        if !self.breaches.iter().any(|breach| breach.oracle == oracle && breach.what == what) {
            self.breaches.push(Breach { oracle, at, what });
        }
    }

    /// Something happened that the operator needs time to put right.
    pub fn disturbed(&mut self, now: Timestamp) {
        self.truthful.begin_anew();
        self.model.disturbed(now);
    }

    /// A process cannot know what became of a call: it has to look again.
    pub fn unknown(&mut self, process: u32, id: &str, now: Timestamp) {
        self.looked_first.unknown(process, id, now);
        self.sends_once.unknown(process, id);
    }

    /// A call has not left, and the process knows.
    pub fn unsent(&mut self, process: u32, id: &str) {
        self.model.applied.unsent(process, id);
    }
}

/// Judges a call when it leaves, and notes for what it is made.
pub fn judge_call(state: &mut State, call: &Call) {
    let owners: Vec<&Value> = owners(state, &call.id);
    let mut broken: Vec<Verdict> = vec![state.oracles.waits_when_told.judge(call)];
    if call.operation.is_mutating() {
        broken.extend([
            claimed_first::judge(call, &owners),
            claimed_first::finalizer_first(call, &owners),
            memory_first::judge(state, call, &owners),
            state.oracles.looked_first.judge(call, &owners, schedule(state, &call.id).is_some()),
            sends_once::creates_once(state, call),
            sends_once::judge(state, call),
            equal_sees_nothing::judge(state, call),
            one_writer::judge(state, call),
            right_workspace::judge(state, call, &owners),
            obeys_the_kill_switch::judge(state, call, &owners),
            deletes_what_is_meant::judge(state, call, &owners),
            may_write::judge(state, call, &owners),
            once_a_token::judge(state, call, &owners),
        ]);
    }
    let token = once_a_token::token_of(&owners);
    state.oracles.once_a_token.leaves(call, token);
    state.oracles.model.applied.leaves(call);
    for (oracle, what) in broken.into_iter().flatten() {
        state.oracles.breach(oracle, call.at, what);
    }
}

/// A process waits this long for an answer.
const REQUEST_TIMEOUT: SignedDuration = SignedDuration::from_secs(10);

/// Lets a call have its effect.
pub fn landed_call(state: &mut State, call: Call, request: &Request<Bytes>, now: Timestamp) -> Reply {
    let reply = state.remote.handle(request, now);
    waits_when_told::observe(state, &call, &reply, now);
    let status = reply.response.as_ref().map(|response| response.status().as_u16());
    let token = state.oracles.once_a_token.token(&call);
    let left = call.at;
    let is_awaited = now.duration_since(left) < REQUEST_TIMEOUT;
    let call = Call { at: now, status, token, ..call };
    if call.operation.is_mutating() {
        let status = call.status.map_or("no answer".into(), |status| status.to_string());
        state.log.add(now, Who::Remote, format!("{:?} {} → {status}", call.operation, call.id));
    }
    // The process of a late call has stopped waiting, and may have looked since.
    if is_awaited {
        state.oracles.looked_first.observe(&call);
        if let (Operation::List, Some(response)) =
            (call.operation, reply.response.as_ref().filter(|one| one.status() == 200))
        {
            let query = url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
            let mut query = query.into_owned();
            let token = query.find(|(name, _)| name == "next_page_token").map(|(_, value)| value);
            let page = serde_json::from_slice(response.body()).unwrap_or_default();
            state.oracles.looked_first.listed(&Call { at: left, ..call.clone() }, token, &page);
        }
    }
    state.oracles.model.applied.landed(&call);
    state.oracles.model.calls.push(call);
    reply
}

/// Looks at the world as it is now.
pub fn look(state: &mut State) {
    let now = state.now;
    state.remote.advance(now);
    // Nothing has happened, nothing is under way, and nothing was untrue: so it is still.
    let seen = (
        state.kubernetes.store.revision(),
        state.remote.calls().len(),
        state.remote.runs().len(),
        state.oracles.model.disturbed_at,
    );
    let is_news = state.oracles.seen != Some(seen);
    let is_open = state.oracles.truthful.is_open() || state.oracles.stops_in_time.is_open();
    if !is_news && !is_open && state.oracles.model.is_settled() {
        return;
    }
    state.oracles.seen = Some(seen);
    let connections = objects(state, "workflowconnections");
    let objects = objects(state, "workflowschedules");
    for connection in &connections {
        state.oracles.obeys_the_kill_switch.observe(connection, now);
        right_workspace::observe(state, connection);
    }
    model::observe(state, &connections, &objects);
    settles::judge(state);
    for object in &objects {
        truthful::judge(state, object);
        ready_means_done::judge(state, object);
        told_of_runs::judge(state, object);
    }
    stops_in_time::judge(state);
    gone_is_gone::judge(state, &objects);
}

/// Judges the whole.
pub fn at_the_end(state: &mut State, quiet: Option<&Quiet>) {
    let mut breaches = Vec::new();
    let runs: Vec<RunRecord> =
        state.remote.runs().iter().filter(|run| *run.workspace == *crate::world::WORKSPACE).cloned().collect();
    for id in state.oracles.model.timelines.keys() {
        let own: Vec<&RunRecord> = runs.iter().filter(|run| *run.schedule_id == **id).collect();
        breaches.extend(adds_and_loses_none::adds_none(state, id, &own));
        breaches.extend(adds_and_loses_none::loses_none(state, id, &own));
        breaches.extend(never_more_than_declared::judge(state, id, &own));
        breaches.extend(once_a_token::judge_runs(state, id, &own));
    }
    breaches.extend(quiet.into_iter().flat_map(|quiet| quiet.judge(state)));
    breaches.extend(all_is_said::judge(state));
    breaches.extend(once_a_token::as_the_status_says(state));
    breaches.extend(tells_the_truth::judge(state));
    breaches.extend(tells_the_truth::of_connections(state));
    breaches.extend(settles::judge_the_end(state));
    breaches.extend(right_workspace::nothing_is_elsewhere(state));
    breaches.extend(keeps_to_the_rate::judge(state));
    state.oracles.breaches.extend(breaches);
}

/// The calls that changed something, for a scenario's own expectations.
pub fn mutating(state: &State) -> impl Iterator<Item = &Call> {
    state.oracles.model.calls.iter().filter(|call| call.operation.is_mutating())
}

/// Whether a resource declares another target than the one that its schedule was created with.
pub fn is_target_pending(state: &State, object: &Value) -> bool {
    let id = id_of(&state.kubernetes.store, object);
    id.is_some_and(|id| state.oracles.model.applied.is_target_pending(&id, object))
}
