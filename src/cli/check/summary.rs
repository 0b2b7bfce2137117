//! What all files come to.

use super::file::Checked;
use super::finding::Severity;
use super::schemas::What;

/// Counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) files: usize,
    pub(super) schedules: usize,
    pub(super) connections: usize,
    /// Objects of other kinds.
    pub(super) others: usize,
    /// Kustomize's patches of our kinds.
    pub(super) patches: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    /// Files that could not be read.
    pub(super) unreadable: usize,
    /// The remote was to be asked, and could not be.
    #[serde(skip)]
    pub(super) is_unasked: bool,
}

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Exit code 0.
    Good,
    /// Exit code 1.
    Bad,
    /// Exit code 2: what could not be read may be anything.
    Incomplete,
}

impl Summary {
    /// Adds a file.
    pub(super) fn add(&mut self, checked: &Checked) {
        self.files += 1;
        self.add_findings(checked);
    }

    /// Adds what there is to say of something that is no file.
    pub(super) fn add_findings(&mut self, checked: &Checked) {
        let findings =
            || checked.problems.iter().chain(checked.resources.iter().flat_map(|resource| &resource.findings));
        let count = |severity| findings().filter(|finding| finding.severity == severity).count();
        let of = |what| checked.resources.iter().filter(|resource| resource.what == what).count();
        self.schedules += of(What::Schedule);
        self.connections += of(What::Connection);
        self.others += checked.others;
        self.patches += checked.patches;
        self.errors += count(Severity::Error);
        self.warnings += count(Severity::Warning);
    }

    /// What the counts mean.
    pub(super) const fn verdict(&self, deny_warnings: bool) -> Verdict {
        if self.unreadable > 0 || self.is_unasked {
            Verdict::Incomplete
        } else if self.errors > 0 || (deny_warnings && self.warnings > 0) {
            Verdict::Bad
        } else {
            Verdict::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_bad_and_warnings_only_where_they_are_denied() {
        let warned = Summary { warnings: 1, ..Summary::default() };
        assert_eq!(warned.verdict(false), Verdict::Good);
        assert_eq!(warned.verdict(true), Verdict::Bad);
        assert_eq!(Summary { errors: 1, ..warned }.verdict(false), Verdict::Bad);
        assert_eq!(Summary { errors: 1, unreadable: 1, ..warned }.verdict(false), Verdict::Incomplete);
    }
}
