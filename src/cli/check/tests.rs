use jiff::Timestamp;
use proptest::prelude::*;

use super::file::{self, Checked};
use super::finding::{Finding, Severity};
use super::schemas::{Kind, kinds};

fn checked(text: &str, kinds: &[Kind]) -> Checked {
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    file::check(text.as_bytes(), true, kinds, now).1
}

/// What is found in a schedule with these fields, and this metadata.
fn findings(metadata: &str, fields: &str, kinds: &[Kind]) -> Vec<Finding> {
    let workflow = if fields.contains("workflowIdentifier") { "" } else { "\n  workflowIdentifier: report" };
    let text = format!(
        "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {metadata}\nspec:{workflow}\n  {fields}\n"
    );
    let checked = checked(&text, kinds);
    let of_resources = checked.resources.into_iter().flat_map(|resource| resource.findings);
    checked.problems.into_iter().chain(of_resources).collect()
}

/// The codes of the errors.
fn errors(metadata: &str, fields: &str, kinds: &[Kind]) -> Vec<&'static str> {
    let findings = findings(metadata, fields, kinds).into_iter();
    findings.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.code).collect()
}

const METADATA: &str = "{name: v, namespace: shop}";

/// Asked of kube-apiserver 1.37 by `kubectl create --dry-run=server --validate=strict`.
#[test]
fn what_the_api_server_takes_is_taken() {
    let kinds = kinds();
    for fields in [
        "cronExpressions: null",
        "paused: null",
        "policy: null",
        "workflowRegistrationId: null",
        "calendars: [{hour: [{start: 1, end: null}]}]",
        "calendars: [{hour: null}]",
        "calendars: [{hour: [{start: 9.0}]}]",
        "calendars: [{hour: [{start: 9, end: 0}]}]",
        "calendars: [{minute: [{start: 010}]}]",
        "calendars: []",
        "maxExecutions: 1e3",
        "maxExecutions: 0x10",
        "maxExecutions: 1_000",
        "paused: yes",
        "paused: on",
        "startAt: 2026-01-01T00:00:00Z",
        "endAt: 9999-12-31T23:59:59Z",
        "timeZoneName: ''",
        "policy: {<<: {pauseOnFailure: true}}",
        "input: [1, 'a', {b: null}]",
        "input: {on: 1, 5: x}",
        "adoption: Never",
        "adoption: null",
        "connectionRef: null",
        "inputFrom: [{configMapKeyRef: {name: a, key: b, optional: null}, secretKeyRef: null, format: null}]",
    ] {
        assert_eq!(errors(METADATA, fields, &kinds), <[&str; 0]>::default(), "{fields}");
    }
    for metadata in [
        "{generateName: v-, namespace: shop}",
        "{name: v, finalizers: null, labels: null, creationTimestamp: null}",
        "{name: v.w, labels: {a: '', b: x_Y.z}, annotations: {a: '1'}}",
    ] {
        assert_eq!(errors(metadata, "paused: true", &kinds), <[&str; 0]>::default(), "{metadata}");
    }
}

/// Asked in the same way; the codes are ours.
#[test]
fn what_the_api_server_refuses_is_refused() {
    let kinds = kinds();
    for (fields, code) in [
        ("cronExpressions: [null]", "type"),
        ("adoption: IfEqual", "rule"),
        ("calendars: [{hour: [{start: null}]}]", "missing-field"),
        ("calendars: [{hour: [{start: 9.5}]}]", "type"),
        ("calendars: [{hour: [{start: 9, end: 5}]}]", "rule"),
        ("calendars: [{hours: [{start: 1}]}]", "unknown-field"),
        ("calendars: [{hour: [{from: 1, start: 1}]}]", "unknown-field"),
        ("paused: 'true'", "type"),
        ("workflowIdentifier: 5", "type"),
        ("startAt: 2026-01-01", "pattern"),
        ("cronExpressions: ['']", "bound"),
        ("cronExpressions: [true]", "type"),
        ("cronExpressions: {a: b}", "type"),
        ("maxExecutions: -1", "bound"),
        ("maxExecutions: 9999999999", "bound"),
        ("inputFrom: [{configMapKeyRef: {name: a, key: b}, secretKeyRef: {name: a, key: b}}]", "rule"),
        ("inputFrom: [{into: a}]", "rule"),
        ("inputFrom: [{configMapKeyRef: {name: A_b, key: b}}]", "pattern"),
        ("jitter: P0,5D", "pattern"),
    ] {
        assert_eq!(errors(METADATA, fields, &kinds), [code], "{fields}");
    }
    for (metadata, code) in [
        ("{name: v, annotations: {a: 1}}", "type"),
        ("{name: v, annotations: {a: yes}}", "type"),
        ("{name: v, labels: {a: 'x y'}}", "pattern"),
        ("{name: v, namespace: Shop}", "pattern"),
        ("{name: v, lables: {a: b}}", "unknown-field"),
        ("{namespace: shop}", "missing-field"),
    ] {
        assert_eq!(errors(metadata, "paused: true", &kinds), [code], "{metadata}");
    }
}

