//! Whether a tool applies an object from Git, so that it would undo a change by hand.

use kube::api::ObjectMeta;

/// What applies an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applier {
    /// For example `Flux, Kustomization flux-system/team-a`.
    pub(super) what: String,
    /// How to stop it for a while.
    pub(super) suspend: String,
}

/// The tool that applies the object, as its labels and annotations say.
pub(super) fn applier(metadata: &ObjectMeta) -> Option<Applier> {
    let label = |name: &str| metadata.labels.as_ref()?.get(name).map(String::as_str);
    let annotation = |name: &str| metadata.annotations.as_ref()?.get(name).map(String::as_str);
    let flux = |group: &str, kind: &str, command: &str| {
        let name = label(&format!("{group}/name"))?;
        let namespace = label(&format!("{group}/namespace")).unwrap_or("flux-system");
        Some(Applier {
            what: format!("Flux, {kind} {namespace}/{name}"),
            suspend: format!("flux suspend {command} {name} -n {namespace}"),
        })
    };
    flux("kustomize.toolkit.fluxcd.io", "Kustomization", "kustomization")
        .or_else(|| flux("helm.toolkit.fluxcd.io", "HelmRelease", "helmrelease"))
        .or_else(|| {
            let tracked = annotation("argocd.argoproj.io/tracking-id").and_then(|id| id.split(':').next());
            let name = tracked.or_else(|| label("argocd.argoproj.io/instance")).or_else(|| {
                // Helm charts set this label too, so it alone says nothing.
                label("app.kubernetes.io/instance").filter(|_| is_written_by_argo_cd(metadata))
            })?;
            Some(Applier {
                what: format!("Argo CD, Application {name}"),
                suspend: format!("argocd app set {name} --sync-policy none"),
            })
        })
}

fn is_written_by_argo_cd(metadata: &ObjectMeta) -> bool {
    let mut entries = metadata.managed_fields.iter().flatten();
    entries.any(|entry| entry.manager.as_deref().is_some_and(|manager| manager.starts_with("argocd")))
}

/// Why a field of the spec is not changed by hand, if a tool applies the object.
pub(super) fn refusal(metadata: &ObjectMeta, field: &str) -> Option<String> {
    let Applier { what, suspend } = applier(metadata)?;
    Some(format!(
        "not changed: {what} applies it, and would undo a change of {field}. Change {field} in Git; or stop the tool first ({suspend}); or repeat this with --anyway"
    ))
}

/// A sentence for a change that was made although a tool applies the object.
pub(super) fn warning(metadata: &ObjectMeta, field: &str) -> Option<String> {
    applier(metadata).map(|applier| format!("{} undoes it at its next sync if {field} is in Git", applier.what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> ObjectMeta {
        let map = |pairs: &[(&str, &str)]| {
            Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        ObjectMeta { labels: map(labels), annotations: map(annotations), ..ObjectMeta::default() }
    }

    #[test]
    fn the_tool_is_known_by_its_labels_and_annotations() {
        let flux = with(
            &[("kustomize.toolkit.fluxcd.io/name", "team-a"), ("kustomize.toolkit.fluxcd.io/namespace", "flux-system")],
            &[],
        );
        assert_eq!(applier(&flux).unwrap().what, "Flux, Kustomization flux-system/team-a");
        let id = "team-a:workflows.mistral.ai/WorkflowSchedule:ns/nightly";
        let argo = with(&[], &[("argocd.argoproj.io/tracking-id", id)]);
        assert_eq!(applier(&argo).unwrap().what, "Argo CD, Application team-a");
        assert!(refusal(&argo, "spec.paused").unwrap().contains("argocd app set team-a"));
        let helm = with(&[("app.kubernetes.io/instance", "team-a")], &[]);
        assert_eq!(applier(&helm), None, "a chart may be installed by hand");
    }
}
