//! What to do about what the schema, its rules and the engine refuse.

use serde_json::Value;

use super::wanted::bounds;
use crate::cli::count::count;

/// For a rule of our definitions that `value` breaks; `message` is that of the rule.
pub(super) fn of_rule(message: &str, value: &Value) -> Option<String> {
    let has = |name: &str| value.get(name).is_some_and(|value| !value.is_null());
    if let Some((field, _)) = message.split_once(": values lie in ") {
        return of_calendar(field, value);
    }
    if message.starts_with("it takes at most 1000 bytes") {
        return value.as_str().map(|text| format!("it has {}: shorten it", count(text.len(), "byte")));
    }
    let help = match message.split_once(':').map_or(message, |(head, _)| head) {
        "exactly one of workflowIdentifier and workflowRegistrationId is needed" if has("workflowIdentifier") => {
            "take out one of them: workflowIdentifier is the name or id of a workflow, workflowRegistrationId the UUID of a registration"
        }
        "exactly one of workflowIdentifier and workflowRegistrationId is needed" => {
            "write `workflowIdentifier: NAME`, with the name of the workflow"
        }
        "exactly one of configMapKeyRef and secretKeyRef is needed" if has("secretKeyRef") => {
            "write two items of inputFrom, one for each"
        }
        "exactly one of configMapKeyRef and secretKeyRef is needed" => {
            "write `configMapKeyRef: {name: NAME, key: KEY}`, or secretKeyRef in the same way"
        }
        "adoption needs a scheduleId" => "write the id of the remote schedule into scheduleId, or take adoption out",
        "names needs from" => "write `from: Names` beside names",
        "end must not be before start" => {
            "a range does not go round: write two, such as {start: 22, end: 23} and {start: 0, end: 6}"
        }
        "serverUrl must be a URL" => "write for example `serverUrl: https://api.mistral.ai`",
        head if head.starts_with("next to {namespace}") => {
            "write for example `legacy.{namespace}.*`, or a pattern without {namespace}"
        }
        _ => return None,
    };
    Some(help.into())
}

/// For a field of a calendar with a value out of range.
fn of_calendar(field: &str, calendar: &Value) -> Option<String> {
    let (least, most) = bounds(field)?;
    let wrong = |range: &Value| {
        let start = range["start"].as_i64().filter(|start| !(least..=most).contains(start));
        start.or_else(|| range["end"].as_i64().filter(|end| *end > most))
    };
    let wrong = calendar.get(field)?.as_array()?.iter().find_map(wrong)?;
    Some(match (field, wrong) {
        ("dayOfWeek", 7) => "write 0 for Sunday".into(),
        ("hour", 24) => "write 0: midnight is hour 0 of the day that begins".into(),
        ("minute", 60) => "write 0: the full hour is minute 0".into(),
        ("second", 60) => "write 0: the full minute is second 0".into(),
        (_, wrong) if wrong < least => format!("{wrong} is too small: the first is {least}"),
        (_, wrong) => format!("{wrong} is too large: the last is {most}"),
    })
}

/// For a cron expression with a value out of range. `message` are the words of the engine.
pub(super) fn of_cron(message: &str, text: &str) -> Option<String> {
    let first = message.split(", ").next()?;
    let (field, rest) = first.split_once(' ')?;
    let (_, range) = rest.split_once("not in range [")?;
    let (least, most) = range.strip_suffix(']')?.split_once('-')?;
    let names = match field {
        "Second" => format!("seconds are {least} to {most}"),
        "Minute" => format!("minutes are {least} to {most}"),
        "Hour" => format!("hours are {least} to {most}"),
        "DayOfMonth" => format!("days of the month are {least} to {most}"),
        "Month" => format!("months are {least} to {most}, or JAN to DEC"),
        "Year" => format!("years are {least} to {most}"),
        "DayOfWeek" => format!("days of the week are {least} to {most}, or SUN to SAT"),
        _ => return None,
    };
    let round =
        if rest.starts_with("End") { "; a range does not go round, so write two, such as 22-23,0-6" } else { "" };
    let fields = text.split('#').next().unwrap_or_default().split_whitespace().filter(|part| !part.contains('='));
    let order = match fields.count() {
        5 => "minute, hour, day of month, month, day of week",
        6 => "minute, hour, day of month, month, day of week, year",
        _ => "second, minute, hour, day of month, month, day of week, year",
    };
    Some(format!("{names}{round}; the fields are {order}"))
}

/// For a field that must be there and is not.
pub(super) fn of_missing(name: &str) -> Option<&'static str> {
    Some(match name {
        "metadata" => "write `metadata: {name: NAME}`",
        "apiKeySecretRef" => {
            "write `apiKeySecretRef: {name: SECRET, key: KEY}`: a Secret of the same namespace, and the key in it that holds the API key"
        }
        "scheduleIdPrefix" => {
            "write for example `scheduleIdPrefix: my-cluster`: ids are PREFIX.NAMESPACE.NAME, and no other cluster may use the prefix in the same workspace"
        }
        "every" => "write for example `every: 4h`",
        _ => return None,
    })
}

