//! The stand-in against what the real API server does (API conventions, API concepts, and the
//! behaviour of 1.37).

use serde_json::{Value, json};

use super::watch::Line;
use super::*;

const NOW: &str = "2026-11-24T12:00:00.7Z";

fn now() -> jiff::Timestamp {
    NOW.parse().unwrap()
}

fn place(plural: &str, name: &str) -> Place {
    Place { resource: find(plural).unwrap(), namespace: "shop".into(), name: name.into() }
}

fn schedule() -> Place {
    place("workflowschedules", "report")
}

fn with_schedule(metadata: &Value) -> Store {
    let mut store = Store::default();
    let object = json!({ "metadata": metadata, "spec": { "workflowIdentifier": "w" }, "status": { "paused": true } });
    store.create(&schedule(), object, now()).unwrap();
    store
}

#[test]
fn a_created_object_gets_what_only_the_server_gives_and_loses_its_status() {
    let store = with_schedule(&json!({ "uid": "mine", "resourceVersion": "9" }));
    let object = store.get(&schedule()).unwrap();
    assert_eq!(object["metadata"]["generation"], 1);
    assert_eq!(object["metadata"]["creationTimestamp"], "2026-11-24T12:00:00Z");
    assert_eq!(version_of(object), Some("1"));
    assert_ne!(object["metadata"]["uid"], "mine");
    assert_eq!(object["status"], json!({ "observedGeneration": -1 }), "the definition's default");
}

#[test]
fn a_name_is_created_once() {
    let mut store = with_schedule(&json!({}));
    let refusal = store.create(&schedule(), json!({}), now()).unwrap_err();
    assert_eq!((refusal.code, refusal.reason), (409, "AlreadyExists"));
    assert_eq!(refusal.message, "workflowschedules.workflows.mistral.ai \"report\" already exists");
}

#[test]
fn a_patch_with_another_version_is_a_conflict_and_without_one_is_not() {
    let mut store = with_schedule(&json!({}));
    let patch = json!({ "metadata": { "resourceVersion": "7" }, "status": { "paused": false } });
    let refusal = store.patch(&schedule(), Door::Status, &patch).unwrap_err();
    assert_eq!((refusal.code, refusal.reason), (409, "Conflict"));
    assert!(refusal.message.starts_with("Operation cannot be fulfilled on workflowschedules.workflows.mistral.ai \"report\": the object has been modified"));
    store.patch(&schedule(), Door::Status, &json!({ "status": { "paused": false } })).unwrap();
}

#[test]
fn the_main_door_changes_no_status_and_the_status_door_nothing_else() {
    let mut store = with_schedule(&json!({}));
    let patch = json!({ "metadata": { "annotations": { "a": "1" } }, "spec": { "paused": true }, "status": { "paused": true } });
    let object = store.patch(&schedule(), Door::Status, &patch).unwrap();
    assert_eq!(object["spec"], json!({ "workflowIdentifier": "w" }));
    assert_eq!(annotation(&object, "a"), None);
    assert_eq!(object["status"], json!({ "observedGeneration": -1, "paused": true }));
    let object = store.patch(&schedule(), Door::Main, &json!({ "status": null, "spec": { "paused": true } })).unwrap();
    assert_eq!(object["status"]["paused"], true);
    assert_eq!(object["spec"]["paused"], true);
}

#[test]
fn the_generation_counts_changes_of_the_spec_alone() {
    let mut store = with_schedule(&json!({}));
    let annotated =
        store.patch(&schedule(), Door::Main, &json!({ "metadata": { "annotations": { "a": "1" } } })).unwrap();
    assert_eq!(annotated["metadata"]["generation"], 1);
    let edited = store.patch(&schedule(), Door::Main, &json!({ "spec": { "paused": true } })).unwrap();
    assert_eq!(edited["metadata"]["generation"], 2);
    let written = store.patch(&schedule(), Door::Status, &json!({ "status": { "paused": true } })).unwrap();
    assert_eq!(written["metadata"]["generation"], 2);
}

#[test]
fn a_patch_that_changes_nothing_makes_no_new_version() {
    let mut store = with_schedule(&json!({}));
    let object = store.patch(&schedule(), Door::Main, &json!({ "spec": { "workflowIdentifier": "w" } })).unwrap();
    assert_eq!(version_of(&object), Some("1"));
    assert_eq!(store.revision(), 1);
}

