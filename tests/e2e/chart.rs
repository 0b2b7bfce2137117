//! The chart on a real API server: what a release installs, keeps and removes, and an operator that has exactly the
//! arguments and the permissions that the chart gives it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::{Cluster, Namespace, OPERATOR_KEY, Operator, eventually, sandbox::Sandbox};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RELEASE: &str = "workflow-schedule-operator";
const OPERATORS: &str = "operators";
const CONNECTION: [&str; 4] = [
    "--set=connection.create=true",
    "--set=connection.scheduleIdPrefix=acme",
    "--set=connection.apiKeySecretRef.name=api-key",
    "--set=connection.allowedNamespaces.from=All",
];

/// A cluster, and Helm with the permissions of an administrator.
struct Releases {
    cluster: Arc<Cluster>,
    helm: PathBuf,
}

impl Releases {
    fn in_an_empty_cluster() -> Self {
        Self::on(Cluster::empty())
    }

    fn on(cluster: Cluster) -> Self {
        let script = format!("{ROOT}/hack/helm.sh");
        let built = Command::new(script).stderr(std::process::Stdio::inherit()).output().unwrap();
        assert!(built.status.success(), "helm cannot be built: see above");
        let folder = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim());
        Self { cluster: Arc::new(cluster), helm: folder.join("helm") }
    }

    fn attempt(&self, command: &[&str], chart: Option<&Path>, values: &[&str]) -> Output {
        let mut helm = Command::new(&self.helm);
        helm.env("KUBECONFIG", self.cluster.kubectl().kubeconfig()).args(command).arg(RELEASE);
        helm.args(chart).args(["--namespace", OPERATORS]).args(values);
        helm.output().unwrap()
    }

    fn install(&self, chart: &Path, values: &[&str]) -> Output {
        self.attempt(&["install", "--create-namespace", "--set=image.repository=r"], Some(chart), values)
    }

    fn upgrade(&self, chart: &Path, values: &[&str]) -> Output {
        self.attempt(&["upgrade", "--set=image.repository=r"], Some(chart), values)
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster.kubectl().run(arguments.iter().copied())
    }

    /// Whether the definition of connections has the field `pollInterval`.
    fn has_poll_interval(&self) -> bool {
        self.kubectl(&["get", "crd", "workflowconnections.workflows.mistral.ai", "-o", "json"])
            .contains("\"pollInterval\":")
    }

    fn connection(&self) -> Value {
        let text = self.kubectl(&["get", "workflowconnection", "default", "-n", OPERATORS, "-o", "json"]);
        serde_json::from_str(&text).unwrap()
    }

    /// What a release has installed, without what it keeps.
    fn installed(&self) -> String {
        let kinds = "deployments,services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings";
        self.kubectl(&["get", kinds, "-n", OPERATORS, "-l", "app.kubernetes.io/managed-by=Helm", "-o", "name"])
    }
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn chart() -> PathBuf {
    PathBuf::from(format!("{ROOT}/charts/{RELEASE}"))
}

/// A copy of the chart as it could have been before: of another version, and without the field `pollInterval`.
fn previous_chart(folder: &Path) -> PathBuf {
    let copy = folder.join("previous");
    assert!(Command::new("cp").arg("-R").args([chart(), copy.clone()]).status().unwrap().success());
    for (file, from, to) in [
        ("files/crds/workflowconnections.yaml", "pollInterval:", "pollIntervalOfOld:"),
        ("Chart.yaml", "\nversion: ", "\nversion: 0.0.1-before-"),
    ] {
        let text = std::fs::read_to_string(copy.join(file)).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        std::fs::write(copy.join(file), text.replace(from, to)).unwrap();
    }
    copy
}

