//! The status on a terminal.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::view::{Run, View};
use crate::api::ExecutionState;
use crate::cli::printable::printable;
use crate::cli::wfs::events::Event;
use crate::cli::wfs::paint::{Paint, Tone};
use crate::cli::wfs::table::{Cell, table};
use crate::cli::wfs::when::distance;

/// So many runs are shown of each kind.
const RUNS: usize = 5;

/// The lines of one schedule, each under a title.
struct Screen {
    paint: Paint,
    text: String,
}

impl Screen {
    fn line(&mut self, title: &str, text: &str) {
        let title = self.paint.paint(Tone::Dim, &format!("{title:<11}"));
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "  {title} {}", printable(text));
    }

    fn lines(&mut self, title: &str, texts: impl IntoIterator<Item = String>) {
        for (index, text) in texts.into_iter().enumerate() {
            self.line(if index == 0 { title } else { "" }, &text);
        }
    }

    fn optional(&mut self, title: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(title, text);
        }
    }
}

/// A whole screen about one schedule.
pub(super) fn one(paint: Paint, view: &View, now: Timestamp) -> String {
    let head = format!("{}/{}", view.namespace, view.name);
    let state = paint.paint(tone(view), &view.state);
    let outdated = if view.outdated {
        paint.paint(Tone::Wait, "  (the current spec is not carried out yet)")
    } else {
        String::new()
    };
    let text = format!("{}  {state}{outdated}\n  {}\n", paint.paint(Tone::Bold, &head), printable(&view.message));
    let mut screen = Screen { paint, text };
    declared(&mut screen, view);
    runs(&mut screen, view, now);
    troubles(&mut screen, view, now);
    screen.lines("events", view.events.iter().map(|event| event_line(event, now)));
    screen.text
}

fn declared(screen: &mut Screen, view: &View) {
    screen.line("runs", &view.words);
    let deployment = view.deployment.as_ref().map(|name| format!(", deployment {name}")).unwrap_or_default();
    let workflow = view.workflow.as_deref().unwrap_or("not known yet");
    screen.line("workflow", &format!("{workflow}{deployment}"));
    screen.optional("connection", view.connection.as_deref());
    screen.optional("id", view.schedule_id.as_deref());
    screen.optional("applied by", view.applied_by.as_deref());
}

fn runs(screen: &mut Screen, view: &View, now: Timestamp) {
    let is_paused = view.paused == Some(true);
    if is_paused {
        screen.line("paused", view.pause_note.as_deref().unwrap_or("without a note"));
    }
    if let Some(left) = view.remaining_executions {
        screen.line("remaining", &left.to_string());
    }
    let next = view.next_runs.iter().take(RUNS).map(|run| format!("{}  {}", run.local, distance(run.utc, now)));
    let title = if is_paused { "if resumed" } else { "next runs" };
    if view.next_runs.is_empty() {
        screen.line(title, "none");
    } else {
        screen.lines(title, next);
    }
    let last = view.last_runs.iter().take(RUNS).map(|run| {
        let at = run
            .scheduled_at
            .as_ref()
            .map_or_else(|| "at an unknown time".to_owned(), |at| format!("{}  {}", at.local, distance(at.utc, now)));
        format!("{at}  {}{}", outcome(run), run.execution_id.as_deref().unwrap_or_default())
    });
    screen.lines("last runs", last);
    let success = view.last_success.as_ref().map(|at| format!("{}  {}", at.local, distance(at.utc, now)));
    screen.optional("succeeded", success.as_deref());
    let failures = view.consecutive_failures.filter(|count| *count > 1);
    screen.optional("failures", failures.map(|count| format!("{count} in a row")).as_deref());
    if let Some(trigger) = &view.trigger {
        let message = trigger.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        screen.line("trigger", &format!("{} {}{message}", trigger.token, trigger.state));
    }
}

fn troubles(screen: &mut Screen, view: &View, now: Timestamp) {
    let conditions = view.conditions.iter().map(|condition| {
        format!("{}, since {}: {}", condition.type_, distance(condition.since, now), condition.message)
    });
    screen.lines("conditions", conditions);
    let drift = view
        .drift
        .iter()
        .map(|drift| format!("{}: declared {}, at the remote {}", drift.field, drift.desired, drift.observed));
    screen.lines("drift", drift);
    screen.lines("warnings", view.warnings.iter().cloned());
}

/// How a run ended, and how long it took.
fn outcome(run: &Run) -> String {
    let Some(state) = run.state else { return String::new() };
    let took = run.duration_seconds.map(|seconds| format!(" in {:#}", SignedDuration::from_secs(seconds)));
    format!("{state:?}{}  ", took.unwrap_or_default())
}

const fn state_tone(state: ExecutionState) -> Tone {
    match state {
        ExecutionState::Completed => Tone::Good,
        ExecutionState::Failed | ExecutionState::TimedOut => Tone::Bad,
        ExecutionState::Running | ExecutionState::ContinuedAsNew => Tone::Wait,
        ExecutionState::Canceled | ExecutionState::Terminated | ExecutionState::Unknown => Tone::Dim,
    }
}

fn event_line(event: &Event, now: Timestamp) -> String {
    let at = event.at.map_or_else(|| "?".to_owned(), |at| distance(at, now));
    let times = if event.count > 1 { format!(" (x{})", event.count) } else { String::new() };
    format!("{at:<12} {} {}{times}: {}", event.type_, event.reason, event.message)
}

/// A row for each schedule.
pub(super) fn several(paint: Paint, views: &[View], now: Timestamp) -> String {
    let rows = views.iter().map(|view| row(view, now)).collect();
    table(paint, &["NAMESPACE", "NAME", "STATUS", "NEXT RUN", "LAST RUN", "ENDED", "WHEN"], rows)
}

fn row(view: &View, now: Timestamp) -> Vec<Cell> {
    let next = match view.next_runs.first() {
        Some(_) if view.paused == Some(true) => "paused".to_owned(),
        Some(run) => distance(run.utc, now),
        None => "none".to_owned(),
    };
    let last = view.last_runs.first().and_then(|run| run.scheduled_at.as_ref());
    let mark = if view.outdated { " (changing)" } else { "" };
    vec![
        Cell::plain(&view.namespace),
        Cell::toned(Tone::Bold, &view.name),
        Cell::toned(tone(view), format!("{}{mark}", view.state)),
        Cell::plain(next),
        Cell::plain(last.map_or_else(|| "none".to_owned(), |at| distance(at.utc, now))),
        ended(view),
        Cell::plain(&view.words),
    ]
}

fn ended(view: &View) -> Cell {
    let state = view.last_runs.first().and_then(|run| run.state);
    state.map_or_else(|| Cell::plain(""), |state| Cell::toned(state_tone(state), format!("{state:?}")))
}

fn tone(view: &View) -> Tone {
    match view.ready {
        Some(true) if view.conditions.is_empty() => Tone::Good,
        Some(false) if view.stalled => Tone::Bad,
        Some(true | false) | None => Tone::Wait,
    }
}
