//! Asks the remote what only it knows about the schedules of the manifests.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::runtime::Runtime;

use super::file::Checked;
use super::question::{Answer, Question};
use crate::cli::remote::{Remote, RemoteArgs, attempt};
use crate::cli::runtime::on_this_thread;
use crate::remote::{Client, Registrations, RemoteError, ScheduleId};

/// The remote, and what it has said of workflows.
pub(super) struct AtRemote {
    runtime: Runtime,
    remote: Remote,
    workflows: BTreeMap<String, (Option<String>, Registrations)>,
}

impl AtRemote {
    /// # Errors
    /// There is no key, or the connection cannot be read.
    pub(super) fn open(args: &RemoteArgs) -> anyhow::Result<Self> {
        let runtime = on_this_thread()?;
        let remote = runtime.block_on(args.open())?;
        Ok(Self { runtime, remote, workflows: BTreeMap::new() })
    }

    /// Adds to each schedule what follows from what the remote says.
    ///
    /// # Errors
    /// The remote refuses, or cannot be reached.
    pub(super) fn note(&mut self, checked: &mut Checked) -> anyhow::Result<()> {
        for resource in &mut checked.resources {
            let Some(question) = &resource.question else { continue };
            let answer = self.answer(question).with_context(|| format!("the remote, about {}", resource.key()))?;
            resource.findings.extend(question.findings(&answer));
            resource.findings.sort_by_key(|finding| finding.span.start);
        }
        Ok(())
    }

    fn answer(&mut self, question: &Question) -> anyhow::Result<Answer> {
        if !self.workflows.contains_key(&question.workflow) {
            let name = self.ask(&async |client: &Client| client.workflow_name(&question.workflow).await)?;
            let registrations = match &name {
                Some(name) => self.ask(&async |client: &Client| client.registrations(name).await)?,
                None => Registrations::default(),
            };
            self.workflows.insert(question.workflow.clone(), (name, registrations));
        }
        let (workflow, registrations) = self.workflows.get(&question.workflow).cloned().unwrap_or_default();
        let id = question.schedule_id.as_ref().map(ScheduleId::new);
        let holder = match id {
            Some(id) => {
                self.ask(&async |client: &Client| client.get(&id).await)?.and_then(|schedule| schedule.workflow_name)
            }
            None => None,
        };
        Ok(Answer { workflow, registrations, holder })
    }

    /// Asks at the rate of the connection, and again where that may help.
    fn ask<T>(&self, call: &impl AsyncFn(&Client) -> Result<T, RemoteError>) -> anyhow::Result<T> {
        let client = &self.remote.client;
        let pause = Duration::from_secs_f64(1.0 / self.remote.rate.max(1.0));
        let answer = self.runtime.block_on(async {
            tokio::time::sleep(pause).await;
            attempt(async || call(client).await).await
        });
        answer.map_err(|error| anyhow!(self.remote.said(&error)))
    }
}
