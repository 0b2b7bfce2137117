//! A scenario: a world, what people do in it, and what goes wrong; and how it ends.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;

use crate::fault::Fault;
use crate::log::Who;
use crate::operator::program;
use crate::oracle::{self, Breach, Quiet};
use crate::people::Step;
use crate::setup::Setup;
use crate::state::{Boundary, State, lock};
use crate::world::World;

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub setup: Setup,
    pub replicas: usize,
    pub downtime: SignedDuration,
    /// What people do, and how long after the beginning.
    pub steps: Vec<(SignedDuration, Step)>,
    /// What goes wrong, by the number of the boundary.
    pub faults: BTreeMap<usize, Fault>,
    /// How long it lasts at least.
    pub lasts: SignedDuration,
    /// How long the operator may take to put something right, where that is not the usual time.
    pub patience: Option<SignedDuration>,
    /// Faults that it does not run with.
    pub left_out: Vec<LeftOut>,
    /// What must be so in the end beside what must always be.
    pub expect: fn(&State) -> Result<(), String>,
    /// That holds where no fault is placed alone, for it says how often something is called, or when.
    pub is_exact: bool,
    /// Faults are placed at every so many boundaries, where many resources are alike.
    pub at_every: usize,
}

/// A fault that a scenario does not run with.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    pub fault: Fault,
    /// Why nobody could keep what the scenario promises.
    pub why: &'static str,
}

/// How a scenario went.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub breaches: Vec<Breach>,
    /// Those before all was quiet.
    pub boundaries: Vec<Boundary>,
    pub log: String,
}

/// How long it may take to put something right, backoffs included.
const PATIENCE: SignedDuration = SignedDuration::from_mins(6);
/// How long it may take where nothing goes wrong: the longest guard, and a little.
const USUAL_PATIENCE: SignedDuration = SignedDuration::from_secs(150);
/// How long a pause may take then.
const STOPPING: SignedDuration = SignedDuration::from_secs(15);

/// After the last step: so long for both sides to become equal …
const SETTLING: SignedDuration = SignedDuration::from_mins(15);
/// … this long, at least, for the status to say so …
const SAYING: SignedDuration = SignedDuration::from_mins(3);
/// … and so long in which nothing may happen.
const QUIET: SignedDuration = SignedDuration::from_mins(5);

impl Scenario {
    /// A scenario of one process, in which nothing goes wrong.
    pub fn new(setup: Setup, steps: Vec<(SignedDuration, Step)>) -> Self {
        Self {
            setup,
            replicas: 1,
            downtime: SignedDuration::from_secs(3),
            steps,
            faults: BTreeMap::new(),
            lasts: SignedDuration::ZERO,
            patience: None,
            left_out: Vec::new(),
            expect: |_| Ok(()),
            is_exact: false,
            at_every: 1,
        }
    }

    /// Lets it last at least so long after the beginning.
    pub fn lasting(self, long: SignedDuration) -> Self {
        Self { lasts: long, ..self }
    }

    /// Gives the operator more time than it usually needs, where the rules let it.
    pub fn patient(mut self, long: SignedDuration) -> Self {
        self.patience = Some(long);
        self
    }

    /// Whether nothing goes wrong in it, neither by a fault nor by what people do.
    fn goes_well(&self) -> bool {
        let goes_wrong = |step: &Step| {
            matches!(
                step,
                Step::Failures(_)
                    | Step::Outage(_)
                    | Step::Policies(_)
                    | Step::Crash
                    | Step::Restore
                    | Step::Rewind(_)
                    | Step::Key(_)
                    | Step::Revoke(_)
            )
        };
        self.faults.is_empty()
            && !self.steps.iter().any(|(_, step)| goes_wrong(step))
            && !self.setup.before.iter().any(goes_wrong)
    }

    /// Leaves out faults under which nobody could keep what it promises.
    pub fn without(mut self, faults: impl IntoIterator<Item = Fault>, why: &'static str) -> Self {
        self.left_out.extend(faults.into_iter().map(|fault| LeftOut { fault, why }));
        self
    }

    /// What is expected says how often something is called, or when: a fault may change that, and with faults
    /// the oracles alone judge.
    pub fn exact(self) -> Self {
        Self { is_exact: true, ..self }
    }

    /// Places faults at every so many boundaries only, for many resources are alike.
    pub fn sparse(self, at_every: usize) -> Self {
        Self { at_every, ..self }
    }

    /// Why it does not run with this fault, if it does not.
    pub fn why_without(&self, fault: Fault) -> Option<&'static str> {
        let parts: &[Fault] =
            if fault == Fault::PersonUnheard { &[Fault::PersonFirst, Fault::StaleCache] } else { &[] };
        let mut left_out = self.left_out.iter().filter(|one| one.fault == fault || parts.contains(&one.fault));
        left_out.next().map(|one| one.why)
    }

    /// Whether it runs with this fault too.
    pub fn stands(&self, fault: Fault) -> bool {
        self.why_without(fault).is_none()
    }

    /// The same with a fault at a boundary.
    pub fn with(mut self, number: usize, fault: Fault) -> Self {
        self.faults.insert(number, fault);
        self
    }

    /// Runs it.
    pub fn run(&self) -> Outcome {
        let shared = self.setup.build();
        {
            let mut state = lock(&shared);
            state.faults.clone_from(&self.faults);
            let goes_well = self.goes_well();
            let usual = if goes_well { USUAL_PATIENCE } else { PATIENCE };
            state.oracles.settles.within = self.patience.unwrap_or(usual);
            state.oracles.stops_in_time.within = goes_well.then_some(STOPPING);
        }
        let start = self.setup.start;
        let steps = self.steps.iter().map(|(after, step)| (start + *after, step.clone())).collect();
        let program = program(self.setup.seed, self.replicas > 1);
        let mut world = World::new(shared, program, self.replicas, self.downtime, steps);
        let last = self.steps.iter().map(|(after, _)| *after).max().unwrap_or_default();
        world.run_until(start + last.max(self.lasts));
        settle(&mut world);
        let quiet = Quiet::begin(&world.state());
        let busy = world.state().boundaries.len();
        world.state().faults.clear();
        let now = world.state().now;
        world.run_until(now + QUIET);
        let mut state = world.state();
        oracle::at_the_end(&mut state, Some(&quiet));
        let is_expected = self.faults.is_empty() || !self.is_exact;
        if let Err(why) = (self.expect)(&state)
            && is_expected
        {
            let now = state.now;
            state.oracles.breach("expected", now, why);
        }
        let breaches = state.oracles.breaches.clone();
        for breach in &breaches {
            state.log.add(breach.at, Who::Oracle, format!("{}: {}", breach.oracle, breach.what));
        }
        Outcome { breaches, boundaries: state.boundaries.iter().take(busy).cloned().collect(), log: state.log.text() }
    }
}

/// Lets both sides become equal, and all be said.
fn settle(world: &mut World) {
    let from = world.state().now;
    let mut now = from;
    while now < from + SETTLING {
        now += SignedDuration::from_secs(10);
        world.run_until(now);
        let mut state = world.state();
        let is_calm = now.duration_since(state.oracles.model.disturbed_at) >= SAYING && !state.is_late();
        if is_calm && state.oracles.model.is_settled() {
            return;
        }
    }
}

impl Outcome {
    /// Whether this oracle has found something.
    pub fn is_breach_of(&self, oracle: &str) -> bool {
        self.breaches.iter().any(|breach| breach.oracle == oracle)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for breach in &self.breaches {
            writeln!(f, "{}: {}", breach.oracle, breach.what)?;
        }
        write!(f, "{}", self.log)
    }
}
