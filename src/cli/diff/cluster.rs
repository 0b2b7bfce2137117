//! The objects of a cluster.

use anyhow::Context as _;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject};

use crate::api::{WorkflowConnection, WorkflowSchedule};
use crate::cli::check::Manifest;
use crate::cli::cluster::{self, ClusterArgs};

/// What the cluster has of the objects of some manifests. Their namespace, if they do not say it, is that of the
/// context.
///
/// # Errors
/// The API server refuses.
pub(super) async fn objects(args: &ClusterArgs, wanted: &mut [Manifest]) -> anyhow::Result<Vec<Manifest>> {
    cluster::install_tls();
    let config = cluster::config(args).await?;
    let namespace = config.default_namespace.clone();
    let client = Client::try_from(config).context("the client of the cluster cannot be created")?;
    let mut found = Vec::new();
    for manifest in wanted {
        let namespace = manifest.namespace.get_or_insert_with(|| namespace.clone()).clone();
        let resource = if manifest.is_schedule {
            ApiResource::erase::<WorkflowSchedule>(&())
        } else {
            ApiResource::erase::<WorkflowConnection>(&())
        };
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &namespace, &resource);
        let there = api.get_opt(&manifest.name).await;
        let there = there.with_context(|| format!("{} {namespace}/{}", resource.kind, manifest.name))?;
        if let Some(there) = there {
            found.push(Manifest {
                object: serde_json::to_value(&there)?,
                place: "the cluster".into(),
                ..manifest.clone()
            });
        }
    }
    Ok(found)
}
