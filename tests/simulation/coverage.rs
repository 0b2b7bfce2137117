//! How many pairs of a scenario and a fault run, and how many are left out, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use crate::fault::Fault;
use crate::single_faults::ALL;

/// So many scenarios run without faults alone. Whoever adds one has to raise it.
const WITHOUT_FAULTS: usize = 1;

#[derive(Default)]
struct Coverage {
    runs: usize,
    left_out: BTreeMap<&'static str, usize>,
    without_faults: Vec<&'static str>,
}

fn coverage() -> Coverage {
    let mut coverage = Coverage::default();
    for (name, scenario) in ALL {
        let scenario = scenario();
        let fitting = Fault::ALL.into_iter().filter(|fault| fault.fits(scenario.replicas));
        let reasons: Vec<Option<&str>> = fitting.map(|fault| scenario.why_without(fault)).collect();
        coverage.runs += reasons.iter().filter(|why| why.is_none()).count();
        if reasons.iter().all(Option::is_some) {
            coverage.without_faults.push(name);
        }
        for why in reasons.into_iter().flatten() {
            *coverage.left_out.entry(why).or_default() += 1;
        }
    }
    coverage
}

/// It is written past the test's own capture, so that every run of the tests shows it.
#[test]
fn few_scenarios_run_without_faults_alone() {
    let Coverage { runs, left_out, without_faults } = coverage();
    let sum: usize = left_out.values().sum();
    let mut text = format!(
        "the simulation: {} scenarios; {runs} pairs of a scenario and a fault run, {sum} are left out:\n",
        ALL.len()
    );
    let mut left_out: Vec<_> = left_out.into_iter().collect();
    left_out.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (why, count) in left_out {
        let _ = writeln!(text, "{count:6}  {why}");
    }
    let _ = writeln!(text, "run without faults alone: {}: {}", without_faults.len(), without_faults.join(", "));
    std::io::stderr().write_all(text.as_bytes()).unwrap();
    assert!(without_faults.len() <= WITHOUT_FAULTS, "{text}");
}
