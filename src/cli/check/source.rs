//! The files that are meant, and their bytes.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Larger files are not read: no manifest is.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Something to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) name: String,
    /// `None` is standard input.
    path: Option<PathBuf>,
    /// Whether it was named itself, rather than found in a folder.
    pub(super) is_named: bool,
}

impl Source {
    /// All of it.
    ///
    /// # Errors
    /// It cannot be read, or it is larger than a manifest can be.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let reader: Box<dyn io::Read> = match &self.path {
            None => Box::new(io::stdin().lock()),
            Some(path) => Box::new(fs::File::open(path)?),
        };
        let mut bytes = Vec::new();
        reader.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 32 MiB"));
        }
        Ok(bytes)
    }
}

/// What a name of the command line stands for: itself, or a folder's files in order. What cannot be
/// looked into is given with the reason.
pub(super) fn sources(name: &Path) -> Vec<Result<Source, (String, io::Error)>> {
    let shown = name.display().to_string();
    if name == Path::new("-") {
        return vec![Ok(Source { name: "<stdin>".into(), path: None, is_named: true })];
    }
    match fs::metadata(name) {
        Err(error) => vec![Err((shown, error))],
        Ok(metadata) if metadata.is_dir() => {
            let mut found = Vec::new();
            walk(name, &mut found);
            found
        }
        Ok(_) => vec![Ok(Source { name: shown, path: Some(name.to_owned()), is_named: true })],
    }
}

/// Finds `*.yaml`, `*.yml` and `*.json`. Hidden folders are passed over, and so are links to folders,
/// which may lead in a circle.
fn walk(folder: &Path, found: &mut Vec<Result<Source, (String, io::Error)>>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return found.push(Err((folder.display().to_string(), error))),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_hidden => walk(&path, found),
            Ok(kind) if !kind.is_dir() && is_manifest(&path) && !path.is_dir() => {
                found.push(Ok(Source { name: path.display().to_string(), path: Some(path), is_named: false }));
            }
            Ok(_) => {}
            Err(error) => found.push(Err((path.display().to_string(), error))),
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| known.eq_ignore_ascii_case(extension))
}
