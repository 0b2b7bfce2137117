//! What was declared of one id over time, and when the remote may differ from it.

use jiff::{SignedDuration, Timestamp};

use super::ideal::Ideal;

/// A late effect may be as old as this.
const OLDEST_EFFECT: SignedDuration = SignedDuration::from_secs(75);

/// What was declared of one id.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    moments: Vec<Moment>,
    windows: Vec<Window>,
    /// When others changed the remote last.
    meddled_at: Option<Timestamp>,
}

/// From here on this was declared.
#[derive(Clone, Debug)]
struct Moment {
    at: Timestamp,
    ideal: Option<Ideal>,
}

/// A time in which the remote may be as was declared at any time since `since`.
#[derive(Clone, Debug)]
pub struct Window {
    pub from: Timestamp,
    since: Timestamp,
    pub to: Option<Timestamp>,
    /// When something happened last that it takes time to put right.
    pub disturbed: Timestamp,
    /// Others have changed the remote: runs may be missing.
    pub meddled: bool,
}

impl Window {
    /// An effect has come late: parts of several declarations may hold at once.
    pub fn is_mixed(&self) -> bool {
        self.since < self.from
    }
}

impl Timeline {
    /// What is declared now.
    pub fn now(&self) -> Option<&Ideal> {
        self.moments.last()?.ideal.as_ref()
    }

    /// Notes what is declared now.
    pub fn declare(&mut self, at: Timestamp, ideal: Option<Ideal>) {
        if self.moments.is_empty() || self.now() != ideal.as_ref() {
            // Before the first moment nothing was declared.
            let before = self.moments.is_empty().then_some(Moment { at: Timestamp::MIN, ideal: None });
            self.moments.extend(before);
            self.moments.push(Moment { at, ideal });
            self.disturb(at, at, false);
        }
    }

    /// Opens a window, or keeps one open.
    pub fn disturb(&mut self, now: Timestamp, since: Timestamp, meddled: bool) {
        self.meddled_at = if meddled { Some(now) } else { self.meddled_at };
        match self.windows.last_mut().filter(|window| window.to.is_none()) {
            Some(window) => {
                window.disturbed = now;
                window.since = window.since.min(since);
                window.meddled |= meddled;
            }
            None => self.windows.push(Window { from: now, since, to: None, disturbed: now, meddled }),
        }
    }

    /// Whether something happened since.
    pub fn disturbed_after(&self, at: Timestamp) -> bool {
        self.windows.last().is_some_and(|window| window.disturbed > at)
    }

    /// Whether others have changed the remote since.
    pub fn meddled_after(&self, at: Timestamp) -> bool {
        self.meddled_at.is_some_and(|meddled| meddled > at)
    }

    /// What was declared at any time since; `None` for each time at which nothing was.
    pub fn declared_since(&self, since: Timestamp) -> impl Iterator<Item = Option<&Ideal>> {
        let following = self.moments.iter().skip(1).map(|moment| moment.at).chain([Timestamp::MAX]);
        let moments = self.moments.iter().zip(following).filter(move |(_, end)| *end >= since);
        moments.map(|(moment, _)| moment.ideal.as_ref())
    }

    /// An effect that was sent a while ago has landed.
    pub fn landed(&mut self, now: Timestamp) {
        self.disturb(now, now - OLDEST_EFFECT, false);
    }

    /// The window that is open.
    pub fn open(&mut self) -> Option<&mut Window> {
        self.windows.last_mut().filter(|window| window.to.is_none())
    }

    /// Both sides are equal again.
    pub fn close(&mut self, now: Timestamp) {
        if let Some(window) = self.open() {
            window.to = Some(now);
        }
    }

    /// The window that lies over a moment.
    pub fn window_at(&self, at: Timestamp) -> Option<&Window> {
        self.windows.iter().find(|window| window.from <= at && window.to.is_none_or(|to| at <= to))
    }

    /// All that the remote may be at a moment.
    pub fn states_at(&self, at: Timestamp) -> Vec<Option<&Ideal>> {
        let since = self.window_at(at).map_or(at, |window| window.since.min(at));
        let following = self.moments.iter().skip(1).map(|moment| moment.at).chain([Timestamp::MAX]);
        let states = self.moments.iter().zip(following).filter(|(moment, end)| moment.at <= at && *end >= since);
        states.map(|(moment, _)| moment.ideal.as_ref()).collect()
    }

    /// What was declared, and from when to when.
    pub fn declared(&self, end: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp, &Ideal)> {
        let following = self.moments.iter().skip(1).map(|moment| moment.at).chain([end]);
        self.moments.iter().zip(following).filter_map(|(moment, to)| Some((moment.at, to, moment.ideal.as_ref()?)))
    }
}
