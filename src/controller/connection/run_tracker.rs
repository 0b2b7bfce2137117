//! What the polls of a connection remember of runs, and what they read next. Only state: no calls.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::api::{ExecutionState, Tracking};
use crate::controller::connection::open_runs::{OpenRun, OpenRuns, REGISTERED_WITHIN};
use crate::controller::connection::paging::PageSize;
use crate::plan::{RunOutcome, is_final};
use crate::remote::{Kind, RemoteError, Run, RunFilter};

/// The list of runs is an index too: what has just been read is read again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);
/// How far back the list of runs is read. Older runs are looked up one by one …
const LOOKBACK: SignedDuration = SignedDuration::from_hours(2);
/// … if they are not older than this.
const LOOKED_UP_FOR: SignedDuration = SignedDuration::from_hours(24);
/// After this number of polls in a row that could not read all, less is read.
const POLLS_BEHIND: u32 = 3;
/// How long less is read.
const FALLBACK_FOR: SignedDuration = SignedDuration::from_hours(1);
/// A run that a GET has shown running is looked up again after this time …
const RUNNING_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// … and one that the API does not know after this time.
const UNKNOWN_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// No list: only GETs of the last runs.
    LastRuns,
    /// The list of runs that did not complete.
    Failures,
    /// The list of all runs.
    All,
}

/// What reading the lists of a poll has come to.
#[derive(Clone, Debug)]
pub(crate) enum ListsRead {
    /// They were read to their ends.
    Whole,
    /// There is more of them than a poll may read.
    Part,
    /// The API has no answer now.
    Silent(RemoteError),
    /// The API does not give them.
    Refused(RemoteError),
    /// All calls of the connection wait, which says nothing of the lists.
    Stopped,
}

/// What the polls of a connection remember of runs.
#[derive(Debug, Default)]
pub(crate) struct RunTracker {
    /// How large the pages are that the server can give.
    pub(crate) page_size: PageSize,
    /// The latest end of a run that was read.
    read_until: Option<Timestamp>,
    /// The runs whose ends were looked for up to then.
    looked_for: BTreeSet<String>,
    /// What was found out and may not be in a status yet.
    found: BTreeMap<String, RunOutcome>,
    /// When a GET may look a run up again.
    ask_again: BTreeMap<String, Timestamp>,
    /// Whose lists this poll has read to their ends.
    whole: Option<Scope>,
    polls_behind: u32,
    fallback: Option<Fallback>,
}

/// Fallback than declared is read.
#[derive(Debug)]
struct Fallback {
    scope: Scope,
    until: Timestamp,
    why: String,
}

impl ListsRead {
    /// A page of a list was not read.
    pub(crate) fn failed(error: RemoteError) -> Self {
        match error {
            RemoteError::Unavailable { .. } | RemoteError::Transport(_) | RemoteError::RateLimited { .. } => {
                Self::Silent(error)
            }
            // The LIST of the schedules has just been answered with this key.
            RemoteError::Unauthorized
            | RemoteError::NotFound(_)
            | RemoteError::Forbidden(_)
            | RemoteError::Conflict(_)
            | RemoteError::Ambiguous(_)
            | RemoteError::AlreadyExists { .. }
            | RemoteError::Refused { .. }
            | RemoteError::EncodingRequired
            | RemoteError::Malformed { .. } => Self::Refused(error),
        }
    }
}

impl RunTracker {
    /// What the status of the connection remembers.
    pub(crate) fn remembered(read_until: Option<Timestamp>) -> Self {
        Self { read_until, ..Self::default() }
    }

    /// Up to when the ends of runs were read.
    pub(crate) const fn read_until(&self) -> Option<Timestamp> {
        self.read_until
    }

    /// What is not known of runs, and why.
    pub(crate) fn limited(&self) -> Option<&str> {
        self.fallback.as_ref().map(|fallback| fallback.why.as_str())
    }

    /// How much is read now; `None` for nothing.
    pub(crate) fn scope(&mut self, tracking: Tracking, now: Timestamp) -> Option<Scope> {
        let declared = match tracking {
            Tracking::Off => None,
            Tracking::Failures => Some(Scope::Failures),
            Tracking::All => Some(Scope::All),
        };
        if self.fallback.as_ref().is_some_and(|fallback| fallback.until <= now || Some(fallback.scope) >= declared) {
            self.fallback = None;
        }
        Some(self.fallback.as_ref().map_or(declared?, |fallback| fallback.scope))
    }

