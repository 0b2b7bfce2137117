//! What people do: with kubectl, and in the remote's console.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::FaultRule;

use crate::kubernetes::{Door, Place, Store, find};
use crate::oracle::{id_of, is_target_pending, look};
use crate::state::State;
use crate::story::Who;

/// The key with which people call the remote.
pub const CONSOLE_KEY: &str = "console-key";

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
    /// A namespace is deleted, with all in it.
    DeleteNamespace(&'static str),
    /// Something in the remote's console, with the schedule's id.
    Console(Console, String),
    /// The cluster is restored from a backup that holds no status, and its owner says whose prefix it is.
    Restore,
    /// The remote fails from now on, or no more.
    Weather(Option<Box<FaultRule>>),
    /// The operator is killed.
    Crash,
    /// All watches break off.
    CutWatches,
    /// Kubernetes forgets the past: watches that break off have to list anew.
    Compact,
}

/// What a person does in the console.
#[derive(Clone, Debug, PartialEq)]
pub enum Console {
    Pause,
    Resume,
    Delete,
    /// A schedule of one's own, or a worker that registers its own again.
    Create(Value),
    /// Some of the definition.
    Patch(Value),
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
            Self::Prune(field) => write!(f, "installs definitions without status.{field}"),
            Self::ApplyConnection(key, spec) => write!(f, "applies connection {key} {spec}"),
            Self::Connection(key, change) => write!(f, "edits connection {key} {change}"),
            Self::DeleteConnection(key) => write!(f, "deletes connection {key}"),
            Self::AskConnection(key, what) => write!(f, "annotates connection {key} {what}"),
            Self::Key(Some(key)) => write!(f, "puts {key} into the Secret"),
            Self::Key(None) => write!(f, "deletes the Secret"),
            Self::Revoke(key) => write!(f, "revokes {key}"),
            Self::Words(text) => write!(f, "puts {text:?} into the ConfigMap"),
            Self::DeleteNamespace(namespace) => write!(f, "deletes namespace {namespace}"),
            Self::Console(what, id) => write!(f, "in the console: {what} {id}"),
            Self::Weather(Some(rule)) => write!(f, "makes the remote fail: {:?}, {:.2}", rule.fault, rule.probability),
            Self::Weather(None) => write!(f, "makes the remote work"),
            Self::Restore => write!(f, "restores the cluster without statuses"),
            Self::Crash => write!(f, "kills the operator"),
            Self::CutWatches => write!(f, "cuts all watches"),
            Self::Compact => write!(f, "compacts etcd, and cuts all watches"),
        }
    }
}

impl fmt::Display for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause => write!(f, "pause"),
            Self::Resume => write!(f, "resume"),
            Self::Delete => write!(f, "delete"),
            Self::Create(body) => write!(f, "create {body}"),
            Self::Patch(schedule) => write!(f, "patch {schedule}"),
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
    state.story.tell(now, Who::Person, step.to_string());
    let under_way = state.witness.under_way();
    state.witness.disturbed(now);
    let store = &mut state.kubernetes.store;
    match step {
        Step::Apply(key, spec) => apply(store, &schedule(key), spec, now),
        Step::Edit(key, spec) => patch(store, &schedule(key), &json!({ "spec": spec })),
        Step::Ask(key, name) => ask(state, key, name, now),
        Step::AskLate(key, name, ago) => ask(state, key, name, now - *ago),
        Step::Delete(key) => drop(store.delete(&schedule(key), now)),
        Step::Metadata(key, change) => patch(store, &schedule(key), &json!({ "metadata": change })),
        Step::WipeStatus(key) => drop(store.patch(&schedule(key), Door::Status, &json!({ "status": null }))),
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
        Step::DeleteNamespace(namespace) => store.delete_namespace(namespace, now),
        Step::Console(what, id) => console(state, what, id, under_way.contains(id)),
        Step::Restore => restore(state, &under_way),
        Step::Weather(Some(rule)) => state.remote.inject((**rule).clone()),
        Step::Weather(None) => state.remote.clear_faults(),
        Step::Crash => {}
        Step::CutWatches => state.cuts += 1,
        Step::Compact => {
            state.kubernetes.compact();
            state.cuts += 1;
        }
    }
    if let Step::Apply(key, _) | Step::Edit(key, _) = step
        && state.witness.is_restored
    {
        forget_if_unseen(state, key);
    }
}