#[tokio::test]
async fn a_release_is_installed_upgraded_rolled_back_removed_and_installed_again() {
    let releases = Releases::in_an_empty_cluster();
    let folder = tempfile::tempdir().unwrap();
    succeeded(&releases.install(&previous_chart(folder.path()), &CONNECTION));
    assert_eq!(
        releases.connection()["spec"]["scheduleIdPrefix"],
        "acme",
        "the first connection comes with the release"
    );
    assert!(!releases.has_poll_interval());

    let poll = [&CONNECTION[..], &["--set=connection.extraSpec.pollInterval=30s"]].concat();
    succeeded(&releases.upgrade(&chart(), &poll));
    assert!(releases.has_poll_interval(), "an upgrade upgrades the definitions");
    assert_eq!(releases.connection()["spec"]["pollInterval"], "30s");

    succeeded(&releases.attempt(&["rollback"], None, &["1"]));
    assert!(!releases.has_poll_interval());
    let before = releases.connection()["metadata"]["uid"].clone();

    succeeded(&releases.attempt(&["uninstall"], None, &[]));
    assert_eq!(releases.installed(), "");
    assert_eq!(releases.connection()["metadata"]["uid"], before, "definitions and connection are kept");

    succeeded(&releases.install(&chart(), &poll));
    assert!(releases.has_poll_interval());
    assert_eq!(releases.connection()["metadata"]["uid"], before);
    assert_eq!(releases.connection()["spec"]["pollInterval"], "30s");
}

#[tokio::test]
async fn definitions_that_were_applied_before_are_taken_over_on_request() {
    let releases = Releases::in_an_empty_cluster();
    let folder = tempfile::tempdir().unwrap();
    let older = previous_chart(folder.path()).join("files/crds");
    releases.kubectl(&["apply", "--server-side", "-f", older.to_str().unwrap()]);
    let refused = releases.install(&chart(), &CONNECTION);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("invalid ownership metadata"), "{refused:?}");
    succeeded(&releases.install(&chart(), &[&CONNECTION[..], &["--take-ownership", "--force-conflicts"]].concat()));
    assert!(releases.has_poll_interval());
    succeeded(&releases.upgrade(&chart(), &CONNECTION));
}

#[tokio::test]
async fn the_api_server_accepts_every_value_and_without_keep_all_is_removed() {
    let releases = Releases::in_an_empty_cluster();
    let values = [
        "--set=crds.keep=false,crds.annotations.a=b,commonLabels.team=platform,replicas=2",
        "--set=podDisruptionBudget.enabled=true,networkPolicy.enabled=true",
        "--set-json=networkPolicy.metricsFrom=[{\"namespaceSelector\":{}}]",
        "--set-json=networkPolicy.extraEgress=[{\"ports\":[{\"port\":3128}]}]",
        "--set=metrics.service.ipFamilyPolicy=SingleStack,metrics.service.ipFamilies={IPv4}",
        "--set=priorityClassName=system-cluster-critical,dnsPolicy=Default,serviceAccount.automount=false",
        "--set-json=hostAliases=[{\"ip\":\"10.0.0.1\",\"hostnames\":[\"a.example\"]}]",
        "--set-json=extraVolumes=[{\"name\":\"ca\",\"emptyDir\":{}}]",
        "--set-json=extraVolumeMounts=[{\"name\":\"ca\",\"mountPath\":\"/ca\"}]",
        "--set-json=extraEnv=[{\"name\":\"HTTPS_PROXY\",\"value\":\"http://proxy.example:3128\"}]",
        "--set-json=extraEnvFrom=[{\"secretRef\":{\"name\":\"proxy\",\"optional\":true}}]",
        "--set-json=topologySpreadConstraints=[{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\"}]",
        "--set-json=extraObjects=[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"more\"}}]",
    ];
    succeeded(&releases.install(&chart(), &values));
    releases.kubectl(&[
        "get",
        "configmap/more",
        &format!("pdb/{RELEASE}"),
        &format!("networkpolicy/{RELEASE}"),
        "-n",
        OPERATORS,
    ]);
    succeeded(&releases.attempt(&["uninstall"], None, &["--wait"]));
    assert_eq!(releases.kubectl(&["get", "crd", "-o", "name"]), "");
}

/// The operator as the chart starts it, as the service account that the chart creates.
fn operator(releases: &Releases) -> (Operator, PathBuf) {
    let text = releases.kubectl(&["get", "deployment", RELEASE, "-n", OPERATORS, "-o", "json"]);
    let deployment: Value = serde_json::from_str(&text).unwrap();
    let arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap().iter();
    // Another port, because several tests run on one machine.
    let arguments = arguments.map(|argument| match argument.as_str().unwrap() {
        "--listen=[::]:8080" => "--listen=[::]:0",
        other => other,
    });
    let kubeconfig = releases.cluster.kubeconfig_of(OPERATORS, RELEASE);
    (Operator::with(&kubeconfig, arguments, &[]), kubeconfig)
}

