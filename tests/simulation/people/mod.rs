//! What people do: with kubectl, in the remote's console, and to the machines.

mod console;
mod restore;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::FaultRule;

use crate::kubernetes::{Door, Place, Policy, Store, find};
use crate::log::Who;
use crate::oracle::id_of;
use crate::state::{Outage, State};

pub use console::{CONSOLE_KEY, Console, look_up};

/// Something that a person does. Schedules are named `NS/NAME`.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `kubectl apply` of a schedule with just this spec.
    Apply(String, Value),
    /// A merge patch of a schedule's spec.
    Edit(String, Value),
    /// `kubectl annotate` with the time as the value.
    Ask(String, &'static str),
    /// The same with a time that lies so far back.
    AskLate(String, &'static str, SignedDuration),
    /// `kubectl delete` of a schedule.
    Delete(String),
    /// A merge patch of a schedule's metadata.
    Metadata(String, Value),
    /// Somebody empties a schedule's status.
    WipeStatus(String),
    /// `kubectl patch --subresource status` of a schedule.
    EditStatus(String, Value),
    /// From now on the definition of schedules does not know a field of the status.
    Prune(&'static str),
    /// `kubectl apply` of a connection with just this spec.
    ApplyConnection(String, Value),
    /// A merge patch of a connection, metadata included.
    Connection(String, Value),
    /// `kubectl delete` of a connection.
    DeleteConnection(String),
    /// `kubectl annotate` of a connection with the time as the value.
    AskConnection(String, &'static str),
    /// The API key in the connection's Secret.
    Key(Option<&'static str>),
    /// An API key is no longer any good.
    Revoke(&'static str),
    /// The text `text` in the `ConfigMap` `words`.
    Words(&'static str),
    /// A merge patch of another object, or its creation: its plural, its place and the patch.
    Put(&'static str, &'static str, Value),
    /// `kubectl delete` of another object.
    Remove(&'static str, &'static str),
    /// From now on the remote behaves otherwise: a merge patch of its settings.
    Remote(Value),
    /// A namespace is deleted, with all in it.
    DeleteNamespace(&'static str),
    /// Something in the remote's console, with the schedule's id.
    Console(Console, String),
    /// The cluster is restored from a backup that holds no status, and its owner says whose prefix it is.
    Restore,
    /// A backup of etcd is made.
    Snapshot,
    /// etcd is restored from that backup under a running operator.
    Rewind(Watches),
    /// The remote fails from now on, or no more.
    Failures(Option<Box<FaultRule>>),
    /// The operator is killed.
    Crash,
    /// All watches break off.
    CutWatches,
    /// Kubernetes forgets the past: watches that break off have to list anew.
    Compact,
    /// The API server is out of reach from now on.
    Outage(Outage),
    /// It is in reach again.
    OutageEnds,
    /// These are the admission rules from now on.
    Policies(&'static [Policy]),
}

/// What becomes of watches where etcd is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watches {
    /// The API server is started anew.
    Break,
    /// Their connections survive, and bring what happens from then on.
    Survive,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apply(key, spec) => write!(f, "applies {key} {spec}"),
            Self::Edit(key, change) => write!(f, "edits {key} {change}"),
            Self::Ask(key, what) => write!(f, "annotates {key} {what}"),
            Self::AskLate(key, what, ago) => write!(f, "annotates {key} {what} with a time {ago} ago"),
            Self::Delete(key) => write!(f, "deletes {key}"),
            Self::Metadata(key, change) => write!(f, "edits the metadata of {key} {change}"),
            Self::WipeStatus(key) => write!(f, "empties the status of {key}"),
            Self::EditStatus(key, change) => write!(f, "edits the status of {key} {change}"),
            Self::Prune(field) => write!(f, "installs definitions without status.{field}"),
            Self::ApplyConnection(key, spec) => write!(f, "applies connection {key} {spec}"),
            Self::Connection(key, change) => write!(f, "edits connection {key} {change}"),
            Self::DeleteConnection(key) => write!(f, "deletes connection {key}"),
            Self::AskConnection(key, what) => write!(f, "annotates connection {key} {what}"),
            Self::Key(Some(key)) => write!(f, "puts {key} into the Secret"),
            Self::Key(None) => write!(f, "deletes the Secret"),
            Self::Revoke(key) => write!(f, "revokes {key}"),
            Self::Words(text) => write!(f, "puts {text:?} into the ConfigMap"),
            Self::Put(plural, key, change) => write!(f, "puts {change} into {plural} {key}"),
            Self::Remove(plural, key) => write!(f, "deletes {key} of {plural}"),
            Self::Remote(change) => write!(f, "makes the remote behave otherwise: {change}"),
            Self::DeleteNamespace(namespace) => write!(f, "deletes namespace {namespace}"),
            Self::Console(what, id) => write!(f, "in the console: {what} {id}"),
            Self::Failures(Some(rule)) => write!(f, "makes the remote fail: {:?}, {:.2}", rule.fault, rule.probability),
            Self::Failures(None) => write!(f, "makes the remote work"),
            Self::Restore => write!(f, "restores the cluster without statuses"),
            Self::Snapshot => write!(f, "makes a backup of etcd"),
            Self::Rewind(Watches::Break) => write!(f, "restores etcd, and cuts all watches"),
            Self::Rewind(Watches::Survive) => write!(f, "restores etcd, and watches survive"),
            Self::Crash => write!(f, "kills the operator"),
            Self::CutWatches => write!(f, "cuts all watches"),
            Self::Compact => write!(f, "compacts etcd, and cuts all watches"),
            Self::Outage(Outage::Total) => write!(f, "stops the API server"),
            Self::Outage(Outage::OfTheLeader) => write!(f, "cuts the leader off from the API server"),
            Self::Outage(Outage::Hangs) => write!(f, "lets the API server hang"),
            Self::Outage(Outage::OneIn(some)) => write!(f, "lets the API server fail one request in {some}"),
            Self::Policies(policies) => write!(f, "sets the admission rules: {policies:?}"),
            Self::OutageEnds => write!(f, "brings the API server back"),
        }
    }
}

/// A schedule's place.
pub fn schedule(key: &str) -> Place {
    place("workflowschedules", key)
}

/// A connection's place.
pub fn connection(key: &str) -> Place {
    place("workflowconnections", key)
}

/// The place of an object that is named `NS/NAME`.
pub fn place(plural: &str, key: &str) -> Place {
    let (namespace, name) = key.split_once('/').expect("NS/NAME");
    Place { resource: find(plural).expect("it is served"), namespace: namespace.into(), name: name.into() }
}

/// Does it.
pub fn act(state: &mut State, step: &Step) {
    let now = state.now;
    state.log.add(now, Who::Person, step.to_string());
    let under_way = state.oracles.model.under_way();
    state.oracles.disturbed(now);
    let store = &mut state.kubernetes.store;
    match step {
        Step::Apply(key, spec) => apply(store, &schedule(key), spec, now),
        Step::Edit(key, spec) => patch(store, &schedule(key), &json!({ "spec": spec })),
        Step::Ask(key, name) => ask(state, key, name, now),
        Step::AskLate(key, name, ago) => ask(state, key, name, now - *ago),
        Step::Delete(key) => drop(store.delete(&schedule(key), now)),
        Step::Metadata(key, change) => patch(store, &schedule(key), &json!({ "metadata": change })),
        Step::EditStatus(key, change) => {
            drop(store.patch(&schedule(key), Door::Status, &json!({ "status": change })));
        }
        Step::WipeStatus(key) => {
            drop(store.patch(&schedule(key), Door::Status, &json!({ "status": null })));
            let id = store.get(&schedule(key)).ok().and_then(|object| id_of(store, object));
            state.oracles.once_a_token.forget(id);
        }
        Step::Prune(field) => store.prune(schedule("any/any").resource, field),
        Step::ApplyConnection(key, spec) => apply(store, &connection(key), spec, now),
        Step::Connection(key, change) => patch(store, &connection(key), change),
        Step::DeleteConnection(key) => drop(store.delete(&connection(key), now)),
        Step::AskConnection(key, name) => {
            let annotation = json!({ format!("workflows.mistral.ai/{name}"): now.to_string() });
            patch(store, &connection(key), &json!({ "metadata": { "annotations": annotation } }));
        }
        Step::Key(Some(key)) => put(
            store,
            &place("secrets", "shop/key"),
            &json!({ "data": { "key": ByteString(key.as_bytes().to_vec()) } }),
            now,
        ),
        Step::Key(None) => drop(store.delete(&place("secrets", "shop/key"), now)),
        Step::Revoke(key) => drop(state.remote.settings_mut().keys.remove(*key)),
        Step::Words(text) => put(store, &place("configmaps", "shop/words"), &json!({ "data": { "text": text } }), now),
        Step::Put(plural, key, change) => put(store, &place(plural, key), change, now),
        Step::Remove(plural, key) => drop(store.delete(&place(plural, key), now)),
        Step::Remote(change) => {
            let settings = state.remote.settings().merged(change).expect("they are settings");
            *state.remote.settings_mut() = settings;
        }
        Step::DeleteNamespace(namespace) => store.delete_namespace(namespace, now),
        Step::Console(what, id) => console::act(state, what, id, under_way.contains(id)),
        Step::Restore => restore::restore(state, &under_way),
        Step::Snapshot => state.snapshot = Some(state.kubernetes.store.clone()),
        Step::Rewind(watches) => restore::rewind(state, *watches),
        Step::Failures(Some(rule)) => state.remote.inject((**rule).clone()),
        Step::Failures(None) => state.remote.clear_faults(),
        Step::Crash => {}
        Step::CutWatches => state.cuts += 1,
        Step::Compact => {
            state.kubernetes.compact();
            state.cuts += 1;
        }
        Step::Outage(outage) => state.outage_begins(*outage),
        Step::OutageEnds => state.outage = None,
        Step::Policies(policies) => state.kubernetes.policies = policies.to_vec(),
    }
    if let Step::Apply(key, _) | Step::Edit(key, _) = step
        && state.oracles.model.is_restored
    {
        restore::forget_if_unseen(state, key);
    }
}

/// What a person asks of Kubernetes may be refused, as by a namespace that is going.
fn patch(store: &mut Store, place: &Place, patch: &Value) {
    drop(store.patch(place, Door::Main, patch));
}

fn put(store: &mut Store, place: &Place, object: &Value, now: Timestamp) {
    if store.patch(place, Door::Main, object).is_err() {
        drop(store.create(place, object.clone(), now));
    }
}

fn apply(store: &mut Store, place: &Place, spec: &Value, now: Timestamp) {
    match store.get(place).cloned() {
        Ok(mut object) => {
            object["spec"] = spec.clone();
            drop(store.replace(place, Door::Main, object));
        }
        Err(_) => drop(store.create(place, json!({ "spec": spec }), now)),
    }
}

fn ask(state: &mut State, key: &str, name: &str, at: Timestamp) {
    let token = Timestamp::from_second(at.as_second()).expect("a time").to_string();
    let annotations = json!({ format!("workflows.mistral.ai/{name}"): token });
    let store = &mut state.kubernetes.store;
    patch(store, &schedule(key), &json!({ "metadata": { "annotations": annotations } }));
    let Some(object) = store.get(&schedule(key)).ok().cloned() else { return };
    let Some(id) = id_of(&state.kubernetes.store, &object) else { return };
    let created = object["metadata"]["creationTimestamp"].as_str().unwrap_or_default();
    let is_fresh = state.now.duration_since(at) <= SignedDuration::from_mins(10) && token.as_str() >= created;
    match name {
        "trigger-requested-at" if is_fresh => state.oracles.once_a_token.ask(id, token),
        // What is asked for while a pause is declared is handled, and undoes nothing.
        "resume-requested-at" if is_fresh && object["spec"]["paused"] != true => {
            state.oracles.model.pauses.ask_to_resume(id);
        }
        _ => {}
    }
}
