//! A test's own world: a namespace, a remote, an operator and a connection between them.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::namespace::Namespace;
use super::operator::{Operator, OperatorOptions};
use super::run::unique;
use super::sandbox::{Calls, OPERATOR_KEY, Sandbox};
use super::waiting::eventually;

/// The `scheduleIdPrefix` of the connection.
pub const PREFIX: &str = "e2e";

/// A test's own world. It is a namespace with more in it.
pub struct World {
    /// Dropped before the namespace: nothing may put a finalizer back into what is cleared away.
    operators: Vec<Operator>,
    /// The remote.
    pub sandbox: Sandbox,
    namespace: Namespace,
    options: OperatorOptions,
}

impl Deref for World {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        &self.namespace
    }
}

/// What of a world is not as usual.
pub struct WorldBuilder {
    cluster: Option<Arc<Cluster>>,
    connection: Value,
    options: OperatorOptions,
    operators: usize,
}

impl World {
    /// One with an operator and a connection named `default` that is Ready.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// One that is not as usual.
    pub fn builder() -> WorldBuilder {
        WorldBuilder { cluster: None, connection: json!({}), options: OperatorOptions::default(), operators: 1 }
    }

    /// The id that a schedule's resource owns by its name.
    pub fn id(&self, name: &str) -> String {
        format!("{PREFIX}.{}.{name}", self.namespace.name)
    }

    /// Waits until the remote schedule of a resource is as described; gives it back.
    pub async fn until_remote(&self, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let id = self.id(name);
        eventually(&format!("remote {id}: {what}"), async || match self.sandbox.schedule(&id).await {
            Some(schedule) if is_so(&schedule) => Ok(schedule),
            Some(schedule) => Err(schedule.to_string()),
            None => Err("it is not there".into()),
        })
        .await
    }

    /// The remote schedule of a resource.
    pub async fn remote(&self, name: &str) -> Value {
        self.sandbox.schedule(&self.id(name)).await.unwrap_or_else(|| panic!("{name} is not at the remote"))
    }

    /// The mutating calls that the operator has made for a resource.
    pub async fn writes(&self, name: &str) -> Vec<String> {
        let calls = self.sandbox.calls().await.of(&self.id(name)).mutating();
        calls.operations().into_iter().map(str::to_owned).collect()
    }

    /// The operator; with several, the one that was started first.
    pub fn operator(&mut self) -> &mut Operator {
        &mut self.operators[0]
    }

    /// All operators, the one that was started first in front.
    pub fn operators(&mut self) -> &mut [Operator] {
        &mut self.operators
    }

    /// Starts another operator, as the others were.
    pub fn start_operator(&mut self) {
        let kubeconfig = self.cluster.operator_kubeconfig();
        let operator = Operator::start(kubeconfig, &self.namespace.name, &self.options);
        self.operators.push(operator);
    }

    /// The same with an operator that has these arguments; waits until the connection is Ready.
    pub async fn with_operator(mut self, arguments: &[&str]) -> Self {
        self.options.arguments = arguments.iter().copied().map(str::to_owned).collect();
        self.start_operator();
        self.connection("default").until_ready("Connected").await;
        self
    }

    /// Ends the operator as a crash would, and starts another.
    pub fn crash_and_restart(&mut self) {
        drop(self.operators.remove(0));
        self.start_operator();
    }

    /// Waits for `count` more polls of the usual connection, each asked for.
    pub async fn polls(&self, count: usize) {
        for _ in 0..count {
            let before = self.sandbox.calls().await.named("list").count();
            self.connection("default").annotate("reconcile-requested-at", &unique()).await;
            eventually("another poll", async || {
                let now = self.sandbox.calls().await.named("list").count();
                if now > before { Ok(()) } else { Err(format!("{now} polls")) }
            })
            .await;
        }
    }

    /// Has every schedule looked at anew, and panics if that leads to a mutating call.
    pub async fn stays_quiet(&self) {
        let before = self.sandbox.calls().await.mutating();
        let names = self.kubectl(&["get", "wfs", "-o", "jsonpath={.items[*].metadata.name}"]);
        for name in names.split_whitespace() {
            self.schedule(name).reconcile().await;
        }
        self.polls(1).await;
        self.no_write_since(&before).await;
    }

    /// Sees three polls through that judge every schedule, and panics if one of them leads to a
    /// mutating call.
    pub async fn stays_quiet_over_polls(&self) {
        let before = self.sandbox.calls().await.mutating();
        // A LIST lags: by it nothing is judged that the operator has changed less than 15 s ago.
        tokio::time::sleep(Duration::from_secs(16)).await;
        // What follows from the third is over when the fourth has been made.
        self.polls(4).await;
        self.no_write_since(&before).await;
    }

    async fn no_write_since(&self, before: &Calls) {
        let after = self.sandbox.calls().await.mutating();
        assert_eq!(after.count(), before.count(), "an equal schedule saw a mutating call:\n{after}");
    }
}

impl WorldBuilder {
    /// On a cluster of its own.
    pub fn on(mut self, cluster: Arc<Cluster>) -> Self {
        self.cluster = Some(cluster);
        self
    }

    /// With these fields in the connection's spec.
    pub fn connection(mut self, spec: Value) -> Self {
        self.connection = spec;
        self
    }

    /// With these arguments of the operator.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.options.arguments = arguments.iter().copied().map(str::to_owned).collect();
        self
    }

    /// With so many operators.
    pub fn operators(mut self, count: usize) -> Self {
        self.operators = count;
        self
    }

    /// Starts it, and waits until its connection is Ready (if somebody looks after it).
    pub async fn start(self) -> World {
        let namespace = Namespace::on(self.cluster.unwrap_or_else(Cluster::shared)).await;
        let sandbox = Sandbox::start().await;
        let mut world = World { sandbox, namespace, operators: Vec::new(), options: self.options };
        world.put_secret("api-key", "key", OPERATOR_KEY);
        let connection = world.connection("default");
        connection.apply(usual_connection(world.sandbox.url(), &self.connection)).await;
        for _ in 0..self.operators {
            world.start_operator();
        }
        if self.operators > 0 {
            connection.until_ready("Connected").await;
        }
        world
    }
}

/// The spec of the usual connection, with other fields laid over it. Its calls are not slowed down.
fn usual_connection(url: &str, fields: &Value) -> Value {
    let mut spec = json!({
        "serverUrl": url,
        "apiKeySecretRef": { "name": "api-key", "key": "key" },
        "scheduleIdPrefix": PREFIX,
        "pollInterval": "10s",
        "rateLimit": { "requestsPerSecond": 200, "burst": 200 },
    });
    let spec_fields = spec.as_object_mut().expect("an object");
    spec_fields.extend(fields.as_object().expect("an object").clone());
    spec
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            super::diagnosis::print(self, &self.operators);
        }
    }
}
