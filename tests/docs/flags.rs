//! docs/flags.md.

use std::fmt::Write as _;

use clap::builder::Str;
use clap::{Arg, Command};
use workflow_schedule_operator::cli::command;

use super::generated::assert_current;

/// A text in a cell of a table. What looks like HTML would not be shown.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

fn row(arg: &Arg) -> String {
    let values: Vec<&str> = arg.get_value_names().unwrap_or_default().iter().map(Str::as_str).collect();
    let takes_value = arg.get_action().takes_values();
    let name = match arg.get_long() {
        Some(long) if takes_value => format!("--{long} {}", values.join(" ")),
        Some(long) => format!("--{long}"),
        None => values.join(" "),
    };
    let variable = arg.get_env().map(|env| format!("`{}`", env.to_string_lossy())).unwrap_or_default();
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    let choices: Vec<_> = arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let mut help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    if takes_value && choices.len() > 1 {
        write!(help, " One of {}.", choices.join(", ")).unwrap();
    }
    let default = if takes_value { defaults.join(", ") } else { String::new() };
    format!("| `{name}` | {variable} | {default} | {} |\n", cell(&help))
}

fn section(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let first = about.lines().next().unwrap_or_default();
    let mut text =
        format!("## {}\n\n{first}\n\n| flag | variable | default | meaning |\n|---|---|---|---|\n", command.get_name());
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help") {
        text.push_str(&row(arg));
    }
    text
}

#[test]
fn the_table_of_flags_is_current() {
    let command = command();
    let sections: Vec<String> = command.get_subcommands().map(section).collect();
    assert_current("flags.md", "The flags", &sections.join("\n"));
}
