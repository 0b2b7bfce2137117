//! Whether an input fits the JSON Schema that a worker has registered for it. Workers validate laxly, and only the
//! keywords that their models use are known here: what cannot be judged counts as fitting.
//!
//! The schema is from the remote, so it is not trusted. The crate `jsonschema` (0.61) overflows the stack at
//! `{"$ref": "#"}`, which ends the process. Here the depth and the number of steps are limited.

use serde_json::{Map, Value};

/// How deep an input is looked into.
const DEEPEST: usize = 32;
/// How many steps are made for one input, with all schemas together.
pub(super) const MOST_STEPS: usize = 20_000;
/// How many differences are shown.
const MOST: usize = 5;
/// The longest name of a field that is shown, in characters.
const LONGEST_NAME: usize = 60;

/// Where an input does not fit: the path of a part, and what is expected there. They contain no value of the input.
/// `steps` counts for all schemas of one input. `has_secrets`: names that the schema does not declare may be secret.
pub(super) fn misfits(schema: &Value, input: &Value, has_secrets: bool, steps: &mut usize) -> Vec<String> {
    Check { root: schema, has_secrets, steps }.misfits(schema, input, &Path::Root, 0)
}

/// The place of a part of the input.
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => f.write_str("input"),
            Self::Field(parent, name) => write!(f, "{parent}.{}", short(name)),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

fn short(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_NAME).collect()
}

struct Check<'a, 's> {
    root: &'a Value,
    has_secrets: bool,
    steps: &'s mut usize,
}

impl<'a> Check<'a, '_> {
    fn misfits(&mut self, schema: &'a Value, value: &Value, path: &Path<'_>, depth: usize) -> Vec<String> {
        if depth > DEEPEST || *self.steps > MOST_STEPS {
            return Vec::new();
        }
        *self.steps += 1 + size(value);
        let Value::Object(schema) = schema else {
            return if *schema == Value::Bool(false) { vec![format!("{path} is not expected")] } else { Vec::new() };
        };
        *self.steps += ["enum", "required", "type"].into_iter().map(|name| entries(schema, name)).sum::<usize>();
        let mut found = wrong_type(schema, value, path);
        if !found.is_empty() {
            return found;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|text| self.target(text)) {
            found.extend(self.misfits(target, value, path, depth + 1));
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            found.extend(self.misfits(part, value, path, depth + 1));
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(alternatives) = schema.get(keyword).and_then(Value::as_array) {
                found.extend(self.of_none(alternatives, value, path, depth));
            }
        }
        found.extend(unexpected_value(schema, value, path));
        match value {
            Value::Object(fields) => found.extend(self.object(schema, fields, path, depth)),
            Value::Array(items) => found.extend(self.array(schema, items, path, depth)),
            Value::String(text) => {
                let length = text.chars().count();
                found.extend(limits(schema, path, ["minLength", "maxLength"], length, "characters"));
            }
            Value::Number(number) => found.extend(number.as_f64().and_then(|number| range(schema, path, number))),
            Value::Null | Value::Bool(_) => {}
        }
        found.truncate(MOST);
        found
    }

    /// A schema that is named as a part of the whole: `#/$defs/Name`.
    fn target(&self, reference: &str) -> Option<&'a Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    /// What is wrong if a value fits no alternative. Of an optional value the other alternative says more.
    fn of_none(&mut self, alternatives: &'a [Value], value: &Value, path: &Path<'_>, depth: usize) -> Vec<String> {
        let mut all = Vec::new();
        for alternative in alternatives {
            let found = self.misfits(alternative, value, path, depth + 1);
            if found.is_empty() {
                return found;
            }
            if alternative["type"] != "null" {
                all.push(found);
            }
        }
        match all.pop() {
            Some(only) if all.is_empty() => only,
            Some(_) => vec![format!("{path} fits none of the alternatives")],
            None => Vec::new(),
        }
    }

    fn object(
        &mut self,
        schema: &'a Map<String, Value>,
        fields: &Map<String, Value>,
        path: &Path<'_>,
        depth: usize,
    ) -> Vec<String> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let missing = required.filter_map(Value::as_str).filter(|name| !fields.contains_key(*name));
        let mut found: Vec<String> = missing.map(|name| format!("{} is missing", Path::Field(path, name))).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let has_patterns = schema.contains_key("patternProperties");
        for (name, value) in fields {
            if found.len() >= MOST {
                break;
            }
            let own = properties.and_then(|properties| properties.get(name));
            let path = Path::Field(path, if own.is_none() && self.has_secrets { "[redacted]" } else { name });
            if let Some(schema) = own.or_else(|| schema.get("additionalProperties").filter(|_| !has_patterns)) {
                found.extend(self.misfits(schema, value, &path, depth + 1));
            }
        }
        found
    }

    fn array(&mut self, schema: &'a Map<String, Value>, items: &[Value], path: &Path<'_>, depth: usize) -> Vec<String> {
        let mut found: Vec<String> =
            limits(schema, path, ["minItems", "maxItems"], items.len(), "items").into_iter().collect();
        let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            if found.len() >= MOST {
                break;
            }
            if let Some(schema) = first.get(index).or_else(|| schema.get("items")) {
                found.extend(self.misfits(schema, item, &Path::Item(path, index), depth + 1));
            }
        }
        found
    }
}

