//! The custom resource definitions to install.

use std::sync::LazyLock;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;
use serde_json::json;

use super::connection::WorkflowConnection;
use super::schedule::WorkflowSchedule;

static DEFINITIONS: LazyLock<Vec<CustomResourceDefinition>> = LazyLock::new(generate_crds);

/// Both definitions: first schedules, then connections. They are generated once and kept.
#[must_use]
pub fn crds() -> &'static [CustomResourceDefinition] {
    &DEFINITIONS
}

/// The same, for a process that needs them once: they take a megabyte.
#[must_use]
pub fn generate_crds() -> Vec<CustomResourceDefinition> {
    [WorkflowSchedule::crd(), WorkflowConnection::crd()].into_iter().map(finished).collect()
}

/// Adds what the derive macro cannot express: a new object has `observedGeneration: -1`, so that tools do not
/// treat it as ready; lists are atomic; null is absent; numbers and times have no format that the API server does
/// not know.
fn finished(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    for version in &mut crd.spec.versions {
        let properties = version
            .schema
            .as_mut()
            .and_then(|schema| schema.open_api_v3_schema.as_mut())
            .and_then(|schema| schema.properties.as_mut());
        for (name, property) in properties.into_iter().flatten() {
            visit(property, &mut |schema| {
                // OpenAPI knows int32 and int64; the API server logs a warning for others.
                if schema.format.as_deref().is_some_and(|format| format.starts_with("uint") || format == "date-time") {
                    schema.format = None;
                }
                if schema.items.is_some() {
                    schema.x_kubernetes_list_type = Some("atomic".into());
                }
            });
            if name == "spec" {
                visit(property, &mut null_is_absent);
            }
            if name == "status" {
                property.default = Some(JSON(json!({ "observedGeneration": -1 })));
                property.nullable = None;
            }
        }
    }
    crd
}

/// Takes null for each field that may be absent, in every way of applying an object. Choices are the exception:
/// the API server refuses null for a value with `enum`, even if null is one of the choices (kube-apiserver 1.37).
/// It drops null where it may not be, except in server-side apply.
fn null_is_absent(schema: &mut JSONSchemaProps) {
    let required = schema.required.as_deref().unwrap_or_default();
    for (name, property) in schema.properties.iter_mut().flatten() {
        let may_be_null = property.enum_.is_none() && !required.contains(name);
        if property.type_.is_some() {
            property.nullable = may_be_null.then_some(true);
        }
    }
}

fn visit(schema: &mut JSONSchemaProps, change: &mut impl FnMut(&mut JSONSchemaProps)) {
    change(schema);
    for property in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        visit(property, change);
    }
    match schema.items.as_mut() {
        Some(JSONSchemaPropsOrArray::Schema(item)) => visit(item, change),
        Some(JSONSchemaPropsOrArray::Schemas(items)) => items.iter_mut().for_each(|item| visit(item, change)),
        None => {}
    }
}