/// The release with its operator, and a namespace of a team.
async fn installed(releases: &Releases, values: &[&str], sandbox: &Sandbox) -> (Namespace, Operator, PathBuf) {
    let server = format!("--set=connection.serverUrl={},allowedServerHosts={{127.0.0.1}}", sandbox.url());
    let poll = "--set=connection.extraSpec.pollInterval=10s";
    let team = Namespace::on(Arc::clone(&releases.cluster)).await;
    let given = format!("--set=watchNamespaces={{{}}}", team.name);
    let values: Vec<&str> = values.iter().map(|value| if *value == "WATCH" { given.as_str() } else { value }).collect();
    let all = [&CONNECTION[..], &[&server, poll], &values].concat();
    succeeded(&releases.install(&chart(), &all));
    let key = format!("--from-literal=api-key={OPERATOR_KEY}");
    releases.cluster.kubectl().attempt(["create", "secret", "generic", "api-key", "-n", OPERATORS, &key]);
    let (operator, kubeconfig) = operator(releases);
    (team, operator, kubeconfig)
}

async fn serves_a_schedule_and_deletes_it(team: &Namespace) {
    team.put_config_map("input", "region", "emea");
    let schedule = team.schedule("report");
    let input = json!([{ "configMapKeyRef": { "name": "input", "key": "region" }, "into": "region" }]);
    schedule
        .apply(json!({ "workflowIdentifier": "report", "intervals": [{ "every": "1h" }], "inputFrom": input }))
        .await;
    schedule.until_ready("InSync").await;
    schedule.delete().await;
    schedule.until_gone().await;
}

async fn works_with_its_permissions(releases: &Releases, values: &[&str], sandbox: &Sandbox) -> PathBuf {
    let (team, operator, kubeconfig) = installed(releases, values, sandbox).await;
    serves_a_schedule_and_deletes_it(&team).await;
    assert!(!operator.log().to_lowercase().contains("forbidden"), "{}", operator.log());
    kubeconfig
}

/// Whether a service account may do this.
fn may(releases: &Releases, kubeconfig: &Path, namespace: &str, verb: &str, what: &str) -> bool {
    let kubectl = releases.cluster.kubectl().with_kubeconfig(kubeconfig);
    let answer = kubectl.attempt(["auth", "can-i", verb, what, "-n", namespace]);
    String::from_utf8_lossy(&answer.stdout).trim() == "yes"
}

#[tokio::test]
async fn an_operator_for_all_namespaces_works_with_the_permissions_of_the_chart() {
    let releases = Releases::in_an_empty_cluster();
    let sandbox = Sandbox::start().await;
    let kubeconfig = works_with_its_permissions(&releases, &[], &sandbox).await;
    let lease = releases.kubectl(&["get", "lease", RELEASE, "-n", OPERATORS, "-o", "name"]);
    assert!(lease.contains(RELEASE));
    assert!(may(&releases, &kubeconfig, "default", "get", "secrets"));
    assert!(!may(&releases, &kubeconfig, "default", "list", "secrets"));
}

#[tokio::test]
async fn an_operator_that_may_read_secrets_only_in_one_namespace_works_with_the_permissions_of_the_chart() {
    let releases = Releases::in_an_empty_cluster();
    let sandbox = Sandbox::start().await;
    let secrets = format!("--set=rbac.secrets.all=false,rbac.secrets.namespaces={{{OPERATORS}}}");
    let kubeconfig = works_with_its_permissions(&releases, &[&secrets, "WATCH"], &sandbox).await;
    assert!(may(&releases, &kubeconfig, OPERATORS, "get", "secrets"));
    assert!(!may(&releases, &kubeconfig, "default", "get", "secrets"));
    assert!(!may(&releases, &kubeconfig, "default", "list", "workflowschedules"));
    assert!(!may(&releases, &kubeconfig, OPERATORS, "list", "workflowschedules"), "it serves only the team");
    assert!(may(&releases, &kubeconfig, OPERATORS, "list", "workflowconnections"));
}