/// After a restore the operator has not looked at it yet.
fn forget_if_unseen(state: &mut State, key: &str) {
    let Some(object) = state.kubernetes.store.get(&schedule(key)).ok().cloned() else { return };
    let is_unseen = object["status"]["memory"].get("target").is_none();
    if let Some(id) = id_of(&state.kubernetes.store, &object).filter(|_| is_unseen) {
        look(state);
        forget(state, &id);
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
    let is_new = |tokens: &Vec<String>| !tokens.contains(&token);
    match name {
        "trigger-requested-at" if is_fresh => {
            let tokens = state.witness.tokens.entry(id).or_default();
            if is_new(tokens) {
                tokens.push(token);
            }
        }
        // What is asked for while a pause is declared is handled, and undoes nothing.
        "resume-requested-at" if is_fresh && object["spec"]["paused"] != true => {
            state.witness.console.insert(id, false);
        }
        _ => {}
    }
}

/// The owner says whose the prefix is and which explicit ids are the cluster's, as the manual asks for.
fn restore(state: &mut State, under_way: &BTreeSet<String>) {
    let now = state.now;
    state.witness.is_restored = true;
    for id in under_way {
        forget(state, id);
    }
    let store = &mut state.kubernetes.store;
    for plural in ["workflowconnections", "workflowschedules"] {
        let objects: Vec<(Place, Value)> = store
            .list(find(plural).expect("it is served"), None)
            .map(|(place, object)| (place.clone(), object.clone()))
            .collect();
        for (place, object) in &objects {
            if store.is_going(&place.namespace) {
                continue;
            }
            drop(store.restore(place, now));
            // An explicit id is no claim any more: without it a deletion leaves the schedule.
            if object["metadata"].get("deletionTimestamp").is_some() && object["spec"].get("scheduleId").is_none() {
                drop(store.delete(place, now));
            }
            if let Some(prefix) = object["spec"]["scheduleIdPrefix"].as_str() {
                let annotations = json!({ "workflows.mistral.ai/claim-prefix": prefix });
                patch(store, place, &json!({ "metadata": { "annotations": annotations } }));
                if object["spec"]["paused"] == true {
                    // What the kill switch had paused, nobody remembers.
                    state.witness.unsure.extend(state.witness.timelines.keys().cloned());
                }
            }
            let key = format!("{}/{}", place.namespace, place.name);
            if object["spec"].get("scheduleId").is_some() && !state.witness.excused.contains(&key) {
                patch(store, place, &json!({ "spec": { "adoption": "IfExists" } }));
            }
        }
    }
}

/// "No memory (a restore) never reads as a change: an existing remote count stands, nothing is
/// replaced." So of what was under way, or changes before the operator has looked, only the rest is
/// promised.
fn forget(state: &mut State, id: &str) {
    let there = crate::oracle::schedule(state, id);
    let Some(ideal) = state.witness.timelines.get(id).and_then(|timeline| timeline.now().cloned()) else { return };
    state.witness.uncounted.insert(id.to_owned());
    // A pause that was being made, and a resume that was asked for before the resource was made anew.
    let is_paused = there.as_ref().is_some_and(|there| there.paused);
    if is_paused || state.witness.console.get(id) == Some(&true) {
        state.witness.unsure.insert(id.to_owned());
    }
    if there.is_some_and(|there| ideal.differences(&there, false).contains(&"workflow")) {
        state.witness.excused.insert(ideal.key);
        state.witness.timelines.remove(id);
    }
}

/// A call to the remote with the console's key.
fn console(state: &mut State, what: &Console, id: &str, is_under_way: bool) {
    let schedules = "/v1/workflows/schedules";
    let (method, path, body) = match what {
        Console::Pause => (Method::POST, format!("{schedules}/{id}/pause"), json!({ "note": "by hand" })),
        Console::Resume => (Method::POST, format!("{schedules}/{id}/resume"), json!({ "note": "by hand" })),
        Console::Delete => (Method::DELETE, format!("{schedules}/{id}"), Value::Null),
        Console::Create(body) => {
            let mut body = body.clone();
            body["schedule_id"] = json!(id);
            (Method::POST, schedules.to_owned(), body)
        }
        Console::Patch(schedule) => (Method::PATCH, format!("{schedules}/{id}"), json!({ "schedule": schedule })),
    };
    let before = crate::oracle::schedule(state, id);
    let is_paused = before.as_ref().is_some_and(|schedule| schedule.paused);
    let remaining = before.and_then(|schedule| schedule.remaining);
    let is_known = remaining.is_none() || remaining == told_remaining(state, id);
    let now = state.now;
    let reply = state.remote.handle(&request(method, &path, &body), now);
    let is_done = reply.response.as_ref().is_some_and(|response| response.status().is_success());
    state.story.tell(now, Who::Remote, format!("{what} {id} → {}", if is_done { "done" } else { "refused" }));
    if !is_done {
        return;
    }
    state.witness.meddled(id, now);
    if *what == Console::Delete && !is_known {
        // The status is up to a minute old: how many were left at the end, nobody can say.
        state.witness.uncounted.insert(id.to_owned());
    }
    match what {
        // One that comes between the last look and the deletion of a replace goes unseen.
        Console::Pause if is_being_replaced(state, id) => drop(state.witness.unsure.insert(id.to_owned())),
        // Under the kill switch there is one pause, and its note says whose: in the middle of a pass that is
        // the switch's.
        Console::Pause if is_under_way && !state.witness.killed_since.is_empty() => {
            state.witness.unsure.insert(id.to_owned());
        }
        Console::Pause => drop(state.witness.console.insert(id.to_owned(), true)),
        // A resume in the middle of a pass looks like a pause that a PATCH has lifted.
        Console::Resume if is_under_way || is_read_back_pending(state, id) => {
            state.witness.unsure.insert(id.to_owned());
        }
        Console::Resume => drop(state.witness.console.insert(id.to_owned(), false)),
        // A pause that the operator has not seen goes with it.
        Console::Delete if is_paused && !is_told_paused(state, id) => drop(state.witness.unsure.insert(id.to_owned())),
        // Where a PATCH makes a schedule anew, whoever sends it lifts the pause.
        Console::Patch(_) if state.remote.settings().patch_rebuilds => {
            state.witness.console.insert(id.to_owned(), false);
        }
        Console::Delete | Console::Create(_) | Console::Patch(_) => {}
    }
}

/// How many runs are left by the status.
fn told_remaining(state: &State, id: &str) -> Option<i64> {
    resource(state, id)?["status"]["remainingExecutions"].as_i64()
}

/// Whether it is paused by the status.
fn is_told_paused(state: &State, id: &str) -> bool {
    resource(state, id).is_some_and(|object| object["status"]["paused"] == true)
}

fn is_being_replaced(state: &State, id: &str) -> bool {
    resource(state, id)
        .is_some_and(|object| object["status"]["memory"]["replace"].is_object() || is_target_pending(object))
}

/// A pass has patched what was paused, and will look whether it still is.
fn is_read_back_pending(state: &State, id: &str) -> bool {
    resource(state, id).is_some_and(|object| object["status"]["memory"]["pauseBeforePatch"].is_object())
}

/// The resource that means an id.
fn resource<'a>(state: &'a State, id: &str) -> Option<&'a Value> {
    let store = &state.kubernetes.store;
    let mut objects = store.list(find("workflowschedules")?, None).map(|(_, object)| object);
    objects.find(|object| id_of(store, object).as_deref() == Some(id))
}

/// A request with the console's key.
pub fn request(method: Method, path: &str, body: &Value) -> Request<Bytes> {
    let bearer = format!("Bearer {CONSOLE_KEY}");
    let request = Request::builder().method(method).uri(format!("https://remote{path}"));
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    request.header(http::header::AUTHORIZATION, bearer).body(body).expect("a request")
}
