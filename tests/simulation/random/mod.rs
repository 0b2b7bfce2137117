//! Plays that a seed makes up: any specs, any edits, any meddling, any weather, and a few faults.

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
use crate::play::{Outcome, Play};
use crate::setup::{FOREIGN_KEY, Setup};
use crate::single_faults::ALL;

pub use shrink::shrink;

/// What plays are called that are no scenario.
const RANDOM: &str = "random";

/// A play that follows from a seed alone.
pub fn play(seed: u64) -> Play {
    let mut rng = Rng::with_seed(seed);
    let mut setup = Setup::new(seed);
    // Another time of day, so that other crons are near.
    setup.start += SignedDuration::from_secs(rng.i64(0..86_400));
    vary(&mut setup.settings, &mut rng);
    setup.latencies = (rng.u64(1..100), rng.u64(20..900));
    setup.before.push(Step::Words("first"));
    let steps = steps::some(&mut rng, setup.settings.whoami);
    let replicas = if rng.u8(0..5) == 0 { 2 } else { 1 };
    let mut play = Play::new(setup, steps);
    play.replicas = replicas;
    play.downtime = SignedDuration::from_secs(rng.i64(1..40));
    // Weather, keys and sources take their time: what matters here is that it comes to an end.
    play.patience = Some(SignedDuration::from_mins(14));
    play.faults = faults(&mut rng, replicas, 4, 200);
    if play.steps.iter().any(|(_, step)| *step == Step::Key(Some(FOREIGN_KEY))) {
        // A restore leaves nothing that knows better than the key that is there.
        play.faults.retain(|_, fault| *fault != Fault::StatusLost);
    }
    if play.setup.settings.patch_rebuilds {
        // A PATCH that lands a minute late lifts a pause when nobody looks for that any longer.
        play.faults.retain(|_, fault| *fault != Fault::LateEffect);
    }
    play
}

/// Two faults in a scenario.
pub fn pair(seed: u64) -> (&'static str, Play) {
    let mut rng = Rng::with_seed(seed);
    let (name, mut play) = loop {
        let (name, scenario) = ALL[rng.usize(0..ALL.len())];
        let play = scenario();
        // Some hold in fair weather alone.
        if play.without.len() < Fault::ALL.len() {
            break (name, play);
        }
    };
    play.patience = play.patience.max(Some(SignedDuration::from_mins(10)));
    while play.faults.len() < 2 {
        let mut some = faults(&mut rng, play.replicas, 3, 40);
        some.retain(|_, fault| play.stands(*fault));
        play.faults = some;
    }
    (name, play)
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
        ])
        .expect("some");
    settings.delete_missing = *rng
        .choice(&[DeleteMissing::NotFound404, DeleteMissing::NoContent204, DeleteMissing::Failed500])
        .expect("some");
    settings.resume_note = *rng.choice(&[ResumeNote::Keep, ResumeNote::Clear, ResumeNote::Default]).expect("some");
}

/// What a seed has found, made small.
fn tell(seed: u64, name: &str, play: &Play, outcome: &Outcome) -> String {
    let oracle = outcome.breaches[0].oracle;
    let small = shrink(play, oracle, name == RANDOM);
    let outcome = small.run();
    let steps: Vec<String> = small.steps.iter().map(|(at, step)| format!("  {at:>6}  {step}")).collect();
    let (faults, replicas, steps) = (&small.faults, small.replicas, steps.join("\n"));
    format!("seed {seed} ({name}), faults {faults:?}, {replicas} replicas\n{steps}\n{outcome}")
}

/// Plays seeds, and tells of those that fail.
fn play_all(seeds: impl Iterator<Item = u64>, make: impl Fn(u64) -> (&'static str, Play)) {
    let mut failed = Vec::new();
    let mut told = String::new();
    let mut count = 0;
    for seed in seeds {
        let (name, play) = make(seed);
        let outcome = play.run();
        count += 1;
        if let Some(breach) = outcome.breaches.first() {
            failed.push(format!("{seed} ({})", breach.oracle));
            if failed.len() <= 3 {
                told += &tell(seed, name, &play, &outcome);
            }
        }
    }
    println!("{count} plays");
    assert!(failed.is_empty(), "{told}\n{} of {count} seeds failed: {}", failed.len(), failed.join(", "));
}

/// The seeds of pairs of faults that are always played.
pub const PAIRS: Range<u64> = 1..80;
/// The seeds of whole plays that are always played.
pub const PLAYS: Range<u64> = 1..40;

/// `SEEDS=1..1000`, or a few.
fn seeds(few: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("SEEDS") else { return few };
    let read = |text: &str| text.parse().expect("SEEDS is FROM..TO");
    let (from, to) = text.split_once("..").expect("SEEDS is FROM..TO");
    read(from)..read(to)
}

#[test]
fn random_plays_hold() {
    play_all(seeds(PLAYS), |seed| (RANDOM, play(seed)));
}

#[test]
fn pairs_of_faults_hold() {
    play_all(seeds(PAIRS), pair);
}

#[test]
fn a_seed_tells_the_same_story_each_time() {
    for seed in 1..4 {
        let (first, second) = (play(seed).run(), play(seed).run());
        assert!(first.story == second.story, "seed {seed}:\n{}\n--- and then\n{}", first.story, second.story);
    }
}
