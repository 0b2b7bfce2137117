//! Fields that are called otherwise elsewhere: in Kubernetes' CronJob, Argo's CronWorkflow, a
//! TemporalSchedule, a Terraform provider, and in the API itself.

use serde_json::Value;

use super::node::{Content, Node};
use super::wanted::flow;

/// What a field of the neighbours is here.
#[derive(Clone, Copy)]
enum Here {
    /// A field of the same value.
    Field(&'static str),
    /// A list, of which the value is one or all.
    List(&'static str),
    /// A field of `policy` of the same value.
    Policy(&'static str),
    /// A field of `policy`, of so many seconds.
    Seconds(&'static str),
    Every,
    Concurrency,
    Paused,
    NotPaused,
    /// Nothing that takes the value: what there is instead.
    Nothing(&'static str),
}

use Here::{Concurrency, Every, Field, List, NotPaused, Nothing, Paused, Policy, Seconds};

const WORKFLOW: Here = Nothing(
    "what runs is a workflow that is deployed already: name it in workflowIdentifier, and give what it takes in input",
);
const HISTORY: Here = Nothing("the API keeps the history of runs itself: take it out");
const RUN: Here = Nothing("how long a run may take and how it is retried is the workflow's own matter: take it out");
const UNWRAPPED: Here = Nothing(
    "what stands in it stands in spec itself: cronExpressions, calendars, intervals, skip, startAt, endAt, jitter, timeZoneName, policy",
);
const IDENTITY: Here = Nothing(
    "the id of the remote schedule follows from the resource's namespace and name: take it out; scheduleId is for taking over an existing schedule",
);

/// Of `spec`, by their letters alone, in lower case.
const SPEC: [(&str, Here); 78] = [
    ("action", WORKFLOW),
    ("activedeadlineseconds", RUN),
    ("args", Field("input")),
    ("arguments", Field("input")),
    ("backofflimit", RUN),
    ("catchup", Policy("catchupWindow")),
    ("catchupwindow", Policy("catchupWindow")),
    ("catchupwindowseconds", Seconds("catchupWindow")),
    (
        "clusterref",
        Nothing("name a WorkflowConnection in connectionRef: {name: …}, or take it out for the one called default"),
    ),
    ("concurrencypolicy", Concurrency),
    ("cron", List("cronExpressions")),
    ("cronexpression", List("cronExpressions")),
    ("crons", List("cronExpressions")),
    ("cronschedule", List("cronExpressions")),
    ("cronstring", List("cronExpressions")),
    ("deployment", Field("deploymentName")),
    ("description", Nothing("write it as an annotation, or as a comment of the file; pauseNote says why it is paused")),
    ("disabled", Paused),
    ("enabled", NotPaused),
    ("endtime", Field("endAt")),
    ("enddate", Field("endAt")),
    ("entrypoint", WORKFLOW),
    ("every", Every),
    ("exclude", List("skip")),
    ("excludecalendars", List("skip")),
    ("excludes", List("skip")),
    ("failedjobshistorylimit", HISTORY),
    ("historylimit", HISTORY),
    ("id", IDENTITY),
    ("inputs", Field("input")),
    ("interval", Every),
    ("jobtemplate", WORKFLOW),
    ("limitedactions", Nothing("write maxExecutions: the number of runs")),
    ("maxruns", Field("maxExecutions")),
    ("memo", Nothing("the API keeps no memo: take it out")),
    (
        "namespaceref",
        Nothing("name a WorkflowConnection in connectionRef: {name: …}, or take it out for the one called default"),
    ),
    ("note", Field("pauseNote")),
    ("notes", Field("pauseNote")),
    ("overlap", Policy("overlap")),
    ("overlappolicy", Policy("overlap")),
    ("parameters", Field("input")),
    ("pauseonfailure", Policy("pauseOnFailure")),
    ("payload", Field("input")),
    ("period", Every),
    ("rate", Every),
    ("remainingactions", Field("maxExecutions")),
    ("schedule", List("cronExpressions")),
    ("scheduleexpression", List("cronExpressions")),
    ("scheduleexpressiontimezone", Field("timeZoneName")),
    ("schedules", List("cronExpressions")),
    ("searchattributes", Nothing("the API keeps no search attributes: take it out")),
    ("spec", UNWRAPPED),
    ("startdate", Field("startAt")),
    ("startingdeadlineseconds", Seconds("catchupWindow")),
    ("starttime", Field("startAt")),
    ("state", Nothing("write paused, pauseNote and maxExecutions in spec itself")),
    ("stopstrategy", Nothing("say with endAt until when it runs, or with maxExecutions how often")),
    ("successfuljobshistorylimit", HISTORY),
    ("suspend", Paused),
    ("suspended", Paused),
    ("target", WORKFLOW),
    ("taskqueue", Nothing("which workers take a run follows from the workflow, and deploymentName: take it out")),
    ("template", WORKFLOW),
    ("templateref", WORKFLOW),
    ("timezone", Field("timeZoneName")),
    ("triggerimmediately", Nothing("to run it at once, annotate it with trigger-requested-at; see docs/user-guide.md")),
    ("ttlsecondsafterfinished", HISTORY),
    ("tz", Field("timeZoneName")),
    ("when", Nothing("there is no condition: let the workflow look, and end at once")),
    ("workflow", Field("workflowIdentifier")),
    ("workflowid", Field("workflowIdentifier")),
    ("workflowmetadata", WORKFLOW),
    ("workflowname", Field("workflowIdentifier")),
    ("workflowref", WORKFLOW),
    ("workflowspec", WORKFLOW),
    ("workflowtemplateref", WORKFLOW),
    ("workflowtype", Field("workflowIdentifier")),
    ("zone", Field("timeZoneName")),
];

/// Of calendars, intervals, ranges and `policy`, where the letters do not say it.
const INNER: [(&str, &str); 23] = [
    ("catchupwindowseconds", "catchupWindow"),
    ("concurrencypolicy", "overlap"),
    ("day", "dayOfMonth"),
    ("days", "dayOfMonth"),
    ("daysofmonth", "dayOfMonth"),
    ("daysofweek", "dayOfWeek"),
    ("dom", "dayOfMonth"),
    ("dow", "dayOfWeek"),
    ("from", "start"),
    ("interval", "every"),
    ("max", "end"),
    ("min", "start"),
    ("note", "comment"),
    ("overlappolicy", "overlap"),
    ("period", "every"),
    ("phase", "offset"),
    ("startingdeadlineseconds", "catchupWindow"),
    ("to", "end"),
    ("until", "end"),
    ("value", "start"),
    ("weekday", "dayOfWeek"),
    ("weekdays", "dayOfWeek"),
    ("by", "step"),
];

const CALENDAR: [&str; 7] = ["second", "minute", "hour", "dayOfMonth", "month", "year", "dayOfWeek"];

/// What to write for a field that there is not, beside those that there are.
pub(super) fn translated(name: &str, value: &Node, known: &[&str]) -> Option<String> {
    let plain = letters(name);
    if let Some(same) = known.iter().find(|known| letters(known) == plain) {
        return Some(format!("write `{same}`"));
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

/// "time_zone" and "timeZone" are the same.
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
            Field("workflowIdentifier") if !is_scalar => WORKFLOW.said(value),
            List("cronExpressions") if is_map => UNWRAPPED.said(value),
            Field(field) => match given {
                Some(given) => format!("write `{field}: {given}`"),
                None => format!("write `{field}`"),
            },
            List(field) => match given {
                Some(given) if matches!(value.content, Content::List(_)) => format!("write `{field}: {given}`"),
                Some(given) => format!("write `{field}: [{given}]`"),
                None => format!("write `{field}`"),
            },
            Policy(field) => format!("write `policy: {{{field}: {}}}`", given.unwrap_or_else(|| "…".into())),
            Seconds(field) => {
                let span = seconds(value).unwrap_or_else(|| "10s".into());
                format!(
                    "a run that was missed is started as long after its time as the {field} says: write `policy: {{{field}: {span}}}`"
                )
            }
            Every if is_scalar => {
                let span = super::wanted::span(value).or(given).unwrap_or_else(|| "1h".into());
                format!("write `intervals: [{{every: {span}}}]`")
            }
            Every => "write `intervals: [{every: 1h}]`".into(),
            Concurrency => concurrency(value.as_str()),
            Paused => format!("write `paused: {}`", truth(value).unwrap_or(true)),
            NotPaused => format!("write `paused: {}`", !truth(value).unwrap_or(true)),
            Nothing(instead) => instead.into(),
        }
    }
}

fn truth(value: &Node) -> Option<bool> {
    match &value.content {
        Content::Scalar(Value::Bool(is_true)) => Some(*is_true),
        Content::Scalar(Value::String(text)) => text.parse().ok(),
        Content::Scalar(_) | Content::List(_) | Content::Map(_) => None,
    }
}

fn concurrency(policy: Option<&str>) -> String {
    let overlap = match policy {
        Some("Allow") => "AllowAll",
        Some("Forbid") => "Skip",
        Some("Replace") => "TerminateOther",
        Some(_) | None => {
            return "Allow is `policy: {overlap: AllowAll}`, Forbid is `policy: {overlap: Skip}`, Replace is \
                    `policy: {overlap: TerminateOther}`"
                .into();
        }
    };
    format!("write `policy: {{overlap: {overlap}}}`")
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
            ("time_zone_name: Europe/Paris", "write `timeZoneName`"),
            ("suspend: true", "write `paused: true`"),
            ("enabled: true", "write `paused: false`"),
            ("concurrencyPolicy: Forbid", "write `policy: {overlap: Skip}`"),
            ("startingDeadlineSeconds: 300", "write `policy: {catchupWindow: 300s}`"),
            ("startingDeadlineSeconds: 5", "write `policy: {catchupWindow: 10s}`"),
            ("successfulJobsHistoryLimit: 3", "take it out"),
            ("workflowSpec: {entrypoint: main}", "name it in workflowIdentifier"),
            ("workflow: report", "write `workflowIdentifier: report`"),
            ("every: 3600", "write `intervals: [{every: 1h}]`"),
            ("overlap: Skip", "write `policy: {overlap: Skip}`"),
            ("hour: [{start: 9}]", "write `calendars: [{hour: [{start: 9}]}]`"),
            ("schedule: {spec: {crons: ['0 9 * * *']}}", "stands in spec itself"),
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
