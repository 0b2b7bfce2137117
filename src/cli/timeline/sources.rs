//! The schedules of a timeline.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;
use kube::api::{Api, ListParams};
use kube::{Client, Resource as _};
use serde_json::Value;

use super::args::Args;
use super::density::Schedule;
use crate::api::{WorkflowSchedule, WorkflowScheduleSpec};
use crate::cli::check::Reader;
use crate::cli::cluster;
use crate::controller::{Guarded, Key};
use crate::plan::written;

/// What cannot be shown, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    /// What cannot be read: it may hold anything.
    pub(super) unreadable: Vec<String>,
    /// What is not valid, or holds nothing.
    pub(super) invalid: Vec<String>,
}

impl Faults {
    pub(super) const fn is_empty(&self) -> bool {
        self.unreadable.is_empty() && self.invalid.is_empty()
    }

    /// As `check` ends.
    pub(super) fn exit_code(&self) -> ExitCode {
        if !self.unreadable.is_empty() {
            ExitCode::from(2)
        } else if !self.invalid.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

/// Those of manifests.
pub(super) fn of_files(files: &[PathBuf], now: Timestamp) -> (Vec<Schedule>, Faults) {
    let read = Reader::new(now).files(files);
    let schedules =
        read.objects.iter().filter(|object| object.is_schedule).filter_map(|object| schedule(&object.object));
    let schedules = schedules.collect();
    (schedules, Faults { unreadable: read.unreadable, invalid: [read.empty, read.errors].concat() })
}

/// Those of a cluster.
///
/// # Errors
/// The API server refuses.
pub(super) async fn of_cluster(args: &Args) -> anyhow::Result<(Vec<Schedule>, Faults)> {
    cluster::install_tls();
    let config = cluster::config(&args.access).await?;
    let namespace = args.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let client = Client::try_from(config).context("the client of the cluster cannot be created")?;
    let api: Api<Guarded<WorkflowSchedule>> =
        if args.all_namespaces { Api::all(client) } else { Api::namespaced(client, &namespace) };
    let params = ListParams { label_selector: args.selector.clone(), ..ListParams::default() };
    let (mut schedules, mut faults) = (Vec::new(), Faults::default());
    for object in api.list(&params).await.context("cannot list workflowschedules")?.items {
        let key = Key::of(object.meta());
        let object = match object.0 {
            Ok(readable) => serde_json::to_value(readable).ok(),
            // Its spec may be sound all the same.
            Err(raw) => raw.too_deep.is_none().then_some(raw.object),
        };
        match object.as_ref().and_then(schedule) {
            Some(schedule) => schedules.push(schedule),
            None => faults.invalid.push(format!("WorkflowSchedule {key} is not valid")),
        }
    }
    Ok((schedules, faults))
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
