//! Which fields two specs differ in.

use serde::Serialize;
use serde_json::Value;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Field {
    pub(super) path: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// The fields that differ. Lists and inputs are compared as a whole: what a place in them means is not known.
pub(super) fn compare(before: &Value, after: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    walk("", Some(before), Some(after), &mut found);
    found
}

/// A field below which everything is one value.
const WHOLE: &str = "input";

fn walk(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Field>) {
    // Null is absent.
    let (before, after) = (before.filter(|value| !value.is_null()), after.filter(|value| !value.is_null()));
    if before == after {
        return;
    }
    match (before.and_then(Value::as_object), after.and_then(Value::as_object)) {
        (Some(old), Some(new)) if path != WHOLE => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(&path, old.get(name), new.get(name), found);
            }
        }
        _ => found.push(Field { path: path.to_owned(), before: before.cloned(), after: after.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_field_that_differs_is_named() {
        let before = json!({ "policy": { "overlap": "Skip", "pauseOnFailure": true }, "input": { "a": 1 }, "x": null });
        let after = json!({ "policy": { "overlap": "AllowAll", "pauseOnFailure": true }, "input": { "a": 2 } });
        let paths: Vec<String> = compare(&before, &after).into_iter().map(|field| field.path).collect();
        assert_eq!(paths, ["input", "policy.overlap"]);
    }
}
