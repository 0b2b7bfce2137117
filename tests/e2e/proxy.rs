//! Proxies of the environment and of the kubeconfig. 0.0.0.0 is this machine, and no loopback address: a loopback
//! address is never reached through a proxy of the environment.

use serde_json::{Value, json};

use crate::harness::{Proxy, World};
use crate::specs::{daily, with};

/// A setup without an operator: a kubeconfig and a connection for 0.0.0.0.
async fn world() -> World {
    let mut world = World::builder().operators(0).start().await;
    let text = std::fs::read_to_string(world.cluster.operator_kubeconfig()).unwrap();
    let mut kubeconfig: Value = serde_json::from_str(&text).unwrap();
    let cluster = &mut kubeconfig["clusters"][0]["cluster"];
    cluster["server"] = json!(elsewhere(cluster["server"].as_str().unwrap()));
    cluster["tls-server-name"] = json!("127.0.0.1");
    world.options().kubeconfig = Some(kubeconfig);
    world.options().arguments = vec!["--allow-insecure-http".into()];
    let mut spec = world.connection("default").get().await.unwrap()["spec"].clone();
    spec["serverUrl"] = json!(elsewhere(spec["serverUrl"].as_str().unwrap()));
    spec["scheduleIdPrefix"] = json!("outside");
    world.connection("outside").apply(spec).await;
    world
}

fn elsewhere(url: &str) -> String {
    assert!(url.contains("127.0.0.1"), "{url}");
    url.replace("127.0.0.1", "0.0.0.0")
}

/// `HOST:PORT` of the API server and of the remote, as the operator knows them.
async fn servers(world: &mut World) -> [String; 2] {
    let kubeconfig = world.options().kubeconfig.clone().unwrap();
    let remote = world.connection("outside").get().await.unwrap()["spec"]["serverUrl"].clone();
    [&kubeconfig["clusters"][0]["cluster"]["server"], &remote]
        .map(|url| url.as_str().unwrap().split("://").nth(1).unwrap().trim_end_matches('/').to_owned())
}

/// Starts the operator with these variables, and waits until it has created a schedule.
async fn works(world: &mut World, environment: &[(&str, &str)]) {
    world.options().environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    world.start_operator();
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "connectionRef", json!({ "name": "outside" }))).await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn the_api_server_and_the_remote_are_reached_through_the_proxy_of_the_environment() {
    let (mut world, proxy) = (world().await, Proxy::start().await);
    works(&mut world, &[("HTTPS_PROXY", proxy.url()), ("HTTP_PROXY", proxy.url())]).await;
    assert_eq!(proxy.targets(), servers(&mut world).await.into(), "and no loopback address");
}

#[tokio::test]
async fn what_no_proxy_names_is_reached_directly() {
    let (mut world, proxy) = (world().await, Proxy::start().await);
    let environment = [("HTTPS_PROXY", proxy.url()), ("HTTP_PROXY", proxy.url()), ("NO_PROXY", "10.0.0.0/8,0.0.0.0")];
    works(&mut world, &environment).await;
    assert_eq!(proxy.targets(), [].into());
}

#[tokio::test]
async fn no_proxy_that_names_the_proxy_itself_changes_nothing() {
    let (mut world, proxy) = (world().await, Proxy::start().await);
    let environment = [("https_proxy", proxy.url()), ("no_proxy", "127.0.0.1,localhost")];
    works(&mut world, &environment).await;
    let [api_server, _] = servers(&mut world).await;
    assert_eq!(proxy.targets(), [api_server].into());
}

#[tokio::test]
async fn proxy_url_of_the_kubeconfig_is_for_the_api_server_alone() {
    let (mut world, proxy) = (world().await, Proxy::start().await);
    let kubeconfig = world.options().kubeconfig.as_mut().unwrap();
    kubeconfig["clusters"][0]["cluster"]["proxy-url"] = json!(proxy.url());
    works(&mut world, &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "*")]).await;
    let [api_server, _] = servers(&mut world).await;
    assert_eq!(proxy.targets(), [api_server].into());
}

#[tokio::test]
async fn a_proxy_that_is_not_supported_is_told_without_its_password() {
    let mut world = world().await;
    world.options().environment = vec![("HTTPS_PROXY".into(), "socks5://user:secret@127.0.0.1:1".into())];
    world.start_operator();
    assert!(!world.operator().ended_within(std::time::Duration::from_secs(20)).unwrap().success());
    let log = world.operator().log();
    assert!(log.contains("HTTPS_PROXY: a proxy of the kind socks5 is not supported"), "{log}");
    assert!(!log.contains("secret"), "{log}");
}
