//! Which resources there are already: of two with the same name the one that is applied last wins, and
//! the other's runs are lost without a word.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use super::file::Checked;
use super::finding::{Finding, Severity};
use super::node;
use super::picture::Lines;
use super::schemas::What;

/// Kind and key of each resource of a folder, and the file and line where it stands. Other folders are
/// other environments, each with its own of the same name.
#[derive(Default)]
pub(super) struct Known(HashMap<(What, String, Option<PathBuf>), String>);

impl Known {
    /// Notes the resources of a file of this folder, and warns of those that are known already.
    pub(super) fn note(&mut self, file: &str, folder: Option<&Path>, lines: &Lines<'_>, checked: &mut Checked) {
        for resource in checked.resources.iter_mut().filter(|resource| !resource.name.is_empty()) {
            let here = format!("{file}:{}", lines.place(resource.span.start).line);
            match self.0.entry((resource.what, resource.key(), folder.map(Path::to_owned))) {
                Entry::Vacant(entry) => drop(entry.insert(here)),
                Entry::Occupied(entry) => {
                    let message = format!("{} {} is there already, at {}", resource.kind, resource.key(), entry.get());
                    let path = node::Path::parse("metadata.name");
                    let warning = Finding::at(Severity::Warning, "same-name", &path, resource.span.clone(), message);
                    resource.findings.push(warning.with_help("the one that is applied last wins: rename one"));
                }
            }
        }
    }
}
