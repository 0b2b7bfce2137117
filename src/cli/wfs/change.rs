//! A change of a field of the spec.

use serde_json::{Value, json};

use super::gitops;
use super::object::merge;
use super::outcome::Report;
use super::selection::Kind;
use super::session::Session;
use super::targets::Targets;
use super::waiting::{Conditioned, Wait, report};

/// How a change of the spec is made.
#[derive(Debug, clap::Args)]
pub(super) struct Anyway {
    /// Change the spec although Flux or Argo CD applies the object and may undo it.
    #[arg(long)]
    pub(super) anyway: bool,
}

/// Declares a field of the spec, and waits for what the operator says of that generation. `field` is named in
/// messages, `declared` is said without a wait.
///
/// # Errors
/// The API server refuses.
pub(super) async fn declare<K: Conditioned>(
    session: &Session,
    object: &K,
    (field, spec): (&str, Value),
    (targets, anyway, waiting): (&Targets, &Anyway, &Wait),
    declared: impl Into<String>,
    answer: impl Fn(&K, i64) -> Option<Report>,
) -> anyhow::Result<Report> {
    let changed = match change(session, object, field, (spec, json!({})), anyway, targets.dry_run).await? {
        Changed::To(changed) => changed,
        Changed::Not(report) => return Ok(report),
    };
    let warning = gitops::warning(object.meta(), field);
    if waiting.no_wait {
        return Ok(Report::done(declared).and(warning));
    }
    let generation = changed.meta().generation.unwrap_or_default();
    let answered = report(session, &*changed, waiting.timeout, |object: &K| answer(object, generation));
    Ok(answered.await.and(warning))
}

/// How a change went.
pub(super) enum Changed<K> {
    /// The object after it.
    To(Box<K>),
    /// Nothing was changed.
    Not(Report),
}

/// Merges fields into the spec, and `metadata` into the metadata, unless Git would undo it. `field` is what is
/// named in messages.
///
/// # Errors
/// The API server refuses.
pub(super) async fn change<K: Kind>(
    session: &Session,
    object: &K,
    field: &str,
    patch: (Value, Value),
    anyway: &Anyway,
    is_dry_run: bool,
) -> anyhow::Result<Changed<K>> {
    if let Some(refusal) = gitops::refusal(object.meta(), field).filter(|_| !anyway.anyway) {
        return Ok(Changed::Not(Report::failed(refusal)));
    }
    let (spec, metadata) = patch;
    let changed = merge(session, object, &json!({ "spec": spec, "metadata": metadata }), is_dry_run).await?;
    Ok(if is_dry_run {
        Changed::Not(Report::done(format!("would be changed: spec {spec} (dry run)")))
    } else {
        Changed::To(Box::new(changed))
    })
}
