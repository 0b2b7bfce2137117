//! `wfs`: schedules and connections of a cluster, for people at a terminal. It is also the kubectl plugin
//! `kubectl wfs`, if the binary is called `kubectl-wfs`.

mod adopt;
mod annotation;
mod approve;
mod args;
mod change;
mod complete;
mod connections;
mod document;
mod events;
mod gitops;
mod kill_switch;
mod next;
mod object;
mod outcome;
mod paint;
mod pause;
mod reconcile;
mod resume;
mod selection;
mod session;
mod status;
mod table;
mod targets;
mod timing;
mod trigger;
mod unclaimed;
mod waiting;
mod when;

use std::process::ExitCode;

use super::causes::causes;
use super::printable::printable;
use super::runtime::blocking;
use args::Verb;
pub(super) use args::{Args, Plugin};
use outcome::{Outcome, Usage};
use session::Session;

/// Carries out a verb.
pub(super) fn run(args: Args) -> ExitCode {
    match blocking(carry_out(args)).and_then(|ended| ended) {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            eprintln!("error: {}", printable(&causes(&error)));
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Prints what can follow the words of a command line, for kubectl.
pub(super) fn complete(words: &[String]) -> ExitCode {
    match blocking(complete::run(words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn carry_out(args: Args) -> anyhow::Result<Outcome> {
    let Args { verb, cluster, namespace, color } = args;
    let session = Session::open(&cluster, namespace, color).await?;
    match verb {
        Verb::Status(args) => status::run(&session, &args).await,
        Verb::Next(args) => next::run(&session, &args).await,
        Verb::Trigger(args) => trigger::run(&session, &args).await,
        Verb::Pause(args) => pause::run(&session, &args).await,
        Verb::Resume(args) => resume::run(&session, &args).await,
        Verb::Reconcile(args) => reconcile::run(&session, &args).await,
        Verb::Adopt(args) => adopt::run(&session, &args).await,
        Verb::Connections(args) => connections::run(&session, &args).await,
        Verb::KillSwitch(args) => kill_switch::run(&session, &args).await,
        Verb::Approve(args) => approve::run(&session, &args).await,
        Verb::Unclaimed(args) => unclaimed::run(&session, &args).await,
    }
}
