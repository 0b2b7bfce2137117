//! The files that are meant, and their bytes.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Larger files are not read: no manifest is.
const LARGEST: u64 = 32 * 1024 * 1024;
/// How long a named pipe may have no writer.
const NO_WRITER: Duration = Duration::from_secs(5);

/// Something to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) name: String,
    /// `None` is standard input.
    pub(super) path: Option<PathBuf>,
    /// Whether it was named itself, rather than found in a folder.
    pub(super) is_named: bool,
}

/// What a name of the command line may stand for.
pub(super) enum Found {
    Source(Source),
    /// A folder without a manifest.
    Empty(String),
    /// What cannot be looked into, and why.
    Unreadable(String, io::Error),
}

impl Source {
    /// The folder that it is in.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.path.as_ref()?.canonicalize().ok()?.parent().map(Path::to_owned)
    }

    /// All of it.
    ///
    /// # Errors
    /// It cannot be read, or it is larger than a manifest can be.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let reader: Box<dyn io::Read> = match &self.path {
            None => Box::new(io::stdin().lock()),
            Some(path) => Box::new(open(path, self.is_named)?),
        };
        let mut bytes = Vec::new();
        reader.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 32 MiB"));
        }
        Ok(bytes)
    }
}

/// Opens a file. Opening a pipe waits for its writer, who may never come: the shell's own, of `<(…)`,
/// is there already, and one in a folder was not meant.
fn open(path: &Path, is_named: bool) -> io::Result<File> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() {
        return File::open(path);
    }
    if !is_named {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let (opened, waiting) = mpsc::channel();
    let path = path.to_owned();
    thread::spawn(move || opened.send(File::open(path)));
    waiting.recv_timeout(NO_WRITER).unwrap_or_else(|_| {
        let message = format!("it is a pipe, and nothing has opened it for writing within {} s", NO_WRITER.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, message))
    })
}

/// What all names of the command line stand for, each file once, however often it is named or linked.
pub(super) fn sources(names: &[PathBuf]) -> impl Iterator<Item = Found> {
    let mut seen = HashSet::new();
    let all = names.iter().flat_map(|name| of_name(name));
    all.filter(move |found| match found {
        Found::Source(source) => source.path.as_ref().and_then(|path| identity(path)).is_none_or(|id| seen.insert(id)),
        Found::Empty(_) | Found::Unreadable(..) => true,
    })
}

/// A name stands for itself, or for a folder's files in order.
fn of_name(name: &Path) -> Vec<Found> {
    let shown = name.display().to_string();
    if name == Path::new("-") {
        return vec![Found::Source(Source { name: "<stdin>".into(), path: None, is_named: true })];
    }
    match fs::metadata(name) {
        Err(error) => vec![Found::Unreadable(shown, error)],
        Ok(metadata) if metadata.is_dir() => {
            let mut found = Vec::new();
            walk(name, &mut found);
            if found.is_empty() { vec![Found::Empty(shown)] } else { found }
        }
        Ok(_) => vec![Found::Source(Source { name: shown, path: Some(name.to_owned()), is_named: true })],
    }
}

/// The same for two names of one file, links of both kinds included. Nothing for what is no file.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().filter(|path| path.is_file())
}

/// Finds `*.yaml`, `*.yml` and `*.json`. Hidden folders are passed over, and so are links to folders,
/// which may lead in a circle.
fn walk(folder: &Path, found: &mut Vec<Found>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return found.push(Found::Unreadable(folder.display().to_string(), error)),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_hidden => walk(&path, found),
            Ok(kind) if !kind.is_dir() && is_manifest(&path) && !path.is_dir() => {
                found.push(Found::Source(Source {
                    name: path.display().to_string(),
                    path: Some(path),
                    is_named: false,
                }));
            }
            Ok(_) => {}
            Err(error) => found.push(Found::Unreadable(path.display().to_string(), error)),
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| known.eq_ignore_ascii_case(extension))
}
