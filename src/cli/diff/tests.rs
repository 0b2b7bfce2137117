//! What is said of changes.

use jiff::Timestamp;

use super::change::{Change, Kind, changes, shown};
use super::pairs::doubles;
use super::runs::Period;
use super::text;
use crate::cli::check::{Manifest, Manifests, Reader, Text};

const NOW: &str = "2026-11-24T12:00:00Z";

fn read(files: &[(&str, &str)]) -> Manifests {
    let text = |(path, text): &(&str, &str)| Text {
        name: format!("HEAD:{path}"),
        path: (*path).to_owned(),
        file: (*path).to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    Reader::new(NOW.parse().unwrap()).texts(&files.iter().map(text).collect::<Vec<_>>())
}

fn objects(yaml: &str) -> Vec<Manifest> {
    let read = read(&[("f.yaml", yaml)]);
    assert_eq!(read.errors, Vec::<String>::new());
    read.objects
}

fn schedule(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata:\n  name: {name}\nspec:\n  workflowIdentifier: report\n{spec}"
    )
}

fn compared(old: &str, new: &str) -> Vec<Change> {
    let from: Timestamp = NOW.parse().unwrap();
    let to: Timestamp = "2026-12-08T12:00:00Z".parse().unwrap();
    changes(&objects(old), &objects(new), Period { from, to })
}

