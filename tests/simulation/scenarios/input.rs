//! `inputFrom`: words from a `ConfigMap`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{At, REPORT, apply, ask, calls, daily, edit, nothing_is_written};
use crate::fault::Fault;
use crate::oracle::Operation;
use crate::people::Step;
use crate::play::Play;
use crate::setup::Setup;
use crate::state::State;
use crate::story::seconds;

fn from_words() -> Value {
    let source = json!([{ "configMapKeyRef": { "name": "words", "key": "text" }, "into": "words" }]);
    daily(json!({ "inputFrom": source }))
}

fn words(at: i64, text: &'static str) -> At {
    (seconds(at), Step::Words(text))
}

/// The `ConfigMap` is edited.
pub fn words_change() -> Play {
    let mut setup = Setup::new(10);
    setup.before.push(Step::Words("first"));
    Play::new(setup, vec![apply(5, from_words()), words(100, "second")]).patient(seconds(720))
}

/// It comes after the schedule that names it.
pub fn words_come_late() -> Play {
    let expect = |state: &State| match calls(state, Operation::Create).next() {
        Some(call) if call.body["schedule"]["input"]["words"] == "first" => Ok(()),
        Some(call) => Err(format!("created with {}", call.body["schedule"]["input"])),
        None => Err(format!("{REPORT} is not created")),
    };
    Play { expect, ..Play::new(Setup::new(150), vec![apply(5, from_words()), words(60, "first")]) }
        .patient(seconds(720))
}

/// Our own sources may change as often as they like: nobody meddles.
pub fn words_change_often() -> Play {
    let mut setup = Setup::new(151);
    setup.before.push(Step::Words("first"));
    let mut steps = vec![apply(5, from_words())];
    steps.extend(
        ["second", "third", "fourth", "fifth", "sixth"]
            .into_iter()
            .zip(1..)
            .map(|(text, round)| words(round * 330, text)),
    );
    Play { without: Fault::ALL.to_vec(), ..Play::new(setup, steps) }.patient(seconds(720))
}

/// So may what is declared.
pub fn edit_often() -> Play {
    let mut steps = vec![apply(5, daily(json!({})))];
    steps.extend((1..8).map(|round| edit(round * 60, json!({ "input": round }))));
    Play { without: Fault::ALL.to_vec(), ..Play::new(Setup::new(152), steps) }
}

/// An edit reads its sources anew.
pub fn words_change_with_an_edit() -> Play {
    let mut setup = Setup::new(153);
    setup.before.push(Step::Words("first"));
    let steps = vec![apply(5, from_words()), words(100, "second"), edit(100, json!({ "input": { "region": "us" } }))];
    let expect = |state: &State| match calls(state, Operation::Patch).next() {
        Some(call) if call.body["schedule"]["input"]["words"] == "second" => Ok(()),
        Some(call) => Err(format!("patched with {}", call.body["schedule"]["input"])),
        None => Err(format!("{REPORT} is not patched")),
    };
    Play { without: Fault::ALL.to_vec(), expect, ..Play::new(setup, steps) }
}

/// What cannot be read is not left out.
pub fn words_that_are_no_json() -> Play {
    let mut setup = Setup::new(154);
    setup.before.push(Step::Words("{"));
    setup.excused.push(REPORT);
    let source = json!([{ "configMapKeyRef": { "name": "words", "key": "text" }, "into": "words", "format": "JSON" }]);
    let steps = vec![apply(5, daily(json!({ "inputFrom": source })))];
    Play { expect: nothing_is_written, ..Play::new(setup, steps) }
}

/// It changes a moment after it was read, and somebody asks for another look at once.
pub fn words_change_just_after_a_look() -> Play {
    let mut setup = Setup::new(155);
    setup.latencies = (1, 10);
    setup.before.push(Step::Words("first"));
    let soon = seconds(100) + SignedDuration::from_millis(100);
    let steps = vec![
        apply(5, from_words()),
        ask(100, "reconcile-requested-at"),
        (soon, Step::Words("second")),
        (
            soon,
            Step::Metadata(
                REPORT.into(),
                json!({ "annotations": { "workflows.mistral.ai/reconcile-requested-at": "again" } }),
            ),
        ),
    ];
    let expect = |state: &State| match calls(state, Operation::Patch).next() {
        Some(call) if call.at.to_string().starts_with("2026-11-24T12:01:5") => Ok(()),
        call => Err(format!("patched at {:?}", call.map(|call| call.at))),
    };
    Play { without: Fault::ALL.to_vec(), expect, ..Play::new(setup, steps) }
}