/// What is offered in place of a field is taken as it stands, and nothing is said of it.
#[test]
fn what_is_offered_for_a_field_is_silent_itself() {
    let kinds = kinds();
    for fields in [
        "schedule: '0 9 * * 1-5'",
        "schedule: '0 9 1 * 1'",
        "schedule: '0 9 * * 1-7'",
        "schedules: ['0 9 * * *', '@hourly']",
        "cron_expressions: ['0 9 * * *']",
        "time_zone: Europe/Paris",
        "suspend: true",
        "enabled: false",
        "concurrencyPolicy: Replace",
        "startingDeadlineSeconds: 300",
        "catchup_window_seconds: 60",
        "every: 3600",
        "interval: 15 minutes",
        "pauseOnFailure: true",
        "workflow: report",
        "hour: [{start: 9}]",
        "intervals: [3600]",
        "intervals: 4h",
        "cronExpressions: 0 9 * * *",
        "calendars: {hour: [{start: 9}]}",
        "policy: AllowAll",
    ] {
        let found = findings(METADATA, fields, &kinds);
        let help = found.iter().find_map(|finding| finding.help.clone()).unwrap_or_default();
        let offer = help.split('`').nth(1).unwrap_or_else(|| panic!("{fields}: {found:?}"));
        let offer = if offer.starts_with('{') { format!("intervals: [{offer}]") } else { offer.to_owned() };
        // Without times of its own it would be said never to run.
        let is_timed = ["cronExpressions", "intervals", "calendars"].iter().any(|field| offer.starts_with(field));
        let timed = if is_timed { offer } else { format!("{offer}\n  cronExpressions: ['0 9 * * *']") };
        assert_eq!(findings(METADATA, &timed, &kinds), [], "{fields}: {timed}");
    }
}

/// What is offered in place of a value is taken as it stands.
#[test]
fn what_is_offered_for_a_value_is_taken() {
    let kinds = kinds();
    for (fields, value) in [
        ("intervals: [{every: VALUE}]", "3600"),
        ("intervals: [{every: VALUE}]", "4 hours"),
        ("intervals: [{every: VALUE}]", "'3600'"),
        ("jitter: VALUE", "30"),
        ("paused: VALUE", "'true'"),
        ("maxExecutions: VALUE", "'10'"),
        ("endAt: VALUE", "2026-12-31"),
        ("startAt: VALUE", "'2026-12-31'"),
        ("startAt: VALUE", "1798000000"),
        ("policy: {overlap: VALUE}", "2"),
        ("timeZoneName: VALUE", "europe/paris"),
        ("calendars: [{hour: [VALUE]}]", "9"),
        ("calendars: [{hour: [{start: VALUE}]}]", "'9'"),
    ] {
        let found = findings(METADATA, &fields.replace("VALUE", value), &kinds);
        let help = found.iter().find_map(|finding| finding.help.clone()).unwrap_or_default();
        let (_, offer) = help.split_once("write ").unwrap_or_else(|| panic!("{fields} {value}: {found:?}"));
        let offer = match offer.strip_prefix('`') {
            Some(quoted) => quoted.trim_end_matches('`'),
            None => offer.split([' ', ',']).next().unwrap_or_default().trim_end_matches(':'),
        };
        let fixed = fields.replace("VALUE", offer);
        assert_eq!(errors(METADATA, &fixed, &kinds), <[&str; 0]>::default(), "{fixed}");
    }
    for (fields, expected) in [
        ("calendars: [{hour: 9}]", "write `hour: [{start: 9}]`"),
        ("calendars: [{dayOfWeek: MON-FRI}]", "write `dayOfWeek: [{start: 1, end: 5}]`"),
        ("timeZoneName: GMT+2", "2 hours ahead of UTC all year is Etc/GMT-2"),
        ("cronExpressions: [0 9 * * 1,3]", "put the whole expression in quotes, \"0 9 * * 1,3\""),
        ("cronExpressions: [*/5 * * * *]", "put the expression in quotes, \"*/5 * * * *\""),
        ("scheduelId: x", "did you mean `scheduleId`?"),
    ] {
        let found = findings(METADATA, fields, &kinds);
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(help.contains(expected), "{fields}: {found:?}");
    }
    for fields in ["cronExpressions: [0 9 * * MON#2, 0 24 * * *]", "cronExpressions:\n  - 0 9 1\n  - 15 * *"] {
        let found = findings(METADATA, fields, &kinds);
        assert!(
            found.iter().all(|finding| !finding.help.as_ref().is_some_and(|help| help.contains("comma"))),
            "{found:?}"
        );
    }
    let found = findings(METADATA, "schedul: x", &kinds);
    assert!(!found[0].help.as_ref().is_some_and(|help| help.contains("mean `scheduleId`")), "{found:?}");
}

