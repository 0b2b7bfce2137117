//! What is exported means what the remote has: over every vector of the engine.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::manifest::{Connection, Manifest, Place, Writer};
use super::matches;
use crate::api::WorkflowSchedule;
use crate::cli::check::Checker;
use crate::plan::{Desired, Observed, desired, lay_over};
use crate::remote::ScheduleId;
use crate::remote::wire::Schedule;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn exported(schedule: &Value) -> Manifest {
    Writer::new(Place::default(), now(), std::iter::empty()).manifest(read(schedule))
}

fn read(schedule: &Value) -> Schedule {
    Schedule::read(schedule.to_string().as_bytes()).unwrap()
}

fn declared(manifest: &Manifest) -> Desired {
    let object: WorkflowSchedule = serde_saphyr::from_str(&manifest.text).unwrap();
    desired(&object.spec, "prefix", "namespace", &manifest.name, lay_over(object.spec.input.as_ref(), &[])).unwrap()
}

/// What the engine stores for a vector, with what the API adds.
fn stored(got: &Value) -> Value {
    let mut schedule = got.clone();
    schedule["schedule_id"] = json!("Legacy_Report.1");
    schedule["workflow_name"] = json!("report");
    schedule["input"] = json!({ "text": "a: b # c\n- d", "number": 1.5, "list": [null, true, "yes", "0123"] });
    schedule
}

#[test]
fn every_vector_is_equal_after_an_export_and_check_accepts_it() {
    let text = include_str!("../../../tests/vectors/temporal-1.32.0.jsonl");
    let vectors = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (mut equal, mut beyond) = (0, 0);
    for vector in vectors.filter(|vector| vector.get("got").is_some()) {
        let schedule = stored(&vector["got"]);
        let manifest = exported(&schedule);
        let report = Checker::new(now()).check("exported", manifest.text.as_bytes()).json;
        if !manifest.is_expressed {
            // A skip may hold values that no resource may have. All of it is a comment, and says so.
            assert!(manifest.text.lines().all(|line| line.starts_with("# ")), "{}", manifest.text);
            assert!(manifest.text.contains("skip"), "{}", manifest.text);
            beyond += 1;
            continue;
        }
        assert_eq!(report["summary"]["errors"], 0, "{}\n{report:#}", manifest.text);
        let observed = Observed::from_wire(read(&schedule));
        let desired = declared(&manifest);
        assert_eq!(Ok(&desired.content.timing), observed.timing.as_ref(), "{}", manifest.text);
        assert_eq!(Some(desired.content.policy), observed.policy, "{}", manifest.text);
        assert_eq!(Some(desired.content.input), observed.input, "{}", manifest.text);
        assert_eq!(desired.id, observed.id);
        equal += 1;
    }
    assert!(equal > 800 && beyond < equal / 20, "{equal} are equal, {beyond} cannot be expressed");
}

