//! Validates an object as the API server does with strict field validation: against the very schema
//! that is installed, its rules included.

mod advice;

use std::collections::{HashMap, HashSet};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use regex::Regex;
use serde_json::Value;

use super::finding::{Finding, Severity};
use super::node::{Content, Key, Node, Path};
use super::prune::{is_pruned, prune};
use super::{names, neighbours, remedy, rules};
use crate::cli::count::count;

/// A schema made ready.
pub(super) struct Schema {
    root: JSONSchemaProps,
    patterns: HashMap<String, Regex>,
}

impl Schema {
    pub(super) fn new(root: JSONSchemaProps) -> Self {
        let mut patterns = HashMap::new();
        each(&root, &mut |schema| {
            // The API server has compiled the same, in a dialect that this one holds.
            let compiled = schema.pattern.as_ref().and_then(|pattern| Some((pattern, Regex::new(pattern).ok()?)));
            patterns.extend(compiled.map(|(pattern, regex)| (pattern.clone(), regex)));
        });
        Self { root, patterns }
    }

    /// Whether every pattern can be carried out.
    #[cfg(test)]
    pub(super) fn is_sound(&self) -> bool {
        let mut is_sound = true;
        each(&self.root, &mut |schema| {
            is_sound &= schema.pattern.as_ref().is_none_or(|pattern| self.patterns.contains_key(pattern));
        });
        is_sound
    }

    pub(super) const fn root(&self) -> &JSONSchemaProps {
        &self.root
    }

    /// An object as the API server stores it: without nulls that may not be.
    pub(super) fn stored(&self, object: &Node) -> Value {
        let mut json = object.to_json();
        prune(&mut json, &self.root);
        json
    }

    /// What the API server would refuse in an object that it would store as `json`. Rules come last, and
    /// only where everything has its shape, for they rely on it.
    pub(super) fn validate(&self, object: &Node, json: &Value) -> Vec<Finding> {
        let mut walk = Walk { schema: self, object, findings: Vec::new() };
        walk.visit(object, &self.root, &Path::default());
        let is_shaped = |finding: &Finding| !["type", "missing-field", "unknown-field"].contains(&finding.code);
        if walk.findings.iter().all(is_shaped) {
            walk.rules(json, &self.root, &Path::default());
        }
        walk.findings
    }
}

/// Patterns up to this many bytes are shown.
const LONGEST_PATTERN: usize = 50;

/// Visits a schema and all within it.
pub(super) fn each(schema: &JSONSchemaProps, visit: &mut impl FnMut(&JSONSchemaProps)) {
    visit(schema);
    schema.properties.iter().flat_map(|properties| properties.values()).for_each(|inner| each(inner, visit));
    if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
        each(item, visit);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &schema.additional_properties {
        each(values, visit);
    }
}

