//! What to write for what the schema does not take.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::Value;

use super::Walk;
use crate::cli::check::finding::{Finding, Severity};
use crate::cli::check::node::{Content, Key, Node, Path};
use crate::cli::check::wanted::{self, Wanted};
use crate::cli::check::{names, neighbours, remedy, spans};
use crate::cli::resource_name::resource_name;
use crate::timing::Zone;

impl Walk<'_> {
    /// What to write for something of another kind.
    pub(super) fn value_of(&self, node: &Node, kind: &str, schema: &JSONSchemaProps, path: &Path) -> Option<String> {
        let shown = path.to_string();
        let field = name_of(&shown);
        let numbered = || {
            let Content::Scalar(Value::Number(number)) = &node.content else { return None };
            let index = usize::try_from(number.as_u64()?).ok()?.checked_sub(1)?;
            let choice = schema.enum_.as_ref().filter(|_| field == "overlap")?.get(index)?.0.as_str()?;
            Some(format!("write {choice}, the API's {number}"))
        };
        let wanted = match kind {
            "boolean" => Wanted::Truth,
            "integer" | "number" => Wanted::Integer,
            "array" => Wanted::List(field),
            "object" => Wanted::Map(field),
            _ if self.takes(schema, A_SPAN) => Wanted::Duration,
            _ if self.takes(schema, A_TIME) => Wanted::Time,
            _ => Wanted::Text,
        };
        numbered().or_else(|| wanted::help(node, wanted))
    }

    /// Whether a text of some form is taken, and a mere word is not.
    fn takes(&self, schema: &JSONSchemaProps, form: &str) -> bool {
        let pattern = schema.pattern.as_ref().and_then(|pattern| self.schema.patterns.get(pattern));
        pattern.is_some_and(|pattern| pattern.is_match(form) && !pattern.is_match("word"))
    }

    /// What to write for a text of another form.
    pub(super) fn text_of(&self, text: &str, schema: &JSONSchemaProps, path: &Path) -> Option<String> {
        let shown = path.to_string();
        if self.takes(schema, A_SPAN) {
            return spans::spelt(text);
        }
        if shown == "metadata.name" {
            let description = schema.description.as_deref().unwrap_or_default();
            return Some(format!("write {}: {description}", resource_name(text)));
        }
        let zone = self.object.get("spec").and_then(|spec| spec.get("timeZoneName")).and_then(Node::as_str);
        // In a zone that there is not no time can be named.
        let zone = Zone::load(zone).ok()?;
        self.takes(schema, A_TIME).then(|| spans::time(text, name_of(&shown), zone.as_jiff()))?
    }

    /// A field that must be there. Its description helps, if nothing is known that says it better.
    pub(super) fn missing(&mut self, name: &str, schema: &JSONSchemaProps, path: &Path) {
        let described = || schema.properties.as_ref()?.get(name)?.description.clone();
        let help = remedy::of_missing(name).map(str::to_owned).or_else(described);
        self.error("missing-field", path, format!("{} is required", path.name(name)));
        self.help(help.map(|help| help.replace('\n', " ")));
    }

    pub(super) fn unknown(&mut self, key: &Key, value: &Node, schema: &JSONSchemaProps, path: &Path) {
        let known: Vec<&str> =
            schema.properties.iter().flat_map(|properties| properties.keys().map(String::as_str)).collect();
        let message = format!("there is no field {path}");
        let finding = Finding::at(Severity::Error, "unknown-field", path, key.span.clone(), message);
        let below = || {
            let spec = schema.properties.as_ref()?.get("spec")?.properties.as_ref()?;
            spec.contains_key(&key.name).then(|| "it belongs under spec".to_owned())
        };
        // Another id is another schedule: it is suggested for nothing that is no id.
        let is_likely = |name: &&str| !name.ends_with("Id") || key.name.to_lowercase().ends_with("id");
        let near = || names::nearest(&key.name, known.iter().copied().filter(is_likely));
        let help = neighbours::translated(&key.name, value, &known)
            .or_else(below)
            .or_else(|| near().map(|name| format!("did you mean `{name}`?")))
            .unwrap_or_else(|| format!("there are {}", known.join(", ")));
        self.findings.push(finding.with_help(help));
    }
}

/// What a field takes whose form is that of a span, or of a time.
const A_SPAN: &str = "1h30m";
const A_TIME: &str = "2026-12-24T09:00:00Z";

/// The name of the last field of a path, the item's place left out.
fn name_of(path: &str) -> &str {
    path.rsplit('.').next().and_then(|last| last.split('[').next()).unwrap_or_default()
}
