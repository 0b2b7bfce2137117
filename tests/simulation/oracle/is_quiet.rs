//! "at a fixed point there are no calls": one LIST a poll, and nothing else. Exception: LIST is an index that can be
//! stuck, so each schedule is looked at once a day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use workflow_schedule_operator::sandbox::RunRecord;

use super::model::ideal::{Ideal, key};
use super::{Breach, Operation};
use crate::kubernetes::{find, version_of};
use crate::state::State;

/// The moment from which on nothing more is to be done.
#[derive(Debug)]
pub struct Quiet {
    from: Timestamp,
    calls: usize,
    versions: BTreeMap<String, String>,
}

impl Quiet {
    /// Both sides are equal, and all has been said.
    pub fn begin(state: &State) -> Self {
        Self { from: state.now, calls: state.oracles.model.calls.len(), versions: versions(state) }
    }

    pub fn judge(&self, state: &State) -> Vec<Breach> {
        let lists_suffice = !state.remote.settings().partial_list;
        let mut breaches = Vec::new();
        let mut looked = BTreeSet::new();
        for call in state.oracles.model.calls.iter().skip(self.calls) {
            let is_promised = state.oracles.model.timelines.contains_key(&call.id);
            let is_look = call.operation == Operation::Get && lists_suffice && is_promised;
            // While a workflow has several deployments, its refused creation is repeated every five minutes.
            let is_repeated = call.operation == Operation::Create && call.status == Some(409);
            let is_once = (is_look || is_repeated) && looked.insert(&call.id);
            if !is_once && (is_look || call.operation.is_mutating()) {
                let what = format!("{:?} of {} though all is equal since {}", call.operation, call.id, self.from);
                breaches.push(Breach { oracle: "is_quiet", at: call.at, what });
            }
        }
        // The times of runs are news, of a paused schedule too. So is what became of a run: it is told up to two minutes
        // and two polls later.
        let runs = |id: &str| {
            let since = self.from - SignedDuration::from_mins(5);
            let next = |ideal: &Ideal| ideal.definition.spec.runs_after(since, "").next();
            let timeline = state.oracles.model.timelines.get(id).and_then(|timeline| timeline.now());
            let is_due = timeline.and_then(next).is_some_and(|run| run.nominal < state.now);
            let is_recent = |run: &RunRecord| {
                *run.schedule_id == *id && (run.started_at >= since || run.ended_at.is_some_and(|end| end >= since))
            };
            is_due || state.remote.runs().iter().any(is_recent)
        };
        let now = versions(state);
        for (key, before) in &self.versions {
            let id = state.oracles.gone_is_gone.id(key).unwrap_or_default();
            let is_excused = state.oracles.model.excused.contains(key);
            if !is_excused && now.get(key).is_some_and(|version| version != before) && !runs(id) {
                let what = format!("{key} was written though all is equal since {}", self.from);
                breaches.push(Breach { oracle: "is_quiet", at: state.now, what });
            }
        }
        breaches
    }
}

/// The versions of the schedules that do not run meanwhile.
fn versions(state: &State) -> BTreeMap<String, String> {
    let schedules =
        find("workflowschedules").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
    schedules.map(|(_, object)| (key(object), version_of(object).unwrap_or_default().to_owned())).collect()
}
