//! The setup of one test: a namespace, a remote, an operator and a connection.

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

/// The setup of one test: a namespace and more.
pub struct World {
    /// Dropped before the namespace, so that no operator adds a finalizer while the namespace is deleted.
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

/// The settings of a setup that are not the usual ones.
pub struct WorldBuilder {
    cluster: Option<Arc<Cluster>>,
    connection: Value,
    options: OperatorOptions,
    operators: usize,
}

impl World {
    /// The usual setup: an operator, and a connection named `default` that is Ready.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A setup with other settings.
    pub fn builder() -> WorldBuilder {
        WorldBuilder { cluster: None, connection: json!({}), options: OperatorOptions::default(), operators: 1 }
    }

    /// The derived id of a resource.
    pub fn id(&self, name: &str) -> String {
        format!("{PREFIX}.{}.{name}", self.namespace.name)
    }

    /// Waits until the remote schedule of a resource is as described, and returns it.
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

    /// The operator; if there are several, the one that was started first.
    pub fn operator(&mut self) -> &mut Operator {
        &mut self.operators[0]
    }

    /// All operators, in the order of their start.
    pub fn operators(&mut self) -> &mut [Operator] {
        &mut self.operators
    }

    /// The settings of operators that are started from now on.
    pub const fn options(&mut self) -> &mut OperatorOptions {
        &mut self.options
    }

    /// Starts another operator with the same settings.
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

    /// Ends the operator like a crash, and starts another.
    pub fn crash_and_restart(&mut self) {
        drop(self.operators.remove(0));
        self.start_operator();
    }

    /// Requests `count` more polls of the usual connection, and waits for them.
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

    /// Requests a reconcile of every schedule, and panics if this leads to a mutating call.
    pub async fn stays_quiet(&self) {
        let before = self.sandbox.calls().await.mutating();
        let names = self.kubectl(&["get", "wfs", "-o", "jsonpath={.items[*].metadata.name}"]);
        for name in names.split_whitespace() {
            self.schedule(name).reconcile().await;
        }
        self.polls(1).await;
        self.no_write_since(&before).await;
    }

    /// Waits for three polls that compare every schedule, and panics if one of them leads to a mutating call.
    pub async fn stays_quiet_over_polls(&self) {
        let before = self.sandbox.calls().await.mutating();
        // A LIST may be stale: a schedule that the operator changed less than 15 s ago is not compared.
        tokio::time::sleep(Duration::from_secs(16)).await;
        // The effects of the third poll are complete after the fourth.
        self.polls(4).await;
        self.no_write_since(&before).await;
    }

    async fn no_write_since(&self, before: &Calls) {
        let after = self.sandbox.calls().await.mutating();
        assert_eq!(after.count(), before.count(), "an equal schedule saw a mutating call:\n{after}");
    }
}

impl WorldBuilder {
    /// On its own cluster.
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

    /// With this number of operators.
    pub fn operators(mut self, count: usize) -> Self {
        self.operators = count;
        self
    }

    /// Starts it, and waits until its connection is Ready (if there is an operator).
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

/// The spec of the usual connection with other fields set. It has no low rate limit.
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
