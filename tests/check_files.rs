//! The command `check` and what files may be: what `kubectl` takes apart, what cannot be read, what is no
//! mistake between files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "check/support.rs"]
mod support;

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Folder, SOUND, check, check_with, json as checked};

/// A schedule of this name as JSON on one line.
fn object(name: &str) -> String {
    json!({
        "apiVersion": "workflows.mistral.ai/v1alpha1", "kind": "WorkflowSchedule",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"]},
    })
    .to_string()
}

/// What a text comes to: the names of its schedules, and the codes and messages of its problems.
fn seen(text: &str) -> (Vec<String>, Vec<String>) {
    let answer = check_with(&["--output", "json", "-"], text);
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    let texts = |list: &str, name: &str| -> Vec<String> {
        document[list].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
    };
    (texts("resources", "name"), texts("problems", "message"))
}

/// The codes of all findings of these files.
fn codes(files: &[&str]) -> Vec<String> {
    let document = checked(files);
    let of_resources = document["resources"].as_array().unwrap().iter().flat_map(|resource| {
        [&resource["errors"], &resource["warnings"]].into_iter().flat_map(|list| list.as_array().unwrap().clone())
    });
    let all: Vec<Value> = of_resources.chain(document["problems"].as_array().unwrap().clone()).collect();
    all.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// Asked of kubectl 1.32 and of the decoder of 1.37.
#[test]
fn the_objects_of_a_file_are_those_that_kubectl_sees() {
    let (a, b, c) = (object("a"), object("b"), object("c"));
    for (text, names) in [
        (format!("{a}{b}"), vec!["a", "b"]),
        (format!("\n\n{a}\n{b} {c}\n"), vec!["a", "b", "c"]),
        (format!("{a}\n---\n{b}\n"), vec!["a", "b"]),
        (format!("{a}\n--- # and\n---\n{b}\n---\n"), vec!["a", "b"]),
        (format!("---\n{a}\n...\n"), vec!["a"]),
        (format!("# c\n{a}\n...\n# nothing more\n---\r\n{b}"), vec!["a", "b"]),
        (format!("\u{feff}{a}\n---\n\u{feff}{b}"), vec!["a", "b"]),
        (format!("---\n{a}"), vec!["a"]),
    ] {
        assert_eq!(seen(&text), (names.into_iter().map(str::to_owned).collect(), vec![]), "{text}");
    }
}

#[test]
fn what_kubectl_drops_or_refuses_in_a_file_is_an_error() {
    let (a, b, c) = (object("a"), object("b"), object("c"));
    for (text, message) in [
        (format!("---\n{a}\n...\n{b}\n"), "kubectl reads nothing after the end of a document"),
        (format!("---\n{a}\n{b}\n"), "kubectl reads nothing after"),
        (format!("x: 1\n--- {b}\n"), "beside `---` there may only be a comment"),
        (format!("--- !!map\n{b}\n"), "beside `---` there may only be a comment"),
        (format!("x: 1\n---x\n{b}\n"), "beside `---` there may only be a comment"),
        (format!("%YAML 1.2\n---\n{b}\n"), "a directive is refused"),
        (format!("{a}\n...\n"), "`...` ends a document, and here is none"),
        (format!("...\n{b}\n"), "`...` ends a document, and here is none"),
        (format!("{a}\n{b}\n---\n{c}"), "after several JSON objects only JSON is read"),
        (format!("{a}{b},{c}"), "after several JSON objects only JSON is read"),
        (format!("[{a}, {b}]"), "this document is a list, which kubectl refuses"),
    ] {
        let (_, problems) = seen(&text);
        assert!(problems.iter().any(|problem| problem.contains(message)), "{text}: {problems:?}");
    }
    // Lists and directives of others are no concern of ours.
    assert_eq!(seen("- a\n- {b: c}\n"), (vec![], vec![]));
}

#[test]
fn twenty_thousand_objects_on_one_line_are_read_in_time() {
    let names: Vec<String> = (0..20_000).map(|index| object(&format!("s{index}"))).collect();
    let list = format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{}]}}", names.join(","));
    let begun = std::time::Instant::now();
    let answer = check_with(&["--output", "json", "-"], &list);
    let taken = begun.elapsed();
    println!("{} bytes in {taken:?}", list.len());
    assert_eq!(answer.code, Some(0));
    let document: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(document["resources"].as_array().unwrap().len(), 20_000);
}

