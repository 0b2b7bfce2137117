//! `schemas`: JSON Schemas of both kinds, for editors.

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::check;
use crate::api::GROUP;

/// Print the JSON Schema of the kinds, for editors such as those with yaml-language-server.
///
/// Without a kind it is one schema for files with objects of any kind; others than ours are passed over.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print only the schema of this kind.
    #[arg(value_enum)]
    kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    #[value(name = "WorkflowSchedule", alias = "workflowschedule")]
    Schedule,
    #[value(name = "WorkflowConnection", alias = "workflowconnection")]
    Connection,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "WorkflowSchedule",
            Self::Connection => "WorkflowConnection",
        }
    }
}

/// Prints the schema.
pub(super) fn run(args: &Args) -> ExitCode {
    let whole = |name: &str| check::json_schemas().into_iter().find(|(kind, _)| kind == name).map(|(_, schema)| schema);
    let schema = match args.kind {
        Some(kind) => whole(kind.name()).map(|schema| of_kind(kind.name(), schema)),
        None => Some(of_all()),
    };
    let Some(mut schema) = schema else {
        eprintln!("error: there is no such kind");
        return ExitCode::FAILURE;
    };
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    // It is not an error if the reader closes the pipe.
    drop(std::io::stdout().write_all(format!("{schema:#}\n").as_bytes()));
    ExitCode::SUCCESS
}

/// One schema for any object: an editor applies it to every document of a file.
fn of_all() -> Value {
    let of_one = |(name, schema): (String, Value)| {
        let is_it = json!({
            "properties": { "kind": { "const": name }, "apiVersion": { "pattern": format!("^{GROUP}/") } },
            "required": ["kind", "apiVersion"],
        });
        json!({ "if": is_it, "then": of_kind(&name, schema) })
    };
    json!({ "allOf": check::json_schemas().into_iter().map(of_one).collect::<Vec<_>>() })
}

fn of_kind(name: &str, mut schema: Value) -> Value {
    translate(&mut schema);
    schema["title"] = json!(name);
    schema["properties"]["apiVersion"] = json!({ "const": format!("{GROUP}/v1alpha1") });
    schema["properties"]["kind"] = json!({ "const": name });
    // The operator writes it.
    schema["properties"]["status"] = json!({ "type": "object", "description": "Written by the operator." });
    schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
    schema
}

/// Makes JSON Schema of a structural schema of Kubernetes.
fn translate(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    let is_open = members.contains_key("x-kubernetes-preserve-unknown-fields");
    members.retain(|name, _| !name.starts_with("x-kubernetes-"));
    if members.remove("nullable") == Some(Value::Bool(true))
        && let Some(type_) = members.get("type").cloned()
    {
        members.insert("type".into(), json!([type_, "null"]));
    }
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        properties.values_mut().for_each(translate);
        if !is_open && !members.contains_key("additionalProperties") {
            // The API server drops a field that it does not know, and says so only to some clients.
            members.insert("additionalProperties".into(), Value::Bool(false));
        }
    }
    for name in ["items", "additionalProperties"] {
        if let Some(inner) = members.get_mut(name) {
            translate(inner);
        }
    }
    remove_numbers_format(members);
}

/// Formats such as `int64` are those of `OpenAPI`.
fn remove_numbers_format(members: &mut Map<String, Value>) {
    if members.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("int")) {
        members.remove("format");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_schedule_is_described_and_others_are_refused() {
        let (_, schema) = check::json_schemas().into_iter().find(|(name, _)| name == "WorkflowSchedule").unwrap();
        let schema = of_kind("WorkflowSchedule", schema);
        let spec = &schema["properties"]["spec"];
        assert_eq!(spec["additionalProperties"], false);
        let fields = spec["properties"].as_object().unwrap();
        assert!(fields.len() > 20);
        for (name, field) in fields {
            assert!(field["description"].is_string(), "{name}");
            assert!(!field.to_string().contains("x-kubernetes"), "{name}: {field}");
        }
        assert_eq!(spec["properties"]["jitter"]["type"], json!(["string", "null"]));
    }
}
