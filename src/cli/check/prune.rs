//! What the API server drops.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};
use serde_json::Value;

use super::node::Node;

/// Whether the API server takes a value for absent: a null where there may be none.
pub(super) fn is_pruned(node: &Node, property: &JSONSchemaProps) -> bool {
    node.is_null() && property.nullable != Some(true)
}

/// Takes out each null that may not be.
pub(super) fn prune(value: &mut Value, schema: &JSONSchemaProps) {
    match value {
        Value::Object(members) => {
            let properties = schema.properties.as_ref();
            let property = |name: &str| properties.and_then(|properties| properties.get(name));
            members.retain(|name, value| {
                !value.is_null() || property(name).is_none_or(|property| property.nullable == Some(true))
            });
            for (name, value) in members.iter_mut() {
                if let Some(property) = property(name) {
                    prune(value, property);
                }
            }
        }
        Value::Array(items) => {
            if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
                for value in items {
                    prune(value, item);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