#[test]
fn the_server_keeps_what_is_its_own() {
    let mut store = with_schedule(&json!({}));
    let patch = json!({ "metadata": { "generation": 9, "creationTimestamp": null, "labels": { "a": "b" } } });
    let object = store.patch(&schedule(), Door::Main, &patch).unwrap();
    assert_eq!(object["metadata"]["generation"], 1);
    assert_eq!(object["metadata"]["creationTimestamp"], "2026-11-24T12:00:00Z");
    assert_eq!(object["metadata"]["labels"]["a"], "b");
}

#[test]
fn an_object_with_a_finalizer_goes_when_its_last_finalizer_goes() {
    let mut store = with_schedule(&json!({ "finalizers": ["a/b"] }));
    let marked = store.delete(&schedule(), now()).unwrap();
    assert_eq!(marked["metadata"]["deletionTimestamp"], "2026-11-24T12:00:00Z");
    assert_eq!(marked["metadata"]["generation"], 2, "deletion raises the generation");
    assert_eq!(store.delete(&schedule(), now()).unwrap(), marked, "deleting it again changes nothing");
    let more = json!({ "metadata": { "finalizers": ["a/b", "c/d"] } });
    assert_eq!(store.patch(&schedule(), Door::Main, &more).unwrap_err().code, 422, "no new finalizers");
    store.patch(&schedule(), Door::Status, &json!({ "status": { "paused": true } })).unwrap();
    store.patch(&schedule(), Door::Main, &json!({ "metadata": { "finalizers": null } })).unwrap();
    assert_eq!(store.get(&schedule()).unwrap_err().code, 404);
}

#[test]
fn an_object_without_finalizers_goes_at_once() {
    let mut store = with_schedule(&json!({}));
    store.delete(&schedule(), now()).unwrap();
    let refusal = store.delete(&schedule(), now()).unwrap_err();
    assert_eq!(refusal.message, "workflowschedules.workflows.mistral.ai \"report\" not found");
}

#[test]
fn a_lease_is_replaced_only_by_who_knows_its_version() {
    let mut store = Store::default();
    let lease = place("leases", "leader");
    let created = store.create(&lease, json!({ "spec": { "holderIdentity": "a" } }), now()).unwrap();
    assert_eq!(created["metadata"].get("generation"), None);
    let mut stale = created.clone();
    stale["spec"]["holderIdentity"] = json!("b");
    store.replace(&lease, Door::Main, stale.clone()).unwrap();
    assert_eq!(store.replace(&lease, Door::Main, stale.clone()).unwrap_err().reason, "Conflict");
    stale["metadata"]["resourceVersion"] = Value::Null;
    assert_eq!(store.replace(&lease, Door::Main, stale).unwrap_err().code, 422, "no unconditional update");
}

#[test]
fn an_older_definition_silently_drops_what_it_does_not_know() {
    let mut store = with_schedule(&json!({}));
    store.prune(find("workflowschedules").unwrap(), "memory");
    let patch = json!({ "status": { "memory": { "claim": {} }, "paused": true } });
    let object = store.patch(&schedule(), Door::Status, &patch).unwrap();
    assert_eq!(object["status"], json!({ "observedGeneration": -1, "paused": true }));
}

#[test]
fn nothing_is_created_in_a_namespace_that_is_being_deleted() {
    let mut store = with_schedule(&json!({ "finalizers": ["a/b"] }));
    store.create(&place("secrets", "key"), json!({}), now()).unwrap();
    store.delete_namespace("shop", now());
    assert!(store.get(&place("secrets", "key")).is_err());
    assert!(is_terminating(store.get(&schedule()).unwrap()));
    assert_eq!(store.create(&place("secrets", "key"), json!({}), now()).unwrap_err().code, 403);
    store.patch(&schedule(), Door::Main, &json!({ "spec": { "deletionPolicy": "Orphan" } })).unwrap();
}

#[test]
fn a_restored_object_has_another_uid_and_no_status() {
    let mut store = with_schedule(&json!({ "finalizers": ["a/b"], "annotations": { "a": "1" } }));
    store.patch(&schedule(), Door::Status, &json!({ "status": { "paused": true } })).unwrap();
    let before = store.get(&schedule()).unwrap().clone();
    let after = store.restore(&schedule(), now()).unwrap();
    assert_ne!(after["metadata"]["uid"], before["metadata"]["uid"]);
    assert_eq!(after["status"], json!({ "observedGeneration": -1 }));
    assert_eq!((finalizers(&after), annotation(&after, "a")), (vec!["a/b"], Some("1")));
    assert_eq!(after["metadata"]["generation"], 1);
}

