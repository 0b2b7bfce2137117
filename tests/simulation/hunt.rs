//! Runs scenarios until something is wrong, and stops there: by what a defect is caught, and after how long.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::random;
use crate::scenario::Scenario;
use crate::single_faults::{ALL, singles};

/// A defect may let the operator run in circles: to stand still is no catch.
const LONGEST: Duration = Duration::from_mins(5);

/// A run, and what it is called.
type Named = (String, Scenario);

/// All that `make test` runs: first each scenario as it is, then what seeds make up and pairs of faults,
/// and last, for they are the most, each fault of each scenario.
fn all() -> impl Iterator<Item = Named> {
    let scenarios = || ALL.iter().map(|(name, scenario)| ((*name).to_owned(), scenario()));
    let pairs = random::PAIRS.map(random::pair).map(|(name, scenario)| (name.to_owned(), scenario));
    let made_up = random::SCENARIOS.map(|seed| (format!("seed {seed}"), random::scenario(seed)));
    let faulty = |(name, scenario): Named| {
        singles(&scenario, &scenario.run().boundaries).into_iter().map(move |scenario| (name.clone(), scenario))
    };
    scenarios().chain(made_up).chain(pairs).chain(scenarios().flat_map(faulty))
}

/// By what it is caught, if it is.
fn found(name: &str, scenario: &Scenario) -> Option<String> {
    let place = if scenario.faults.is_empty() { name.to_owned() } else { format!("{name} with {:?}", scenario.faults) };
    scenario.run().breaches.first().map(|breach| format!("{} in {place}: {}", breach.oracle, breach.what))
}

/// How many runs there are to be: `RUNS`, or all.
fn most() -> usize {
    std::env::var("RUNS").map_or(usize::MAX, |text| text.parse().expect("RUNS is a number"))
}

#[test]
#[ignore = "for tests/mutants: it wants a defect"]
fn a_defect_is_caught() {
    let runs = Arc::new(Mutex::new(all().zip(1..).take(most())));
    let (sender, caught) = channel();
    for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
        let (runs, sender) = (runs.clone(), sender.clone());
        let next = move || runs.lock().unwrap().next();
        thread::spawn(move || {
            while let Some(((name, scenario), number)) = next() {
                if let Some(what) = found(&name, &scenario) {
                    // Nobody hears of the second.
                    return drop(sender.send(format!("caught in run {number} by {what}")));
                }
            }
        });
    }
    drop(sender);
    match caught.recv_timeout(LONGEST) {
        Ok(how) => println!("{how}"),
        Err(RecvTimeoutError::Disconnected) => panic!("nothing is wrong in any run"),
        Err(RecvTimeoutError::Timeout) => panic!("some run does not end within {LONGEST:?}"),
    }
}
