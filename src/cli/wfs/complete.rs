//! The completion of `kubectl wfs …`. kubectl calls `kubectl_complete-wfs` with the words so far, the last of which is
//! not complete, and reads one completion a line, then a directive:
//! <https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/>.

use std::time::Duration;

use clap::{Arg, Command, CommandFactory as _};
use kube::api::{Api, ListParams, PartialObjectMeta};

use super::args::Plugin;
use super::selection::Kind;
use super::session::{Session, print};
use crate::api::{WorkflowConnection, WorkflowSchedule};
use crate::cli::cluster::ClusterArgs;
use crate::cli::color::Color;

/// How long the names of the cluster may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// "No files": `ShellCompDirectiveNoFileComp` of cobra, whose words kubectl expects.
const NO_FILES: &str = ":4";

/// What can follow.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// One of these.
    Words(Vec<String>),
    /// The name of a schedule, or of a connection.
    Name { of_connections: bool },
}

/// Prints what can follow the words.
pub(super) async fn run(words: &[String]) {
    let (partial, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
    let found = match next(&Plugin::command(), before, partial) {
        Next::Words(words) => words,
        Next::Name { of_connections } => {
            let named = async {
                let session = Session::open(&ClusterArgs::default(), namespace(before), Color::Never).await.ok()?;
                if of_connections {
                    names::<WorkflowConnection>(&session).await
                } else {
                    names::<WorkflowSchedule>(&session).await
                }
            };
            // Completion must never hang, nor complain.
            tokio::time::timeout(PATIENCE, named).await.ok().flatten().unwrap_or_default()
        }
    };
    for word in found.iter().filter(|word| word.starts_with(partial)) {
        print(&format!("{word}\n"));
    }
    print(&format!("{NO_FILES}\n"));
}

async fn names<K: Kind>(session: &Session) -> Option<Vec<String>> {
    let api: Api<K> = Api::namespaced(session.client.clone(), &session.namespace);
    let list = api.list_metadata(&ListParams::default()).await.ok()?;
    Some(list.items.into_iter().filter_map(|object: PartialObjectMeta<K>| object.metadata.name).collect())
}

/// The value of `-n` among the words.
fn namespace(words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| matches!(word.as_str(), "-n" | "--namespace"))?;
    words.get(at + 1).cloned()
}

fn next(plugin: &Command, before: &[String], partial: &str) -> Next {
    let verbs = || plugin.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let Some((at, verb)) =
        before.iter().enumerate().find_map(|(at, word)| plugin.find_subcommand(word).map(|verb| (at, verb)))
    else {
        return Next::Words(if partial.starts_with('-') { flags(plugin) } else { verbs() });
    };
    let arguments: Vec<&Arg> = verb.get_arguments().chain(plugin.get_arguments()).collect();
    let option = before.last().and_then(|word| takes_value(&arguments, word));
    if let Some(option) = option {
        return Next::Words(values(option));
    }
    if partial.starts_with('-') {
        let of_all = flags(verb).into_iter().chain(flags(plugin));
        return Next::Words(of_all.collect());
    }
    let after = before.get(at + 1..).unwrap_or_default();
    match verb.get_positionals().nth(positionals(&arguments, after)).or_else(|| verb.get_positionals().last()) {
        Some(first) if !values(first).is_empty() => Next::Words(values(first)),
        Some(_) => Next::Name { of_connections: is_about_connections(verb.get_name(), after) },
        None => Next::Words(Vec::new()),
    }
}

fn is_about_connections(verb: &str, words: &[String]) -> bool {
    matches!(verb, "connections" | "kill-switch" | "approve" | "unclaimed")
        || words.iter().any(|word| word == "--connection")
}

/// The option that a word is, if a value must follow.
fn takes_value<'a>(arguments: &[&'a Arg], word: &str) -> Option<&'a Arg> {
    let is_it = |argument: &&&Arg| {
        let long = argument.get_long().is_some_and(|long| word.strip_prefix("--") == Some(long));
        let short = argument.get_short().is_some_and(|short| word == format!("-{short}"));
        (long || short) && argument.get_action().takes_values()
    };
    arguments.iter().find(is_it).copied()
}

/// How many words are positional.
fn positionals(arguments: &[&Arg], words: &[String]) -> usize {
    let mut count = 0;
    let mut is_value = false;
    for word in words {
        if !is_value && !word.starts_with('-') {
            count += 1;
        }
        is_value = takes_value(arguments, word).is_some();
    }
    count
}

fn values(argument: &Arg) -> Vec<String> {
    argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

fn flags(command: &Command) -> Vec<String> {
    command.get_arguments().filter_map(Arg::get_long).map(|long| format!("--{long}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(words: &[&str], partial: &str) -> Next {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        next(&Plugin::command(), &words, partial)
    }

    #[test]
    fn verbs_flags_values_and_names_are_completed() {
        let Next::Words(verbs) = after(&[], "") else { panic!() };
        assert!(verbs.contains(&"kill-switch".to_owned()), "{verbs:?}");
        assert_eq!(after(&["kill-switch"], ""), Next::Words(vec!["on".into(), "off".into()]));
        assert_eq!(after(&["kill-switch", "on"], ""), Next::Name { of_connections: true });
        assert_eq!(after(&["trigger", "-n", "team-a"], ""), Next::Name { of_connections: false });
        assert_eq!(after(&["trigger", "nightly"], "n"), Next::Name { of_connections: false });
        let Next::Words(overlaps) = after(&["trigger", "--overlap"], "") else { panic!() };
        assert_eq!(overlaps.len(), 6);
        let Next::Words(flags) = after(&["trigger"], "--") else { panic!() };
        assert!(flags.contains(&"--wait".into()) && flags.contains(&"--namespace".into()), "{flags:?}");
    }
}