#[test]
fn the_same_name_in_another_folder_is_another_environment() {
    let folder = Folder::new();
    folder.write("dev/report.yaml", SOUND);
    folder.write("prod/report.yaml", SOUND);
    assert_eq!(codes(&[folder.name()]), <[&str; 0]>::default());
    folder.write("prod/again.yaml", SOUND);
    assert_eq!(codes(&[folder.name()]), ["same-name"]);
}

#[test]
fn a_file_that_is_named_twice_or_linked_is_checked_once() {
    let folder = Folder::new();
    let file = folder.write("report.yaml", SOUND);
    assert_eq!(codes(&[&file, &file, folder.name()]), <[&str; 0]>::default());
    #[cfg(unix)]
    {
        let link = format!("{}/soft.yaml", folder.name());
        std::os::unix::fs::symlink(&file, &link).unwrap();
        fs::hard_link(&file, format!("{}/hard.yaml", folder.name())).unwrap();
        assert_eq!(codes(&[folder.name(), &link]), <[&str; 0]>::default());
        assert_eq!(checked(&[folder.name()])["summary"]["files"], 1);
    }
}

#[test]
fn a_patch_of_kustomize_is_no_whole_resource() {
    let part = "\
apiVersion: workflows.mistral.ai/v1alpha1
kind: WorkflowSchedule
metadata: {name: report}
spec: {timeZoneName: Europe/London}
";
    let folder = Folder::new();
    folder.write("base/report.yaml", SOUND);
    folder.write("base/kustomization.yaml", "resources: [report.yaml]\n");
    folder.write("prod/kustomization.yaml", "resources: [../base]\npatches:\n- path: patches/zone.yaml\n");
    let patch = folder.write("prod/patches/zone.yaml", part);
    folder.write("old/kustomization.yml", "patchesStrategicMerge: [zone.yaml]\n");
    folder.write("old/zone.yaml", part);
    folder.write("gone.yaml", format!("$patch: delete\n{part}"));
    assert_eq!(codes(&[folder.name()]), <[&str; 0]>::default());
    assert_eq!(codes(&[&patch]), <[&str; 0]>::default());
    assert_eq!(checked(&[folder.name()])["summary"]["patches"], 3);
    assert!(check(&[&patch]).stdout.contains("1 Kustomize patch passed over"));
    // Nobody names this one.
    let alone = folder.write("prod/alone.yaml", part);
    assert_eq!(codes(&[&alone]), ["rule"]);
}

#[test]
fn a_count_with_an_end_is_fine() {
    let counted = format!("{SOUND}  maxExecutions: 5\n");
    let answer = |text: &str| check_with(&["-"], text).stdout;
    assert!(answer(&counted).contains("max-executions-in-git"));
    assert!(!answer(&format!("{counted}  endAt: 2027-06-01T00:00:00Z\n")).contains("warning["));
}

#[test]
fn an_empty_folder_is_an_error() {
    let folder = Folder::new();
    folder.write("notes.txt", "nothing");
    let answer = check(&[folder.name()]);
    assert_eq!(answer.code, Some(1));
    assert!(answer.stdout.starts_with("error[empty]: there is no *.yaml, *.yml or *.json"), "{}", answer.stdout);
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_to_hangs_nothing() {
    let folder = Folder::new();
    let pipe = format!("{}/pipe.yaml", folder.name());
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let answer = check(&[folder.name()]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.stderr.contains("it is not a regular file"), "{}", answer.stderr);
    assert!(check(&[&pipe]).stderr.contains("nothing has opened it for writing"));
    // One with a writer is read, as `check <(helm template …)` needs.
    let mut writer = Command::new("sh").args(["-c", "echo 'a: 1' > \"$0\"", &pipe]).spawn().unwrap();
    assert_eq!(check(&[&pipe]).code, Some(0));
    writer.wait().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_no_success() {
    let folder = Folder::new();
    let path = folder.write("report.yaml", SOUND);
    for output in ["text", "json"] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("workflow-schedule-operator"));
        command.args(["check", "--output", output, &path]);
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(ended.status.code(), Some(2), "{output}");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.starts_with("error: the result cannot be written: "), "{said}");
        // Whoever closes the pipe has read enough, but not all.
        let mut closed = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(closed.stdout.take());
        let ended = closed.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(2), &[][..]), "{output}");
    }
}

