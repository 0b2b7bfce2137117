//! What the neighbours call their fields.

/// What a field of the neighbours is here.
#[derive(Clone, Copy)]
pub(super) enum Here {
    /// A field of the same value.
    Field(&'static str),
    /// A list, of which the value is one or all.
    List(&'static str),
    /// A field of `policy` of the same value.
    Policy(&'static str),
    /// A field of `policy`, of so many seconds.
    Seconds(&'static str),
    Every,
    /// Cron expressions as crontab reads them.
    Crontab,
    Concurrency,
    Paused,
    NotPaused,
    /// Nothing that takes the value: what there is instead.
    Nothing(&'static str),
}

use Here::{Concurrency, Crontab, Every, Field, List, NotPaused, Nothing, Paused, Policy, Seconds};

pub(super) const WORKFLOW: Here = Nothing(
    "what runs is a workflow that is deployed already: name it in workflowIdentifier, and give what it takes in input",
);
const HISTORY: Here = Nothing("the API keeps the history of runs itself: take it out");
const RUN: Here = Nothing("how long a run may take and how it is retried is the workflow's own matter: take it out");
pub(super) const UNWRAPPED: Here = Nothing(
    "its parts stand in spec itself: cronExpressions, calendars, intervals, skip, startAt, endAt, jitter, timeZoneName, policy; the workflow's name stands in workflowIdentifier",
);
const IDENTITY: Here = Nothing(
    "the id of the remote schedule follows from the resource's namespace and name: take it out; scheduleId is for taking over an existing schedule",
);

/// Of `spec`, by their letters alone, in lower case.
pub(super) const SPEC: [(&str, Here); 78] = [
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
    ("schedule", Crontab),
    ("scheduleexpression", List("cronExpressions")),
    ("scheduleexpressiontimezone", Field("timeZoneName")),
    ("schedules", Crontab),
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
    ("triggerimmediately", Nothing("to run it at once, annotate it with workflows.mistral.ai/trigger-requested-at")),
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
pub(super) const INNER: [(&str, &str); 23] = [
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

pub(super) const CALENDAR: [&str; 7] = ["second", "minute", "hour", "dayOfMonth", "month", "year", "dayOfWeek"];

/// Values of `overlap`, by their letters, that are none of ours in another spelling.
pub(super) const OVERLAPS: [(&str, &str); 5] = [
    ("allow", "AllowAll"),
    ("cancel", "CancelOther"),
    ("forbid", "Skip"),
    ("replace", "TerminateOther"),
    ("terminate", "TerminateOther"),
];
