//! In the end each resource that is promised anything is Ready, and says so of its current generation.

use serde_json::Value;

use super::Breach;
use super::model::ideal::key;
use super::model::ready;
use crate::kubernetes::{find, is_terminating};
use crate::state::State;

pub fn judge(state: &State) -> Vec<Breach> {
    let schedules =
        find("workflowschedules").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
    let mut breaches = Vec::new();
    for (_, object) in schedules {
        let key = key(object);
        let is_off = object["spec"]["management"] == "Off";
        if state.oracles.model.excused.contains(&key) || is_terminating(object) || is_off {
            continue;
        }
        let is_current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
        let types: Vec<&str> = conditions(object).collect();
        match ready(state, &key) {
            Some((status, ..)) if status == "True" && is_current && types == ["Ready"] => {}
            ready => {
                let what = format!("{key} ends with {types:?}, Ready {ready:?}, current: {is_current}");
                breaches.push(Breach { oracle: "all_is_said", at: state.now, what });
            }
        }
    }
    breaches
}

fn conditions(object: &Value) -> impl Iterator<Item = &str> {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.filter_map(|condition| condition["type"].as_str()).filter(|name| !name.starts_with("Run"))
}