/// For a number, or a length, that is out of bounds.
pub(super) fn of_bound(field: &str) -> Option<&'static str> {
    match field {
        "spec.maxExecutions" => Some("leave it out for no limit; to let nothing run, write `paused: true`"),
        "metadata.name" => Some("choose a shorter name"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::super::file;
    use super::super::finding::Severity;
    use super::super::schema::each;
    use super::super::schemas::kinds;
    use super::*;
    use crate::api::crds;

    #[test]
    fn every_rule_that_is_installed_has_a_remedy() {
        let mut messages = BTreeSet::new();
        for crd in crds() {
            let schema = crd.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
            each(schema, &mut |schema| {
                let rules = schema.x_kubernetes_validations.iter().flatten();
                let of_object = rules.filter(|rule| !rule.rule.contains("oldSelf"));
                messages.extend(of_object.filter_map(|rule| rule.message.clone()));
            });
        }
        assert!(messages.len() > 10, "{messages:?}");
        for message in messages {
            let field = message.split_once(':').map_or("", |(field, _)| field);
            let broken = [json!("é".repeat(600)), json!({ field: [{ "start": 9999 }] })];
            assert!(broken.iter().any(|value| of_rule(&message, value).is_some()), "{message}");
        }
    }

    /// The help of the only error in an object.
    fn help(manifest: &str) -> String {
        let checked = file::check(manifest.as_bytes(), true, &kinds(), jiff::Timestamp::UNIX_EPOCH).1;
        let of_resources = checked.resources.into_iter().flat_map(|resource| resource.findings);
        let findings = checked.problems.into_iter().chain(of_resources);
        let errors: Vec<_> = findings.filter(|finding| finding.severity == Severity::Error).collect();
        let [error] = &errors[..] else { panic!("{manifest}: {errors:?}") };
        error.help.clone().unwrap_or_else(|| panic!("no help for {error:?}"))
    }

    #[test]
    fn what_is_refused_in_a_schedule_has_a_help() {
        for (metadata, spec, expected) in [
            ("{name: a}", "cronExpressions: ['75 * * * *']", "minutes are 0 to 59; the fields are minute, hour"),
            ("{name: a}", "cronExpressions: ['0-75 * * * *']", "minutes are 0 to 59; a range does not go round"),
            ("{name: a}", "cronExpressions: ['0 9 * 13 *']", "months are 1 to 12, or JAN to DEC"),
            ("{name: a}", "calendars: [{minute: [{start: 75}]}]", "75 is too large: the last is 59"),
            ("{name: a}", "calendars: [{dayOfMonth: [{start: 0}]}]", "0 is too small: the first is 1"),
            ("{name: a}", "calendars: [{hour: [{start: 9, end: 24}]}]", "write 0: midnight"),
            ("{name: a}", "calendars: [{dayOfWeek: [{start: 7}]}]", "write 0 for Sunday"),
            ("{name: a}", "calendars: [{hour: [{start: 22, end: 6}]}]", "write two"),
            ("{name: a}", "intervals: [{offset: 1h}]", "every: 4h"),
            ("{name: a}", "maxExecutions: 0", "leave it out for no limit"),
            ("{name: a}", "workflowRegistrationId: 00000000-0000-0000-0000-000000000000", "take out one of them"),
            ("{name: Upper_Case}", "paused: true", "write upper-case: "),
            ("{namespace: a}", "paused: true", "write `name: NAME`"),
        ] {
            let manifest = format!(
                "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {metadata}\nspec:\n  workflowIdentifier: report\n  {spec}\n"
            );
            let help = help(&manifest);
            assert!(help.contains(expected), "{spec}: {help}");
        }
        let neither = "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {name: a}\nspec: {paused: true}\n";
        assert!(help(neither).contains("write `workflowIdentifier: NAME`"));
    }

    #[test]
    fn what_is_refused_in_a_connection_has_a_help() {
        for (spec, expected) in [
            ("{scheduleIdPrefix: a}", "write `apiKeySecretRef: {name: SECRET, key: KEY}`"),
            ("{apiKeySecretRef: {name: a, key: b}}", "scheduleIdPrefix: my-cluster"),
            ("{scheduleIdPrefix: a, apiKeySecretRef: {name: b}}", "The key in the data of the Secret"),
        ] {
            let manifest = format!(
                "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowConnection\nmetadata: {{name: a}}\nspec: {spec}\n"
            );
            let help = help(&manifest);
            assert!(help.contains(expected), "{spec}: {help}");
        }
    }
}