    /// Forgets runs whose end is in the status by now, and states that may be others by now.
    pub(crate) fn retain(&mut self, open: &OpenRuns, now: Timestamp) {
        let ask_again = &self.ask_again;
        // The answer of a GET holds until the next GET: the status may not have been due to be written.
        let holds = |id: &String| ask_again.get(id).is_some_and(|at| *at > now);
        self.found.retain(|id, outcome| open.contains_key(id) && (is_final(outcome.state) || holds(id)));
        self.looked_for.retain(|id| open.contains_key(id));
        self.ask_again.retain(|id, _| open.contains_key(id));
    }

    /// What was found out about a run.
    pub(crate) fn outcome(&self, id: &str) -> Option<&RunOutcome> {
        self.found.get(id)
    }

    /// What was found out about a run, to add why it failed.
    pub(crate) fn outcome_mut(&mut self, id: &str) -> Option<&mut RunOutcome> {
        self.found.get_mut(id)
    }

    /// Whether the end of a run was found.
    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.found.get(id).is_some_and(|outcome| is_final(outcome.state))
    }

    /// The list that may show the ends of these runs.
    pub(crate) fn ended(&self, scope: Scope, open: &OpenRuns, now: Timestamp) -> Option<RunFilter> {
        let looked_from = |(id, run): (&String, &OpenRun)| {
            let was_looked_for = run.state.is_some() || self.looked_for.contains(id);
            self.read_until.filter(|_| was_looked_for).map_or(run.began, |until| until.max(run.began))
        };
        let missing = open.iter().filter(|(id, _)| !self.has_ended(id));
        let from = missing.map(looked_from).min()?.checked_sub(OVERLAP).ok()?;
        let from = from.max(now.checked_sub(LOOKBACK).ok()?);
        match scope {
            Scope::All => Some(RunFilter::EndedSince(from)),
            Scope::Failures => Some(RunFilter::NotCompletedSince(from)),
            Scope::LastRuns => None,
        }
    }

    /// Takes in a run of a list, or of a GET. A run that continues an open one ends it. A root is also that of the runs
    /// which a run starts: only one that is known to go on in another is followed.
    pub(crate) fn take(&mut self, open: &OpenRuns, run: &Run) {
        let goes_on = |id: &&String| {
            let found = self.found.get(*id).map(|outcome| outcome.state);
            found.or_else(|| open.get(*id)?.state) == Some(ExecutionState::ContinuedAsNew)
        };
        let continues = run.root_execution_id.as_ref().filter(|_| run.parent_execution_id.is_none()).filter(goes_on);
        let Some(id) = [Some(&run.execution_id), continues].into_iter().flatten().find(|id| open.contains_key(*id))
        else {
            return;
        };
        let outcome = RunOutcome::of(run);
        if is_final(outcome.state) || (!self.has_ended(id) && outcome.state != ExecutionState::Unknown) {
            self.found.insert(id.clone(), outcome);
        }
    }

    /// A list of ends, which ascend, was read up to this end; with `is_whole`, to its end. An end that is still to come
    /// is an error of the remote's clock: nothing follows from it.
    pub(crate) fn note_read(&mut self, open: &OpenRuns, last_end: Option<Timestamp>, is_whole: bool, now: Timestamp) {
        let has_passed = |end: &Timestamp| *end <= now;
        let last_end = last_end.filter(has_passed);
        self.read_until = self.read_until.filter(has_passed).max(last_end);
        if is_whole || last_end.is_some() {
            self.looked_for = open.keys().cloned().collect();
        }
    }

    /// What reading the lists of a poll has come to. Less is read if that was not enough for some polls.
    pub(crate) fn listed(&mut self, scope: Scope, lists: &ListsRead, now: Timestamp) {
        self.whole = matches!(lists, ListsRead::Whole).then_some(scope);
        match lists {
            ListsRead::Whole => self.polls_behind = 0,
            ListsRead::Part | ListsRead::Silent(_) => self.polls_behind += 1,
            ListsRead::Refused(_) => self.polls_behind = POLLS_BEHIND,
            ListsRead::Stopped => {}
        }
        if self.polls_behind < POLLS_BEHIND {
            return;
        }
        if let Some((scope, why)) = fallback(scope, lists) {
            self.polls_behind = 0;
            self.fallback = Some(Fallback { scope, until: now.checked_add(FALLBACK_FOR).unwrap_or(now), why });
        }
    }

    /// The runs that a GET is to look up, in this order, and those of which nothing will be known.
    pub(crate) fn unanswered<'a>(
        &self,
        scope: Scope,
        open: &'a OpenRuns,
        now: Timestamp,
    ) -> (Vec<&'a String>, Vec<&'a String>) {
        let age = |run: &OpenRun| now.duration_since(run.began);
        let is_missing =
            |(id, run): &(&'a String, &'a OpenRun)| !self.found.contains_key(*id) && age(run) >= REGISTERED_WITHIN;
        let is_before_lists = |run: &OpenRun| {
            scope == Scope::All && run.state.is_none() && age(run) > LOOKBACK && age(run) < LOOKED_UP_FOR
        };
        let is_asked = |run: &OpenRun| {
            let is_of_interest = scope != Scope::Failures || run.is_failing || run.is_awaited;
            run.is_going() || (run.is_newest && is_of_interest) || is_before_lists(run)
        };
        let (asked, others): (Vec<_>, Vec<_>) = open.iter().filter(is_missing).partition(|(_, run)| is_asked(run));
        let may_ask = |id: &String| self.ask_again.get(id).is_none_or(|at| *at <= now);
        let mut ask: Vec<_> = asked.into_iter().filter(|(id, _)| may_ask(id)).collect();
        // Each has its turn, and what is old waits for what is new.
        ask.sort_by_key(|(id, run)| (!run.is_newest && !run.is_going(), self.ask_again.get(*id), run.began));
        let is_given_up = |run: &OpenRun| self.whole.is_some() && run.state.is_none();
        let give_up = others.into_iter().filter(|(_, run)| is_given_up(run)).map(|(id, _)| id);
        (ask.into_iter().map(|(id, _)| id).collect(), give_up.collect())
    }

    /// A GET has answered.
    pub(crate) fn answered(&mut self, open: &OpenRuns, id: &str, run: Option<&Run>, now: Timestamp) {
        let state = run.map_or(ExecutionState::Unknown, |run| RunOutcome::of(run).state);
        let is_lost = state == ExecutionState::ContinuedAsNew && open.get(id).is_some_and(|run| self.is_lost(run, now));
        let told = run.filter(|_| state != ExecutionState::Unknown && !is_lost);
        match told {
            Some(run) => self.take(open, &Run { execution_id: id.to_owned(), ..run.clone() }),
            None => self.give_up(id),
        }
        let wait = if told.is_some() { RUNNING_AGAIN } else { UNKNOWN_AGAIN };
        self.ask_again.insert(id.to_owned(), now.checked_add(wait).unwrap_or(now));
    }

    /// Whether nothing shows any more what a run continues as.
    fn is_lost(&self, run: &OpenRun, now: Timestamp) -> bool {
        match self.whole {
            // Otherwise the list of running runs would contain it.
            Some(Scope::All) => run.state == Some(ExecutionState::ContinuedAsNew),
            Some(Scope::Failures | Scope::LastRuns) => now.duration_since(run.began) >= LOOKED_UP_FOR,
            None => false,
        }
    }

    /// A GET has failed; whether the next one may be made.
    pub(crate) fn not_answered(&mut self, open: &OpenRuns, id: &str, error: &RemoteError, now: Timestamp) -> bool {
        let wait = match error.kind() {
            Kind::Wait => return false,
            Kind::Retry => RUNNING_AGAIN,
            Kind::Terminal => UNKNOWN_AGAIN,
        };
        // The list of running runs does not contain it either.
        let is_gone = self.whole == Some(Scope::All) && open.get(id).is_some_and(OpenRun::is_going);
        if is_gone || (self.whole.is_some() && error.kind() == Kind::Terminal) {
            self.give_up(id);
        }
        self.ask_again.insert(id.to_owned(), now.checked_add(wait).unwrap_or(now));
        true
    }

    /// Nothing is known of a run.
    pub(crate) fn give_up(&mut self, id: &str) {
        self.found.insert(id.to_owned(), RunOutcome::unknown());
    }
}

/// How much to read where the lists cannot be read, and why.
fn fallback(scope: Scope, lists: &ListsRead) -> Option<(Scope, String)> {
    let last_runs = "only the last run of each schedule is looked up, in turn";
    match lists {
        ListsRead::Whole | ListsRead::Stopped => None,
        ListsRead::Refused(error) => {
            Some((Scope::LastRuns, format!("the list of runs cannot be read, so {last_runs}: {error}")))
        }
        ListsRead::Silent(error) => {
            Some((Scope::LastRuns, format!("the list of runs does not answer: {error}. Meanwhile {last_runs}")))
        }
        ListsRead::Part => {
            let (less, what) = match scope {
                Scope::All => (Scope::Failures, "only runs that did not complete are known"),
                Scope::Failures | Scope::LastRuns => (Scope::LastRuns, last_runs),
            };
            Some((less, format!("the workspace has too many runs to read all of them: {what}")))
        }
    }
}

#[cfg(test)]
mod tests;
