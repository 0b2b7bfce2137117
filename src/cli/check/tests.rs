use jiff::Timestamp;
use proptest::prelude::*;

use super::file::{self, Checked};
use super::finding::Severity;
use super::schemas::{Kind, kinds};

fn checked(text: &str, kinds: &[Kind]) -> Checked {
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    file::check(text.as_bytes(), true, kinds, now).1
}

/// The codes of the errors of a schedule with these fields, or with this metadata.
fn errors(metadata: &str, fields: &str, kinds: &[Kind]) -> Vec<&'static str> {
    let workflow = if fields.contains("workflowIdentifier") { "" } else { "\n  workflowIdentifier: report" };
    let text = format!(
        "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {metadata}\nspec:{workflow}\n  {fields}\n"
    );
    let checked = checked(&text, kinds);
    let findings = checked.problems.iter().chain(checked.resources.iter().flat_map(|resource| &resource.findings));
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
        ("adoption: null", "enum"),
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
