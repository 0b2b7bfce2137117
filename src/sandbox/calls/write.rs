//! Delete, pause, resume, trigger.

use http::StatusCode;

use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, WF_1103, no_content};
use crate::sandbox::request::{Note, Trigger};
use crate::sandbox::settings::{DeleteMissing, ResumeNote};

impl Call {
    pub(super) fn delete(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let (workspace, id) = (&self.caller.workspace, &self.route.target);
        if context.engine.delete(workspace, id, context.now, context.settings) {
            return Ok(no_content());
        }
        match context.settings.delete_missing {
            DeleteMissing::NotFound404 => Err(self.missing(context.settings)),
            DeleteMissing::NoContent204 => Ok(no_content()),
            DeleteMissing::Failed500 => Err(Failure::domain(StatusCode::INTERNAL_SERVER_ERROR, "", Some(WF_1103))),
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
        let note = note.filter(|note| !note.is_empty());
        let resume_note = context.settings.resume_note;
        let (workspace, id) = (&self.caller.workspace, &self.route.target);
        let found = context.engine.change(workspace, id, context.now, context.settings, |schedule| {
            schedule.paused = paused;
            schedule.note = note.or_else(|| match resume_note {
                ResumeNote::Keep => schedule.note.take(),
                ResumeNote::Clear => None,
                ResumeNote::Default => Some(default_note.to_owned()),
            });
        });
        if found { Ok(no_content()) } else { Err(self.missing(context.settings)) }
    }

    pub(super) fn trigger(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let Trigger(overlap) = self.optional_body(Trigger::read)?;
        let (workspace, id) = (&self.caller.workspace, &self.route.target);
        let found = context.engine.trigger(workspace, id, overlap, context.now, context.settings);
        if found { Ok(no_content()) } else { Err(self.missing(context.settings)) }
    }
}