/// How many entries the list of a keyword has.
fn entries(schema: &Map<String, Value>, keyword: &str) -> usize {
    schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len)
}

/// How long it takes to look at a value, without its parts, in steps.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.len() / 16,
        Value::Array(items) => items.len() / 16,
        Value::String(text) => text.len() / 256,
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn wrong_type(schema: &Map<String, Value>, value: &Value, path: &Path<'_>) -> Vec<String> {
    let expected: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    };
    // A duration or a date may be given as a number.
    let is_formatted = schema.contains_key("format") && value.is_number() && expected.contains(&"string");
    if expected.is_empty() || is_formatted || expected.iter().any(|kind| is_of(kind, value)) {
        return Vec::new();
    }
    let kinds: Vec<String> = expected.iter().map(|kind| short(kind)).collect();
    vec![format!("{path} is not of type {}", kinds.join(" or "))]
}

/// Whether a worker takes a value for this type: Pydantic reads numbers and truth values from texts, too.
fn is_of(kind: &str, value: &Value) -> bool {
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "null" => value.is_null(),
        "number" => value.is_number() || value.is_boolean() || value.as_str().is_some_and(is_number),
        "integer" => match value {
            Value::Number(number) => number.as_f64().is_none_or(|number| number.fract() == 0.0),
            Value::String(text) => is_number(text),
            Value::Bool(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        },
        "boolean" => value.is_boolean() || value.is_number() || value.is_string(),
        _ => true,
    }
}

fn unexpected_value(schema: &Map<String, Value>, value: &Value, path: &Path<'_>) -> Option<String> {
    // A text may stand for a number.
    let is_number = |number: &Value, text: &Value| number.is_number() && Some(&*number.to_string()) == text.as_str();
    let is_same = |one: &Value| one == value || is_number(one, value) || is_number(value, one);
    if schema.get("const").is_some_and(|only| !is_same(only)) {
        return Some(format!("{path} is not the only value that is allowed"));
    }
    let allowed = schema.get("enum").and_then(Value::as_array)?;
    (!allowed.iter().any(is_same)).then(|| format!("{path} is not one of the values that are allowed"))
}

fn limits(
    schema: &Map<String, Value>,
    path: &Path<'_>,
    [least, most]: [&str; 2],
    count: usize,
    what: &str,
) -> Option<String> {
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    if let Some(least) = limit(least).filter(|least| count < *least) {
        return Some(format!("{path} has less than {least} {what}"));
    }
    let most = limit(most).filter(|most| count > *most)?;
    Some(format!("{path} has more than {most} {what}"))
}

