//! Patch: reads the schedule, replaces the fields that were sent, writes it back.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::{Call, Context, check_count, check_input};
use crate::sandbox::answer::{Answer, Failure, json};
use crate::sandbox::engine::{Definition, Policy};
use crate::sandbox::request::Patch;
use crate::sandbox::settings::{EmptyTiming, Settings};
use crate::timing::WrittenSpec;

impl Call {
    pub(super) fn patch(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let patch = self.body(Patch::read)?;
        if let Some(input) = &patch.input {
            check_input(input, context.moment.settings)?;
        }
        let max_executions = patch.max_executions;
        check_count(max_executions.given())?;
        let (sequence, schedule) = self.schedule(context)?;
        let definition = definition(&schedule.definition, patch, context.moment.settings)?;
        let rebuilds = context.moment.settings.patch_rebuilds;
        context.engine.redefine(sequence, context.moment, definition);
        context.engine.change(sequence, context.moment, |schedule| {
            schedule.max_executions = max_executions.or(schedule.max_executions);
            schedule.remaining = max_executions.or(schedule.remaining);
            if rebuilds {
                (schedule.paused, schedule.note) = (false, None);
            }
        });
        Ok(json(StatusCode::OK, &json!({ "schedule_id": self.route.target })))
    }
}

/// The old definition with the fields that were sent, in the engine's form. The engine has turned earlier
/// crons into calendars: crons that are sent alone are added to those.
pub(super) fn definition(old: &Definition, patch: Patch, settings: &Settings) -> Result<Definition, Failure> {
    let Patch {
        input,
        calendars,
        intervals,
        cron_expressions,
        skip,
        start_at,
        end_at,
        jitter,
        time_zone_name,
        policy,
        max_executions: _,
    } = patch;
    let old_spec = WrittenSpec::from(&old.spec);
    let written = WrittenSpec {
        calendars: calendars.unwrap_or(old_spec.calendars),
        intervals: intervals.unwrap_or(old_spec.intervals),
        cron_expressions: cron_expressions.unwrap_or_default(),
        skip: skip.unwrap_or(old_spec.skip),
        start_at: start_at.or(old_spec.start_at),
        end_at: end_at.or(old_spec.end_at),
        jitter: jitter.or(old_spec.jitter),
        time_zone_name: time_zone_name.or(old_spec.time_zone_name),
    };
    let spec = written
        .canonical()
        .map_err(|refusal| Failure::refused(format!("Invalid schedule spec: {}", refusal.message)))?;
    let is_empty = spec.calendars.is_empty() && spec.intervals.is_empty();
    match settings.empty_timing {
        EmptyTiming::Refuse if is_empty => Err(Failure::refused("Invalid schedule spec: no times")),
        EmptyTiming::Refuse | EmptyTiming::Accept => Ok(Definition {
            spec,
            policy: policy.map_or(old.policy, Policy::canonical),
            input: input.map_or_else(|| Arc::clone(&old.input), Arc::new),
        }),
    }
}
