//! The command `check`, as a person and a pipeline meet it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "check/support.rs"]
mod support;

use support::{Folder, SOUND, check, check_with, json};
use workflow_schedule_operator::timing::warnings::WarningKind;

#[test]
fn a_sound_schedule_is_shown_with_its_meaning_and_its_next_runs() {
    let answer = check_with(&["-"], SOUND);
    assert_eq!(answer.code, Some(0));
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn a_migrated_crontab_is_read_line_by_line() {
    let answer = check(&["crontab.yaml"]);
    assert_eq!(answer.code, Some(1));
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn what_the_api_server_and_the_engine_refuse_is_refused_where_it_stands() {
    let answer = check(&["wrong.yaml"]);
    assert_eq!(answer.code, Some(1));
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn what_people_get_wrong_is_warned_of_where_it_stands() {
    let answer = check(&["warned.yaml"]);
    assert_eq!(answer.code, Some(0));
    insta::assert_snapshot!(answer.stdout);
    assert_eq!(check(&["--deny-warnings", "warned.yaml"]).code, Some(1));
}

#[test]
fn what_neighbours_write_is_translated() {
    let answer = check(&["neighbours.yaml"]);
    assert_eq!(answer.code, Some(1));
    insta::assert_snapshot!(answer.stdout);
}

/// A warning on what is fine is a defect.
#[test]
fn what_is_fine_is_not_warned_of() {
    let answer = check(&[
        "--deny-warnings",
        "fine.yaml",
        "../../examples/daily-closing.yaml",
        "../../examples/news-digest.yaml",
        "../../examples/nightly-export.yaml",
        "../../examples/order-sync.yaml",
        "../../examples/sales-report.yaml",
    ]);
    assert_eq!(answer.code, Some(0), "{}", answer.stdout);
}

#[test]
fn broken_yaml_costs_no_other_document() {
    let answer = check(&["broken.yaml"]);
    assert_eq!(answer.code, Some(1));
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn a_helm_template_is_known_for_one() {
    let answer = check(&["helm.yaml"]);
    assert_eq!(answer.code, Some(1));
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn a_list_is_opened_and_other_kinds_are_passed_over() {
    let answer = check(&["list.json"]);
    assert_eq!(answer.code, Some(1));
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn a_machine_reads_one_document() {
    insta::assert_snapshot!(check(&["--output", "json", "list.json", "missing.yaml"]).stdout);
}

#[test]
fn a_folder_is_walked_and_a_bad_file_costs_no_other() {
    let folder = Folder::new();
    folder.write("a/deep/sound.yaml", SOUND);
    folder.write("a/utf-16.yml", "\u{feff}a: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    folder.write("b/latin-1.yaml", b"# caf\xe9\n");
    folder.write("c/empty.yaml", "");
    folder.write("c/comment.yaml", "# nothing yet\n---\n");
    folder.write("c/values.txt", "not looked at: [");
    folder.write(".hidden/broken.yaml", "a: [");
    let answer = check(&[folder.name()]);
    assert_eq!(answer.code, Some(1));
    let shown = answer.stdout.replace(folder.name(), "FOLDER");
    insta::assert_snapshot!(shown);
}

#[test]
fn an_empty_file_that_was_named_is_an_error() {
    let folder = Folder::new();
    let path = folder.write("empty.yaml", "");
    assert_eq!(check(&[&path]).code, Some(1));
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_no_trouble() {
    let text = format!("\u{feff}{}", SOUND.replace('\n', "\r\n"));
    let answer = check_with(&["-"], &text);
    assert_eq!(answer.code, Some(0), "{}", answer.stdout);
}

#[test]
fn what_cannot_be_read_and_wrong_usage_end_with_2() {
    let answer = check(&["missing.yaml", "crontab.yaml"]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.stderr.starts_with("error: missing.yaml cannot be read: "), "{}", answer.stderr);
    assert!(answer.stdout.contains("batch/backup-database"), "the other file is checked all the same");
    assert_eq!(check(&[]).code, Some(2));
    assert_eq!(check(&["--now", "tomorrow", "-"]).code, Some(2));
}

#[test]
fn ten_megabytes_of_other_kinds_are_passed_over() {
    let folder = Folder::new();
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  text: some text\n---\n";
    let count = 10_000_000 / other.len();
    let path = folder.write("large.yaml", other.repeat(count) + SOUND);
    let result = json(&[&path]);
    assert_eq!(result["summary"]["others"], count);
    assert_eq!(result["resources"][0]["line"], count * 6 + 3);
    assert_eq!(result["summary"]["errors"], 0);
}

#[test]
fn an_object_that_no_cluster_stores_is_an_error() {
    let text = format!("{SOUND}  input: {}\n", "x".repeat(10_000_000));
    let answer = check_with(&["-"], &text);
    assert_eq!(answer.code, Some(1));
    assert!(answer.stdout.starts_with("error[too-large]: "), "{}", answer.stdout.len());
    assert!(answer.stdout.len() < 1000, "the line of ten megabytes is not shown");
}

#[test]
fn a_bomb_of_aliases_is_an_error() {
    let levels: String = (1..20).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".into(), |text, level| {
        let below = format!("*a{}, ", level - 1).repeat(9);
        format!("{text}a{level}: &a{level} [{below}]\n")
    });
    let answer = check_with(&["-"], &format!("{levels}---\n{SOUND}"));
    assert_eq!(answer.code, Some(1));
    assert!(answer.stdout.contains("aliases") && answer.stdout.contains("shop/report"), "{}", answer.stdout);
}

#[test]
fn the_manual_shows_what_is_printed_and_explains_every_warning_about_time() {
    let manual = include_str!("../docs/check.md");
    let printed = check(&["report.yaml"]).stdout;
    assert!(manual.contains(printed.trim_end()), "docs/check.md does not show:\n{printed}");
    for kind in WarningKind::ALL {
        assert!(manual.contains(&format!("`{}`", kind.as_str())), "docs/check.md does not explain {kind:?}");
    }
}

#[test]
fn the_help_documents_the_exit_codes_and_the_json() {
    let answer = check(&["--help"]);
    for part in ["Exit codes:", "nextRuns", "--now <TIME>", "--deny-warnings"] {
        assert!(answer.stdout.contains(part), "{part}");
    }
}

#[test]
fn findings_are_annotations_of_github_and_results_of_sarif() {
    let annotated = check(&["--output", "github", "wrong.yaml"]);
    assert_eq!(annotated.code, Some(1));
    let first = annotated.stdout.lines().next().unwrap();
    assert!(first.starts_with("::error file=wrong.yaml,line="), "{first}");
    let known = json(&["wrong.yaml"]);
    let log = check(&["--output", "sarif", "wrong.yaml"]);
    assert_eq!(log.code, Some(1));
    let log: serde_json::Value = serde_json::from_str(&log.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let count = |level: &str| results.iter().filter(|result| result["level"] == level).count();
    assert_eq!(known["summary"]["errors"], count("error"));
    assert_eq!(known["summary"]["warnings"], count("warning"));
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "wrong.yaml");
    assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0), "{place}");
}