fn range(schema: &Map<String, Value>, path: &Path<'_>, number: f64) -> Option<String> {
    type Breaks = fn(f64, f64) -> bool;
    let bounds: [(&str, Breaks, &str); 4] = [
        ("minimum", |number, bound| number < bound, "is less than"),
        ("maximum", |number, bound| number > bound, "is more than"),
        ("exclusiveMinimum", |number, bound| number <= bound, "is not more than"),
        ("exclusiveMaximum", |number, bound| number >= bound, "is not less than"),
    ];
    bounds.into_iter().find_map(|(keyword, breaks, words)| {
        let bound = schema.get(keyword).and_then(Value::as_f64).filter(|bound| breaks(number, *bound))?;
        Some(format!("{path} {words} {bound}"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// As Pydantic writes the schema of a model.
    fn model() -> Value {
        json!({
            "$defs": { "Mode": { "enum": ["full", "part"], "type": "string" } },
            "properties": {
                "region": { "type": "string", "maxLength": 5 },
                "days": { "items": { "type": "integer", "minimum": 0, "exclusiveMaximum": 7 }, "minItems": 1, "type": "array" },
                "mode": { "$ref": "#/$defs/Mode" },
                "note": { "anyOf": [{ "type": "string" }, { "type": "null" }], "default": null },
                "size": { "anyOf": [{ "type": "integer" }, { "type": "object" }] },
            },
            "required": ["region"],
            "additionalProperties": false,
            "type": "object",
        })
    }

    fn of(input: &Value) -> Vec<String> {
        misfits(&model(), input, false, &mut 0)
    }

    #[test]
    fn an_input_that_fits_has_no_misfits() {
        for input in [
            json!({ "region": "eu" }),
            json!({ "region": "eu", "days": [0, 6], "mode": "part", "note": null, "size": {} }),
            json!({ "region": "eu", "days": ["1", 2.0], "note": "x" }),
        ] {
            assert_eq!(of(&input), [""; 0], "{input}");
        }
    }

    #[test]
    fn each_misfit_has_its_path_and_no_value() {
        for (input, told) in [
            (json!({}), "input.region is missing"),
            (json!([]), "input is not of type object"),
            (json!({ "region": 5 }), "input.region is not of type string"),
            (json!({ "region": "secret" }), "input.region has more than 5 characters"),
            (json!({ "region": "eu", "days": [] }), "input.days has less than 1 items"),
            (json!({ "region": "eu", "days": [1, "x"] }), "input.days[1] is not of type integer"),
            (json!({ "region": "eu", "days": [-1] }), "input.days[0] is less than 0"),
            (json!({ "region": "eu", "days": [7] }), "input.days[0] is not less than 7"),
            (json!({ "region": "eu", "days": [1.5] }), "input.days[0] is not of type integer"),
            (json!({ "region": "eu", "mode": "secret" }), "input.mode is not one of the values that are allowed"),
            (json!({ "region": "eu", "note": [] }), "input.note is not of type string"),
            (json!({ "region": "eu", "size": "secret" }), "input.size fits none of the alternatives"),
            (json!({ "region": "eu", "other": 1 }), "input.other is not expected"),
        ] {
            assert_eq!(of(&input), [told], "{input}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
            json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
            json!({ "$ref": "https://example.com/schema" }),
        ] {
            assert_eq!(misfits(&schema, &json!({ "a": 1 }), false, &mut 0), [""; 0], "{schema}");
        }
    }

    #[test]
    fn few_misfits_are_shown() {
        let schema = json!({ "additionalProperties": { "type": "string" } });
        let input: Map<String, Value> = (0..100).map(|number| (number.to_string(), json!([]))).collect();
        assert_eq!(misfits(&schema, &Value::Object(input), false, &mut 0).len(), MOST);
    }

    #[test]
    fn a_large_input_and_a_wide_schema_end_soon() {
        let schema = json!({ "allOf": vec![json!({}); 20_000] });
        let input: Map<String, Value> = (0..90_000).map(|number| (number.to_string(), json!(1))).collect();
        let mut steps = 0;
        misfits(&schema, &Value::Object(input), false, &mut steps);
        assert!((MOST_STEPS..2 * MOST_STEPS + 10_000).contains(&steps), "{steps}");
    }

    #[test]
    fn a_name_that_may_be_a_secret_is_not_shown() {
        let schema =
            json!({ "additionalProperties": { "type": "object", "properties": { "b": { "type": "string" } } } });
        let told = misfits(&schema, &json!({ "hunter2": { "b": 1 } }), true, &mut 0);
        assert_eq!(told, ["input.[redacted].b is not of type string"]);
    }

    #[test]
    fn a_duration_may_be_a_number() {
        let schema = json!({ "properties": { "limit": { "type": "string", "format": "duration" } } });
        assert_eq!(misfits(&schema, &json!({ "limit": 300 }), false, &mut 0), [""; 0]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let keywords = ["$ref", "allOf", "anyOf", "type", "items", "properties", "required", "enum", "minimum", "a"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            proptest::sample::select(vec!["#", "#/a", "object", "integer", "a"]).prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            let name = proptest::sample::select(keywords.to_vec()).prop_map(str::to_owned);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_schema_and_any_input_end(schema in any_json(), input in any_json()) {
            prop_assert!(misfits(&schema, &input, false, &mut 0).len() <= MOST);
        }
    }
}
