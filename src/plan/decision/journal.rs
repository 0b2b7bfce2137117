//! What happened so far in one reconcile.

use jiff::Timestamp;

use crate::api::{Memory, UnansweredCalls};
use crate::plan::decision::action::Call;
use crate::plan::model::observed::Observed;
use crate::remote::wire::ExecutionStatus;
use crate::remote::{Operation, RemoteError};

/// What has happened so far in a reconcile, in order. Plain bookkeeping: nothing is decided here.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    /// Since when the fire guard delays a change.
    pub guarded_since: Option<Timestamp>,
    /// A complete LIST did not contain the schedule when this reconcile began.
    pub was_unlisted: bool,
    /// No LIST has answered: this reconcile uses GETs.
    pub is_list_in_vain: bool,
}

#[derive(Clone, Debug)]
enum Entry {
    /// The memory now says that a call may be on its way.
    Intended(Intention),
    /// What was intended is not sent after all.
    Dropped(Intention),
    /// A call that changes the remote has succeeded. `was_paused`: whether the last GET before it showed a pause.
    Made { call: Call, was_paused: bool },
    /// A call has failed. `change`: what was to be changed.
    Failed { operation: Operation, change: Option<Call>, error: RemoteError },
    /// The status of the last run was read.
    RunSeen(ExecutionStatus),
    /// Kubernetes has not stored what was written.
    NotStored(FailedWrite),
}

/// A write to Kubernetes that has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedWrite {
    /// The finalizer was to be removed: nothing else was left to do.
    pub is_release: bool,
    /// What was not stored, and what the API server said.
    pub message: String,
}

/// A call that is stored before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intention {
    /// The POST of a schedule.
    Creation,
    /// Its DELETE.
    Deletion,
    /// The PATCH of a new `maxExecutions`.
    Count,
    /// A trigger.
    Trigger,
}

impl Journal {
    /// An empty journal. `since`: since when the fire guard delays a change.
    #[must_use]
    pub fn guarded(since: Option<Timestamp>) -> Self {
        Self { guarded_since: since, ..Self::default() }
    }

    /// Records that the memory `after` was stored in place of `before`.
    pub fn note_stored(&mut self, before: &Memory, after: &Memory) {
        let count = |memory: &Memory| memory.max_executions.as_ref().and_then(|count| count.intended.clone());
        let is_new_count = count(after).is_some() && count(after) != count(before);
        let is_one_more = |calls: fn(&Memory) -> Option<&UnansweredCalls>| {
            calls(after).is_some_and(|after| {
                calls(before).is_none_or(|before| after.count > before.count || after.since != before.since)
            })
        };
        let intended = [
            (Intention::Count, is_new_count),
            (Intention::Creation, is_one_more(|memory| memory.unanswered_creations.as_ref())),
            (Intention::Deletion, is_one_more(|memory| memory.unanswered_deletions.as_ref())),
        ];
        self.entries.extend(intended.into_iter().filter(|(_, is_new)| *is_new).map(|(one, _)| Entry::Intended(one)));
    }

    /// Notes that a trigger was stored, and whether it is to be sent.
    pub fn note_trigger_stored(&mut self, is_to_be_sent: bool) {
        let entry = if is_to_be_sent { Entry::Intended } else { Entry::Dropped };
        self.entries.push(entry(Intention::Trigger));
    }

    /// Records a successful call. `was_paused`: whether the schedule was paused when it was last observed.
    pub fn note(&mut self, call: &Call, was_paused: bool) {
        self.entries.push(Entry::Made { call: call.clone(), was_paused });
    }

    /// Records a call that failed with this error.
    pub fn note_failure(&mut self, call: &Call, error: RemoteError) {
        self.entries.push(Entry::Failed { operation: call.operation(), change: Some(call.clone()), error });
    }

    /// Records a failed call without its change: a read failed, or a trigger was not sent.
    pub fn note_failed(&mut self, operation: Operation, error: RemoteError) {
        self.entries.push(Entry::Failed { operation, change: None, error });
    }

    /// Records the status of the last run.
    pub fn note_run(&mut self, outcome: ExecutionStatus) {
        self.entries.push(Entry::RunSeen(outcome));
    }

    /// Notes a write to Kubernetes that has failed.
    pub fn note_failed_write(&mut self, failed: FailedWrite) {
        self.entries.push(Entry::NotStored(failed));
    }

    /// The write to Kubernetes that has failed: the reconcile ends with it.
    #[must_use]
    pub fn failed_write(&self) -> Option<&FailedWrite> {
        self.entries.iter().find_map(|entry| match entry {
            Entry::NotStored(failed) => Some(failed),
            Entry::Intended(_) | Entry::Dropped(_) | Entry::Made { .. } | Entry::Failed { .. } | Entry::RunSeen(_) => {
                None
            }
        })
    }

