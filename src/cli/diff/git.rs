//! Manifests of a revision of Git.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::cli::check::{Text, normal};

/// A revision, and where in it: `git:REV` or `git:REV:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Revision {
    revision: String,
    path: Option<PathBuf>,
}

impl Revision {
    /// Reads `git:REV[:PATH]`; nothing for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("git:")?;
        let (revision, path) = rest.split_once(':').map_or((rest, None), |(revision, path)| (revision, Some(path)));
        Some(Self { revision: revision.to_owned(), path: path.map(PathBuf::from) })
    }

    /// The manifests at the path, which is `default` if the revision names none.
    ///
    /// # Errors
    /// Git fails: there is no such revision, or this is no repository. Or the revision names a path, and nothing is
    /// there.
    pub(super) fn manifests(&self, default: &Path) -> anyhow::Result<Vec<Text>> {
        let path = self.path.as_deref().unwrap_or(default);
        let revision = self.revision.as_str();
        let path = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
        let (folder, path) = place(path);
        let tree = git(
            folder,
            &["ls-tree", "-r", "-z", "--full-tree", "--full-name", "--name-only", "--end-of-options", revision],
        )?;
        let prefix = git(folder, &["rev-parse", "--show-prefix"])?;
        let prefix = String::from_utf8_lossy(&prefix).trim_end_matches('\n').to_owned();
        let wanted = normal(&format!("{prefix}{path}"));
        let names = String::from_utf8_lossy(&tree).into_owned();
        let is_wanted = |name: &&str| {
            let below = rest_below(name, &wanted);
            *name == wanted || below.is_some_and(|rest| is_manifest(name) && !is_in_hidden_folder(rest))
        };
        let found: Vec<&str> = names.split('\0').filter(|name| !name.is_empty()).filter(is_wanted).collect();
        if found.is_empty() && self.path.is_some() {
            bail!("there is no manifest at {wanted} in {revision}");
        }
        let text = |name: &&str| {
            let object = format!("{revision}:{name}");
            let bytes = git(folder, &["cat-file", "blob", "--end-of-options", &object])?;
            let file = rest_below(name, &wanted).or_else(|| name.rsplit('/').next()).unwrap_or(name).to_owned();
            Ok(Text { name: object, path: (*name).to_owned(), file, bytes })
        };
        found.iter().map(text).collect()
    }
}

/// Where Git is asked, and the path from there: an absolute path lies in a repository of its own.
fn place(path: &str) -> (&Path, &str) {
    let whole = Path::new(path);
    if !whole.is_absolute() {
        return (Path::new("."), path);
    }
    match whole.parent() {
        Some(_) if whole.is_dir() => (whole, "."),
        Some(parent) => (parent, whole.file_name().and_then(|name| name.to_str()).unwrap_or(".")),
        None => (whole, "."),
    }
}

/// The path below a folder; the empty one holds all.
fn rest_below<'a>(name: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(name);
    }
    name.strip_prefix(folder)?.strip_prefix('/')
}

/// A folder is read the same way: hidden folders are passed over.
fn is_in_hidden_folder(rest: &str) -> bool {
    rest.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(|part| part.starts_with('.')))
}

fn is_manifest(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| known.eq_ignore_ascii_case(extension))
}

fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().context("git cannot be started")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    bail!("git: {}", String::from_utf8_lossy(&output.stderr).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_may_name_a_path() {
        let revision = Revision::parse("git:origin/main:teams/a").unwrap();
        assert_eq!((revision.revision.as_str(), revision.path), ("origin/main", Some("teams/a".into())));
        assert_eq!(Revision::parse("git:HEAD~1").unwrap().path, None);
        assert_eq!(Revision::parse("teams"), None);
        assert_eq!(normal("a/./b/../c/"), "a/c");
    }

    #[test]
    fn hidden_folders_below_the_named_one_are_passed_over_and_hidden_files_are_not() {
        assert!(is_in_hidden_folder("a/.git/b.yaml") && is_in_hidden_folder(".a/b.yaml"));
        assert!(!is_in_hidden_folder("a/.b.yaml") && !is_in_hidden_folder("b.yaml"));
        assert_eq!(rest_below(".github/schedules/a.yaml", ".github"), Some("schedules/a.yaml"));
        assert_eq!(rest_below("teams-old/a.yaml", "teams"), None);
    }
}
