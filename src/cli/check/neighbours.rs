//! Fields that are called otherwise elsewhere: in Kubernetes' `CronJob`, Argo's `CronWorkflow`,
//! a `TemporalSchedule`, a Terraform provider, and in the API itself.

mod names;

use serde_json::Value;

use super::node::{Content, Node};
use super::wanted::{self, flow};
use super::zones;
use crate::timing::Zone;
use crate::timing::warnings::{dialect_hint, from_crontab};
use names::{CALENDAR, Here, INNER, OVERLAPS, SPEC, UNWRAPPED, WORKFLOW};

/// What to write for a field that there is not, beside those that there are.
pub(super) fn translated(name: &str, value: &Node, known: &[&str]) -> Option<String> {
    let plain = letters(name);
    if let Some(same) = known.iter().find(|known| letters(known) == plain) {
        return Some(match flow(value) {
            Some(given) => format!("write `{same}: {given}`"),
            None => format!("write `{same}`"),
        });
    }
    if let Some((_, here)) = INNER.iter().find(|(there, here)| *there == plain && known.contains(here)) {
        return Some(match (*here, seconds(value)) {
            ("catchupWindow", Some(span)) => format!("write `catchupWindow: {span}`"),
            (here, _) => format!("write `{here}`"),
        });
    }
    if !known.contains(&"cronExpressions") {
        return None;
    }
    let elsewhere = || {
        let field = CALENDAR.iter().find(|field| letters(field) == plain)?;
        Some(format!(
            "it belongs to a calendar: write `calendars: [{{{field}: {}}}]`",
            flow(value).unwrap_or_else(|| "…".into())
        ))
    };
    SPEC.iter().find(|(there, _)| *there == plain).map(|(_, here)| here.said(value)).or_else(elsewhere)
}

/// `time_zone` and `timeZone` are the same.
fn letters(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// A number of seconds as a duration, no shorter than the engine takes.
fn seconds(value: &Node) -> Option<String> {
    match &value.content {
        Content::Scalar(Value::Number(number)) => number.as_u64().map(|seconds| format!("{}s", seconds.max(10))),
        Content::Scalar(_) | Content::List(_) | Content::Map(_) => None,
    }
}

impl Here {
    fn said(self, value: &Node) -> String {
        let is_scalar = matches!(value.content, Content::Scalar(_));
        let is_map = matches!(value.content, Content::Map(_));
        let given = flow(value);
        match self {
            Self::Field("workflowIdentifier") if !is_scalar => WORKFLOW.said(value),
            Self::Crontab | Self::List("cronExpressions") if is_map => UNWRAPPED.said(value),
            Self::Field("timeZoneName") if is_scalar => zone(value.as_str()),
            Self::Crontab => crons(value, from_crontab),
            Self::List("cronExpressions") => {
                crons(value, |text| dialect_hint(text).is_none().then(|| vec![text.to_owned()]))
            }
            Self::Field(field) => match given {
                Some(given) => format!("write `{field}: {given}`"),
                None => format!("write `{field}`"),
            },
            Self::List(field) => match given {
                Some(given) if matches!(value.content, Content::List(_)) => format!("write `{field}: {given}`"),
                Some(given) => format!("write `{field}: [{given}]`"),
                None => format!("write `{field}`"),
            },
            Self::Policy("overlap") if is_scalar => concurrency(value.as_str()),
            Self::Policy(field) => format!("write `policy: {{{field}: {}}}`", given.unwrap_or_else(|| "…".into())),
            Self::Seconds(field) => {
                let span = seconds(value).unwrap_or_else(|| "10s".into());
                format!("how late a missed run may still start is the {field}: write `policy: {{{field}: {span}}}`")
            }
            Self::Every if is_scalar => {
                let span = super::spans::span(value).or(given).unwrap_or_else(|| "1h".into());
                format!("write `intervals: [{{every: {span}}}]`")
            }
            Self::Every => "write `intervals: [{every: 1h}]`".into(),
            Self::Concurrency => concurrency(value.as_str()),
            Self::Paused => format!("write `paused: {}`", truth(value).unwrap_or(true)),
            Self::NotPaused => format!("write `paused: {}`", !truth(value).unwrap_or(true)),
            Self::Nothing(instead) => instead.into(),
        }
    }
}

/// One cron expression or a list of them, each in the engine's terms.
fn crons(value: &Node, translated: impl Fn(&str) -> Option<Vec<String>>) -> String {
    let texts: Vec<&str> = match &value.content {
        Content::Scalar(_) => value.as_str().into_iter().collect(),
        Content::List(items) => items.iter().filter_map(Node::as_str).collect(),
        Content::Map(_) => Vec::new(),
    };
    let crons: Option<Vec<Vec<String>>> = texts.iter().map(|text| translated(text)).collect();
    match crons.map(|crons| crons.concat()).filter(|crons| !crons.is_empty()) {
        Some(crons) => {
            let crons: Vec<String> = crons.iter().map(|cron| format!("{cron:?}")).collect();
            format!("write `cronExpressions: [{}]`", crons.join(", "))
        }
        None => match texts.iter().find_map(|text| dialect_hint(text)) {
            Some(hint) => format!("name it in `cronExpressions`, a list; {hint}"),
            None => "name it in `cronExpressions`, a list".into(),
        },
    }
}

fn zone(name: Option<&str>) -> String {
    match name {
        Some(name) if Zone::check(Some(name)).is_ok() => format!("write `timeZoneName: {name}`"),
        Some(name) => format!("write `timeZoneName`; {}", zones::hint(name)),
        None => "write `timeZoneName`".into(),
    }
}

fn truth(value: &Node) -> Option<bool> {
    match &value.content {
        Content::Scalar(value) => wanted::truth(value),
        Content::List(_) | Content::Map(_) => None,
    }
}

fn concurrency(policy: Option<&str>) -> String {
    match policy.and_then(overlap) {
        Some("TerminateOther") => {
            "write `policy: {overlap: TerminateOther}`, or CancelOther to let the running one clean up".into()
        }
        Some(overlap) => format!("write `policy: {{overlap: {overlap}}}`"),
        None => "Allow is `policy: {overlap: AllowAll}`, Forbid is `policy: {overlap: Skip}`, Replace is \
                 `policy: {overlap: TerminateOther}`"
            .into(),
    }
}

/// One of the choices in another spelling, or as a neighbour calls it.
pub(super) fn choice<'a>(text: &str, choices: &[&'a str]) -> Option<&'a str> {
    let plain = letters(text);
    let plain = plain.strip_prefix("scheduleoverlappolicy").unwrap_or(&plain);
    let known = OVERLAPS.iter().find(|(there, _)| *there == plain).map_or(plain.to_owned(), |(_, here)| letters(here));
    choices.iter().copied().find(|choice| letters(choice) == known)
}

