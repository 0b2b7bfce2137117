//! docs/fields.md.

use std::fmt::Write as _;

use serde_json::Value;

use super::generated::assert_current;
use super::{read, root};

/// The type of a field, as people say it.
fn type_of(schema: &Value) -> String {
    if schema["x-kubernetes-int-or-string"] == true {
        return "integer or string".into();
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", type_of(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("map of {}", type_of(&schema["additionalProperties"]))
        }
        Some(type_) => type_.into(),
        None => "any".into(),
    }
}

/// What the API server checks of a field beside its type.
fn limits(schema: &Value) -> String {
    let mut text = String::new();
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).map(|value| format!("`{value}`")).collect();
        write!(text, " One of {}.", values.join(", ")).unwrap();
    }
    if !schema["default"].is_null() {
        write!(text, " Default: `{}`.", schema["default"]).unwrap();
    }
    for (keyword, words) in [
        ("minimum", "At least"),
        ("maximum", "At most"),
        ("maxItems", "Entries at most:"),
        ("maxLength", "Characters at most:"),
    ] {
        if let Some(number) = schema[keyword].as_number() {
            write!(text, " {words} {number}.").unwrap();
        }
    }
    text
}

fn rows(schema: &Value, path: &str, table: &mut String) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let meaning = field["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        assert!(!meaning.is_empty() || path.starts_with("status.conditions"), "{path} has no description");
        let is_required = if required.contains(&name.as_str()) { "yes" } else { "" };
        writeln!(table, "| `{path}` | {} | {is_required} | {meaning}{} |", type_of(field), limits(field)).unwrap();
        // Conditions are those of Kubernetes.
        if path != "status.conditions" {
            rows(field, &path, table);
            rows(&field["items"], &format!("{path}[]"), table);
        }
    }
}

fn section(file: &str) -> String {
    let crd: Value = serde_saphyr::from_str(&read(&root().join("crds").join(file))).unwrap();
    let version = &crd["spec"]["versions"][0];
    let kind = crd["spec"]["names"]["kind"].as_str().unwrap();
    let mut text = format!("## {kind}\n");
    for part in ["spec", "status"] {
        let schema = &version["schema"]["openAPIV3Schema"]["properties"][part];
        write!(text, "\n### {part} of a {kind}\n\n").unwrap();
        let rules = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
        let rules: Vec<_> = rules.filter_map(|rule| rule["message"].as_str()).collect();
        for rule in &rules {
            writeln!(text, "- {rule}").unwrap();
        }
        if !rules.is_empty() {
            text.push('\n');
        }
        text.push_str("| field | type | required | meaning |\n|---|---|---|---|\n");
        rows(schema, part, &mut text);
    }
    text
}

#[test]
fn the_reference_of_fields_is_current() {
    let text = ["workflowschedules.yaml", "workflowconnections.yaml"].map(section).join("\n");
    assert_current("fields.md", "The fields", &text);
}
