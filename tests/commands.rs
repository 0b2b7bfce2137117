//! The commands besides `check`, without a cluster: `diff`, `timeline`, `export`, `schemas`, `completion`, `man`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary in a folder, without a cluster, a key and a server.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).env("KUBECONFIG", folder.join("no-kubeconfig"));
    for name in ["KUBERNETES_SERVICE_HOST", "MISTRAL_API_KEY", "MISTRAL_SERVER_URL"] {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The exit code, the output and the errors.
fn said(output: &Output) -> (i32, String, String) {
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    let output = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
}

fn manifest(cron: &str) -> String {
    format!(
        "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {{name: report, namespace: shop}}\nspec:\n  workflowIdentifier: report\n  cronExpressions: [\"{cron}\"]\n"
    )
}

const NOW: [&str; 2] = ["--now", "2026-11-24T12:00:00Z"];

#[test]
fn diff_compares_files_folders_and_revisions() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("teams")).unwrap();
    let file = root.join("teams/report.yaml");
    fs::write(&file, manifest("0 9 * * *")).unwrap();
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "first"]);
    let diff = |arguments: &[&str]| {
        let output = run(root, &[&["diff"], arguments, &NOW].concat());
        (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
    };
    assert_eq!(diff(&["git:HEAD", "teams"]), (0, "no difference\n".into()));
    fs::write(&file, manifest("0 10 * * *")).unwrap();
    let (code, said) = diff(&["git:HEAD", "teams"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("~ WorkflowSchedule shop/report") && said.contains("moved 14 by 1h later"), "{said}");
    assert_eq!(diff(&["git:HEAD:teams/report.yaml", "teams/report.yaml"]).0, 1);
    git(root, &["commit", "-q", "-am", "second"]);
    let (code, said) = diff(&["git:HEAD~1", "git:HEAD", "--output", "json"]);
    assert_eq!(code, 1, "{said}");
    let changes: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(changes["changes"][0]["runs"]["moved"][0]["bySeconds"], 3600);
    let (code, said) = diff(&["git:HEAD~1", ".", "--output", "markdown"]);
    assert!(code == 1 && said.starts_with("### Schedules: 0 added, 0 removed, 1 changed"), "{said}");
    fs::write(&file, manifest("0 25 * * *")).unwrap();
    let (code, said) = diff(&["git:HEAD", "teams"]);
    assert!(code == 2 && said.contains("teams/report.yaml:"), "{said}");
    let (code, said) = diff(&["git:nowhere", "teams"]);
    assert!(code == 2 && said.contains("git:"), "{said}");
}

#[test]
fn diff_compares_the_folders_of_environments_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for environment in ["base", "envs/dev", "envs/prod"] {
        write(root, &format!("teams/{environment}/report.yaml"), &manifest("0 9 * * *"));
    }
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "first"]);
    let diff = |arguments: &[&str]| said(&run(root, &[&["diff"], arguments, &NOW].concat()));
    assert_eq!(diff(&["git:HEAD", "teams"]).0, 0);
    write(root, "teams/envs/prod/report.yaml", &manifest("0 10 * * *"));
    let (code, out, err) = diff(&["git:HEAD", "teams"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("~ WorkflowSchedule shop/report (envs/prod/report.yaml)"), "{out}");
    assert!(out.ends_with("0 added, 0 removed, 1 changed\n"), "{out}");
    let (_, out, _) = diff(&["git:HEAD:teams", "teams", "--output", "json"]);
    let changes: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(changes["changes"][0]["file"], "envs/prod/report.yaml");
    write(root, "teams/base/report.yaml", &format!("{0}---\n{0}", manifest("0 9 * * *")));
    let (code, _, err) = diff(&["git:HEAD", "teams"]);
    assert!(code == 2 && err.contains("2 times in one file, at teams/base/report.yaml:1"), "{err}");
}

#[test]
fn timeline_ends_as_check_does_where_there_is_nothing_to_show() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("none")).unwrap();
    write(root, "empty.yaml", "");
    write(root, "broken.yaml", "spec: {\n");
    write(root, "sound.yaml", &manifest("0 9 * * *"));
    for (name, code, words) in [
        ("none", 1, "there is no *.yaml, *.yml or *.json in this folder"),
        ("empty.yaml", 1, "there is no object in this file"),
        ("broken.yaml", 1, "this is not YAML"),
        ("missing.yaml", 2, "error: missing.yaml cannot be read: No such file"),
    ] {
        let (of_check, out, err) = said(&run(root, &["check", name]));
        assert!(of_check == code && (out + &err).contains(words), "{name}");
        let (ended, out, err) = said(&run(root, &["timeline", name]));
        assert_eq!((ended, out.as_str()), (code, ""), "{err}");
        assert!(err.starts_with("error: ") && err.contains(words), "{err}");
        let (ended, out, err) = said(&run(root, &["timeline", name, "sound.yaml"]));
        assert!(ended == code && out.contains("shop/report") && err.contains(words), "{out}{err}");
    }
    assert_eq!(said(&run(root, &["timeline", "sound.yaml"])).0, 0);
    write(root, "other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let (code, out, err) = said(&run(root, &["timeline", "other.yaml"]));
    assert!(code == 0 && out.contains("there are no schedules"), "{out}{err}");
}