fn overlap(text: &str) -> Option<&'static str> {
    const OURS: [&str; 6] = ["Skip", "BufferOne", "BufferAll", "CancelOther", "TerminateOther", "AllowAll"];
    choice(text, &OURS)
}

#[cfg(test)]
mod tests {
    use super::super::yaml::Documents;
    use super::*;

    const KNOWN: [&str; 4] = ["cronExpressions", "timeZoneName", "scheduleId", "paused"];

    fn said(field: &str) -> String {
        let document = Documents::of(field).next().unwrap().unwrap();
        let Content::Map(members) = &document.content else { panic!("a field") };
        translated(&members[0].0.name, &members[0].1, &KNOWN).unwrap_or_default()
    }

    #[test]
    fn fields_of_the_neighbours_are_translated_with_their_values() {
        for (field, expected) in [
            ("schedule: '0 9 * * *'", "write `cronExpressions: [\"0 9 * * *\"]`"),
            ("schedules: ['0 9 * * *', '0 18 * * *']", "write `cronExpressions: [\"0 9 * * *\", \"0 18 * * *\"]`"),
            ("timezone: Europe/Paris", "write `timeZoneName: Europe/Paris`"),
            ("time_zone: Europe/Paris", "write `timeZoneName: Europe/Paris`"),
            ("time_zone_name: Europe/Paris", "write `timeZoneName: Europe/Paris`"),
            ("timezone: PST", "write `timeZoneName`; for PST write America/Los_Angeles"),
            ("schedule: 0 9 1 * 1", "write `cronExpressions: [\"0 9 1 * *\", \"0 9 * * 1\"]`"),
            ("schedule: '0 0 12 * * ?'", "write \"0 12 * * *\""),
            ("crons: [0 9 1 * 1]", "write `cronExpressions: [\"0 9 1 * 1\"]`"),
            ("scheduleExpression: cron(0 10 * * ? *)", "write \"0 10 * * *\""),
            ("suspend: true", "write `paused: true`"),
            ("enabled: true", "write `paused: false`"),
            ("concurrencyPolicy: Forbid", "write `policy: {overlap: Skip}`"),
            ("startingDeadlineSeconds: 300", "write `policy: {catchupWindow: 300s}`"),
            ("startingDeadlineSeconds: 5", "write `policy: {catchupWindow: 10s}`"),
            ("successfulJobsHistoryLimit: 3", "take it out"),
            ("workflowSpec: {entrypoint: main}", "name it in workflowIdentifier"),
            ("workflow: report", "write `workflowIdentifier: report`"),
            ("every: 3600", "write `intervals: [{every: 1h}]`"),
            ("overlap_policy: SCHEDULE_OVERLAP_POLICY_BUFFER_ONE", "write `policy: {overlap: BufferOne}`"),
            ("overlap: Skip", "write `policy: {overlap: Skip}`"),
            ("hour: [{start: 9}]", "write `calendars: [{hour: [{start: 9}]}]`"),
            ("schedule: {spec: {crons: ['0 9 * * *']}}", "its parts stand in spec itself"),
        ] {
            assert!(said(field).ends_with(expected) || said(field).contains(expected), "{field}: {}", said(field));
        }
        assert_eq!(said("replicas: 3"), "");
    }

    #[test]
    fn each_name_is_there_once_and_by_its_letters() {
        let names: Vec<&str> = SPEC.iter().map(|(name, _)| *name).chain(INNER.iter().map(|(name, _)| *name)).collect();
        assert!(names.iter().all(|name| letters(name) == *name), "{names:?}");
        for (name, _) in SPEC {
            assert_eq!(SPEC.iter().filter(|(other, _)| *other == name).count(), 1, "{name}");
        }
    }
}
