//! Runs the whole controller: CRD check, leader election, watches, workers, shutdown.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kube::{Api, Client};
use tokio::sync::Notify;

use crate::api::{WorkflowConnection, WorkflowSchedule};
use crate::controller::connection::supervisor;
use crate::controller::context::Context;
use crate::controller::kubernetes::crd_check;
use crate::controller::kubernetes::events::Events;
use crate::controller::kubernetes::input_sources::{SecretLabel, Sources};
use crate::controller::kubernetes::leader_election::{Candidate, Leadership};
use crate::controller::kubernetes::lease_timing::LeaseTiming;
use crate::controller::kubernetes::time_limit;
use crate::controller::kubernetes::writer::Writer;
use crate::controller::schedule::worker;
use crate::controller::state::key::Key;
use crate::controller::state::seams::Seams;
use crate::controller::state::workqueue::Priority;
use crate::controller::watch::malformed;
use crate::controller::watch::session::follow;
use crate::plan::ServerLimits;
use crate::telemetry::{Health, Metrics, Objects};

/// If the CRDs are wrong, they are checked again after this time.
const DEFINITIONS_EVERY: Duration = Duration::from_secs(10);
/// The time limit for releasing the lease.
const RELEASE: Duration = Duration::from_millis(700);
/// The time limit for reconciles that are in progress at the end.
const LAST_STEPS: Duration = Duration::from_secs(4);

/// The options of the command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The connection for schedules without `connectionRef` in a namespace that has no connection named
    /// `default`.
    pub default_connection: Option<Key>,
    /// The namespaces to watch; empty means all.
    pub watch_namespaces: Vec<String>,
    /// The allowed servers.
    pub limits: ServerLimits,
    /// The label of the Secrets that may be used; `None` if all may be.
    pub secret_label: Option<SecretLabel>,
    /// The leader election; `None` if there is only one replica.
    pub election: Option<Election>,
    /// The unique name of this process: the holder of the lease, and the reporter of events.
    pub instance: String,
}

/// The lease by which the leader is elected.
#[derive(Clone, Debug)]
pub struct Election {
    /// The namespace of the Lease.
    pub namespace: String,
    /// The name of the Lease.
    pub name: String,
    /// Its times.
    pub timing: LeaseTiming,
}

/// Why the controller ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another replica is the leader now.
    #[error("the lease was lost: another replica may lead now, so this process exits")]
    LostLease,
}

/// Runs until `shutdown` completes, and then until the current actions end, at most 4 s.
///
/// # Errors
/// The lease was lost.
pub async fn run(
    client: Client,
    seams: Seams,
    options: Options,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let mut shutdown = std::pin::pin!(shutdown);
    metrics.has_priorities(&Priority::ALL.map(Priority::name));
    let client = time_limit::limited(client, health.clone());
    let leadership = Arc::new(Leadership::new(options.election.as_ref().map(|election| &election.timing)));
    let candidate = options.election.as_ref().map(|election| {
        let api = Api::namespaced(client.clone(), &election.namespace);
        let (name, identity) = (election.name.clone(), options.instance.clone());
        Candidate::new(api, name, identity, election.timing, seams.clone(), leadership.clone(), metrics.clone())
    });
    let prepared = async {
        checked_definitions(&client, &health).await;
        if let Some(candidate) = &candidate {
            candidate.acquire().await;
        }
    };
    tokio::select! {
        () = prepared => {}
        () = &mut shutdown => return Ok(()),
    }
    metrics.leads(true);
    tracing::info!("leadership acquired");
    let (events, publisher) = Events::new(&client, &seams, &options.instance, &metrics);
    let ctx = Arc::new(Context::new(
        seams.clone(),
        Writer::new(client.clone(), leadership.clone(), metrics.clone()),
        Sources::new(client.clone(), seams, options.secret_label.clone()),
        events,
        leadership,
        options.limits.clone(),
        metrics.clone(),
        options.default_connection.clone(),
    ));
    let objects: Arc<dyn Objects> = ctx.clone();
    metrics.show(Arc::downgrade(&objects));
    let kept = async {
        match &candidate {
            Some(candidate) => candidate.keep().await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        () = operate(&ctx, &client, &options, &health) => Ok(true),
        () = publisher.run() => Ok(true),
        () = kept => Err(RunError::LostLease),
        // A call that was cut off may still be under way: the lease has to outlive it.
        () = async { shutdown.await; ctx.stopping.cancel(); tokio::time::sleep(LAST_STEPS).await } => Ok(false),
    };
    metrics.leads(false);
    if let (Some(candidate), Ok(true)) = (&candidate, &ended) {
        // If this takes too long, the others wait for the lease to end.
        drop(tokio::time::timeout(RELEASE, candidate.release()).await);
    }
    ended.map(drop)
}

/// A replica that waits for the lease is ready, because it can take over.
async fn checked_definitions(client: &Client, health: &Health) {
    let mut told = None;
    while let Err(why) = crd_check::check(client).await {
        if told.as_ref() != Some(&why) {
            tracing::error!(reason = why, "not ready");
        }
        health.not_ready(why.clone());
        told = Some(why);
        tokio::time::sleep(DEFINITIONS_EVERY).await;
    }
    health.ready();
}

/// Watches and works; ends once the process stops and the last reconcile is over.
async fn operate(ctx: &Arc<Context>, client: &Client, options: &Options, health: &Health) {
    let (schedules, connections) = scopes(options);
    let unlisted = AtomicUsize::new(schedules.len() + connections.len());
    let all_listed = Notify::new();
    let listed = || {
        if unlisted.fetch_sub(1, Ordering::AcqRel) == 1 {
            all_listed.notify_one();
        }
    };
    let connections =
        connections.into_iter().map(|scope| follow::<WorkflowConnection>(ctx, client.clone(), scope, health, listed));
    let schedules =
        schedules.into_iter().map(|scope| follow::<WorkflowSchedule>(ctx, client.clone(), scope, health, listed));
    let watches =
        async { futures::future::join3(join_all(connections), join_all(schedules), malformed::run(ctx)).await };
    // No work begins before all is listed: which connection a schedule means, and who holds an id,
    // follows from all of them.
    let worked = async {
        tokio::select! {
            () = all_listed.notified() => {}
            () = ctx.stopping.cancelled() => return,
        }
        tokio::select! {
            () = worker::run(ctx.clone(), health) => {}
            () = supervisor::run(ctx.clone()) => {}
        }
    };
    tokio::select! {
        _ = watches => {}
        () = worked => {}
    }
}

type Scopes = Vec<Option<String>>;

/// The namespaces in which schedules and connections are watched. The operator's own connection may
/// live in another.
fn scopes(options: &Options) -> (Scopes, Scopes) {
    if options.watch_namespaces.is_empty() {
        return (vec![None], vec![None]);
    }
    let mut schedules = options.watch_namespaces.clone();
    schedules.sort();
    schedules.dedup();
    let mut connections = schedules.clone();
    if let Some(default) = &options.default_connection
        && !connections.contains(&default.namespace)
    {
        connections.push(default.namespace.clone());
    }
    (schedules.into_iter().map(Some).collect(), connections.into_iter().map(Some).collect())
}