/// An event that says the same again is changed, not created.
async fn tells_the_same_again(team: &Namespace) {
    let schedule = team.schedule("paused");
    schedule.apply(json!({ "workflowIdentifier": "report", "intervals": [{ "every": "1h" }] })).await;
    schedule.until_ready("InSync").await;
    for _ in 0..2 {
        schedule.edit(json!({ "paused": true })).await;
        schedule.until_ready("Paused").await;
        schedule.edit(json!({ "paused": false })).await;
        schedule.until_ready("InSync").await;
    }
}

/// What the roles of the release permit, as `VERB GROUP/RESOURCE`.
fn permitted(releases: &Releases) -> BTreeSet<String> {
    let roles = releases.kubectl(&["get", "clusterroles,roles", "--all-namespaces", "-o", "json"]);
    let roles: Value = serde_json::from_str(&roles).unwrap();
    let is_of_operator = |role: &&Value| {
        let name = role["metadata"]["name"].as_str().unwrap();
        name == RELEASE || name == format!("{RELEASE}-leader-election")
    };
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut permitted = BTreeSet::new();
    for role in roles["items"].as_array().unwrap().iter().filter(is_of_operator) {
        for rule in role["rules"].as_array().unwrap() {
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    permitted.extend(texts(&rule["verbs"]).iter().map(|verb| format!("{verb} {group}/{resource}")));
                }
            }
        }
    }
    permitted
}

/// What the operator has asked for, in the same words. Nothing of it was forbidden.
fn asked(releases: &Releases) -> BTreeSet<String> {
    let user = format!("system:serviceaccount:{OPERATORS}:{RELEASE}");
    let log = releases.cluster.plane().audit_log();
    // The last line may be incomplete.
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut asked = BTreeSet::new();
    for event in events.filter(|event| event["user"]["username"] == user.as_str() && event["objectRef"].is_object()) {
        assert_ne!(event["responseStatus"]["code"], 403, "{event}");
        let part = |name: &str| event["objectRef"][name].as_str().unwrap_or_default().to_owned();
        let sub = if part("subresource").is_empty() { String::new() } else { format!("/{}", part("subresource")) };
        asked.insert(format!("{} {}/{}{sub}", event["verb"].as_str().unwrap(), part("apiGroup"), part("resource")));
    }
    asked
}

/// Lets the API server take any spec, so that an object can be malformed.
fn loosen(releases: &Releases, kind: &str) {
    let name = format!("{kind}s.workflows.mistral.ai");
    let mut crd: Value = serde_json::from_str(&releases.kubectl(&["get", "crd", &name, "-o", "json"])).unwrap();
    let schema = &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"] = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    schema.as_object_mut().unwrap().remove("x-kubernetes-validations");
    releases.cluster.kubectl().with_input(["replace", "-f", "-"], &crd.to_string());
}

/// An object that cannot be read is read again without its type: nothing else needs `get` of connections.
async fn reports_malformed_objects(team: &Namespace, releases: &Releases) {
    for (kind, object) in
        [("workflowschedule", team.schedule("malformed")), ("workflowconnection", team.connection("malformed"))]
    {
        loosen(releases, kind);
        eventually("the loosened definition is served", async || {
            let spec = json!({ "workflowIdentifier": 5, "apiKeySecretRef": 5 });
            object.try_apply(json!({}), spec).await.map_err(|error| error.to_string())
        })
        .await;
        object.until_condition("Ready", "False", "Malformed").await;
    }
}

#[tokio::test]
async fn every_permission_of_the_chart_is_used_and_no_other_is_needed() {
    let releases = Releases::on(Cluster::empty_and_audited());
    let sandbox = Sandbox::start().await;
    let (team, operator, _) = installed(&releases, &[], &sandbox).await;
    serves_a_schedule_and_deletes_it(&team).await;
    tells_the_same_again(&team).await;
    reports_malformed_objects(&team, &releases).await;
    let permitted = permitted(&releases);
    assert!(permitted.len() > 15, "{permitted:?}");
    eventually("the operator has asked for all that it may", async || {
        let asked = asked(&releases);
        let unused: Vec<_> = permitted.difference(&asked).collect();
        if unused.is_empty() { Ok(()) } else { Err(format!("unused: {unused:?}, asked: {asked:?}")) }
    })
    .await;
    assert!(!operator.log().to_lowercase().contains("forbidden"), "{}", operator.log());
}