#[test]
fn control_characters_of_others_do_not_reach_the_terminal() {
    let name = "a\\u001b]0;x\\u0007\\u009b2J\\u202e";
    let text = object("report").replace("\"report\"", &format!("\"{name}\"")).replace("0 9 * * *", "0 9 * *");
    let folder = Folder::new();
    let path = folder.write("evil\u{1b}[31m.yaml", text.as_bytes());
    let answer = check(&[&path, "missing\u{1b}[31m.yaml"]);
    for shown in [&answer.stdout, &answer.stderr] {
        let steers = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!shown.is_empty() && !shown.contains(steers), "{shown:?}");
    }
}

#[test]
fn colours_are_used_where_they_are_wanted() {
    let coloured = |arguments: &[&str], no_color: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("workflow-schedule-operator"));
        command.current_dir("tests/check").arg("check").args(arguments).arg("wrong.yaml").env("NO_COLOR", no_color);
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\u{1b}')
    };
    assert!(!coloured(&[], ""), "it is no terminal");
    assert!(coloured(&["--color", "always"], "1"), "what is asked for counts more");
    assert!(!coloured(&["--color", "never"], ""));
    assert!(!coloured(&["--color=auto"], ""));
    assert_eq!(check(&["--color", "sometimes", "wrong.yaml"]).code, Some(2));
}

#[test]
fn every_name_of_the_json_is_there_and_null_where_it_does_not_apply() {
    let folder = Folder::new();
    let connection = folder.write(
        "a.yaml",
        "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowConnection\nmetadata: {name: default}\n\
         spec: {apiKeySecretRef: {name: a, key: b}, scheduleIdPrefix: acme}\n",
    );
    let broken = folder.write("b.yaml", "a: [\n");
    let document = checked(&[&connection, &broken, "missing.yaml"]);
    let resource = &document["resources"][0];
    for name in ["namespace", "words", "timeZone", "paused", "nextRuns"] {
        assert!(resource.as_object().unwrap().contains_key(name) && resource[name].is_null(), "{name}");
    }
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for problem in document["problems"].as_array().unwrap() {
        assert_eq!(names(problem), ["code", "column", "field", "file", "help", "line", "message", "severity"]);
        assert!(problem["field"].is_null());
    }
    let manual = include_str!("../docs/check.md");
    for name in names(&document["summary"]).iter().chain(&names(resource)).chain(&names(&document["problems"][0])) {
        assert!(manual.contains(&format!("`{name}`")), "docs/check.md does not explain {name}");
    }
}

#[test]
fn keys_of_labels_and_annotations_are_checked_as_the_api_server_does() {
    let with = |kind: &str, key: &str| {
        let text = SOUND.replace("namespace: shop", &format!("namespace: shop, {kind}: {{{key:?}: x}}"));
        check_with(&["-"], &text).stdout.contains("error[metadata-key]")
    };
    let long = "x".repeat(64);
    for key in ["a b", "/a", "a/", "a/b/c", "-a", "a-", "Ex ample.com/a", "a..b/c", &long, ""] {
        assert!(with("labels", key) && with("annotations", key), "{key}");
    }
    for key in ["a", "app.kubernetes.io/name", "a_B.c-1", &long[1..]] {
        assert!(!with("labels", key) && !with("annotations", key), "{key}");
    }
    // The prefix of an annotation may be written in any case, that of a label not.
    assert!(with("labels", "Example.com/a") && !with("annotations", "Example.com/a"));
}

