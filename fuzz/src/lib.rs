//! What the targets share.

pub mod remote;
pub mod scene;

use std::path::PathBuf;
use std::{env, fs};

use jiff::Timestamp;

/// The time of all targets: a run must be repeatable.
pub const NOW: Timestamp = Timestamp::constant(1_795_521_600, 0);

/// A text of the repository, by its path.
///
/// # Panics
/// It cannot be read.
#[must_use]
pub fn repository_file(path: &str) -> String {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The files of a folder of the repository with one of these extensions, as texts.
///
/// # Panics
/// The folder cannot be read.
#[must_use]
pub fn repository_files(folder: &str, extensions: &[&str]) -> Vec<String> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(folder);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let wanted = files.filter(|file| file.extension().is_some_and(|found| extensions.iter().any(|one| found == *one)));
    wanted.filter_map(|file| fs::read_to_string(file).ok()).collect()
}

/// Writes the first inputs into the corpus, which is the first folder of the command line. Nothing is written if
/// the command line names no folder: then one input is repeated.
///
/// # Panics
/// The corpus cannot be written.
pub fn seed(inputs: impl IntoIterator<Item = impl AsRef<[u8]>>) {
    let names = env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let Some(corpus) = names.map(PathBuf::from).find(|path| path.is_dir()) else { return };
    for (index, input) in inputs.into_iter().enumerate() {
        fs::write(corpus.join(format!("seed-{index:04}")), input).expect("the corpus can be written");
    }
}
