//! The objects of a verb that changes something: chosen, confirmed, and changed one by one.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use futures::StreamExt as _;

use super::outcome::{Outcome, Report, Usage};
use super::paint::Tone;
use super::selection::{Kind, Selection};
use super::session::{Session, print};
use crate::cli::causes::causes;
use crate::cli::printable::printable;
use crate::controller::Key;

/// The objects of a verb that changes something.
#[derive(Debug, clap::Args)]
pub(super) struct Targets {
    #[command(flatten)]
    selection: Selection,
    /// All of the namespace, or with -A of the cluster.
    #[arg(long, conflicts_with_all = ["names", "selector"])]
    all: bool,
    /// Do not ask before more than 3 objects are changed.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Let the API server check the change, and change nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// So many are changed without a question.
const FEW: usize = 3;
/// So many names are shown in the question.
const SHOWN: usize = 10;
/// So many objects are changed at the same time.
const AT_ONCE: usize = 8;

impl Targets {
    /// The objects, after a question if they are many. `verb` is what happens to them.
    ///
    /// # Errors
    /// Nothing is chosen, or the answer is no.
    pub(super) async fn confirmed<K: Kind>(&self, session: &Session, verb: &str) -> anyhow::Result<Vec<K>> {
        if !self.selection.is_narrowed() && !self.all {
            return Err(Usage::error("name the objects, or choose them with -l SELECTOR or --all"));
        }
        let found: Vec<K> = self.selection.find(session).await?;
        if found.is_empty() {
            anyhow::bail!("no {} is selected", K::kind(&()));
        }
        if found.len() > FEW && !self.dry_run {
            confirm(&question(&found, verb), self.yes)?;
        }
        Ok(found)
    }
}

fn question<K: Kind>(found: &[K], verb: &str) -> String {
    let shown: Vec<String> = found.iter().take(SHOWN).map(|object| Key::of(object.meta()).to_string()).collect();
    let more = found.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{verb} {} objects: {}{more}", found.len(), shown.join(", "))
}

/// Asks whether to go on, unless `--yes` has said so.
///
/// # Errors
/// The answer is no, or nobody can answer.
pub(super) fn confirm(question: &str, is_answered: bool) -> anyhow::Result<()> {
    if is_answered {
        return Ok(());
    }
    let question = printable(question);
    if !std::io::stdin().is_terminal() {
        return Err(Usage::error(format!("{question}. Confirm it with --yes")));
    }
    eprint!("{question}. Continue? [y/N] ");
    drop(std::io::stderr().flush());
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { anyhow::bail!("nothing was changed") }
}

/// Does something with each object, and prints what became of it.
pub(super) async fn each<K: Kind>(
    session: &Session,
    objects: &[K],
    act: impl AsyncFn(&K) -> anyhow::Result<Report>,
) -> Outcome {
    let results = objects.iter().map(|object| async { (Key::of(object.meta()), act(object).await) });
    let mut results = futures::stream::iter(results).buffered(AT_ONCE);
    let mut worst = Outcome::Done;
    while let Some((key, result)) = results.next().await {
        let report = result.unwrap_or_else(|error| Report::failed(causes(&error)));
        let tone = match report.outcome {
            Outcome::Done => Tone::Good,
            Outcome::TimedOut | Outcome::Unknown => Tone::Wait,
            Outcome::Failed => Tone::Bad,
        };
        let key = session.paint.paint(tone, &key.to_string());
        print(&format!("{key}: {}\n", printable(&report.message)));
        worst = worst.max(report.outcome);
    }
    worst
}
