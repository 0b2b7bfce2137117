//! Delete, pause, resume, trigger.

use http::StatusCode;

use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, WF_1103, no_content};
use crate::sandbox::request::{Note, Trigger};
use crate::sandbox::settings::{DeleteMissing, ResumeNote};

impl Call {
    pub(super) fn delete(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        match (self.schedule(context), context.moment.settings.delete_missing) {
            (Ok((sequence, _)), _) => {
                context.engine.delete(sequence, context.moment);
                Ok(no_content())
            }
            (Err(missing), DeleteMissing::NotFound404) => Err(missing),
            (Err(_), DeleteMissing::NoContent204) => Ok(no_content()),
            (Err(_), DeleteMissing::Failed500) => {
                Err(Failure::domain(StatusCode::INTERNAL_SERVER_ERROR, "", Some(WF_1103)))
            }
        }
    }

    pub(super) fn pause(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        self.set_paused(true, "Paused via Python SDK", context)
    }

    pub(super) fn resume(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        self.set_paused(false, "Unpaused via Python SDK", context)
    }

    /// `default_note` is that of the engine's Python client (temporalio 1.35).
    fn set_paused(&self, paused: bool, default_note: &str, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let Note(note) = self.optional_body(Note::read)?;
        let (sequence, schedule) = self.schedule(context)?;
        let note = note.filter(|note| !note.is_empty());
        if note.as_ref().is_some_and(|note| note.len() > context.moment.settings.longest_note) {
            return Err(Failure::refused("Schedule notes exceeds limit."));
        }
        let note = note.or_else(|| match context.moment.settings.resume_note {
            ResumeNote::Keep => schedule.note.clone(),
            ResumeNote::Clear => None,
            ResumeNote::Default => Some(default_note.to_owned()),
        });
        context.engine.set_paused(sequence, context.moment, paused, note);
        Ok(no_content())
    }

    pub(super) fn trigger(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let Trigger(overlap) = self.optional_body(Trigger::read)?;
        let (sequence, _) = self.schedule(context)?;
        context.engine.trigger(sequence, context.moment, overlap);
        Ok(no_content())
    }
}