fn compared_files(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<(String, Kind)> {
    let from: Timestamp = NOW.parse().unwrap();
    let (old, new) = (read(old).objects, read(new).objects);
    assert_eq!([doubles(&old), doubles(&new)].concat(), Vec::<String>::new());
    let found = changes(&old, &new, Period { from, to: from });
    found.iter().map(|change| (shown(change), change.what)).collect()
}

const DAILY: &str = "  cronExpressions: ['0 9 * * *']\n";

fn consequences(old: &str, new: &str) -> String {
    let found = compared(&schedule("s", old), &schedule("s", new));
    found.iter().flat_map(|change| change.consequences.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn equal_manifests_have_no_difference() {
    assert_eq!(compared(&schedule("s", DAILY), &schedule("s", DAILY)), []);
    let same = consequences(DAILY, "  calendars: [{hour: [{start: 9}]}]\n");
    assert!(same.contains("means the same"), "{same}");
}

#[test]
fn another_time_moves_the_runs() {
    let [change] = &compared(&schedule("s", DAILY), &schedule("s", "  cronExpressions: ['30 9 * * *']\n"))[..] else {
        panic!()
    };
    assert_eq!((change.runs.moved.len(), change.runs.moved[0].count, change.runs.moved[0].by_seconds), (1, 14, 1800));
    let shown = text::text(std::slice::from_ref(change), 14);
    assert!(shown.contains("moved 14 by 30m later"), "{shown}");
}

#[test]
fn what_a_reviewer_must_know_is_said() {
    for (old, new, said) in [
        ("", "  deploymentName: other\n", "deleted and created again"),
        ("", "  scheduleId: legacy\n", "Immutable"),
        ("  maxExecutions: 5\n", "  maxExecutions: 6\n", "6 runs from when this is applied"),
        ("  paused: true\n", "", "stays paused"),
        ("", "  paused: true\n", "it is paused"),
        ("", "  intervals: [{every: 10m}]\n", "it fires at once"),
    ] {
        let found = consequences(&format!("{DAILY}{old}"), &format!("{DAILY}{new}"));
        assert!(found.contains(said), "{old} {new}: {found}");
    }
}

#[test]
fn a_rename_and_a_removal_are_said() {
    let found = compared(&schedule("old", DAILY), &schedule("new", DAILY));
    let kinds: Vec<Kind> = found.iter().map(|change| change.what).collect();
    assert_eq!(kinds, [Kind::Added, Kind::Removed]);
    assert!(found[0].consequences.concat().contains("rename of old"), "{found:?}");
    assert!(found[1].consequences.concat().contains("is deleted"), "{found:?}");
}

#[test]
fn markdown_of_others_does_nothing() {
    let new = format!("{DAILY}  pauseNote: '@all <img> **x** `y`'\n  paused: true\n");
    let shown = text::markdown(&compared(&schedule("s", DAILY), &schedule("s", &new)), 14);
    assert!(!shown.contains("<img>") && !shown.contains("@all") && !shown.contains("**x**"), "{shown}");
}

#[test]
fn an_object_of_several_files_is_compared_file_by_file() {
    let (daily, later) = (schedule("s", DAILY), schedule("s", "  cronExpressions: ['30 9 * * *']\n"));
    let other = schedule("other", DAILY);
    let old = [("base/s.yaml", daily.as_str()), ("envs/dev/s.yaml", &daily), ("other.yaml", &other)];
    let new = [("base/s.yaml", daily.as_str()), ("envs/dev/s.yaml", &later), ("envs/prod/s.yaml", &daily)];
    let found = compared_files(&old, &new);
    let expected =
        [("other", Kind::Removed), ("s (envs/dev/s.yaml)", Kind::Changed), ("s (envs/prod/s.yaml)", Kind::Added)];
    assert_eq!(found, expected.map(|(name, what)| (name.to_owned(), what)));
    // In one file on each side, it is the same object wherever the file is.
    assert_eq!(compared_files(&[("a.yaml", &daily)], &[("b/a.yaml", &daily)]), []);
}

#[test]
fn a_file_of_an_environment_that_is_renamed_is_no_rename_of_the_object() {
    let daily = schedule("s", DAILY);
    let old = read(&[("base.yaml", daily.as_str()), ("dev.yaml", &daily)]).objects;
    let new = read(&[("base.yaml", daily.as_str()), ("development.yaml", &daily)]).objects;
    let from: Timestamp = NOW.parse().unwrap();
    let found = changes(&old, &new, Period { from, to: from });
    let added = found.iter().find(|change| change.what == Kind::Added).unwrap();
    let said = added.consequences.concat();
    assert!(said.contains("rename of the file dev.yaml") && !said.contains("new remote schedule"), "{said}");
}

#[test]
fn lost_runs_are_in_the_zone_before_and_gained_ones_in_the_zone_after() {
    let new = "  cronExpressions: ['0 9 * * 1-5']\n  timeZoneName: Europe/Paris\n";
    let shown = text::text(&compared(&schedule("s", DAILY), &schedule("s", new)), 14);
    assert!(shown.contains("gained 10, in Europe/Paris: Wed 2026-11-25 09:00:00 +01:00"), "{shown}");
    assert!(shown.contains("lost 14, in UTC: Wed 2026-11-25 09:00:00 +00:00"), "{shown}");
    let new = "  cronExpressions: ['0 9 * * *']\n  timeZoneName: Europe/Paris\n";
    let shown = text::text(&compared(&schedule("s", DAILY), &schedule("s", new)), 1);
    let moved = "the first from Wed 2026-11-25 09:00:00 +00:00 UTC to Wed 2026-11-25 09:00:00 +01:00 Europe/Paris";
    assert!(shown.contains(moved) && shown.contains("runs in 1 day: "), "{shown}");
    let same = text::text(&compared(&schedule("s", DAILY), &schedule("s", "  cronExpressions: ['0 9 * * 1-5']\n")), 14);
    assert!(same.contains("lost 4: ") && !same.contains(", in "), "{same}");
}

#[test]
fn an_object_that_is_twice_in_one_file_cannot_be_compared() {
    let (once, twice) = (schedule("s", DAILY), format!("{0}{0}", schedule("s", DAILY)));
    assert_eq!(doubles(&objects(&once)), Vec::<String>::new());
    let said = doubles(&objects(&twice)).join("\n");
    assert!(said.contains("s with no namespace is there 2 times in one file, at HEAD:f.yaml:"), "{said}");
}

#[test]
fn a_patch_of_a_kustomization_in_a_revision_is_no_object() {
    let kustomization = "resources: [../../base]\npatches: [{path: patch.yaml}]\n";
    let (base, patch) = (schedule("s", DAILY), schedule("s", "  paused: true\n"));
    let files = [
        ("base/s.yaml", base.as_str()),
        ("overlays/prod/kustomization.yaml", kustomization),
        ("overlays/prod/patch.yaml", patch.as_str()),
    ];
    let places: Vec<String> = read(&files).objects.into_iter().map(|object| object.place).collect();
    assert_eq!(places, ["HEAD:base/s.yaml:2"]);
}