#[test]
fn nulls_are_told_where_ways_of_applying_differ_and_nowhere_else() {
    let with = |fields: &str| check_with(&["-"], &format!("{SOUND}{fields}")).stdout;
    for fields in ["  management:\n", "  policy: {overlap: ~}\n", "  deletionPolicy: null\n"] {
        assert!(with(fields).contains("warning[null-choice]"), "{fields}");
    }
    for fields in ["  input: {a: null}\n", "  input: {a: {b: }}\n"] {
        assert!(with(fields).contains("warning[null-in-input]"), "{fields}");
    }
    for fields in [
        "  jitter: null\n  policy:\n  paused: ~\n",
        "  input: null\n",
        "  input: {a: [null, {b: null}]}\n",
        "  calendars:\n  skip: ~\n  intervals: null\n",
        "  skip: []\n",
        "  input: {}\n",
        "  input: {a: {}}\n",
    ] {
        assert!(!with(fields).contains("null-"), "{fields}");
    }
}

#[test]
fn a_number_that_is_not_kept_is_told() {
    let with = |input: &str| check_with(&["-"], &format!("{SOUND}  input: {input}\n")).stdout;
    assert!(with("{id: 12345678901234567890123}").contains("warning[inexact-number]"));
    for input in ["{id: '12345678901234567890123'}", "{n: 18446744073709551615, x: 1.5e300, y: 0.1}"] {
        assert!(!with(input).contains("warning["), "{input}");
    }
}

#[test]
fn json_of_a_configmap_is_read_as_the_operator_would() {
    let schedule =
        format!("{SOUND}  inputFrom:\n  - format: JSON\n    configMapKeyRef: {{name: settings, key: a.json}}\n");
    let settings = |json: &str| {
        let data = json!({"a.json": json, "notes": "no JSON"});
        let metadata = json!({"name": "settings", "namespace": "shop"});
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}).to_string()
    };
    for (text, code) in [
        ("\u{feff}{}", Some("not-json")),
        ("{,}", Some("not-json")),
        ("{\"id\": 12345678901234567890123}", Some("inexact-number")),
        ("{\"id\": \"12345678901234567890123\", \"n\": 1.5}", None),
    ] {
        let folder = Folder::new();
        let (a, b) = (folder.write("a.yaml", &schedule), folder.write("b.yaml", settings(text)));
        let expected: Vec<&str> = code.into_iter().collect();
        assert_eq!(codes(&[&a, &b]), expected, "{text}");
        assert_eq!(codes(&[&b, &a]), expected, "{text}");
        // What nobody reads as JSON may be anything.
        let plain = folder.write("c.yaml", schedule.replace("format: JSON", "format: Text"));
        assert_eq!(codes(&[&plain, &b]), <[&str; 0]>::default(), "{text}");
    }
}

#[test]
fn json_of_a_secret_is_read_in_the_same_way_and_shown_to_nobody() {
    let reference = "  inputFrom:\n  - format: JSON\n    secretKeyRef: {name: token, key: a.json}\n";
    let secret = |json: &str| {
        let metadata = json!({"name": "token", "namespace": "shop"});
        let object =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"a.json": json}});
        object.to_string()
    };
    for (text, code) in [
        ("{\"hidden\": }", Some("not-json")),
        ("{\"hidden\": 98765432109876543210987}", Some("inexact-number")),
        ("{\"hidden\": 1}", None),
    ] {
        let folder = Folder::new();
        let schedule = folder.write("a.yaml", format!("{SOUND}{reference}"));
        let secret = folder.write("b.yaml", secret(text));
        let expected: Vec<&str> = code.into_iter().collect();
        for order in [[&*schedule, &*secret], [&*secret, &*schedule]] {
            assert_eq!(codes(&order), expected, "{text}");
            let shown = check(&order).stdout;
            assert!(!shown.contains("hidden") && !shown.contains("98765"), "{shown}");
        }
    }
    // A ConfigMap of the same name is another object.
    let folder = Folder::new();
    let schedule = folder.write("a.yaml", format!("{SOUND}{reference}"));
    let other = secret("{").replace("\"Secret\"", "\"ConfigMap\"").replace("stringData", "data");
    assert_eq!(codes(&[&schedule, &folder.write("b.yaml", other)]), <[&str; 0]>::default());
}
