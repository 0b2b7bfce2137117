//! Plays until something is wrong, and stops there: by what a defect is caught, and after how long.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::play::Play;
use crate::random;
use crate::single_faults::{ALL, singles};

/// A defect may let the operator run in circles: to stand still is no catch.
const LONGEST: Duration = Duration::from_mins(5);

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

/// By what it is caught, if it is.
fn found(name: &str, play: &Play) -> Option<String> {
    let place = if play.faults.is_empty() { name.to_owned() } else { format!("{name} with {:?}", play.faults) };
    play.run().breaches.first().map(|breach| format!("{} in {place}: {}", breach.oracle, breach.what))
}

/// How many plays there are to be: `PLAYS`, or all.
fn most() -> usize {
    std::env::var("PLAYS").map_or(usize::MAX, |text| text.parse().expect("PLAYS is a number"))
}

#[test]
#[ignore = "for tests/mutants: it wants a defect"]
fn a_defect_is_caught() {
    let plays = Arc::new(Mutex::new(all().zip(1..).take(most())));
    let (tell, caught) = channel();
    for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
        let (plays, tell) = (plays.clone(), tell.clone());
        let next = move || plays.lock().unwrap().next();
        thread::spawn(move || {
            while let Some(((name, play), number)) = next() {
                if let Some(what) = found(&name, &play) {
                    // Nobody hears of the second.
                    return drop(tell.send(format!("caught in play {number} by {what}")));
                }
            }
        });
    }
    drop(tell);
    match caught.recv_timeout(LONGEST) {
        Ok(how) => println!("{how}"),
        Err(RecvTimeoutError::Disconnected) => panic!("nothing is wrong in any play"),
        Err(RecvTimeoutError::Timeout) => panic!("some play does not end within {LONGEST:?}"),
    }
}
