//! `templates/rbac.yaml`, `people.yaml` and `service-account.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Rendered, refusal};

const NAME: &str = "release-workflow-schedule-operator";

/// The resources that a role may use.
fn resources(role: &Value) -> Vec<String> {
    let rules = role["rules"].as_array().unwrap().iter();
    let names = rules.flat_map(|rule| rule["resources"].as_array().unwrap().iter());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn may_read_secrets(role: &Value) -> bool {
    resources(role).contains(&"secrets".to_owned())
}

/// The namespaces in which the operator has a Role, and whether it may read Secrets there.
fn roles(rendered: &Rendered) -> BTreeMap<String, bool> {
    let roles = rendered.all("Role").into_iter().filter(|role| role["metadata"]["name"] == NAME);
    roles.map(|role| (role["metadata"]["namespace"].as_str().unwrap().to_owned(), may_read_secrets(role))).collect()
}

fn map(pairs: &[(&str, bool)]) -> BTreeMap<String, bool> {
    pairs.iter().map(|(name, secrets)| ((*name).to_owned(), *secrets)).collect()
}

#[test]
fn for_all_namespaces_there_is_one_cluster_role() {
    let rendered = Rendered::with("");
    assert!(may_read_secrets(rendered.named("ClusterRole", NAME)));
    assert_eq!(roles(&rendered), map(&[]));
}

#[test]
fn for_some_namespaces_there_is_a_role_in_each_and_one_for_the_default_connection() {
    let rendered = Rendered::with("watchNamespaces: [a, b]\ndefaultConnection: keys/main");
    assert_eq!(resources(rendered.named("ClusterRole", NAME)), ["customresourcedefinitions"]);
    assert_eq!(roles(&rendered), map(&[("a", true), ("b", true), ("keys", true)]));
    let of_keys = rendered.all("Role").into_iter().find(|role| role["metadata"]["namespace"] == "keys").unwrap();
    assert!(!resources(of_keys).contains(&"workflowschedules".to_owned()), "no schedules are served there");
    let inside = Rendered::with("watchNamespaces: [a, b]\ndefaultConnection: b/main");
    assert_eq!(roles(&inside), map(&[("a", true), ("b", true)]));
}

#[test]
fn secrets_can_be_limited_to_named_namespaces() {
    let everywhere = Rendered::with("rbac: { secrets: { all: false, namespaces: [a] } }");
    assert!(!may_read_secrets(everywhere.named("ClusterRole", NAME)));
    assert_eq!(roles(&everywhere), map(&[("a", true)]));
    let some = Rendered::with("watchNamespaces: [a, b]\nrbac: { secrets: { all: false, namespaces: [b] } }");
    assert_eq!(roles(&some), map(&[("a", false), ("b", true)]));
}

#[test]
fn the_api_key_of_the_default_connection_must_be_readable() {
    let said = refusal("defaultConnection: keys/main\nrbac: { secrets: { all: false, namespaces: [a] } }");
    assert!(said.contains("rbac.secrets.namespaces must contain keys"), "{said}");
}

#[test]
fn the_operator_never_lists_secrets_and_never_writes_a_resource_whole() {
    let rendered = Rendered::with("watchNamespaces: [a]");
    let all = rendered.all("Role").into_iter().chain(rendered.all("ClusterRole"));
    let operators = all.filter(|role| role["metadata"]["name"] == NAME);
    for rule in operators.flat_map(|role| role["rules"].as_array().unwrap()) {
        let verbs = rule["verbs"].to_string();
        let names = rule["resources"].to_string();
        assert!(!names.contains("secrets") || verbs == r#"["get"]"#, "{rule}");
        assert!(!["update", "delete", "*"].iter().any(|verb| verbs.contains(&format!("\"{verb}\""))), "{rule}");
    }
}

#[test]
fn each_standard_role_can_be_left_alone() {
    let labels = |values: &str, role: &str| {
        let labels =
            Rendered::with(values).named("ClusterRole", &format!("{NAME}-{role}"))["metadata"]["labels"].clone();
        let all = labels.as_object().unwrap().keys().cloned();
        all.filter_map(|label| label.strip_prefix("rbac.authorization.k8s.io/aggregate-to-").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    for (role, into) in [("view", &["view"][..]), ("edit", &["admin", "edit"]), ("admin", &["admin"])] {
        assert_eq!(labels("", role), into);
        assert!(labels(&format!("rbac: {{ aggregateTo: {{ {role}: false }} }}"), role).is_empty(), "{role}");
    }
}

/// What a role allows, one verb for one resource at a time.
fn permissions(role: &Value) -> BTreeSet<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = BTreeSet::new();
    for rule in list(&role["rules"]) {
        for (group, resource) in list(&rule["apiGroups"])
            .iter()
            .flat_map(|g| list(&rule["resources"]).into_iter().map(move |r| (g.clone(), r)))
        {
            found.extend(
                list(&rule["verbs"]).iter().map(|verb| format!("{verb} {resource} {group} {}", rule["resourceNames"])),
            );
        }
    }
    found
}

#[test]
fn the_kustomize_base_allows_the_same() {
    let chart = Rendered::with("fullnameOverride: workflow-schedule-operator");
    let mut compared = 0;
    for file in ["rbac.yaml", "leader-election.yaml", "people.yaml"] {
        let path = format!("{}/deploy/{file}", env!("CARGO_MANIFEST_DIR"));
        let objects: Vec<Value> = serde_saphyr::from_multiple(&std::fs::read_to_string(path).unwrap()).unwrap();
        for role in objects.iter().filter(|object| object.get("rules").is_some()) {
            let (kind, name) = (role["kind"].as_str().unwrap(), role["metadata"]["name"].as_str().unwrap());
            assert_eq!(permissions(role), permissions(chart.named(kind, name)), "{kind} {name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
}

#[test]
fn all_of_it_can_be_left_out() {
    let rendered = Rendered::with("rbac: { create: false }\nserviceAccount: { create: false, name: ours }");
    for kind in ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "ServiceAccount"] {
        assert!(rendered.all(kind).is_empty(), "{kind}");
    }
    assert_eq!(rendered.pod()["serviceAccountName"], "ours");
    let said = refusal("serviceAccount: { create: false }");
    assert!(said.contains("serviceAccount.name is required"), "{said}");
}

#[test]
fn the_service_account_takes_annotations() {
    let values = "serviceAccount: { annotations: { eks.amazonaws.com/role-arn: arn }, automount: false, name: ours }";
    let rendered = Rendered::with(values);
    let account = rendered.one("ServiceAccount");
    assert_eq!(account["metadata"]["name"], "ours");
    assert_eq!(account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"], "arn");
    assert_eq!(account["automountServiceAccountToken"], false);
    assert_eq!(rendered.named("ClusterRoleBinding", NAME)["subjects"][0]["name"], "ours");
}
