//! `templates/crds.yaml`.

use std::path::{Path, PathBuf};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;

use super::{Rendered, chart};

const KIND: &str = "CustomResourceDefinition";

/// The generated definitions of the repository.
fn generated() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

/// As the API server reads it: `1` is the same as `1.0`.
fn typed(crd: &Value) -> CustomResourceDefinition {
    serde_json::from_value(crd.clone()).unwrap()
}

#[test]
fn the_charts_definitions_are_copies_of_the_generated_ones() {
    assert_eq!(generated().len(), 2);
    for path in generated() {
        let copy = chart().join("files/crds").join(path.file_name().unwrap());
        assert!(!copy.is_symlink(), "{}: a Flux artifact and an archive of GitHub drop links", copy.display());
        let same = std::fs::read(&path).unwrap() == std::fs::read(&copy).unwrap();
        assert!(same, "{} is stale: run make crds", copy.display());
    }
}

#[test]
fn the_definitions_are_installed_unchanged_and_are_kept() {
    let rendered = Rendered::with("commonLabels: { team: platform }\ncrds: { annotations: { note: ours } }");
    for path in generated() {
        let text = std::fs::read_to_string(&path).unwrap();
        let wanted: Value = serde_saphyr::from_str(text.trim_start_matches("---\n")).unwrap();
        let found = rendered.named(KIND, wanted["metadata"]["name"].as_str().unwrap());
        assert_eq!(typed(found).spec, typed(&wanted).spec);
        assert_eq!(found["metadata"]["annotations"]["helm.sh/resource-policy"], "keep");
        assert_eq!(found["metadata"]["annotations"]["note"], "ours");
        assert_eq!(found["metadata"]["labels"]["team"], "platform");
    }
}

#[test]
fn the_definitions_can_be_deleted_with_the_release_if_this_is_wanted() {
    for crd in Rendered::with("crds: { keep: false }").all(KIND) {
        assert!(crd["metadata"]["annotations"].get("helm.sh/resource-policy").is_none());
    }
}

#[test]
fn the_definitions_can_be_left_out() {
    assert!(Rendered::with("crds: { install: false }").all(KIND).is_empty());
}
