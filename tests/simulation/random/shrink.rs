//! Makes a failing play small.

use crate::play::Play;

/// So many plays are tried.
const TRIES: usize = 80;

/// The play with fewer faults that still breaks the same rule; and with fewer steps, where it was no
/// scenario, of which each needs the others.
pub fn shrink(play: &Play, oracle: &str, fewer_steps: bool) -> Play {
    let mut smallest = play.clone();
    let mut tries = 0;
    loop {
        let before = size(&smallest);
        for smaller in candidates(&smallest, fewer_steps) {
            if tries == TRIES {
                return smallest;
            }
            tries += 1;
            if smaller.run().is_breach_of(oracle) {
                smallest = smaller;
                break;
            }
        }
        if size(&smallest) == before {
            return smallest;
        }
    }
}

fn size(play: &Play) -> (usize, usize, usize) {
    (play.faults.len(), play.steps.len(), play.replicas)
}

fn candidates(play: &Play, fewer_steps: bool) -> Vec<Play> {
    let mut smaller = Vec::new();
    for number in play.faults.keys() {
        let mut play = play.clone();
        play.faults.remove(number);
        smaller.push(play);
    }
    // The last steps put right what others have broken.
    let last = play.steps.iter().map(|(at, _)| *at).max();
    let is_needed = |number: &usize| !fewer_steps || Some(play.steps[*number].0) == last;
    for number in (0..play.steps.len()).rev().filter(|number| !is_needed(number)) {
        let mut play = play.clone();
        play.steps.remove(number);
        smaller.push(play);
    }
    if play.replicas > 1 {
        smaller.push(Play { replicas: 1, ..play.clone() });
    }
    smaller
}
