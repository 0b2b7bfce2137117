//! What to write for what another dialect means, proven to run at the same times.

use super::expression::Written;
use super::reading::Reading;
use super::{pieces, proof, render};
use crate::timing::spec::Spec;
use crate::timing::words::{due, joined};
use crate::timing::written::{WrittenCalendar, WrittenSpec};

/// What to write for a reading.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Offer {
    Crons {
        readers: Vec<&'static str>,
        crons: Vec<String>,
    },
    /// Where days of the month and of the week must both match: in a cron that is easily misread.
    Calendars {
        readers: Vec<&'static str>,
        calendars: Vec<WrittenCalendar>,
        zone: Option<String>,
    },
}

impl Offer {
    /// What the engine makes of it.
    pub(super) fn spec(&self) -> Option<Spec> {
        let written = match self {
            Self::Crons { crons, .. } => WrittenSpec { cron_expressions: crons.clone(), ..WrittenSpec::default() },
            Self::Calendars { calendars, zone, .. } => {
                WrittenSpec { calendars: calendars.clone(), time_zone_name: zone.clone(), ..WrittenSpec::default() }
            }
        };
        written.canonical().ok()
    }

    fn readers(&mut self) -> &mut Vec<&'static str> {
        match self {
            Self::Crons { readers, .. } | Self::Calendars { readers, .. } => readers,
        }
    }

    /// "`calendars: […]`".
    pub(super) fn text(&self) -> String {
        match self {
            Self::Crons { crons, .. } => joined(&crons.iter().map(|cron| format!("{cron:?}")).collect::<Vec<_>>()),
            Self::Calendars { calendars, zone, .. } => {
                let calendars = calendars.iter().map(render::yaml).collect::<Vec<_>>().join(", ");
                let zone = zone.as_ref().map_or_else(String::new, |zone| format!(" with `timeZoneName: {zone}`"));
                format!("`calendars: [{calendars}]`{zone}")
            }
        }
    }

    /// What it means, and what to write; `first` is what was said before.
    fn said(&self, is_only: bool, first: Option<&Self>) -> String {
        let (Self::Crons { readers, .. } | Self::Calendars { readers, .. }) = self;
        // Of one reading alone it does not matter who counts days from where.
        let is_anybodys = is_only && !readers.iter().any(|reader| reader.starts_with("in "));
        let readers = match readers.as_slice() {
            // Without a sign of Quartz the engine would have read it, had its ranges not gone round.
            ["with 0 for Sunday"] if is_only => "if its range goes round the end,".into(),
            _ if is_anybodys => "elsewhere".into(),
            readers => joined_readers(readers),
        };
        if let Some(days) = first.and_then(|first| self.other_days(first)) {
            return format!("{readers} it is the same with `dayOfWeek: {days}`");
        }
        let calendars = self.spec().map(|spec| spec.calendars).unwrap_or_default();
        let meaning = match (calendars.as_slice(), self) {
            ([one], _) => format!("runs {}", due(one)),
            (_, Self::Crons { .. }) => "takes several expressions".into(),
            (_, Self::Calendars { .. }) => "takes several calendars".into(),
        };
        format!("{readers} this {meaning}: write {}", self.text())
    }

    /// The days of the week, where they are all in which several calendars differ from others. What is that
    /// long need not be said twice.
    fn other_days(&self, first: &Self) -> Option<String> {
        let (Self::Calendars { calendars, zone, .. }, Self::Calendars { calendars: others, zone: other_zone, .. }) =
            (self, first)
        else {
            return None;
        };
        let [one, _, ..] = calendars.as_slice() else { return None };
        let days = one.day_of_week.as_ref()?;
        let is_same = |calendar: &WrittenCalendar, other: &WrittenCalendar| {
            calendar.day_of_week.as_ref() == Some(days)
                && *calendar == WrittenCalendar { day_of_week: calendar.day_of_week.clone(), ..other.clone() }
        };
        let are_same =
            calendars.len() == others.len() && calendars.iter().zip(others).all(|(one, other)| is_same(one, other));
        (zone == other_zone && are_same).then(|| render::ranges(days))
    }
}

/// "in Quartz and Spring".
fn joined_readers(readers: &[&str]) -> String {
    let names: Vec<String> =
        readers.iter().filter_map(|reader| reader.strip_prefix("in ")).map(str::to_owned).collect();
    let others = readers.iter().filter(|reader| !reader.starts_with("in ")).map(|reader| (*reader).to_owned());
    let libraries = (!names.is_empty()).then(|| format!("in {}", joined(&names)));
    joined(&libraries.into_iter().chain(others).collect::<Vec<_>>())
}

/// What to write for each reading; those who read alike together.
pub(super) fn offers(written: &Written, readings: &[Reading]) -> Vec<Offer> {
    let mut all: Vec<Offer> = Vec::new();
    for reading in readings {
        let Some(offer) = offer(written, reading) else { continue };
        match all.iter_mut().find(|known| known.text() == offer.text()) {
            Some(known) => known.readers().push(reading.reader()),
            None => all.push(offer),
        }
    }
    all
}

pub(super) fn offer(written: &Written, reading: &Reading) -> Option<Offer> {
    let pieces = pieces::pieces(reading)?;
    let readers = vec![reading.reader()];
    let is_plain = |piece: &pieces::Piece| piece.has_every_day_of_month() || piece.has_every_day_of_week();
    let offer = if pieces.iter().all(is_plain) {
        let crons = pieces.iter().map(|piece| written.with_fields(&render::cron(reading, piece)));
        Offer::Crons { readers, crons: crons.collect() }
    } else {
        let zone = written.zone.and_then(|zone| zone.split_once('=')).map(|(_, zone)| zone.to_owned());
        let calendars = pieces.iter().map(|piece| render::calendar(reading, piece));
        Offer::Calendars { readers, calendars: calendars.collect(), zone }
    };
    proof::has_runs_of(&offer.spec()?, reading).then_some(offer)
}

pub(super) fn said(offers: &[Offer]) -> String {
    let is_only = offers.len() == 1;
    let said =
        offers.iter().enumerate().map(|(index, offer)| offer.said(is_only, offers.first().filter(|_| index > 0)));
    said.collect::<Vec<_>>().join("; ")
}
