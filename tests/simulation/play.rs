//! A play: a world, what people do in it, and what goes wrong; and how it ends.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;

use crate::fault::Fault;
use crate::operator::program;
use crate::oracle::{self, Breach, Quiet};
use crate::people::Step;
use crate::setup::Setup;
use crate::state::{Crossing, State, lock};
use crate::story::Who;
use crate::world::World;

/// A play.
#[derive(Clone, Debug)]
pub struct Play {
    pub setup: Setup,
    pub replicas: usize,
    pub downtime: SignedDuration,
    /// What people do, and how long after the beginning.
    pub steps: Vec<(SignedDuration, Step)>,
    /// What goes wrong, by the number of the crossing.
    pub faults: BTreeMap<usize, Fault>,
    /// How long it lasts at least.
    pub lasts: SignedDuration,
    /// How long the operator may take to put something right, where that is not the usual time.
    pub patience: Option<SignedDuration>,
    /// Faults after which nobody can keep what is promised.
    pub without: Vec<Fault>,
    /// What must be so in the end beside what must always be.
    pub expect: fn(&State) -> Result<(), String>,
}

/// How a play went.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub breaches: Vec<Breach>,
    /// Those before all was quiet.
    pub crossings: Vec<Crossing>,
    pub story: String,
}

/// How long it may take to put something right, backoffs included.
const PATIENCE: SignedDuration = SignedDuration::from_mins(6);
/// How long it may take where nothing goes wrong: the longest guard, and a little.
const FAIR_PATIENCE: SignedDuration = SignedDuration::from_secs(150);
/// How long a pause may take then.
const STOPPING: SignedDuration = SignedDuration::from_secs(15);

/// After the last step: so long for both sides to become equal …
const SETTLING: SignedDuration = SignedDuration::from_mins(15);
/// … this long, at least, for the status to say so …
const SAYING: SignedDuration = SignedDuration::from_mins(3);
/// … and so long in which nothing may happen.
const QUIET: SignedDuration = SignedDuration::from_mins(5);

impl Play {
    /// A play of one process, in which nothing goes wrong.
    pub fn new(setup: Setup, steps: Vec<(SignedDuration, Step)>) -> Self {
        Self {
            setup,
            replicas: 1,
            downtime: SignedDuration::from_secs(3),
            steps,
            faults: BTreeMap::new(),
            lasts: SignedDuration::ZERO,
            patience: None,
            without: Vec::new(),
            expect: |_| Ok(()),
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
    fn is_fair(&self) -> bool {
        let is_foul = |step: &Step| {
            matches!(
                step,
                Step::Weather(_)
                    | Step::Outage(_)
                    | Step::Crash
                    | Step::Restore
                    | Step::Rewind(_)
                    | Step::Key(_)
                    | Step::Revoke(_)
            )
        };
        self.faults.is_empty()
            && !self.steps.iter().any(|(_, step)| is_foul(step))
            && !self.setup.before.iter().any(is_foul)
    }

    /// Whether it holds with this fault too.
    pub fn stands(&self, fault: Fault) -> bool {
        let parts = [Fault::PersonFirst, Fault::StaleCache];
        let is_without = |fault: &Fault| self.without.contains(fault);
        let is_excluded = is_without(&fault) || fault == Fault::PersonUnheard && parts.iter().any(is_without);
        !is_excluded
    }

    /// The same with a fault at a crossing.
    pub fn with(mut self, number: usize, fault: Fault) -> Self {
        self.faults.insert(number, fault);
        self
    }

    /// Plays it.
    pub fn run(&self) -> Outcome {
        let shared = self.setup.build();
        {
            let mut state = lock(&shared);
            state.faults.clone_from(&self.faults);
            let is_fair = self.is_fair();
            let usual = if is_fair { FAIR_PATIENCE } else { PATIENCE };
            state.witness.settles_within = self.patience.unwrap_or(usual);
            state.witness.stops_within = is_fair.then_some(STOPPING);
        }
        let start = self.setup.start;
        let steps = self.steps.iter().map(|(after, step)| (start + *after, step.clone())).collect();
        let program = program(self.setup.seed, self.replicas > 1);
        let mut world = World::new(shared, program, self.replicas, self.downtime, steps);
        let last = self.steps.iter().map(|(after, _)| *after).max().unwrap_or_default();
        world.run_until(start + last.max(self.lasts));
        settle(&mut world);
        let quiet = Quiet::begin(&world.state());
        let busy = world.state().crossings.len();
        world.state().faults.clear();
        let now = world.state().now;
        world.run_until(now + QUIET);
        let mut state = world.state();
        oracle::at_the_end(&mut state, Some(&quiet));
        if let Err(why) = (self.expect)(&state) {
            let now = state.now;
            state.witness.breach("expected", now, why);
        }
        let breaches = state.witness.breaches.clone();
        for breach in &breaches {
            state.story.tell(breach.at, Who::Oracle, format!("{}: {}", breach.oracle, breach.what));
        }
        Outcome { breaches, crossings: state.crossings.iter().take(busy).cloned().collect(), story: state.story.text() }
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
        let is_calm = now.duration_since(state.witness.disturbed_at) >= SAYING && !state.is_late();
        if is_calm && oracle::is_settled(&mut state) {
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
        write!(f, "{}", self.story)
    }
}
