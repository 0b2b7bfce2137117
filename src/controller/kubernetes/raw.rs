//! Objects as the API server sends them, of which not everything can be read.

use std::collections::BTreeMap;

use kube::core::ObjectMeta;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// An object that need not be readable.
#[derive(Clone, Debug)]
pub struct Raw {
    /// What all objects have.
    pub metadata: ObjectMeta,
    /// All of it; null in place of what is nested too deeply.
    pub object: Value,
    /// The path of what is nested too deeply. The API server takes any depth, `serde_json` reads 128 levels.
    pub too_deep: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    metadata: ObjectMeta,
}

impl Raw {
    /// Reads an object from its JSON.
    ///
    /// # Errors
    /// It has no metadata.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let Head { metadata } = serde_json::from_str(text)?;
        let mut too_deep = None;
        let object = readable_parts(text, &[], &mut too_deep);
        Ok(Self { metadata, object, too_deep })
    }

    /// Why it is no `K`, with the path; `None` if it is one.
    #[must_use]
    pub fn why_unreadable<K: DeserializeOwned>(&self) -> Option<String> {
        if let Some(path) = &self.too_deep {
            return Some(format!("{path} is nested too deeply: at most about 120 levels can be read"));
        }
        serde_path_to_error::deserialize::<_, K>(self.object.clone()).err().map(|error| error.to_string())
    }
}

/// How many levels are read one by one: down to the fields of the spec.
const LEVELS: usize = 2;

fn readable_parts(text: &str, path: &[&str], too_deep: &mut Option<String>) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    if path.len() < LEVELS
        && let Ok(parts) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(text)
    {
        let read = |(name, part): (String, Box<RawValue>)| {
            let value = readable_parts(part.get(), &[path, &[&name]].concat(), too_deep);
            (name, value)
        };
        return parts.into_iter().map(read).collect();
    }
    *too_deep = Some(path.join("."));
    Value::Null
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deeply_hides_nothing_else() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let text = format!(
            r#"{{"metadata": {{"name": "a"}}, "spec": {{"scheduleId": "b", "input": {{"x": {deep}}}}}, "status": {{"c": 1}}}}"#
        );
        let raw = Raw::read(&text).unwrap();
        assert_eq!(raw.metadata.name.as_deref(), Some("a"));
        assert_eq!(raw.too_deep.as_deref(), Some("spec.input"));
        assert_eq!(raw.object["spec"], serde_json::json!({ "scheduleId": "b", "input": null }));
        assert_eq!(raw.object["status"]["c"], 1);
    }

    #[test]
    fn what_can_be_read_is_whole() {
        let raw = Raw::read(r#"{"metadata": {"name": "a"}, "spec": {"x": [[1]]}}"#).unwrap();
        assert_eq!((raw.too_deep, &raw.object["spec"]["x"]), (None, &serde_json::json!([[1]])));
        assert!(Raw::read(r#"{"spec": {}}"#).is_err());
    }
}
