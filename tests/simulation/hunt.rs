//! Plays until something is wrong, and stops there: by what a defect is caught, and after how long.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::fault::Fault;
use crate::play::Play;
use crate::random;
use crate::single_faults::{ALL, singles};

/// One play, and what it is called.
type Named = (String, Play);

/// All that `make test` plays: first each scenario as it is, then what seeds make up and pairs of faults,
/// and last, for they are the most, each fault of each scenario.
fn all() -> impl Iterator<Item = Named> {
    let scenarios = || ALL.iter().map(|(name, scenario)| ((*name).to_owned(), scenario()));
    let pairs = random::PAIRS.map(random::pair).map(|(name, play)| (name.to_owned(), play));
    let made_up = random::PLAYS.map(|seed| (format!("seed {seed}"), random::play(seed)));
    let faulty =
        |(name, play): Named| singles(&play, &play.run().crossings).into_iter().map(move |play| (name.clone(), play));
    scenarios().chain(made_up).chain(pairs).chain(scenarios().flat_map(faulty))
}

fn told(name: &str, faults: &BTreeMap<usize, Fault>) -> String {
    if faults.is_empty() { name.to_owned() } else { format!("{name} with {faults:?}") }
}

/// By what it is caught, if it is.
fn found(name: &str, play: &Play) -> Option<String> {
    let place = told(name, &play.faults);
    match catch_unwind(AssertUnwindSafe(|| play.run())) {
        Ok(outcome) => outcome.breaches.first().map(|breach| format!("{} in {place}: {}", breach.oracle, breach.what)),
        Err(_) => Some(format!("a panic in {place}")),
    }
}

#[test]
#[ignore = "for the mutants, each of which has a defect"]
fn a_defect_is_caught() {
    let plays = Mutex::new(all().enumerate());
    let (caught, is_over) = (Mutex::new(None), AtomicBool::new(false));
    let next = || if is_over.load(Ordering::Relaxed) { None } else { plays.lock().unwrap().next() };
    let play = || {
        while let Some((number, (name, play))) = next() {
            if let Some(what) = found(&name, &play) {
                is_over.store(true, Ordering::Relaxed);
                caught.lock().unwrap().get_or_insert((number + 1, what));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(play);
        }
    });
    let (number, what) = caught.into_inner().unwrap().expect("nothing was wrong in all the plays");
    println!("caught in play {number} by {what}");
}
