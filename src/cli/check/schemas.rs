//! The schemas of our kinds, whole: what a definition says of spec and status, and what the API server
//! adds to each object.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::generate::SchemaSettings;

use super::schema::Schema;
use crate::api::crds;

/// Which of our kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Schedule,
    Connection,
}

/// A kind, and what its objects must be.
pub(super) struct Kind {
    pub(super) what: What,
    pub(super) name: String,
    pub(super) schema: Schema,
}

/// Schedules and connections, as `crds` prints them.
pub(super) fn kinds() -> Vec<Kind> {
    let metadata = metadata();
    let of_definition = |(what, crd): (What, &CustomResourceDefinition)| {
        let name = crd.spec.names.kind.clone();
        let version = crd.spec.versions.first()?;
        let root = version.schema.as_ref()?.open_api_v3_schema.clone()?;
        Some(Kind { what, name, schema: Schema::new(whole(root, &metadata)) })
    };
    [What::Schedule, What::Connection].into_iter().zip(crds()).filter_map(of_definition).collect()
}

fn whole(mut root: JSONSchemaProps, metadata: &JSONSchemaProps) -> JSONSchemaProps {
    let text = JSONSchemaProps { type_: Some("string".into()), ..JSONSchemaProps::default() };
    let properties = root.properties.get_or_insert_default();
    properties.insert("apiVersion".into(), text.clone());
    properties.insert("kind".into(), text);
    properties.insert("metadata".into(), metadata.clone());
    root.required.get_or_insert_default().push("metadata".into());
    root
}

/// The schema of `metadata`, with the rules that the API server has in code.
fn metadata() -> JSONSchemaProps {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let generated = settings.into_generator().into_root_schema_for::<ObjectMeta>();
    let mut metadata: JSONSchemaProps = serde_json::from_value(generated.into()).unwrap_or_default();
    // Go reads null as absent.
    nullable(&mut metadata);
    for (name, property) in metadata.properties.iter_mut().flatten() {
        match name.as_str() {
            "name" => {
                *property = bounded(SUBDOMAIN, 253, "lower-case letters, digits, `-` and `.`, as in a host name");
            }
            "namespace" => *property = bounded(LABEL, 63, "Lower-case letters, digits and `-`."),
            "labels" => {
                let value = bounded(LABEL_VALUE, 63, "Letters, digits, `-`, `_` and `.`, at most 63.");
                property.additional_properties = Some(JSONSchemaPropsOrBool::Schema(Box::new(value)));
            }
            // Its fields are whatever an object has.
            "managedFields" => *property = JSONSchemaProps::default(),
            _ => {}
        }
    }
    metadata
}

const SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const LABEL: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const LABEL_VALUE: &str = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";

fn bounded(pattern: &str, longest: i64, description: &str) -> JSONSchemaProps {
    JSONSchemaProps {
        type_: Some("string".into()),
        pattern: Some(pattern.into()),
        max_length: Some(longest),
        description: Some(description.into()),
        nullable: Some(true),
        ..JSONSchemaProps::default()
    }
}

fn nullable(schema: &mut JSONSchemaProps) {
    schema.nullable = Some(true);
    schema.properties.iter_mut().flat_map(|properties| properties.values_mut()).for_each(nullable);
    if let Some(JSONSchemaPropsOrArray::Schema(item)) = schema.items.as_mut() {
        nullable(item);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(value)) = schema.additional_properties.as_mut() {
        nullable(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// What [`Schema`] carries out, and what says nothing about an object.
    const KNOWN: [&str; 19] = [
        "additionalProperties",
        "default",
        "description",
        "enum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "nullable",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
        "x-kubernetes-list-type",
    ];
    const RULES: [&str; 2] = ["x-kubernetes-validations", "x-kubernetes-preserve-unknown-fields"];

    fn words(schema: &Value) {
        let Some(members) = schema.as_object() else { return };
        for (word, value) in members {
            assert!(KNOWN.contains(&word.as_str()) || RULES.contains(&word.as_str()), "{word} is not validated");
            match word.as_str() {
                "properties" => value.as_object().unwrap().values().for_each(words),
                "items" | "additionalProperties" => words(value),
                _ => {}
            }
        }
    }

    #[test]
    fn every_word_of_the_schemas_is_carried_out() {
        for crd in crds() {
            let mut schema =
                serde_json::to_value(&crd.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema).unwrap();
            // People do not write the operator's memory: the API server alone validates it.
            schema["properties"]["status"]["properties"]["memory"] = Value::Object(serde_json::Map::new());
            words(&schema);
        }
        let metadata = metadata();
        assert!(metadata.properties.as_ref().is_some_and(|properties| properties.contains_key("generateName")));
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(
            kinds().iter().map(|kind| kind.name.as_str()).collect::<Vec<_>>(),
            ["WorkflowSchedule", "WorkflowConnection"]
        );
        assert!(kinds().iter().all(|kind| kind.schema.is_sound()));
    }
}
