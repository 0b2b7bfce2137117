//! What is found in a file.

use std::ops::Range;

use super::node::{Node, Path};

/// Whether it must be put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// The API server, the engine or the operator refuses it.
    Error,
    /// It is taken, and may not mean what was meant.
    Warning,
}

impl Severity {
    /// As machines know it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// A short name, for machines.
    pub(super) code: &'static str,
    /// The field; empty for a file or a whole document.
    pub(super) path: Path,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
    /// Whether the line of the text may be shown.
    pub(super) is_shown: bool,
}

impl Finding {
    /// An error at a field of an object.
    pub(super) fn error(code: &'static str, object: &Node, path: &Path, message: impl Into<String>) -> Self {
        Self::at(Severity::Error, code, path, object.spot(path), message)
    }

    /// A warning at a field of an object.
    pub(super) fn warning(code: &'static str, object: &Node, path: &Path, message: impl Into<String>) -> Self {
        Self::at(Severity::Warning, code, path, object.spot(path), message)
    }

    /// Something of a file rather than of an object.
    pub(super) fn of_file(
        severity: Severity,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self::at(severity, code, &Path::default(), span, message)
    }

    pub(super) fn at(
        severity: Severity,
        code: &'static str,
        path: &Path,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self { severity, code, path: path.clone(), span, message: message.into(), help: None, is_shown: true }
    }

    /// The message after the field that it is about.
    pub(super) fn at_field(&self) -> String {
        if self.path.is_root() { self.message.clone() } else { format!("{}: {}", self.path, self.message) }
    }

    /// All of it in one text, after the object that it is about.
    pub(super) fn whole(&self, key: Option<&str>) -> String {
        let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
        let help = self.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
        format!("{key}{}{help}", self.at_field())
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Adds an error at a field. Of one that is there already it has the better words if that is for the
/// form alone; else there is nothing new to say.
pub(super) fn add(object: &Node, findings: &mut Vec<Finding>, path: &Path, message: String, help: Option<String>) {
    let is_within = |finding: &&mut Finding| finding.severity == Severity::Error && path.holds(&finding.path);
    match findings.iter_mut().find(is_within) {
        None => findings.push(Finding { help, ..Finding::error("refused", object, path, message) }),
        Some(known) if known.code == "pattern" && known.path == *path => {
            // What the value should be is not known any better.
            let value = known.help.take().filter(|help| help.contains("write "));
            (known.message, known.help) = (message, help.or(value));
        }
        Some(_) => {}
    }
}
