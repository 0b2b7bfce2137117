//! `values.yaml`, its table in README.md, and `values.schema.json`.

use std::fmt::Write as _;

use serde_json::Value;

use super::{chart, refusal};

const BEGIN: &str = "<!-- Generated from values.yaml by `make chart`. -->\n";
const END: &str = "<!-- End of the generated table. -->\n";

fn read(name: &str) -> String {
    std::fs::read_to_string(chart().join(name)).unwrap()
}

/// Each value with a description, as its path and the description.
fn described(text: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut description: Option<String> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let depth = (line.len() - content.len()) / 2;
        if let Some(begun) = content.strip_prefix("# -- ") {
            description = Some(begun.to_owned());
        } else if let Some(continued) = content.strip_prefix("# ") {
            description = description.map(|begun| format!("{begun} {continued}"));
        } else if let Some((key, _)) = content.split_once(':') {
            path.truncate(depth);
            path.push(key.to_owned());
            found.extend(description.take().map(|description| (path.clone(), description)));
        }
    }
    found
}

/// The values that have no description and are not part of one that has: there must be none.
fn undescribed(value: &Value, path: &mut Vec<String>, known: &[(Vec<String>, String)]) -> Vec<String> {
    if known.iter().any(|(known, _)| known == path) {
        return Vec::new();
    }
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else { return vec![path.join(".")] };
    let mut found = Vec::new();
    for (name, field) in fields {
        path.push(name.clone());
        found.extend(undescribed(field, path, known));
        path.pop();
    }
    found
}

fn values() -> Value {
    serde_saphyr::from_str(&read("values.yaml")).unwrap()
}

fn table() -> String {
    let values = values();
    let mut table = "\n| value | default | meaning |\n|---|---|---|\n".to_owned();
    for (path, description) in described(&read("values.yaml")) {
        let default = path.iter().fold(&values, |value, key| &value[key]);
        let meaning = description.replace('|', "\\|");
        writeln!(table, "| `{}` | `{default}` | {meaning} |", path.join(".")).unwrap();
    }
    table.push('\n');
    table
}

#[test]
fn the_table_of_values_is_current() {
    let text = read("README.md");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (stored, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(chart().join("README.md"), format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(stored == table, "README.md of the chart is stale: run make chart");
}

#[test]
fn every_value_is_described() {
    let missing = undescribed(&values(), &mut Vec::new(), &described(&read("values.yaml")));
    assert!(missing.is_empty(), "{missing:?}");
}

/// The paths of the schema's values; a value without `properties` of its own is an end.
fn schema_paths(schema: &Value, path: &str, found: &mut Vec<String>) {
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => {
            assert_eq!(schema["additionalProperties"], false, "{path}: a misspelt value must be refused");
            for (name, property) in properties {
                schema_paths(property, &format!("{path}/{name}"), found);
            }
        }
        None => found.push(path.to_owned()),
    }
}

#[test]
fn the_schema_knows_every_value_and_no_other() {
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    let mut paths = Vec::new();
    schema_paths(&schema, "", &mut paths);
    let values = values();
    let unknown: Vec<_> = paths.iter().filter(|path| values.pointer(path).is_none()).collect();
    assert_eq!(unknown, ["/enabled", "/global"], "only a parent chart sets these");
    // That every value is in the schema is seen when Helm renders the defaults.
}

#[test]
fn wrong_values_are_refused() {
    for (values, at) in [
        ("replica: 2", "replica"),
        ("image: { tags: x }", "tags"),
        ("replicas: -1", "/replicas"),
        ("watchNamespaces: [Team_A]", "/watchNamespaces/0"),
        ("image: { digest: sha256:abc }", "/image/digest"),
        ("defaultConnection: main", "/defaultConnection"),
        ("allowedServerHosts: ['https://api.mistral.ai']", "/allowedServerHosts/0"),
        ("log: { format: xml }", "/log/format"),
        ("extraArgs: [more]", "/extraArgs/0"),
        ("extraEnv: [{ name: A, value: 1 }]", "/extraEnv/0/value"),
        ("metrics: { service: { ipFamilies: [IPv5] } }", "/metrics/service/ipFamilies/0"),
        ("connection: { serverUrl: 'ftp://example' }", "/connection/serverUrl"),
        ("podDisruptionBudget: { maxUnavailable: some }", "/podDisruptionBudget/maxUnavailable"),
    ] {
        let said = refusal(values);
        assert!(said.contains(at), "{values}: {said}");
    }
}
