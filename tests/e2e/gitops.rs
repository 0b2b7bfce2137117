//! What Flux and Argo CD make of the resources: the health checks and actions for Argo CD in `deploy/argocd`, run by the
//! Lua that Argo CD uses, and kstatus, by which Flux judges. The objects are what the operator has really written.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Namespace, Object, World};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs `gitops` over an object.
fn gitops(arguments: &[&str], object: &Value) -> String {
    let script = format!("{ROOT}/hack/gitops.sh");
    let built = Command::new(script).stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "gitops cannot be built: see above");
    let program = format!("{}/gitops", String::from_utf8(built.stdout).unwrap().trim());
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(object.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?} of {object}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn lua(script: &str, object: &Value) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    serde_json::from_str(&gitops(&["lua", file.path().to_str().unwrap()], object)).unwrap()
}

/// A customization of Argo CD, such as `health` or `actions`, for the kind of an object.
fn customization(what: &str, object: &Value) -> String {
    let text = std::fs::read_to_string(format!("{ROOT}/deploy/argocd/argocd-cm.yaml")).unwrap();
    let config: Value = serde_saphyr::from_str(&text).unwrap();
    let kind = object["kind"].as_str().unwrap();
    let key = format!("resource.customizations.{what}.workflows.mistral.ai_{kind}");
    config["data"][&key].as_str().unwrap_or_else(|| panic!("no {key}")).to_owned()
}

/// What Argo CD and kstatus say of an object.
fn judged(object: &Value) -> String {
    let health = lua(&customization("health", object), object);
    assert!(health["message"].is_string(), "{health}");
    format!("{} {}", health["status"].as_str().unwrap(), gitops(&["kstatus"], object))
}

fn actions(object: &Value) -> Value {
    serde_saphyr::from_str(&customization("actions", object)).unwrap()
}

/// The actions that Argo CD offers for an object.
fn offered(object: &Value) -> Vec<String> {
    let actions = actions(object);
    let found = lua(actions["discovery.lua"].as_str().unwrap(), object);
    let defined: Vec<&Value> =
        actions["definitions"].as_array().unwrap().iter().map(|definition| &definition["name"]).collect();
    let all = found.as_object().unwrap();
    assert_eq!(all.len(), defined.len());
    assert!(all.keys().all(|name| defined.contains(&&json!(name))), "{found} {defined:?}");
    all.iter().filter(|(_, action)| action["disabled"] == false).map(|(name, _)| name.clone()).collect()
}

/// Does what Argo CD does with an action: patches the object with what the script returns.
async fn act(resource: &Object, action: &str) {
    let object = resource.get().await.unwrap();
    assert!(offered(&object).contains(&action.to_owned()), "{action} is not offered: {object}");
    let actions = actions(&object);
    let mut definitions = actions["definitions"].as_array().unwrap().iter();
    let script = definitions.find(|definition| definition["name"] == action).unwrap()["action.lua"].as_str().unwrap();
    let changed = lua(script, &object);
    resource.merge(json!({ "metadata": { "annotations": changed["metadata"]["annotations"] } })).await;
    if changed["spec"]["paused"] != object["spec"]["paused"] {
        resource.edit(json!({ "paused": changed["spec"]["paused"], "pauseNote": changed["spec"]["pauseNote"] })).await;
    }
}

fn daily() -> Value {
    json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] })
}

fn with(mut spec: Value, field: &str, value: Value) -> Value {
    spec[field] = value;
    spec
}

#[tokio::test]
async fn argo_cd_and_kstatus_judge_every_state_of_a_schedule_alike() {
    let world = World::start().await;
    let schedule = world.schedule("good");
    schedule.apply(daily()).await;
    assert_eq!(judged(&schedule.until_ready("InSync").await), "Healthy Current");

    schedule.apply(with(daily(), "paused", json!(true))).await;
    assert_eq!(judged(&schedule.until_ready("Paused").await), "Healthy Current");

    let schedule = world.schedule("invalid");
    schedule.apply(with(daily(), "cronExpressions", json!(["0 9 * * MOO"]))).await;
    assert_eq!(judged(&schedule.until_stalled("Invalid").await), "Degraded Failed");

    let schedule = world.schedule("waiting");
    schedule.apply(with(daily(), "connectionRef", json!({ "name": "nowhere" }))).await;
    let waiting = schedule.until_condition("Reconciling", "True", "ConnectionNotFound").await;
    assert_eq!(judged(&waiting), "Progressing InProgress");

    let schedule = world.schedule("unmanaged");
    schedule.apply(with(daily(), "management", json!("Off"))).await;
    let off = schedule.until("seen", |object| object["status"]["observedGeneration"] == 1).await;
    assert_eq!(judged(&off), "Healthy Current");

    let elsewhere = Namespace::fresh().await;
    let unseen = elsewhere.schedule("unseen");
    unseen.apply(daily()).await;
    assert_eq!(judged(&unseen.get().await.unwrap()), "Progressing InProgress", "no operator watches this namespace");
}

