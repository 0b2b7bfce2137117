//! Scenarios that a seed makes up: any specs, any edits, any meddling, any failures, and a few faults.

mod shrink;
mod specs;
mod steps;

use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use jiff::SignedDuration;
use workflow_schedule_operator::sandbox::{DeleteMissing, Duplicate, ResumeNote, Settings, Unauthorized};

use crate::fault::Fault;
use crate::people::Step;
use crate::scenario::{Outcome, Scenario};
use crate::setup::{FOREIGN_KEY, Setup};
use crate::single_faults::ALL;

pub use shrink::shrink;

/// What runs are called that are no scenario.
const RANDOM: &str = "random";

/// A scenario that follows from a seed alone.
pub fn scenario(seed: u64) -> Scenario {
    let mut rng = Rng::with_seed(seed);
    let mut setup = Setup::new(seed);
    // Another time of day, so that other crons are near.
    setup.start += SignedDuration::from_secs(rng.i64(0..86_400));
    vary(&mut setup.settings, &mut rng);
    setup.latencies = (rng.u64(1..100), rng.u64(20..900));
    setup.before.push(Step::Words("first"));
    let steps = steps::some(&mut rng, setup.settings.whoami);
    let replicas = if rng.u8(0..5) == 0 { 2 } else { 1 };
    let mut scenario = Scenario::new(setup, steps);
    scenario.replicas = replicas;
    scenario.downtime = SignedDuration::from_secs(rng.i64(1..40));
    // Failures, keys and sources take their time: what matters here is that it comes to an end.
    scenario.patience = Some(SignedDuration::from_mins(14));
    scenario.faults = faults(&mut rng, replicas, 4, 200);
    if scenario.steps.iter().any(|(_, step)| *step == Step::Key(Some(FOREIGN_KEY))) {
        // A restore leaves nothing that knows better than the key that is there.
        scenario.faults.retain(|_, fault| *fault != Fault::StatusLost);
    }
    if scenario.setup.settings.patch_rebuilds {
        // A PATCH that lands a minute late lifts a pause when nobody looks for that any longer.
        scenario.faults.retain(|_, fault| *fault != Fault::LateEffect);
    }
    scenario
}

/// Two faults in a scenario.
pub fn pair(seed: u64) -> (&'static str, Scenario) {
    let mut rng = Rng::with_seed(seed);
    let (name, mut scenario) = loop {
        let (name, scenario) = ALL[rng.usize(0..ALL.len())];
        let scenario = scenario();
        // Some hold without faults alone.
        if Fault::ALL.into_iter().any(|fault| fault.fits(scenario.replicas) && scenario.stands(fault)) {
            break (name, scenario);
        }
    };
    scenario.patience = scenario.patience.max(Some(SignedDuration::from_mins(10)));
    while scenario.faults.len() < 2 {
        let mut some = faults(&mut rng, scenario.replicas, 3, 40);
        some.retain(|_, fault| scenario.stands(*fault));
        scenario.faults = some;
    }
    (name, scenario)
}

fn faults(rng: &mut Rng, replicas: usize, most: usize, range: usize) -> BTreeMap<usize, Fault> {
    let kinds: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| fault.fits(replicas)).collect();
    (0..rng.usize(0..=most)).map(|_| (rng.usize(0..range), kinds[rng.usize(0..kinds.len())])).collect()
}

/// What nobody outside can know of the remote.
fn vary(settings: &mut Settings, rng: &mut Rng) {
    let mut one_in = |count: u8| rng.u8(0..count) == 0;
    settings.partial_list = one_in(3);
    settings.patch_rebuilds = one_in(4);
    settings.whoami = !one_in(5);
    settings.page_limit = one_in(3).then_some(2);
    settings.unauthorized = if one_in(2) { Unauthorized::Detail } else { Unauthorized::Message };
    settings.list_lag = SignedDuration::from_secs(rng.i64(0..8));
    settings.duplicate = *rng
        .choice(&[
            Duplicate::Conflict409,
            Duplicate::Ok200,
            Duplicate::Created201,
            Duplicate::Refused422,
            Duplicate::Failed500,
            Duplicate::Upsert200,
            Duplicate::Upsert201,
        ])
        .expect("some");
    settings.delete_missing = *rng
        .choice(&[DeleteMissing::NotFound404, DeleteMissing::NoContent204, DeleteMissing::Failed500])
        .expect("some");
    settings.resume_note = *rng.choice(&[ResumeNote::Keep, ResumeNote::Clear, ResumeNote::Default]).expect("some");
}

/// What a seed has found, made small.
fn describe(seed: u64, name: &str, scenario: &Scenario, outcome: &Outcome) -> String {
    let oracle = outcome.breaches[0].oracle;
    let small = shrink(scenario, oracle, name == RANDOM);
    let outcome = small.run();
    let steps: Vec<String> = small.steps.iter().map(|(at, step)| format!("  {at:>6}  {step}")).collect();
    let (faults, replicas, steps) = (&small.faults, small.replicas, steps.join("\n"));
    format!("seed {seed} ({name}), faults {faults:?}, {replicas} replicas\n{steps}\n{outcome}")
}

/// Runs what seeds make up, and describes what fails.
fn run_all(seeds: impl Iterator<Item = u64>, make: impl Fn(u64) -> (&'static str, Scenario)) {
    let mut failed = Vec::new();
    let mut text = String::new();
    let mut count = 0;
    for seed in seeds {
        let (name, scenario) = make(seed);
        let outcome = scenario.run();
        count += 1;
        if let Some(breach) = outcome.breaches.first() {
            failed.push(format!("{seed} ({})", breach.oracle));
            if failed.len() <= 3 {
                text += &describe(seed, name, &scenario, &outcome);
            }
        }
    }
    println!("{count} runs");
    assert!(failed.is_empty(), "{text}\n{} of {count} seeds failed: {}", failed.len(), failed.join(", "));
}

/// The seeds of pairs of faults that are always run.
pub const PAIRS: Range<u64> = 1..80;
/// The seeds of whole runs that are always run.
pub const SCENARIOS: Range<u64> = 1..40;

/// `SEEDS=1..1000`, or a few.
fn seeds(few: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("SEEDS") else { return few };
    let read = |text: &str| text.parse().expect("SEEDS is FROM..TO");
    let (from, to) = text.split_once("..").expect("SEEDS is FROM..TO");
    read(from)..read(to)
}

#[test]
fn random_scenarios_hold() {
    run_all(seeds(SCENARIOS), |seed| (RANDOM, scenario(seed)));
}

#[test]
fn pairs_of_faults_hold() {
    run_all(seeds(PAIRS), pair);
}

#[test]
fn a_seed_gives_the_same_log_each_time() {
    for seed in 1..4 {
        let (first, second) = (scenario(seed).run(), scenario(seed).run());
        assert!(first.log == second.log, "seed {seed}:\n{}\n--- and then\n{}", first.log, second.log);
    }
}
