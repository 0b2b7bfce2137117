//! What people do, made up.

use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Body, Fault, FaultRule};

use super::specs;
use crate::log::seconds;
use crate::people::{Console, Step};
use crate::setup::{FOREIGN_KEY, OPERATOR_KEY, ROTATED_KEY};

type At = (SignedDuration, Step);

/// People act for so long.
const ACT: i64 = 900;
/// Then they put right what they have broken.
const CLEAN_UP: i64 = 960;

/// Some steps, in order.
pub fn some(rng: &mut Rng, whoami: bool) -> Vec<At> {
    let names: Vec<String> = (0..rng.usize(1..4)).map(|number| format!("shop/report-{number}")).collect();
    let mut steps: Vec<At> = Vec::new();
    for name in &names {
        steps.push((seconds(rng.i64(1..60)), Step::Apply(name.clone(), specs::some(rng))));
    }
    for _ in 0..rng.usize(2..12) {
        let name = &names[rng.usize(0..names.len())];
        let at = rng.i64(10..ACT);
        steps.extend(one(rng, name, whoami).into_iter().map(|(after, step)| (seconds(at + after), step)));
    }
    steps.extend(clean_up(&names).into_iter().map(|step| (seconds(CLEAN_UP), step)));
    steps.sort_by_key(|(at, _)| *at);
    steps
}

fn id(name: &str) -> String {
    format!("acme.{}", name.replace('/', "."))
}

/// Something, and what belongs to it a while later.
fn one(rng: &mut Rng, name: &str, whoami: bool) -> Vec<(i64, Step)> {
    let name = name.to_owned();
    let step = match rng.u8(0..30) {
        0..=8 => Step::Edit(name, specs::change(rng)),
        9 => Step::Apply(name, specs::some(rng)),
        10 => Step::Delete(name),
        11 => return vec![(0, Step::Delete(name.clone())), (rng.i64(0..90), Step::Apply(name, specs::some(rng)))],
        12 | 13 => Step::Ask(name, "trigger-requested-at"),
        14 => Step::Ask(name, "resume-requested-at"),
        15 => Step::Ask(name, "reconcile-requested-at"),
        16 | 17 => Step::Console(Console::Pause, id(&name)),
        18 => Step::Console(Console::Resume, id(&name)),
        19 => {
            Step::Console(Console::Patch(json!({ "input": "theirs", "intervals": [{ "every": "PT3H" }] })), id(&name))
        }
        20 => Step::Console(Console::Delete, id(&name)),
        21 | 22 => return kill_switch(rng),
        23 => Step::Key(Some(if rng.bool() { OPERATOR_KEY } else { ROTATED_KEY })),
        24 => return a_bad_key(rng, whoami),
        25 => Step::Words(["first", "second", "third"][rng.usize(0..3)]),
        26 => Step::Crash,
        27 => [Step::CutWatches, Step::Compact][rng.usize(0..2)].clone(),
        28 => Step::Connection("shop/default".into(), json!({ "spec": { "pollInterval": "PT20S" } })),
        _ => return failures(rng),
    };
    vec![(0, step)]
}

fn kill_switch(rng: &mut Rng) -> Vec<(i64, Step)> {
    let switch = |paused: Value| Step::Connection("shop/default".into(), json!({ "spec": { "paused": paused } }));
    vec![(0, switch(json!(true))), (rng.i64(5..200), switch(Value::Null))]
}

/// Without whoami nobody can tell another workspace's key from the right one.
fn a_bad_key(rng: &mut Rng, whoami: bool) -> Vec<(i64, Step)> {
    let bad = [None, Some("nonsense"), Some(FOREIGN_KEY)][rng.usize(0..if whoami { 3 } else { 2 })];
    vec![(0, Step::Key(bad)), (rng.i64(5..150), Step::Key(Some(OPERATOR_KEY)))]
}

/// The remote fails for a while.
fn failures(rng: &mut Rng) -> Vec<(i64, Step)> {
    let faults = [
        Fault::Status { status: 503, body: Body::Domain },
        Fault::Status { status: 502, body: Body::Html },
        Fault::RateLimited { retry_after_ms: Some(1500), retry_after: None },
        Fault::RateLimited { retry_after_ms: None, retry_after: None },
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::StatusAfter { status: 500 },
        Fault::LateReply { delay: SignedDuration::from_secs(5) },
        Fault::Latency { delay: SignedDuration::from_secs(2) },
    ];
    let rule = FaultRule {
        principal: Some("operator".into()),
        probability: 0.1 + 0.5 * rng.f64(),
        ..FaultRule::always(faults[rng.usize(0..faults.len())].clone())
    };
    vec![(0, Step::Failures(Some(Box::new(rule)))), (rng.i64(20..200), Step::Failures(None))]
}

/// The key is good, the remote works, the switch is off, and everybody is asked to look again.
fn clean_up(names: &[String]) -> Vec<Step> {
    let mut steps = vec![
        Step::Key(Some(OPERATOR_KEY)),
        Step::Failures(None),
        Step::Connection("shop/default".into(), json!({ "spec": { "paused": null } })),
    ];
    steps.extend(names.iter().map(|name| Step::Ask(name.clone(), "reconcile-requested-at")));
    steps
}
