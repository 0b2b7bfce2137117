//! The rules of our definitions that the API server runs in CEL. An interpreter of CEL would be a tenth of
//! the binary, so each is here once more, under its own text; a test holds them to an interpreter.

use serde_json::Value;

/// Whether a value keeps a rule; nothing if the rule is not known, or is about a change of an object.
pub(super) fn keeps(rule: &str, value: &Value) -> Option<bool> {
    let (_, keeps) = RULES.iter().find(|(known, _)| *known == rule)?;
    Some(keeps(value))
}

type Rule = (&'static str, fn(&Value) -> bool);

const RULES: [Rule; 15] = [
    ("has(self.workflowIdentifier) != has(self.workflowRegistrationId)", |spec| {
        has(spec, "workflowIdentifier") != has(spec, "workflowRegistrationId")
    }),
    ("!has(self.adoption) || self.adoption == 'Never' || has(self.scheduleId)", |spec| {
        !has(spec, "adoption") || spec["adoption"] == "Never" || has(spec, "scheduleId")
    }),
    ("has(self.configMapKeyRef) != has(self.secretKeyRef)", |source| {
        has(source, "configMapKeyRef") != has(source, "secretKeyRef")
    }),
    ("!has(self.end) || self.end == 0 || self.end >= self.start", |range| {
        number(range, "end").is_none_or(|end| end == 0 || number(range, "start").is_some_and(|start| end >= start))
    }),
    ("!has(self.second) || self.second.all(r, r.start <= 59 && (!has(r.end) || r.end <= 59))", |calendar| {
        lie_in(calendar, "second", 0, 59)
    }),
    ("!has(self.minute) || self.minute.all(r, r.start <= 59 && (!has(r.end) || r.end <= 59))", |calendar| {
        lie_in(calendar, "minute", 0, 59)
    }),
    ("!has(self.hour) || self.hour.all(r, r.start <= 23 && (!has(r.end) || r.end <= 23))", |calendar| {
        lie_in(calendar, "hour", 0, 23)
    }),
    (
        "!has(self.dayOfMonth) || self.dayOfMonth.all(r, r.start >= 1 && r.start <= 31 && (!has(r.end) || r.end <= 31))",
        |calendar| lie_in(calendar, "dayOfMonth", 1, 31),
    ),
    (
        "!has(self.month) || self.month.all(r, r.start >= 1 && r.start <= 12 && (!has(r.end) || r.end <= 12))",
        |calendar| lie_in(calendar, "month", 1, 12),
    ),
    (
        "!has(self.year) || self.year.all(r, r.start >= 2000 && r.start <= 2100 && (!has(r.end) || r.end <= 2100))",
        |calendar| lie_in(calendar, "year", 2000, 2100),
    ),
    ("!has(self.dayOfWeek) || self.dayOfWeek.all(r, r.start <= 6 && (!has(r.end) || r.end <= 6))", |calendar| {
        lie_in(calendar, "dayOfWeek", 0, 6)
    }),
    ("!has(self.names) || size(self.names) == 0 || (has(self.from) && self.from == 'Names')", |allowed| {
        allowed["names"].as_array().is_none_or(Vec::is_empty) || allowed["from"] == "Names"
    }),
    ("!has(self.serverUrl) || isURL(self.serverUrl)", |spec| {
        spec["serverUrl"].as_str().is_none_or(|text| url::Url::parse(text).is_ok())
    }),
    (
        "self.all(id, ('.' + id + '.').matches('^([^{}]*|[^{}*]*[._][{]namespace[}][._][^{}]*|[^{}]*[._][{]namespace[}][._][^{}*]*)$'))",
        |patterns| {
            patterns
                .as_array()
                .is_some_and(|all| all.iter().filter_map(Value::as_str).all(crate::plan::is_sound_pattern))
        },
    ),
    ("size(bytes(self)) <= 1000", |note| note.as_str().is_some_and(|text| text.len() <= 1000)),
];

fn has(map: &Value, name: &str) -> bool {
    map.get(name).is_some_and(|value| !value.is_null())
}

fn number(map: &Value, name: &str) -> Option<i64> {
    map.get(name)?.as_i64()
}

fn lie_in(calendar: &Value, field: &str, least: i64, most: i64) -> bool {
    let lies = |range: &Value| {
        number(range, "start").is_some_and(|start| (least..=most).contains(&start))
            && number(range, "end").is_none_or(|end| end <= most)
    };
    calendar.get(field).and_then(Value::as_array).is_none_or(|ranges| ranges.iter().all(lies))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
    use proptest::prelude::*;
    use proptest::strategy::Union;
    use serde_json::{Map, json};

    use super::super::schema::each;
    use super::*;
    use crate::api::crds;

    /// The rules of our definitions that a single object can break.
    fn installed() -> BTreeSet<String> {
        let mut rules = BTreeSet::new();
        for crd in crds() {
            let schema = crd.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
            each(schema, &mut |schema: &JSONSchemaProps| {
                let validations = schema.x_kubernetes_validations.iter().flatten();
                rules.extend(validations.map(|validation| validation.rule.clone()));
            });
        }
        rules.into_iter().filter(|rule| !rule.contains("oldSelf")).collect()
    }

    #[test]
    fn every_rule_that_is_installed_is_known_and_no_other() {
        assert_eq!(installed(), RULES.iter().map(|(rule, _)| (*rule).to_owned()).collect());
    }

    /// A map with some of the fields that rules speak of, of the kinds that the schema lets through.
    fn map() -> impl Strategy<Value = Value> {
        let text = |name: &'static str, values: &'static [&'static str]| {
            (Just(name), proptest::sample::select(values).prop_map(Value::from)).boxed()
        };
        let number = |name: &'static str| (Just(name), (0_i64..70).prop_map(Value::from)).boxed();
        let range = (0_i64..70, proptest::option::of(0_i64..70)).prop_map(|(start, end)| match end {
            Some(end) => json!({ "start": start, "end": end }),
            None => json!({ "start": start }),
        });
        let year = (1990_i64..2110, 0_i64..2110).prop_map(|(start, end)| json!({ "start": start, "end": end }));
        let ranges = |name: &'static str| {
            (Just(name), proptest::collection::vec(range.clone(), 0..3).prop_map(Value::from)).boxed()
        };
        let field = Union::new([
            text("workflowIdentifier", &["report"]),
            text("workflowRegistrationId", &["x"]),
            text("adoption", &["Never", "IfEqual", "IfExists"]),
            text("scheduleId", &["x"]),
            text("configMapKeyRef", &["x"]),
            text("secretKeyRef", &["x"]),
            text("from", &["Same", "All", "Names"]),
            text(
                "serverUrl",
                &["https://example.com", "https://", "https://[", "http://localhost:8090/x", "https://a b"],
            ),
            (Just("names"), proptest::sample::select(vec![json!([]), json!(["a"])])).boxed(),
            (Just("year"), proptest::collection::vec(year, 0..3).prop_map(Value::from)).boxed(),
            number("start"),
            number("end"),
            ranges("second"),
            ranges("minute"),
            ranges("hour"),
            ranges("dayOfMonth"),
            ranges("month"),
            ranges("dayOfWeek"),
        ]);
        proptest::collection::vec(field, 0..12).prop_map(|fields| {
            let mut map: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            // The schema requires it of whatever has an end.
            map.entry("start").or_insert_with(|| json!(5));
            Value::Object(map)
        })
    }

    /// What an interpreter of CEL says.
    fn interpreted(rule: &str, map: &Value) -> bool {
        let schema = json!({
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true,
            "x-kubernetes-validations": [{ "rule": rule, "message": "broken" }]
        });
        kube_cel::Validator::new().validate(&schema, map, None).is_ok()
    }

    #[test]
    fn the_rule_of_a_note_counts_bytes_as_an_interpreter_does() {
        let (rule, keeps) = RULES.iter().find(|(rule, _)| rule.contains("bytes")).unwrap();
        for (text, is_kept) in [("a".repeat(1000), true), ("障".repeat(333), true), ("障".repeat(334), false)] {
            let schema = json!({
                "type": "string",
                "x-kubernetes-validations": [{ "rule": rule, "message": "broken" }]
            });
            let note = json!(text);
            assert_eq!(keeps(&note), is_kept);
            assert_eq!(kube_cel::Validator::new().validate(&schema, &note, None).is_ok(), is_kept);
        }
    }

    proptest! {
        /// Made of what the rule is about.
        #[test]
        fn patterns_of_ids_are_sound_where_an_interpreter_says_so(
            parts in proptest::collection::vec(
                proptest::sample::select(&["{namespace}", "{namespace}", "{", "}", ".", "_", "-", "*", "a", "A"][..]),
                0..6,
            ),
        ) {
            let (rule, keeps) = RULES.iter().find(|(rule, _)| rule.contains("namespace")).unwrap();
            let schema = json!({
                "type": "array",
                "items": { "type": "string" },
                "x-kubernetes-validations": [{ "rule": rule, "message": "broken" }]
            });
            let patterns = json!([parts.concat()]);
            let is_kept = kube_cel::Validator::new().validate(&schema, &patterns, None).is_ok();
            prop_assert_eq!(keeps(&patterns), is_kept, "{}", patterns);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn rules_are_kept_where_an_interpreter_says_so(map in map()) {
            for (rule, keeps) in RULES.into_iter().filter(|(rule, _)| !rule.starts_with("self.all")) {
                prop_assert_eq!(keeps(&map), interpreted(rule, &map), "{} on {}", rule, map);
            }
        }
    }
}