/// One validation.
struct Walk<'a> {
    schema: &'a Schema,
    object: &'a Node,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn error(&mut self, code: &'static str, path: &Path, message: impl Into<String>) {
        self.findings.push(Finding::error(code, self.object, path, message));
    }

    fn visit(&mut self, node: &Node, schema: &JSONSchemaProps, path: &Path) {
        match (&node.content, schema.type_.as_deref()) {
            (Content::Scalar(Value::Null), _) if schema.nullable == Some(true) => {}
            (Content::Map(members), Some("object")) => self.map(members, schema, path),
            (Content::List(items), Some("array")) => self.list(items, schema, path),
            (Content::Scalar(value), Some(kind)) if has_kind(value, kind) => self.scalar(value, schema, path),
            (_, None) => self.free(node, path),
            (content, Some(kind)) => {
                self.error("type", path, format!("{path} must be {}, not {}", article(kind), described(content)));
                self.help(self.value_of(node, kind, schema, path));
            }
        }
    }

    /// Runs the rules of a map and of all within it. A message may begin with the field that it is about.
    fn rules(&mut self, json: &Value, schema: &JSONSchemaProps, path: &Path) {
        for rule in schema.x_kubernetes_validations.iter().flatten() {
            if rules::keeps(&rule.rule, json) == Some(false) {
                let message = rule.message.clone().unwrap_or_else(|| format!("it must keep {}", rule.rule));
                let field = message.split_once(": ").map(|(field, _)| path.name(field));
                let path = field.filter(|field| self.object.has(field)).unwrap_or_else(|| path.clone());
                let help = remedy::of_rule(&message, json);
                self.error("rule", &path, message);
                self.help(help);
            }
        }
        for (name, property) in schema.properties.iter().flatten() {
            if let Some(value) = json.get(name).filter(|value| !value.is_null()) {
                self.rules(value, property, &path.name(name));
            }
        }
        if let (Some(JSONSchemaPropsOrArray::Schema(item)), Some(items)) = (&schema.items, json.as_array()) {
            items.iter().enumerate().for_each(|(index, value)| self.rules(value, item, &path.index(index)));
        }
    }

    /// Adds what to do to the last finding.
    fn help(&mut self, help: Option<impl Into<String>>) {
        if let (Some(finding), Some(help)) = (self.findings.last_mut(), help) {
            finding.help = Some(help.into());
        }
    }

    fn map(&mut self, members: &[(Key, Node)], schema: &JSONSchemaProps, path: &Path) {
        self.duplicates(members, path);
        let properties = schema.properties.as_ref();
        for (key, value) in members {
            let inner = path.name(&key.name);
            let property = properties.and_then(|properties| properties.get(&key.name));
            if property.is_some_and(|property| is_pruned(value, property)) {
                continue;
            }
            match (property, &schema.additional_properties) {
                (Some(property), _) => self.visit(value, property, &inner),
                (None, Some(JSONSchemaPropsOrBool::Schema(values))) => self.visit(value, values, &inner),
                (None, Some(JSONSchemaPropsOrBool::Bool(true))) => self.free(value, &inner),
                (None, Some(JSONSchemaPropsOrBool::Bool(false)) | None)
                    if schema.x_kubernetes_preserve_unknown_fields == Some(true) =>
                {
                    self.free(value, &inner);
                }
                (None, Some(JSONSchemaPropsOrBool::Bool(false)) | None) => self.unknown(key, value, schema, &inner),
            }
        }
        for name in schema.required.iter().flatten() {
            let is_there = |(key, value): &(Key, Node)| key.name == *name && !value.is_null();
            if !members.iter().any(is_there) {
                self.missing(name, schema, path);
            }
        }
    }

    fn duplicates(&mut self, members: &[(Key, Node)], path: &Path) {
        let mut seen = HashSet::new();
        for (key, _) in members {
            if !seen.insert(key.name.as_str()) {
                let path = path.name(&key.name);
                let message = format!("{path} is set twice");
                let span = key.span.clone();
                self.findings.push(
                    Finding::at(Severity::Error, "duplicate-field", &path, span, message).with_help("keep one of them"),
                );
            }
        }
    }

    /// Whatever it is, it may be; but a key that is there twice is refused all the same.
    fn free(&mut self, node: &Node, path: &Path) {
        match &node.content {
            Content::Scalar(_) => {}
            Content::List(items) => {
                items.iter().enumerate().for_each(|(index, item)| self.free(item, &path.index(index)));
            }
            Content::Map(members) => {
                self.duplicates(members, path);
                members.iter().for_each(|(key, value)| self.free(value, &path.name(&key.name)));
            }
        }
    }

    fn list(&mut self, items: &[Node], schema: &JSONSchemaProps, path: &Path) {
        self.bounds(path, "item", items.len(), schema.min_items, schema.max_items);
        if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
            items.iter().enumerate().for_each(|(index, value)| self.visit(value, item, &path.index(index)));
        }
    }

    fn scalar(&mut self, value: &Value, schema: &JSONSchemaProps, path: &Path) {
        if let Some(text) = value.as_str() {
            self.bounds(path, "character", text.chars().count(), schema.min_length, schema.max_length);
            let pattern = schema.pattern.as_ref().and_then(|pattern| self.schema.patterns.get(pattern));
            if let Some(pattern) = pattern.filter(|pattern| !pattern.is_match(text)) {
                // The description says it better than a long pattern.
                let form = pattern.as_str();
                let is_short = form.len() <= LONGEST_PATTERN;
                let wrong = if is_short { format!("must match {form}") } else { "does not have the right form".into() };
                self.error("pattern", path, format!("{path} {wrong}"));
                let described = || schema.description.clone().unwrap_or_default().replace('\n', " ");
                self.help(self.text_of(text, schema, path).or_else(|| Some(described())));
            }
        }
        if let Some(number) = value.as_f64() {
            if schema.minimum.is_some_and(|minimum| number < minimum) {
                self.out_of_bounds(path, &format!("must be at least {}", schema.minimum.unwrap_or_default()));
            }
            if schema.maximum.is_some_and(|maximum| number > maximum) {
                self.out_of_bounds(path, &format!("must be at most {}", schema.maximum.unwrap_or_default()));
            }
        }
        self.choice(value, schema, path);
    }

    fn choice(&mut self, value: &Value, schema: &JSONSchemaProps, path: &Path) {
        if let Some(choices) = schema.enum_.as_ref().filter(|choices| choices.iter().all(|choice| choice.0 != *value)) {
            let choices: Vec<&str> = choices.iter().filter_map(|choice| choice.0.as_str()).collect();
            self.error("enum", path, format!("{path} must be one of {}", choices.join(", ")));
            let text = value.as_str().unwrap_or_default();
            let near = || names::nearest(text, choices.iter().copied()).map(|name| format!("did you mean `{name}`?"));
            let same = neighbours::choice(text, &choices).map(|name| format!("write {name}"));
            self.help(same.or_else(near));
        }
    }

    fn bounds(&mut self, path: &Path, what: &str, number: usize, least: Option<i64>, most: Option<i64>) {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let has = count(number, what);
        if let Some(least) = least.filter(|least| number < *least) {
            self.out_of_bounds(path, &format!("has {has}; it must have at least {least}"));
        }
        if let Some(most) = most.filter(|most| number > *most) {
            self.out_of_bounds(path, &format!("has {has}; it may have at most {most}"));
        }
    }

    fn out_of_bounds(&mut self, path: &Path, what: &str) {
        let field = path.to_string();
        self.error("bound", path, format!("{field} {what}"));
        self.help(remedy::of_bound(&field));
    }
}

fn has_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "string" => "a string",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        _ => "a map",
    }
}

fn described(content: &Content) -> String {
    match content {
        Content::Scalar(Value::Null) => "null".into(),
        Content::Scalar(value @ (Value::Bool(_) | Value::Number(_))) => format!("{value}"),
        Content::Scalar(_) => "a string".into(),
        Content::List(_) => "a list".into(),
        Content::Map(_) => "a map".into(),
    }
}
