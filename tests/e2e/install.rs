//! The installation: a real API server accepts it, and it grants only the necessary permissions.

use crate::harness::{Namespace, World};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn the_kustomize_base_is_accepted_by_the_api_server() {
    let namespace = Namespace::fresh().await;
    let said = namespace.cluster.kubectl().run(["apply", "--dry-run=server", "-k", &format!("{ROOT}/deploy")]);
    for kind in ["deployment.apps/", "clusterrole.rbac.authorization.k8s.io/", "serviceaccount/", "customresource"] {
        assert!(said.contains(kind), "{kind} is missing:\n{said}");
    }
}

#[tokio::test]
async fn the_operator_may_read_a_secret_by_name_and_list_none() {
    let world = World::start().await;
    let operator = world.cluster.kubectl().with_kubeconfig(world.cluster.operator_kubeconfig());
    let may = |verb: &str, what: &str| {
        let arguments = ["auth", "can-i", verb, what, "-n", &world.name];
        String::from_utf8_lossy(&operator.attempt(arguments).stdout).trim() == "yes"
    };
    for what in ["secrets", "configmaps"] {
        assert!(may("get", what), "it reads {what} by name");
        for verb in ["list", "watch", "create", "update", "patch", "delete"] {
            assert!(!may(verb, what), "it must not {verb} {what}");
        }
    }
    for verb in ["create", "update", "delete"] {
        assert!(!may(verb, "workflowschedules.workflows.mistral.ai"), "it must not {verb} schedules");
    }
    let listed = operator.attempt(["get", "secrets", "-n", &world.name]);
    assert!(String::from_utf8_lossy(&listed.stderr).contains("Forbidden"), "{listed:?}");
}
