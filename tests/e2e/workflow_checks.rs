//! A workflow whose runs will hang or fail is warned of, though its schedule is as declared.

use serde_json::{Value, json};

use crate::harness::{Object, World};
use crate::specs::{every, with};

async fn is_registered(world: &World, workflow: Value) {
    world.sandbox.set(json!({ "workflows": { "report": workflow } })).await;
}

fn warnings(object: &Value) -> Vec<&str> {
    object["status"]["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

async fn until_warned(resource: &Object, told: &[&str]) {
    resource.until(&format!("it warns {told:?}"), |object| warnings(object) == told).await;
}

#[tokio::test]
async fn an_input_that_no_worker_takes_is_told_with_its_path_and_an_edit_ends_that() {
    let world = World::start().await;
    let schema = json!({
        "type": "object", "required": ["region"], "additionalProperties": false,
        "properties": { "region": { "type": "string" }, "days": { "type": "array", "items": { "type": "integer" } } },
    });
    is_registered(&world, json!({ "input_schema": schema })).await;
    let resource = world.schedule("hourly");
    resource.apply(with(every("1h"), "input", json!({ "region": "eu", "days": [1, "hunter2"] }))).await;
    resource.until_ready("InSync").await;
    let told = "input.days[1] is not of type integer, by the schema of workflow report: its runs may hang or fail";
    until_warned(&resource, &[told]).await;
    world.until_event("hourly", "Warning RunsMayFail").await;
    resource.until_ready("InSync").await;
    resource.apply(with(every("1h"), "input", json!({ "region": "eu", "days": [1, 2] }))).await;
    until_warned(&resource, &[]).await;
}

#[tokio::test]
async fn a_workflow_without_an_active_worker_is_told_unless_the_connection_says_no() {
    let world = World::start().await;
    is_registered(&world, json!({ "active": false, "deployments": ["eu"] })).await;
    let resource = world.schedule("hourly");
    resource.apply(every("1h")).await;
    until_warned(&resource, &["no worker is active for workflow report: its runs will wait for one"]).await;
    world.connection("default").merge(json!({ "spec": { "workflowChecks": "Off" } })).await;
    until_warned(&resource, &[]).await;
}
