//! What active workers have registered of a workflow.

use serde::Deserialize;
use serde_json::Value;

use super::limits::{MOST_VALUES, values_in};
use super::redact::KeyRedaction;
use super::wire::{Entries, LONGEST_TEXT, cut, parse};

/// What a worker has registered of a workflow. What is absent is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registration {
    /// The deployment that the worker belongs to.
    pub deployment_name: Option<String>,
    /// The JSON Schema of its input.
    pub input_schema: Option<Value>,
    /// Its runs act for a person, so it cannot be scheduled.
    pub on_behalf_of: bool,
}

/// The registrations of a workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registrations {
    /// Those that were read.
    pub found: Vec<Registration>,
    /// Whether these are all.
    pub is_whole: bool,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    workflow_registrations: Option<Entries<'a>>,
    #[serde(borrow, default)]
    workflow_versions: Option<Entries<'a>>,
    #[serde(default)]
    next_cursor: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    deployment_name: Option<String>,
    definition: Option<Definition>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Definition {
    input_schema: Option<Value>,
    on_behalf_of: Option<bool>,
}

impl Registrations {
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        if values_in(json) > MOST_VALUES {
            return Err(format!("registrations of more than {MOST_VALUES} values"));
        }
        let Body { workflow_registrations, workflow_versions, next_cursor } = parse(json)?;
        let entries = workflow_registrations.or(workflow_versions);
        let entries = entries.ok_or("neither `workflow_registrations` nor `workflow_versions`")?;
        // Of an entry that cannot be read nothing is known, but it is there.
        let entry = |raw: &serde_json::value::RawValue| serde_json::from_str(raw.get()).unwrap_or_default();
        let is_whole = next_cursor.is_none_or(|cursor| cursor.is_null() || cursor == "");
        Ok(Self { found: entries.0.into_iter().map(|raw| Registration::of(entry(raw))).collect(), is_whole })
    }
}

impl Registrations {
    /// Without what contains the API key: of that nothing is known.
    pub(super) fn without_key(mut self, key: &KeyRedaction) -> Self {
        let has_key = |text: &str| key.redact(text) != text;
        for one in &mut self.found {
            one.input_schema = one.input_schema.take().filter(|schema| !has_key(&schema.to_string()));
            one.deployment_name = one.deployment_name.take().filter(|name| !has_key(name));
        }
        self
    }
}

impl Registration {
    fn of(entry: Entry) -> Self {
        let Definition { input_schema, on_behalf_of } = entry.definition.unwrap_or_default();
        let mut deployment_name = entry.deployment_name;
        if let Some(name) = &mut deployment_name {
            cut(name, LONGEST_TEXT);
        }
        Self { deployment_name, input_schema, on_behalf_of: on_behalf_of.unwrap_or(false) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Registrations {
        Registrations::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn either_name_of_the_list_is_read() {
        let entry = json!({ "deployment_name": "eu", "definition": { "input_schema": {}, "on_behalf_of": true } });
        let expected =
            Registration { deployment_name: Some("eu".into()), input_schema: Some(json!({})), on_behalf_of: true };
        for name in ["workflow_registrations", "workflow_versions"] {
            let found = read(&json!({ name: [entry], "next_cursor": null }));
            assert_eq!(found, Registrations { found: vec![expected.clone()], is_whole: true });
        }
        assert!(!read(&json!({ "workflow_versions": [], "next_cursor": "x" })).is_whole);
        assert!(Registrations::read(b"{}").is_err());
    }

    #[test]
    fn what_contains_the_api_key_is_not_known() {
        let schema = json!({ "required": ["sk-Live-canary"] });
        let found = read(&json!({ "workflow_versions": [{ "definition": { "input_schema": schema } }] }));
        let found = found.without_key(&KeyRedaction::new("sk-Live-canary".into()));
        assert_eq!(found.found, [Registration::default()]);
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_there_and_says_nothing() {
        let found = read(&json!({ "workflow_registrations": [{ "definition": 5 }, null] }));
        assert_eq!(found.found, [Registration::default(), Registration::default()]);
    }
}
