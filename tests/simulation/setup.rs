//! How a world begins.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use workflow_schedule_operator::api;
use workflow_schedule_operator::sandbox::{Key, Options, Sandbox, Settings};

use crate::kubernetes::{Place, find};
use crate::people::{CONSOLE_KEY, Step, act, connection};
use crate::state::{Shared, State};
use crate::world::WORKSPACE;

/// The operator's first key.
pub const OPERATOR_KEY: &str = "operator-key";
/// Another key of the same workspace.
pub const ROTATED_KEY: &str = "rotated-key";
/// A key of another workspace.
pub const FOREIGN_KEY: &str = "foreign-key";

/// How a world begins.
#[derive(Clone, Debug)]
pub struct Setup {
    pub seed: u64,
    /// Everything begins here.
    pub start: Timestamp,
    /// The remote's answers to what nobody can know.
    pub settings: Settings,
    /// How many milliseconds a request takes to Kubernetes, and to the remote; and as many back.
    pub latencies: (u64, u64),
    /// The specs of the connections, by `NS/NAME`.
    pub connections: Vec<(String, Value)>,
    /// What people have done before the operator starts.
    pub before: Vec<Step>,
    /// Resources of which nothing is promised.
    pub excused: Vec<&'static str>,
}

impl Setup {
    /// One connection, `shop/default`, with the prefix `acme`.
    pub fn new(seed: u64) -> Self {
        let settings = Settings {
            default_run_time: SignedDuration::from_millis(100),
            keys: [
                (OPERATOR_KEY, "operator", WORKSPACE),
                (ROTATED_KEY, "operator", WORKSPACE),
                (FOREIGN_KEY, "operator", "elsewhere"),
                (CONSOLE_KEY, "user/person", WORKSPACE),
            ]
            .into_iter()
            .map(|(key, principal, workspace)| (key.to_owned(), Key::new(principal, workspace)))
            .collect(),
            ..Settings::default()
        };
        let spec = json!({
            "apiKeySecretRef": { "name": "key", "key": "key" },
            "scheduleIdPrefix": "acme",
        });
        Self {
            seed,
            start: "2026-11-24T12:00:10Z".parse().expect("a time"),
            settings,
            // Long enough at the remote for an every-second schedule to fire between any two calls.
            latencies: (20, 600),
            connections: vec![("shop/default".into(), spec)],
            before: Vec::new(),
            excused: Vec::new(),
        }
    }

    /// The world as it begins.
    pub fn build(&self) -> Shared {
        let remote = Sandbox::new(Options { seed: self.seed, settings: self.settings.clone() }, self.start);
        let mut state = State::new(remote, self.start, self.latencies);
        let definitions = find("customresourcedefinitions").expect("it is served");
        for crd in api::crds() {
            let object = serde_json::to_value(crd).expect("it is JSON");
            let name = crd.metadata.name.clone().unwrap_or_default();
            let place = Place { resource: definitions, namespace: String::new(), name };
            state.kubernetes.store.create(&place, object, self.start).expect("it is new");
        }
        act(&mut state, &Step::Key(Some(OPERATOR_KEY)));
        for (key, spec) in &self.connections {
            let object = json!({ "spec": spec });
            state.kubernetes.store.create(&connection(key), object, self.start).expect("it is new");
        }
        for step in &self.before {
            act(&mut state, step);
        }
        state.oracles.model.excused = self.excused.iter().map(|key| (*key).to_owned()).collect();
        Arc::new(Mutex::new(state))
    }
}
