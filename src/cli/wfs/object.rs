//! Changes of objects.

use anyhow::Context as _;
use kube::api::{Api, Patch, PatchParams};
use serde_json::Value;

use super::selection::Kind;
use super::session::Session;
use crate::controller::Key;

/// Whose the changes are. Flux removes what a manager has set whose name *begins* with `kubectl`: see
/// `PatchRemoveFieldsManagers` of fluxcd/pkg/ssa.
pub(super) const FIELD_MANAGER: &str = "wfs";

/// Merges `patch` into an object. A dry run asks the API server and changes nothing.
///
/// # Errors
/// The API server refuses.
pub(super) async fn merge<K: Kind>(
    session: &Session,
    object: &K,
    patch: &Value,
    is_dry_run: bool,
) -> anyhow::Result<K> {
    let Key { namespace, name } = Key::of(object.meta());
    let api: Api<K> = Api::namespaced(session.client.clone(), &namespace);
    let params =
        PatchParams { field_manager: Some(FIELD_MANAGER.into()), dry_run: is_dry_run, ..PatchParams::default() };
    api.patch(&name, &params, &Patch::Merge(patch)).await.context("it cannot be changed")
}