    /// The call that failed last and how, unless one that changes the remote has succeeded since.
    #[must_use]
    pub fn failed(&self) -> Option<(Operation, &RemoteError)> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Failed { operation, error, .. } => Some(Some((*operation, error))),
            Entry::Made { .. } => Some(None),
            Entry::Intended(_) | Entry::Dropped(_) | Entry::RunSeen(_) | Entry::NotStored(_) => None,
        })?
    }

    /// Pauses and resumes that the remote has refused, each with its note, in order.
    #[must_use]
    pub fn refused(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Failed { change: Some(call @ (Call::Pause { .. } | Call::Resume { .. })), error, .. }
                if error.is_refusal() =>
            {
                Some(call)
            }
            Entry::Failed { .. }
            | Entry::Made { .. }
            | Entry::Intended(_)
            | Entry::Dropped(_)
            | Entry::RunSeen(_)
            | Entry::NotStored(_) => None,
        })
    }

    /// Whether this reconcile has stored the call as intended and neither sent it nor dropped it since.
    #[must_use]
    pub fn is_unsent(&self, intention: Intention) -> bool {
        let state = self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Intended(one) if *one == intention => Some(true),
            Entry::Dropped(one) if *one == intention => Some(false),
            Entry::Made { call, .. } | Entry::Failed { change: Some(call), .. } if carries_out(call, intention) => {
                Some(false)
            }
            Entry::Intended(_)
            | Entry::Dropped(_)
            | Entry::Made { .. }
            | Entry::Failed { .. }
            | Entry::RunSeen(_)
            | Entry::NotStored(_) => None,
        });
        state == Some(true)
    }

    /// Whether this reconcile has stored the trigger as requested: only then can it report the result.
    #[must_use]
    pub fn has_requested_trigger(&self) -> bool {
        let state = self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Intended(Intention::Trigger) => Some(true),
            Entry::Dropped(Intention::Trigger) => Some(false),
            Entry::Intended(_)
            | Entry::Dropped(_)
            | Entry::Made { .. }
            | Entry::Failed { .. }
            | Entry::RunSeen(_)
            | Entry::NotStored(_) => None,
        });
        state == Some(true)
    }

    /// How many calls that change the remote have succeeded.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.made().count()
    }

    /// Whether a call of this reconcile changed the schedule. A trigger only starts a run of it.
    #[must_use]
    pub fn has_changed_schedule(&self) -> bool {
        self.made().any(|(call, _)| !matches!(call, Call::Trigger { .. }))
    }

    /// Whether a POST of this reconcile created the schedule.
    #[must_use]
    pub fn has_created(&self) -> bool {
        self.made().any(|(call, _)| matches!(call, Call::Create(_)))
    }

    /// Whether a POST of this reconcile may have created the schedule, or has.
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        self.entries.iter().any(|entry| match entry {
            Entry::Made { call: Call::Create(_), .. } => true,
            Entry::Failed { change: Some(Call::Create(_)), error, .. } => error.may_have_landed(),
            Entry::Intended(_)
            | Entry::Dropped(_)
            | Entry::Made { .. }
            | Entry::Failed { .. }
            | Entry::RunSeen(_)
            | Entry::NotStored(_) => false,
        })
    }

    /// The last call that has changed the remote.
    #[must_use]
    pub fn last_change(&self) -> Option<&Call> {
        self.made().last().map(|(call, _)| call)
    }

    /// Whether a DELETE of this reconcile was answered.
    #[must_use]
    pub fn has_deleted(&self) -> bool {
        self.made().any(|(call, _)| matches!(call, Call::Delete))
    }

    /// Whether the declared content has been sent.
    #[must_use]
    pub fn has_patched(&self) -> bool {
        self.made().any(|(call, _)| matches!(call, Call::Patch { trial: false, .. }))
    }

    /// Whether the last change was a patch of a paused schedule.
    #[must_use]
    pub fn has_just_patched_while_paused(&self) -> bool {
        self.made().last().is_some_and(|(call, was_paused)| matches!(call, Call::Patch { .. }) && was_paused)
    }

    /// Whether it was paused. A PATCH may lift a pause: what was done before it may have to be done again.
    #[must_use]
    pub fn has_paused(&self) -> bool {
        self.made_since_patch().any(|call| matches!(call, Call::Pause { .. }))
    }

    /// Whether it was resumed, since the last PATCH too.
    #[must_use]
    pub fn has_resumed(&self) -> bool {
        self.made_since_patch().any(|call| matches!(call, Call::Resume { .. }))
    }

    /// The trigger that was sent, and accepted: its own overlap, and what the last look before it showed.
    #[must_use]
    pub fn triggered(&self) -> Option<(Option<i64>, &Observed)> {
        self.made().rev().find_map(|(call, _)| match call {
            Call::Trigger { overlap, before } => Some((*overlap, &**before)),
            Call::Create(_) | Call::Patch { .. } | Call::Delete | Call::Pause { .. } | Call::Resume { .. } => None,
        })
    }

    /// How the last run ended, once it was looked at.
    #[must_use]
    pub fn last_run(&self) -> Option<ExecutionStatus> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::RunSeen(outcome) => Some(*outcome),
            Entry::Intended(_)
            | Entry::Dropped(_)
            | Entry::Made { .. }
            | Entry::Failed { .. }
            | Entry::NotStored(_) => None,
        })
    }

    fn made(&self) -> impl DoubleEndedIterator<Item = (&Call, bool)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Made { call, was_paused } => Some((call, *was_paused)),
            Entry::Intended(_) | Entry::Dropped(_) | Entry::Failed { .. } | Entry::RunSeen(_) | Entry::NotStored(_) => {
                None
            }
        })
    }

    fn made_since_patch(&self) -> impl Iterator<Item = &Call> {
        self.made().rev().map(|(call, _)| call).take_while(|call| !matches!(call, Call::Patch { .. }))
    }
}

const fn carries_out(call: &Call, intention: Intention) -> bool {
    match intention {
        Intention::Creation => matches!(call, Call::Create(_)),
        Intention::Deletion => matches!(call, Call::Delete),
        Intention::Count => matches!(call, Call::Patch { trial: false, .. }),
        Intention::Trigger => matches!(call, Call::Trigger { .. }),
    }
}