fn watch(seen: u64) -> Watch {
    Watch { resource: find("workflowschedules").unwrap(), namespace: None, since: seen, seen }
}

fn read(line: Option<Line>) -> (String, Value) {
    let (Line::Change(bytes) | Line::Gone(bytes)) = line.expect("a line");
    let line: Value = serde_json::from_slice(&bytes).unwrap();
    (line["type"].as_str().unwrap().to_owned(), line["object"].clone())
}

#[test]
fn a_watch_sees_every_change_after_its_version_in_order() {
    let mut store = with_schedule(&json!({}));
    store.create(&place("secrets", "key"), json!({}), now()).unwrap();
    store.patch(&schedule(), Door::Main, &json!({ "spec": { "paused": true } })).unwrap();
    store.delete(&schedule(), now()).unwrap();
    let mut watch = watch(0);
    assert_eq!(read(watch.next(&store)).0, "ADDED");
    assert_eq!(read(watch.next(&store)).0, "MODIFIED");
    let (kind, object) = read(watch.next(&store));
    assert_eq!((kind.as_str(), version_of(&object)), ("DELETED", Some("4")), "a deletion has a version of its own");
    assert_eq!(watch.next(&store), None);
}

#[test]
fn a_watch_from_before_a_compaction_ends_with_410_unless_a_bookmark_has_moved_it_on() {
    let mut kubernetes = Kubernetes::default();
    kubernetes.store = with_schedule(&json!({}));
    let (mut old, mut moved) = (watch(0), watch(0));
    moved.bookmark(&kubernetes.store).unwrap();
    kubernetes.compact();
    let (kind, object) = read(old.next(&kubernetes.store));
    assert_eq!(
        (kind.as_str(), object["code"].as_i64(), object["reason"].as_str()),
        ("ERROR", Some(410), Some("Expired"))
    );
    assert_eq!(moved.next(&kubernetes.store), None);
}

#[test]
fn after_a_rewind_versions_count_on_from_the_snapshot() {
    let mut store = with_schedule(&json!({}));
    let snapshot = store.clone();
    store.patch(&schedule(), Door::Main, &json!({ "spec": { "paused": true } })).unwrap();
    store.create(&place("workflowschedules", "lost"), json!({}), now()).unwrap();
    let (mut survivor, mut future) = (watch(1), watch(store.revision()));
    while survivor.next(&store).is_some() {}
    store.rewind(&snapshot);
    survivor.rewound(&store);
    assert_eq!((store.revision(), store.list(find("workflowschedules").unwrap(), None).count()), (1, 1));
    let edited = store.patch(&schedule(), Door::Main, &json!({ "spec": { "paused": false } })).unwrap();
    assert_eq!(version_of(&edited), Some("2"), "a second time");
    assert_eq!(read(survivor.next(&store)).1, edited);
    assert_eq!((future.next(&store), future.bookmark(&store)), (None, None), "silent until it is reached");
    let again = store.create(&place("workflowschedules", "new"), json!({}), now()).unwrap();
    assert_eq!(again["metadata"]["uid"], "00000000-0000-4000-8000-000000000003", "no uid comes twice");
}

#[test]
fn a_long_list_comes_in_pages_of_one_moment() {
    let mut kubernetes = Kubernetes::default();
    for name in ["a", "b", "c"] {
        kubernetes.store.create(&place("workflowschedules", name), json!({}), now()).unwrap();
    }
    let ask = |continue_: Option<String>| Request {
        resource: find("workflowschedules").unwrap(),
        namespace: None,
        name: None,
        ask: Ask::List { limit: Some(2), continue_ },
    };
    let first: Value = serde_json::from_slice(kubernetes.handle(&ask(None), now()).body()).unwrap();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    kubernetes.store.delete(&place("workflowschedules", "c"), now()).unwrap();
    let token = first["metadata"]["continue"].as_str().map(str::to_owned);
    let second: Value = serde_json::from_slice(kubernetes.handle(&ask(token.clone()), now()).body()).unwrap();
    assert_eq!(name_of(&second["items"][0]), "c");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert_eq!(kubernetes.handle(&ask(token), now()).status(), 410);
}
