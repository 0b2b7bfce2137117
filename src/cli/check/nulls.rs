//! Null is absent, everywhere. Where ways of applying an object differ in that, it is said. Asked of
//! kube-apiserver 1.37: `kubectl apply` drops the nulls of maps before it sends the object. `kubectl create` and
//! server-side apply (Flux, Helm 4, `kubectl apply --server-side`) send null, and server-side apply is refused
//! for a choice of values.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};
use serde_json::Value;

use super::finding::Finding;
use super::node::{Content, Node, Path};
use super::prune::is_pruned;

/// Warnings about the nulls of a spec.
pub(super) fn check(object: &Node, schema: &JSONSchemaProps, findings: &mut Vec<Finding>) {
    let path = Path::default().name("spec");
    let spec_schema = schema.properties.as_ref().and_then(|properties| properties.get("spec"));
    let (Some(spec), Some(spec_schema)) = (object.get("spec"), spec_schema) else { return };
    choices(object, spec, spec_schema, &path, findings);
    if let Some(input) = spec.get("input") {
        in_input(object, input, &path.name("input"), findings);
    }
}

/// "management:" with nothing behind it.
fn choices(object: &Node, node: &Node, schema: &JSONSchemaProps, path: &Path, findings: &mut Vec<Finding>) {
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => {
            if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
                let items = items.iter().enumerate();
                items.for_each(|(index, node)| choices(object, node, item, &path.index(index), findings));
            }
        }
        Content::Map(members) => {
            for (key, value) in members.iter() {
                let path = path.name(&key.name);
                let property = schema.properties.as_ref().and_then(|properties| properties.get(&key.name));
                match property {
                    Some(property) if property.enum_.is_some() && is_pruned(value, property) => {
                        let message = format!(
                            "{path} is null: server-side apply (Flux, Helm 4) is refused, and every other way of applying takes that for absent"
                        );
                        let help = "take the key out: absent is what null means";
                        findings.push(Finding::warning("null-choice", object, &path, message).with_help(help));
                    }
                    Some(property) => choices(object, value, property, &path, findings),
                    None => {}
                }
            }
        }
    }
}

/// Nulls of maps, however deep; those within a list are another matter.
fn in_input(object: &Node, node: &Node, path: &Path, findings: &mut Vec<Finding>) {
    let Content::Map(members) = &node.content else { return };
    for (key, value) in members.iter() {
        let path = path.name(&key.name);
        if value.is_null() {
            let message = format!(
                "{path} is null: kubectl apply drops the key; kubectl create and server-side apply (Flux, Helm 4) keep it"
            );
            let help =
                "take the key out, if null and absent are the same to the workflow; else apply with --server-side";
            findings.push(Finding::warning("null-in-input", object, &path, message).with_help(help));
        }
        in_input(object, value, &path, findings);
    }
}

/// Numbers of an input that the API server does not keep as they are written.
pub(super) fn inexact(object: &Node, node: &Node, path: &Path, findings: &mut Vec<Finding>) {
    match &node.content {
        Content::Scalar(Value::Number(number)) if node.is_inexact => {
            let message = format!("{path} has more digits than JSON keeps: the workflow gets {number}");
            let help = "put the number in quotes, if every digit counts";
            findings.push(Finding::warning("inexact-number", object, path, message).with_help(help));
        }
        Content::Scalar(_) => {}
        Content::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| inexact(object, item, &path.index(index), findings));
        }
        Content::Map(members) => {
            members.iter().for_each(|(key, value)| inexact(object, value, &path.name(&key.name), findings));
        }
    }
}