#[test]
fn it_is_what_a_person_would_write() {
    let schedule = json!({
        "schedule_id": "Daily_Report.7", "workflow_name": "report", "deployment_name": "production",
        "calendars": [{ "hour": [{ "start": 9 }], "day_of_week": [{ "start": 1, "end": 5 }] }],
        "intervals": [{ "every": "PT1H30M", "offset": "PT10M" }], "time_zone_name": "Europe/Paris",
        "policy": { "catchup_window_seconds": 3600, "overlap": 2, "pause_on_failure": false },
        "input": null, "remaining_executions": 4, "paused": true, "note": "holidays\nand more",
    });
    insta::assert_snapshot!(exported(&schedule).text, @r"
    # It is paused: holidays
    # and more. The pause is not declared: it stays until somebody resumes it.
    # It has 4 runs left. The limit stays as it is; a declared maxExecutions would start a new count.
    apiVersion: workflows.mistral.ai/v1alpha1
    kind: WorkflowSchedule
    metadata:
      name: daily-report.7
    spec:
      workflowIdentifier: report
      deploymentName: production
      scheduleId: Daily_Report.7
      cronExpressions:
      - 0 9 * * 1-5
      intervals:
      - every: 1h30m
        offset: 10m
      timeZoneName: Europe/Paris
      policy:
        overlap: BufferOne
        catchupWindow: 1h
      adoption: IfEqual
    ");
}

#[test]
fn an_id_under_the_prefix_is_a_derived_one() {
    let place = Place { prefix: Some("prod".into()), ..Place::default() };
    let mut writer = Writer::new(place, now(), std::iter::empty());
    let mut schedule = stored(&json!({ "remaining_executions": null, "calendars": [{}] }));
    schedule["schedule_id"] = json!("prod.team-a.nightly.report");
    let manifest = writer.manifest(read(&schedule));
    assert!(manifest.text.contains("name: nightly.report\n  namespace: team-a\n"), "{}", manifest.text);
    assert!(!manifest.text.contains("scheduleId"), "{}", manifest.text);
    schedule["schedule_id"] = json!("prod.TEAM");
    let manifest = writer.manifest(read(&schedule));
    assert!(!manifest.is_expressed && manifest.text.contains("under the prefix"), "{}", manifest.text);
}

#[test]
fn what_no_resource_can_have_is_a_comment_that_says_why() {
    let mut schedule = stored(&json!({ "remaining_executions": null, "calendars": [{}] }));
    schedule["schedule_id"] = json!("Daily Report/7");
    let manifest = exported(&schedule);
    assert!(!manifest.is_expressed && manifest.text.contains("# - spec.scheduleId: "), "{}", manifest.text);
    assert!(manifest.text.lines().all(|line| line.starts_with("# ")), "{}", manifest.text);
}

#[test]
fn no_other_schedule_takes_the_name_of_a_derived_id_or_its_file() {
    let connection = Connection::Of { namespace: "platform".into(), name: "default".into() };
    let place = Place { namespace: Some("team-a".into()), connection, prefix: Some("prod".into()) };
    let ids = ["archive", "prod.team-a.archive", "team-a.archive"].map(ScheduleId::new);
    let mut writer = Writer::new(place, now(), ids.iter());
    let mut written = |id: &ScheduleId| {
        let mut schedule = stored(&json!({ "remaining_executions": null, "calendars": [{}] }));
        schedule["schedule_id"] = json!(id.as_str());
        let Manifest { name, file, text, .. } = writer.manifest(read(&schedule));
        assert!(text.contains("connectionRef:\n    name: default\n    namespace: platform\n"), "{text}");
        (name, file)
    };
    let [by_hand, derived, dotted] = ids.each_ref().map(&mut written);
    assert_eq!(by_hand, ("archive-2".into(), "archive-2".into()));
    assert_eq!(derived, ("archive".into(), "team-a.archive".into()));
    assert_eq!(dotted, ("team-a.archive".into(), "team-a.archive-2".into()));
}

#[test]
fn two_ids_with_one_name_get_two_names() {
    let mut writer = Writer::new(Place::default(), now(), std::iter::empty());
    let mut names = Vec::new();
    for id in ["Report", "report", "re port", "___"] {
        let mut schedule = stored(&json!({ "remaining_executions": null, "calendars": [{}] }));
        schedule["schedule_id"] = json!(id);
        names.push(writer.manifest(read(&schedule)).name);
    }
    assert_eq!(names, ["report", "report-2", "re-port", "schedule"]);
}

#[test]
fn a_pattern_is_about_the_whole_id() {
    for (pattern, text) in [("*", ""), ("a*", "abc"), ("*c", "abc"), ("a*c*e", "abcde"), ("abc", "abc")] {
        assert!(matches(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in [("a", "abc"), ("*b", "abc"), ("a*bb", "ab"), ("b*", "abc")] {
        assert!(!matches(pattern, text), "{pattern} {text}");
    }
}
