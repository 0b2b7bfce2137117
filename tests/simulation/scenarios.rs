//! What people do, one thing at a time.

use serde_json::{Value, json};

use crate::people::Step;
use crate::play::Play;
use crate::setup::Setup;
use crate::story::seconds;

fn hourly() -> Value {
    json!({ "workflowIdentifier": "report", "intervals": [{ "every": "PT1H" }] })
}

#[test]
fn first() {
    let play = Play::new(Setup::new(1), vec![(seconds(5), Step::Apply("shop/report".into(), hourly()))]);
    let outcome = play.run();
    println!("{outcome}");
    assert!(outcome.breaches.is_empty());
}