#[test]
fn traps_around_the_timing_are_warned_of() {
    let kinds = kinds();
    let daily = "cronExpressions: ['0 9 * * *']";
    let codes = |fields: &str| -> Vec<&str> {
        findings(METADATA, &format!("{daily}\n  {fields}"), &kinds).iter().map(|finding| finding.code).collect()
    };
    for (fields, code) in [
        ("timeZoneName: Europe/Paris\n  startAt: 2027-07-01T09:00:00", "time-without-offset"),
        ("timeZoneName: Asia/Tokyo\n  endAt: 2027-07-01T09:00", "time-without-offset"),
        ("policy: {overlap: AllowAll, pauseOnFailure: true}", "pause-on-failure-without-effect"),
    ] {
        assert_eq!(codes(fields), [code], "{fields}");
    }
    for fields in [
        "startAt: 2027-07-01T09:00:00",
        "timeZoneName: Europe/London\n  startAt: 2027-01-01T09:00:00",
        "timeZoneName: UTC\n  startAt: 2027-01-01T09:00:00",
        "timeZoneName: Europe/Paris\n  startAt: 2027-07-01T09:00:00Z",
        "timeZoneName: Europe/Paris\n  startAt: 2027-07-01T09:00:00-05:00",
        "policy: {overlap: AllowAll}",
        "policy: {overlap: Skip, pauseOnFailure: true}",
        "policy: {pauseOnFailure: true}",
    ] {
        assert_eq!(codes(fields), <[&str; 0]>::default(), "{fields}");
    }
    let shown = format!("{daily}\n  timeZoneName: Europe/Paris\n  startAt: 2027-07-01T09:00:00");
    let shown = &findings(METADATA, &shown, &kinds)[0];
    assert_eq!(shown.message, "without an offset this is UTC, which is 2027-07-01 11:00 in Europe/Paris");
    let both = "for Europe/Paris write 2027-07-01T09:00:00+02:00, for UTC write 2027-07-01T09:00:00Z";
    assert_eq!(shown.help.as_deref(), Some(both));
}

/// Beyond the API server, which takes them: `kubectl` drops the first of two keys, and the others stop
/// the operator.
#[test]
fn what_only_the_operator_refuses_is_refused() {
    let kinds = kinds();
    for (fields, code) in [
        ("input: {a: 1, a: 2}", "duplicate-field"),
        ("jitter: P1.5DT1.5H", "refused"),
        ("endAt: 2026-02-30T00:00:00Z", "refused"),
        ("endAt: 2026-02-03T00:00:60Z", "refused"),
        ("intervals: [{every: 1h, offset: 1h}]", "refused"),
    ] {
        assert_eq!(errors(METADATA, fields, &kinds), [code], "{fields}");
    }
}

/// Pieces of manifests, so that what is put together gets past the first character.
fn manifest() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "apiVersion: workflows.mistral.ai/v1alpha1\n",
        "kind: WorkflowSchedule\n",
        "kind: List\nitems:\n- ",
        "metadata: {name: v}\n",
        "spec:\n",
        "  workflowIdentifier: report\n",
        "  cronExpressions: [",
        "\"0 9 * * *\"",
        "]\n",
        "  calendars: [{hour: [{start: 9",
        "}]}]\n",
        "  input: &a {p: *a}\n",
        "  <<: *a\n",
        "---\n",
        "{{ .Values.x }}\n",
        "- ",
        "\t",
        "\u{e9}",
        "\r\n",
        "!!binary ",
        "%YAML 1.2\n",
        "...\n",
    ]);
    proptest::collection::vec(prop_oneof![8 => piece.prop_map(str::to_owned), 1 => ".{0,5}"], 0..20)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics_and_every_finding_can_be_drawn(text in manifest()) {
        let kinds = kinds();
        let checked = checked(&text, &kinds);
        let lines = super::picture::Lines::of(&text);
        let shown = super::text::file("a.yaml", &lines, &checked, &annotate_snippets::Renderer::plain());
        prop_assert!(!shown.is_empty() || checked.others > 0);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (text, checked) = file::check(&bytes, true, &[], Timestamp::UNIX_EPOCH);
        let lines = super::picture::Lines::of(&text);
        let _ = super::text::file("a.yaml", &lines, &checked, &annotate_snippets::Renderer::plain());
    }
}
