//! The JSON merge patch (RFC 7396) from one value to another.

use serde_json::{Map, Value};

/// The patch that makes `old` into `new`; `None` if they are equal.
#[must_use]
pub fn diff(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return Some(new.clone()) };
    let mut patch = Map::new();
    for (name, value) in new {
        match old.get(name) {
            Some(before) => {
                if let Some(change) = diff(before, value) {
                    patch.insert(name.clone(), change);
                }
            }
            None => drop(patch.insert(name.clone(), value.clone())),
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_sent_and_what_is_gone_is_null() {
        let old = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1, 2], "f": 4});
        let new = json!({"a": 1, "b": {"c": 2, "d": 5}, "e": [2], "g": 6});
        assert_eq!(diff(&old, &new), Some(json!({"b": {"d": 5}, "e": [2], "f": null, "g": 6})));
        assert_eq!(diff(&new, &new), None);
    }
}
