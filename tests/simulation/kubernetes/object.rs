//! Reading and writing the parts of an object that every kind has.

use serde_json::{Map, Value, json};

/// `metadata.name`.
pub fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// `metadata.resourceVersion`.
pub fn version_of(object: &Value) -> Option<&str> {
    object["metadata"]["resourceVersion"].as_str()
}

/// Whether it is on its way out.
pub fn is_terminating(object: &Value) -> bool {
    object["metadata"].get("deletionTimestamp").is_some()
}

/// `metadata.finalizers`.
pub fn finalizers(object: &Value) -> Vec<&str> {
    object["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `metadata`, to change it.
pub fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    let metadata = &mut object["metadata"];
    if !metadata.is_object() {
        *metadata = json!({});
    }
    match metadata {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => unreachable!(),
    }
}

/// Everything but metadata and status: what `generation` counts the changes of.
pub fn declared(object: &Value) -> Value {
    let mut rest = object.clone();
    if let Some(members) = rest.as_object_mut() {
        members.remove("metadata");
        members.remove("status");
    }
    rest
}

/// Raises `metadata.generation` by one.
pub fn raise_generation(object: &mut Value) {
    let next = object["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
    metadata_mut(object).insert("generation".into(), json!(next));
}

/// Takes `name` (status, or a metadata field the server owns) from `before`.
pub fn keep(object: &mut Value, before: &Value, name: &str) {
    let Some(members) = object.as_object_mut() else { return };
    match before.get(name) {
        Some(value) => members.insert(name.into(), value.clone()),
        None => members.remove(name),
    };
}

/// The value of an annotation.
pub fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object["metadata"]["annotations"][name].as_str()
}
