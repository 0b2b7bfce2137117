//! What is declared anew and has not come through yet, though the remote cannot show it: it does not give
//! back a `maxExecutions`, and what routes where no deployment is named is its own choice. It follows from
//! the calls that have left, and from what the remote made of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use workflow_schedule_operator::sandbox::{Operation, Schedule};

use super::KNOWING;
use super::call::Call;
use super::timeline::Timeline;

/// The workflow, the registration and the deployment.
type Target = [Option<String>; 3];

/// What has come through of each id's target and count.
#[derive(Debug, Default)]
pub struct Applied {
    ids: BTreeMap<String, One>,
    /// Of these nobody can know how often they have run.
    uncounted: BTreeSet<String>,
}

#[derive(Debug)]
struct One {
    /// The resource's.
    uid: String,
    target: Target,
    count: Value,
    /// What is declared, and since when.
    declared: (Value, Timestamp),
    /// So many runs were left anyway when it was declared: nobody who has lost the answer can tell whether it
    /// came through, and nothing follows from it.
    is_left_anyway: bool,
    /// When the schedule was created that is there.
    created: Option<Timestamp>,
    /// A count that has left: nobody sends it again who cannot learn what became of it.
    sent: Vec<Sent>,
}

#[derive(Debug)]
struct Sent {
    at: Timestamp,
    process: u32,
    count: Value,
}

impl Applied {
    /// Takes note of what a resource declares, and of what is there. What was first declared of a resource is
    /// what it has taken over or will create.
    pub fn observe(
        &mut self,
        now: Timestamp,
        id: &str,
        object: &Value,
        there: Option<&Schedule>,
        calls: &[Call],
        timeline: Option<&Timeline>,
    ) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        let created = there.map(|there| there.created_at);
        let known = self.ids.get_mut(id).filter(|one| one.uid == uid);
        let Some(one) = known else {
            self.take(now, id, object, created);
            return;
        };
        let count = &object["spec"]["maxExecutions"];
        if one.declared.0 != *count {
            one.declared = (count.clone(), now);
            one.is_left_anyway =
                there.is_some_and(|there| there.remaining.is_some() && there.remaining == count.as_i64());
        }
        if one.created == created {
            return;
        }
        one.created = created;
        let is_of = |call: &&Call| {
            call.operation == Operation::Create
                && call.id == id
                && there.is_some_and(|there| call.body["workflow_identifier"] == *there.workflow_name)
        };
        if let Some(call) = calls.iter().rev().find(is_of) {
            one.target = target(&call.body, ["workflow_identifier", "workflow_registration_id", "deployment_name"]);
            // A replace creates with what was left of the count.
            let lately = timeline.into_iter().flat_map(|timeline| timeline.declared_since(call.at - KNOWING)).flatten();
            let count = call.body["schedule"]["max_executions"].clone();
            if lately.into_iter().any(|ideal| ideal.max_executions == count.as_i64()) {
                one.count = count;
            }
        }
    }

    /// What a resource declares now is what it has taken over.
    pub fn take(&mut self, now: Timestamp, id: &str, object: &Value, created: Option<Timestamp>) {
        let (uid, count) = (object["metadata"]["uid"].as_str().unwrap_or_default(), &object["spec"]["maxExecutions"]);
        let one = One {
            uid: uid.to_owned(),
            target: declared_target(object),
            count: count.clone(),
            declared: (count.clone(), now),
            is_left_anyway: false,
            created,
            sent: Vec::new(),
        };
        self.ids.insert(id.to_owned(), one);
    }

    /// A call leaves.
    pub fn leaves(&mut self, call: &Call) {
        if let (Some(one), Some(count)) = (self.ids.get_mut(&call.id), count_of(call)) {
            one.sent.push(Sent { at: call.at, process: call.process, count: count.clone() });
        }
    }

    /// The last call of a process has not left, and the process knows.
    pub fn unsent(&mut self, process: u32, id: &str) {
        if let Some(one) = self.ids.get_mut(id) {
            let last = one.sent.iter().rposition(|sent| sent.process == process);
            last.map(|place| one.sent.remove(place));
        }
    }

    /// A call was answered.
    pub fn landed(&mut self, call: &Call) {
        let (Some(one), Some(count)) = (self.ids.get_mut(&call.id), count_of(call)) else { return };
        match call.status {
            Some(200..300) => one.count = count.clone(),
            Some(400..500) => self.unsent(call.process, &call.id),
            Some(_) | None => {}
        }
    }

    /// Nobody can know how often it has run.
    pub fn forget_count(&mut self, id: &str) {
        self.uncounted.insert(id.to_owned());
    }

    /// Whether anybody can know how often it has run.
    pub fn is_counted(&self, id: &str) -> bool {
        !self.uncounted.contains(id)
    }

    /// Whether another count is declared than the one that was set last.
    pub fn has_another_count(&self, id: &str) -> bool {
        self.ids.get(id).is_some_and(|one| one.count != one.declared.0 && !one.is_left_anyway)
    }

    /// Whether this is another count than the one that was set last.
    pub fn is_new_count(&self, id: &str, count: &Value) -> bool {
        self.ids.get(id).is_some_and(|one| one.count != *count)
    }

    /// Whether a new count is still to be sent.
    pub fn is_count_pending(&self, id: &str) -> bool {
        let is_sent = |one: &One| one.sent.iter().any(|sent| sent.count == one.declared.0 && sent.at >= one.declared.1);
        self.is_counted(id) && self.has_another_count(id) && self.ids.get(id).is_some_and(|one| !is_sent(one))
    }

    /// Whether a resource declares another target than the one that its schedule was created with.
    pub fn is_target_pending(&self, id: &str, object: &Value) -> bool {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        self.ids.get(id).is_some_and(|one| one.uid == uid && one.target != declared_target(object))
    }
}

/// The count that a PATCH sets; `null` lifts the limit.
fn count_of(call: &Call) -> Option<&Value> {
    call.body["schedule"].get("max_executions").filter(|_| call.operation == Operation::Patch)
}

fn declared_target(object: &Value) -> Target {
    target(&object["spec"], ["workflowIdentifier", "workflowRegistrationId", "deploymentName"])
}

fn target(of: &Value, names: [&str; 3]) -> Target {
    names.map(|name| of[name].as_str().map(str::to_owned))
}
