//! Declarations that the engine takes and that do nothing, or something else than they seem to.

use jiff::civil::DateTime;

use crate::api::{Overlap, WorkflowScheduleSpec};
use crate::timing::{Spec, Zone, datetime};

/// Code, field, message, help.
pub(super) type Trap = (&'static str, &'static str, String, String);

pub(super) fn traps(spec: &WorkflowScheduleSpec, timing: &Spec) -> Vec<Trap> {
    let times = [("startAt", spec.start_at.as_deref()), ("endAt", spec.end_at.as_deref())];
    let without_offset = times.into_iter().filter_map(|(field, text)| without_offset(field, text?, timing));
    without_offset.chain(never_pauses(spec)).collect()
}

/// A time without an offset is UTC, and beside a zone it looks like that zone's.
fn without_offset(field: &'static str, text: &str, timing: &Spec) -> Option<Trap> {
    let zone_name = timing.time_zone_name.as_deref()?;
    let utc = datetime::parse(text).ok()?;
    let civil: DateTime = text.replace(' ', "T").parse().ok()?;
    let has_offset = text.get(10..)?.contains(['Z', 'z', '+', '-']);
    let zone = Zone::load(Some(zone_name)).ok()?;
    let local = zone.as_jiff().to_zoned(civil).ok()?;
    if has_offset || local.timestamp() == utc {
        return None;
    }
    let shown = utc.to_zoned(zone.as_jiff().clone());
    Some((
        "time-without-offset",
        field,
        format!("without an offset this is UTC, which is {} in {zone_name}", shown.strftime("%Y-%m-%d %H:%M")),
        format!(
            "for {zone_name} write {}, for UTC write {}",
            local.strftime("%Y-%m-%dT%H:%M:%S%:z"),
            utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        ),
    ))
}

/// Runs that go side by side are not waited for, and so their failure is not seen.
fn never_pauses(spec: &WorkflowScheduleSpec) -> Option<Trap> {
    let policy = spec.policy.as_ref()?;
    let is_vain = policy.overlap == Some(Overlap::AllowAll) && policy.pause_on_failure == Some(true);
    is_vain.then(|| {
        (
            "pause-on-failure-without-effect",
            "policy.pauseOnFailure",
            "it never pauses: under overlap AllowAll the engine does not follow how runs end".into(),
            "choose another overlap, or take pauseOnFailure out".into(),
        )
    })
}