#[test]
fn without_a_cluster_one_sentence_says_what_is_missing_and_one_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "sound.yaml", &manifest("0 9 * * *"));
    for arguments in [
        &["wfs", "status"][..],
        &["timeline", "--cluster"],
        &["diff", "--cluster", "sound.yaml"],
        &["export", "--connection", "shop/default"],
    ] {
        let (code, _, err) = said(&run(root, arguments));
        assert!(code != 0 && err.starts_with("error: no cluster is configured: the kubeconfig /"), "{err}");
        assert!(err.matches("No such file").count() == 1 && !err.contains("the operator"), "{err}");
        assert!(
            err.ends_with(
                ". Name a kubeconfig with --kubeconfig or KUBECONFIG, and with --context one of its contexts\n"
            ),
            "{err}"
        );
    }
    let (code, out, err) = said(&run(root, &["run", "--listen", "127.0.0.1:0"]));
    assert!(
        code == 1 && (out.clone() + &err).contains("Set KUBECONFIG, or run the operator in a cluster"),
        "{out}{err}"
    );
}

#[test]
fn what_is_missing_names_the_cluster_and_the_help_says_how_manifests_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, needed) in [
        (&["timeline"][..], "<FILE|--cluster>"),
        (&["diff"], "diff [OPTIONS] --cluster <NEW>"),
        (&["diff", "a.yaml"], "diff [OPTIONS] --cluster <NEW>"),
        (&["export"], "--connection NAMESPACE/NAME"),
    ] {
        let (code, _, err) = said(&run(folder.path(), arguments));
        assert!(code == 2 && err.contains(needed), "{arguments:?}: {err}");
    }
    for command in ["check", "diff", "timeline"] {
        let (_, help, _) = said(&run(folder.path(), &[command, "--help"]));
        for part in ["FOLDER  its *.yaml", "standard input", "kustomize build", "helm template", "Exit codes:"] {
            assert!(help.contains(part), "{command}: {part}");
        }
    }
}

#[test]
fn export_names_what_was_given_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let export = |server: Option<&str>, more: &[&str]| {
        let mut command = command(folder.path(), &[&["export"], more].concat());
        command.env("MISTRAL_API_KEY", "key").envs(server.map(|server| ("MISTRAL_SERVER_URL", server)));
        let (code, _, err) = said(&command.output().unwrap());
        assert_eq!(code, 2, "{err}");
        err
    };
    assert_eq!(export(None, &["--server", "ftp://a"]), "error: --server: ftp is not http or https\n");
    assert_eq!(export(Some("ftp://a"), &[]), "error: MISTRAL_SERVER_URL: ftp is not http or https\n");
    assert!(export(None, &["--server", "http://a.example"]).contains("use https, or --allow-insecure-http"));
    let both = ["--server", "https://a.example", "--connection", "shop/default"];
    assert!(export(None, &both).contains("--server cannot be used with --connection"));
    let by_variable = export(Some("https://a.example"), &["--connection", "shop/default"]);
    assert!(by_variable.contains("no cluster is configured"), "{by_variable}");
}

/// The header of a page shows the title twice, with its section, and the name of the manual between.
fn header_width(page: &str) -> usize {
    let line = page.lines().find_map(|line| line.strip_prefix(".TH ")).unwrap();
    let [title_and_section, _date, _, _source, _, manual, ""] = line.trim_end().split('"').collect::<Vec<_>>()[..]
    else {
        panic!("{line}");
    };
    let title = title_and_section.split(' ').next().unwrap();
    2 * (title.len() + "(1)".len()) + manual.len() + 2
}

#[test]
fn the_header_of_a_manual_page_fits_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["man", "pages"]).status.success());
    let pages: Vec<_> = fs::read_dir(folder.path().join("pages")).unwrap().map(|page| page.unwrap().path()).collect();
    assert!(pages.len() > 30, "{pages:?}");
    for path in pages {
        let page = fs::read_to_string(&path).unwrap();
        assert!(header_width(&page) <= 80, "{}: {}", path.display(), page.lines().nth(2).unwrap_or_default());
    }
}

#[test]
fn there_are_schemas_completions_and_manual_pages() {
    let folder = tempfile::tempdir().unwrap();
    let schema = run(folder.path(), &["schemas"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert_eq!(schema["allOf"].as_array().map(Vec::len), Some(2));
    let one = run(folder.path(), &["schemas", "WorkflowSchedule"]);
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(one["title"], "WorkflowSchedule");
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&run(folder.path(), &["completion", shell]).stdout).contains("export"), "{shell}");
    }
    assert!(run(folder.path(), &["man", "pages"]).status.success());
    for page in ["workflow-schedule-operator.1", "workflow-schedule-operator-check.1", "kubectl-wfs-trigger.1"] {
        assert!(folder.path().join("pages").join(page).exists(), "{page}");
    }
}

#[test]
fn kubectl_asks_for_completions_by_the_name_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("kubectl_complete-wfs");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_workflow-schedule-operator"), &link).unwrap();
    let completed = Command::new(link).args(["kill-switch", ""]).output().unwrap();
    assert_eq!(text(&completed.stdout), "on\noff\n:4\n");
}
