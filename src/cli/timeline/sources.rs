//! The schedules of a timeline.

use std::path::PathBuf;

use anyhow::Context as _;
use jiff::Timestamp;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use serde_json::Value;

use super::args::Args;
use super::density::Schedule;
use crate::api::{WorkflowSchedule, WorkflowScheduleSpec};
use crate::cli::check::Reader;
use crate::cli::cluster;
use crate::plan::written;

/// Those of manifests, and what is wrong.
pub(super) fn of_files(files: &[PathBuf], now: Timestamp) -> (Vec<Schedule>, Vec<String>) {
    let read = Reader::new(now).files(files);
    let schedules =
        read.objects.iter().filter(|object| object.is_schedule).filter_map(|object| schedule(&object.object));
    (schedules.collect(), [read.unreadable, read.errors].concat())
}

/// Those of a cluster, and what is wrong.
///
/// # Errors
/// The API server refuses.
pub(super) async fn of_cluster(args: &Args) -> anyhow::Result<(Vec<Schedule>, Vec<String>)> {
    cluster::install_tls();
    let config = cluster::config(&args.access).await?;
    let namespace = args.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let client = Client::try_from(config).context("the client of the cluster cannot be created")?;
    let resource = ApiResource::erase::<WorkflowSchedule>(&());
    let api: Api<DynamicObject> = if args.all_namespaces {
        Api::all_with(client, &resource)
    } else {
        Api::namespaced_with(client, &namespace, &resource)
    };
    let params = ListParams { label_selector: args.selector.clone(), ..ListParams::default() };
    let (mut schedules, mut errors) = (Vec::new(), Vec::new());
    for object in api.list(&params).await.context("cannot list workflowschedules")?.items {
        let name = object.metadata.name.clone().unwrap_or_default();
        match serde_json::to_value(&object).ok().as_ref().and_then(schedule) {
            Some(schedule) => schedules.push(schedule),
            None => errors.push(format!("{name} is not valid")),
        }
    }
    Ok((schedules, errors))
}

/// A schedule; nothing if it is not valid.
fn schedule(object: &Value) -> Option<Schedule> {
    let spec: WorkflowScheduleSpec = serde_json::from_value(object["spec"].clone()).ok()?;
    let timing = written(&spec).ok()?.canonical().ok()?;
    let status = &object["status"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(Schedule {
        namespace: text(&object["metadata"]["namespace"]),
        name: text(&object["metadata"]["name"])?,
        workflow: spec.workflow_identifier.clone().or_else(|| spec.workflow_registration_id.clone()),
        is_paused: status["paused"].as_bool().or(spec.paused) == Some(true),
        left: status["remainingExecutions"].as_u64().and_then(|left| usize::try_from(left).ok()),
        past: status["recentExecutions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|run| Some((run["scheduledAt"].as_str()?.parse().ok()?, text(&run["state"]))))
            .collect(),
        timing,
    })
}
