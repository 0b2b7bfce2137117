//! `inputFrom`: words from a `ConfigMap`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::keys::secret_data;
use super::{At, ID, REPORT, apply, ask, called, calls, daily, edit, has_said, is_there, nothing_is_written, says};
use crate::fault::Fault;
use crate::kubernetes::find;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

fn from_words() -> Value {
    let source = json!([{ "configMapKeyRef": { "name": "words", "key": "text" }, "into": "words" }]);
    daily(json!({ "inputFrom": source }))
}

fn words(at: i64, text: &'static str) -> At {
    (seconds(at), Step::Words(text))
}

/// The `ConfigMap` is edited.
pub fn words_change() -> Scenario {
    let mut setup = Setup::new(10);
    setup.before.push(Step::Words("first"));
    Scenario::new(setup, vec![apply(5, from_words()), words(100, "second")]).patient(seconds(720))
}

/// It comes after the schedule that names it.
pub fn words_come_late() -> Scenario {
    let expect = |state: &State| match calls(state, Operation::Create).next() {
        Some(call) if call.body["schedule"]["input"]["words"] == "first" => Ok(()),
        Some(call) => Err(format!("created with {}", call.body["schedule"]["input"])),
        None => Err(format!("{REPORT} is not created")),
    };
    Scenario { expect, ..Scenario::new(Setup::new(150), vec![apply(5, from_words()), words(60, "first")]) }
        .patient(seconds(720))
}

/// Our own sources may change as often as they like: nobody meddles.
pub fn words_change_often() -> Scenario {
    let mut setup = Setup::new(151);
    setup.before.push(Step::Words("first"));
    let mut steps = vec![apply(5, from_words())];
    steps.extend(
        ["second", "third", "fourth", "fifth", "sixth"]
            .into_iter()
            .zip(1..)
            .map(|(text, round)| words(round * 330, text)),
    );
    Scenario::new(setup, steps).exact().patient(seconds(720))
}

/// So may what is declared.
pub fn edit_often() -> Scenario {
    let mut steps = vec![apply(5, daily(json!({})))];
    steps.extend((1..8).map(|round| edit(round * 60, json!({ "input": round }))));
    Scenario::new(Setup::new(152), steps).exact()
}

/// An edit reads its sources anew.
pub fn words_change_with_an_edit() -> Scenario {
    let mut setup = Setup::new(153);
    setup.before.push(Step::Words("first"));
    let steps = vec![apply(5, from_words()), words(100, "second"), edit(100, json!({ "input": { "region": "us" } }))];
    let expect = |state: &State| match calls(state, Operation::Patch).next() {
        Some(call) if call.body["schedule"]["input"]["words"] == "second" => Ok(()),
        Some(call) => Err(format!("patched with {}", call.body["schedule"]["input"])),
        None => Err(format!("{REPORT} is not patched")),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// What cannot be read is not left out.
pub fn words_that_are_no_json() -> Scenario {
    let mut setup = Setup::new(154);
    setup.before.push(Step::Words("{"));
    setup.excused.push(REPORT);
    let source = json!([{ "configMapKeyRef": { "name": "words", "key": "text" }, "into": "words", "format": "JSON" }]);
    let steps = vec![apply(5, daily(json!({ "inputFrom": source })))];
    Scenario { expect: nothing_is_written, ..Scenario::new(setup, steps) }
}

/// It changes a moment after it was read, and somebody asks for another look at once.
pub fn words_change_just_after_a_look() -> Scenario {
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
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// From the hundredth second on there is no input any more, and later a pause is declared.
fn without_words(seed: u64, gone: Step) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.before.push(Step::Words("first"));
    setup.excused.push(REPORT);
    let steps = vec![apply(5, from_words()), (seconds(100), gone), edit(500, json!({ "paused": true }))];
    let expect = |state: &State| {
        called(state, Operation::Patch, 0)?;
        called(state, Operation::Delete, 0)?;
        is_there(state, ID, true)?;
        says(state, REPORT, "InputMissing")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// The `ConfigMap` is deleted: nothing is changed, and a pause is made all the same.
pub fn words_go() -> Scenario {
    without_words(155, Step::Remove("configmaps", "shop/words"))
}

/// Its key goes.
pub fn words_lose_their_key() -> Scenario {
    let loss = Step::Put("configmaps", "shop/words", json!({ "data": { "text": null, "more": "words" } }));
    without_words(156, loss)
}

/// It comes back with other words.
pub fn words_go_and_come_back() -> Scenario {
    let mut scenario = words_go();
    scenario.setup.excused.clear();
    scenario.steps.push(words(600, "second"));
    let expect = |state: &State| {
        has_said(state, "InputMissing")?;
        called(state, Operation::Delete, 0)?;
        match calls(state, Operation::Patch).last() {
            Some(call) if call.body["schedule"]["input"]["words"] == "second" => says(state, REPORT, "Paused"),
            _ => Err("the new words did not come".into()),
        }
    };
    Scenario { expect, ..scenario }.patient(seconds(720))
}

/// What a Secret holds goes to the remote, and nowhere else.
pub fn words_from_a_secret() -> Scenario {
    let source = json!([{ "secretKeyRef": { "name": "words", "key": "text" }, "into": "words" }]);
    let mut setup = Setup::new(157);
    setup.excused.push(REPORT);
    setup.before.push(Step::Put("secrets", "shop/words", secret_data("text", "hunter22")));
    let steps = vec![
        apply(5, daily(json!({ "inputFrom": source }))),
        (seconds(100), Step::Put("secrets", "shop/words", secret_data("text", "hunter33"))),
    ];
    let expect = |state: &State| {
        let sent = |call: &crate::oracle::Call| call.body["schedule"]["input"]["words"].clone();
        let words: Vec<Value> = crate::oracle::mutating(state).map(sent).collect();
        if words != ["hunter22", "hunter33"] {
            return Err(format!("sent were {words:?}"));
        }
        let told = ["workflowschedules", "workflowconnections", "events"].into_iter().filter_map(find);
        let mut told = told.flat_map(|kind| state.kubernetes.store.list(kind, None));
        match told.find(|(_, object)| object.to_string().contains("hunter")) {
            Some((_, object)) => Err(format!("a secret is told in {object}")),
            None => says(state, REPORT, "InSync"),
        }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .lasting(seconds(500))
}
