//! `deploy/flux` and `deploy/argocd`: the chart takes the values in them.

use std::path::Path;

use serde_json::Value;

use super::{Rendered, chart, template};

/// The object of a kind in a file of `deploy/`.
fn object(file: &str, kind: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
    let objects: Vec<Value> = serde_saphyr::from_multiple(&std::fs::read_to_string(path).unwrap()).unwrap();
    objects.into_iter().find(|object| object["kind"] == kind).unwrap()
}

#[test]
fn the_chart_takes_the_values_of_the_examples() {
    let release = object("flux/operator/release.yaml", "HelmRelease");
    let application = object("argocd/application.yaml", "Application");
    for values in [&release["spec"]["values"], &application["spec"]["source"]["helm"]["valuesObject"]] {
        let output = template(&chart(), &values.to_string(), &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(
            Rendered::parse(&output).container()["image"],
            "registry.example.com/workflow-schedule-operator:0.1.0"
        );
    }
    let path = chart();
    for named in [&release["spec"]["chart"]["spec"]["chart"], &application["spec"]["source"]["path"]] {
        assert!(path.ends_with(named.as_str().unwrap().trim_start_matches("./")), "{named}");
    }
}
