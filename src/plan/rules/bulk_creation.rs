//! When a LIST stands in for the two GETs of a creation: before the POST as the proof that nothing is there, and after
//! it to read the new schedule back. `docs/bulk-creation.md` says why that is safe.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::api::Memory;
use crate::plan::decision::action::{Action, Call};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs, Lookup};
use crate::plan::decision::journal::Intention;
use crate::plan::decision::plan::{Learned, Plan, with};
use crate::plan::model::desired::Desired;
use crate::plan::model::observed::Observation;
use crate::plan::rules::create;

/// Of this many creations, one is checked by a GET although a LIST has not shown it. So a LIST that has lost many
/// entries is found out.
const CHECKED: u64 = 50;

/// The plan that waits for a LIST in place of a GET, if a LIST can answer.
pub(crate) fn wait_for_list(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts) -> Option<Plan> {
    if facts.lookup == Lookup::Get || inputs.journal.is_list_in_vain {
        return None;
    }
    if is_created_just_now(inputs, desired, facts) {
        return Some(with(inputs.memory.clone(), Action::AwaitList, "a LIST reads many new schedules back"));
    }
    let is_untouched = !inputs.has_finalizer() && *inputs.memory == Memory::default() && is_plain(desired, facts);
    let is_new = inputs.status().is_none_or(|status| status.schedule_id.is_none() && status.connection.is_none());
    (is_untouched && is_new && !facts.terminating).then(|| {
        with(inputs.memory.clone(), Action::AwaitList, "a LIST tells of many schedules that they are not there")
    })
}

/// Whether the POST may rely on a LIST that does not contain the schedule. Its evidence was asked for while the
/// resource was untouched; since then only this reconcile has written to it.
pub(crate) fn may_create(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts) -> bool {
    let is_own = inputs.memory.lifecycle.is_none() || inputs.journal.is_unsent(Intention::Creation);
    inputs.memory.target.is_none() && is_own && is_plain(desired, facts) && !is_checked(desired)
}

/// What a look by GET tells about the LIST that has not shown the schedule.
pub(crate) fn learned(inputs: &Inputs) -> Option<Learned> {
    let is_there = matches!(inputs.observation, Observation::Present(_));
    (is_there && inputs.journal.was_unlisted && !inputs.journal.may_have_created()).then_some(Learned::ListIsIncomplete)
}

/// A POST that replaced an existing schedule, on a server where it does, would change no more than what the resource
/// declares: no count begins anew, and nothing that must be paused runs.
const fn is_plain(desired: &Desired, facts: &ConnectionFacts) -> bool {
    !desired.explicit && create::is_repeatable(desired, facts)
}

/// The POST of this reconcile was answered, and nothing else is left to do.
fn is_created_just_now(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts) -> bool {
    matches!(inputs.journal.last_change(), Some(Call::Create(_)))
        && inputs.journal.failed().is_none()
        && inputs.memory.pause_before_patch.is_none()
        && is_plain(desired, facts)
}

fn is_checked(desired: &Desired) -> bool {
    let mut hasher = DefaultHasher::new();
    desired.id.as_str().hash(&mut hasher);
    hasher.finish().is_multiple_of(CHECKED)
}
