//! Makes a failing scenario small.

use crate::scenario::Scenario;

/// So many runs are tried.
const TRIES: usize = 80;

/// The scenario with fewer faults that still breaks the same rule; and with fewer steps, where it was no
/// scenario, of which each needs the others.
pub fn shrink(scenario: &Scenario, oracle: &str, fewer_steps: bool) -> Scenario {
    let mut smallest = scenario.clone();
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

fn size(scenario: &Scenario) -> (usize, usize, usize) {
    (scenario.faults.len(), scenario.steps.len(), scenario.replicas)
}

fn candidates(scenario: &Scenario, fewer_steps: bool) -> Vec<Scenario> {
    let mut smaller = Vec::new();
    for number in scenario.faults.keys() {
        let mut scenario = scenario.clone();
        scenario.faults.remove(number);
        smaller.push(scenario);
    }
    // The last steps put right what others have broken.
    let last = scenario.steps.iter().map(|(at, _)| *at).max();
    let is_needed = |number: &usize| !fewer_steps || Some(scenario.steps[*number].0) == last;
    for number in (0..scenario.steps.len()).rev().filter(|number| !is_needed(number)) {
        let mut scenario = scenario.clone();
        scenario.steps.remove(number);
        smaller.push(scenario);
    }
    if scenario.replicas > 1 {
        smaller.push(Scenario { replicas: 1, ..scenario.clone() });
    }
    smaller
}
