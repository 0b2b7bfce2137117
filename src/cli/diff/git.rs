//! Manifests of a revision of Git.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

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
    /// Git fails: there is no such revision, or this is no repository.
    pub(super) fn manifests(&self, default: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
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
            let is_below =
                wanted.is_empty() || name.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('/'));
            let is_hidden = name.split('/').any(|part| part.starts_with('.'));
            *name == wanted || (is_below && is_manifest(name) && !is_hidden)
        };
        names
            .split('\0')
            .filter(|name| !name.is_empty())
            .filter(is_wanted)
            .map(|name| {
                let object = format!("{revision}:{name}");
                Ok((object.clone(), git(folder, &["cat-file", "blob", "--end-of-options", &object])?))
            })
            .collect()
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

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
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
}