#[tokio::test]
async fn argo_cd_and_kstatus_judge_every_state_of_a_connection_alike() {
    let world = World::start().await;
    let connection = world.connection("default");
    let schedule = world.schedule("report");
    schedule.apply(daily()).await;
    schedule.until_ready("InSync").await;
    assert_eq!(judged(&connection.get().await.unwrap()), "Healthy Current");
    world.put_secret("api-key", "key", "a-wrong-key");
    connection.annotate("reconcile-requested-at", "now").await;
    let refused = connection.until_condition("Reconciling", "True", "Unauthorized").await;
    assert_eq!(judged(&refused), "Progressing InProgress");
    world.kubectl(&["delete", "workflowconnection", "default", "--wait=false"]);
    assert_eq!(judged(&connection.get().await.unwrap()), "Progressing Terminating");
}

#[tokio::test]
async fn the_actions_of_a_schedule_do_what_they_say() {
    let world = World::start().await;
    let schedule = world.schedule("report");
    schedule.apply(daily()).await;
    schedule.until_ready("InSync").await;

    act(&schedule, "trigger").await;
    schedule.until("the trigger", |object| object["status"]["trigger"]["state"] == "Accepted").await;

    act(&schedule, "reconcile").await;
    schedule.until("the reconcile", |object| object["status"]["lastHandledReconcileAt"].is_string()).await;

    act(&schedule, "pause").await;
    let paused = schedule.until_ready("Paused").await;
    assert_eq!(offered(&paused), ["reconcile", "resume", "trigger"]);
    act(&schedule, "resume").await;
    let resumed = schedule.until_ready("InSync").await;
    assert_eq!(offered(&resumed), ["pause", "reconcile", "trigger"]);

    // A person's pause in the console is resumed by the annotation, if the resource declares nothing.
    let other = world.schedule("other");
    other.apply(daily()).await;
    other.until_ready("InSync").await;
    world.sandbox.console().pause(&world.id("other"), "holidays").await;
    world.polls(1).await;
    other.until_ready("Paused").await;
    act(&other, "resume").await;
    let resumed = other.until_ready("InSync").await;
    assert!(resumed["spec"].get("paused").is_none());
}

#[tokio::test]
async fn a_prefix_is_claimed_by_an_action() {
    let mut world = World::builder().operators(0).start().await;
    let there = json!({ "input": null, "cron_expressions": ["0 9 * * *"] });
    world.sandbox.console().create(&world.id("report"), "report", there).await;
    world.start_operator();
    let connection = world.connection("default");
    let waiting = connection.until_stalled("PrefixInUse").await;
    assert_eq!(judged(&waiting), "Degraded Failed");
    assert_eq!(offered(&waiting), ["claim-prefix", "kill-switch-on", "reconcile"]);
    act(&connection, "claim-prefix").await;
    connection.until_ready("Connected").await;
}

#[tokio::test]
async fn the_kill_switch_of_argo_cd_pauses_and_resumes_all_schedules() {
    let world = World::start().await;
    let connection = world.connection("default");
    let schedule = world.schedule("report");
    schedule.apply(daily()).await;
    schedule.until_ready("InSync").await;
    assert_eq!(offered(&connection.get().await.unwrap()), ["kill-switch-on", "reconcile"]);
    act(&connection, "kill-switch-on").await;
    world.until_remote("report", "paused", |remote| remote["paused"] == true).await;
    schedule.until_ready("Paused").await;
    assert_eq!(offered(&connection.get().await.unwrap()), ["kill-switch-off", "reconcile"]);
    act(&connection, "kill-switch-off").await;
    schedule.until_ready("InSync").await;
}
