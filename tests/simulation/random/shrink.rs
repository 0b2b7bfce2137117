//! Makes a failing play small.

use crate::play::Play;

/// So many plays are tried.
const TRIES: usize = 80;

/// The play with fewer faults, steps and oddities that still breaks the same rule.
pub fn shrink(play: &Play, oracle: &str) -> Play {
    let mut smallest = play.clone();
    let mut tries = 0;
    loop {
        let before = size(&smallest);
        for smaller in candidates(&smallest) {
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

fn candidates(play: &Play) -> Vec<Play> {
    let mut smaller = Vec::new();
    for number in play.faults.keys() {
        let mut play = play.clone();
        play.faults.remove(number);
        smaller.push(play);
    }
    for number in (0..play.steps.len()).rev() {
        let mut play = play.clone();
        play.steps.remove(number);
        smaller.push(play);
    }
    if play.replicas > 1 {
        smaller.push(Play { replicas: 1, ..play.clone() });
    }
    smaller
}
