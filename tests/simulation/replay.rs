//! One scenario by name, with its log: to look into what went wrong.
//!
//! `SCENARIO=create FAULTS=CrashAfter@7,LateEffect@9 cargo test --test simulation replay -- --ignored --nocapture`

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::single_faults::ALL;

#[test]
#[ignore = "for people: it wants a SCENARIO"]
fn replay() {
    let name = std::env::var("SCENARIO").expect("SCENARIO names a scenario");
    let (_, scenario) = ALL.iter().find(|(known, _)| *known == name).expect("SCENARIO names a scenario");
    let mut scenario = scenario();
    scenario.faults = read(&std::env::var("FAULTS").unwrap_or_default());
    let outcome = scenario.run();
    println!("{outcome}");
    assert!(outcome.breaches.is_empty());
}

fn read(text: &str) -> BTreeMap<usize, Fault> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, number) = part.split_once('@').expect("FAULT@NUMBER");
            let fault = Fault::ALL.into_iter().find(|fault| format!("{fault:?}") == name).expect("a fault");
            (number.parse().expect("a number"), fault)
        })
        .collect()
}
