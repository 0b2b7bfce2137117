//! The configuration of the client of the cluster, and the proxy to the API server.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use url::Url;

use crate::plan::is_loopback;

/// Which cluster is used.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ClusterArgs {
    /// The kubeconfig. Default: as kubectl does, `KUBECONFIG` or `~/.kube/config`.
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig. Default: its current context.
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
}

/// Installs the TLS provider of the process. Two libraries use TLS. They share one provider, which must be
/// installed before they are used.
pub(super) fn install_tls() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is already installed");
    }
}

/// The configuration of a kubeconfig, or else of the cluster that the operator runs in. There the API server is
/// reached directly.
pub(super) async fn config(args: &ClusterArgs) -> anyhow::Result<Config> {
    let read = match &args.kubeconfig {
        Some(path) => Some(Kubeconfig::read_from(path).with_context(|| format!("--kubeconfig {}", path.display()))?),
        None => Kubeconfig::read().ok(),
    };
    let has_context = |kubeconfig: &Kubeconfig| args.context.is_some() || kubeconfig.current_context.is_some();
    let Some(kubeconfig) = read.filter(has_context) else {
        let missing = "no cluster is configured: set KUBECONFIG, or run the operator in a cluster";
        return Config::infer().await.context(missing);
    };
    let declared = declared_proxy(&kubeconfig, args.context.as_deref());
    let options = KubeConfigOptions { context: args.context.clone(), ..KubeConfigOptions::default() };
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &options).await.context("the kubeconfig cannot be used")?;
    // kube 5.0.0 compares NO_PROXY with the address of the proxy, not with that of the API server.
    config.proxy_url = proxy(&config.cluster_url, declared.as_deref(), &Environment::read())?;
    Ok(config)
}

/// The `proxy-url` of the cluster of a context, or else of the current one.
fn declared_proxy(kubeconfig: &Kubeconfig, context: Option<&str>) -> Option<String> {
    let name = context.or(kubeconfig.current_context.as_deref())?;
    let context = kubeconfig.contexts.iter().find(|context| context.name == name)?.context.as_ref()?;
    let cluster = kubeconfig.clusters.iter().find(|cluster| cluster.name == context.cluster)?.cluster.as_ref()?;
    cluster.proxy_url.clone().filter(|url| !url.is_empty())
}

/// What the environment says of proxies.
#[derive(Debug, Default)]
struct Environment {
    https_proxy: Option<String>,
    no_proxy: String,
}

impl Environment {
    fn read() -> Self {
        let first =
            |names: [&str; 2]| names.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()));
        Self {
            https_proxy: first(["HTTPS_PROXY", "https_proxy"]),
            no_proxy: first(["NO_PROXY", "no_proxy"]).unwrap_or_default(),
        }
    }
}

/// The proxy to the API server, as kubectl chooses it: `proxy-url` of the kubeconfig; else `HTTPS_PROXY`, except
/// for loopback addresses and for `NO_PROXY`.
fn proxy(server: &Uri, declared: Option<&str>, environment: &Environment) -> anyhow::Result<Option<Uri>> {
    let (url, place) = match (declared, &environment.https_proxy) {
        (Some(url), _) => (url, "proxy-url of the kubeconfig"),
        (None, Some(url)) if !is_direct(server, url, &environment.no_proxy) => (url.as_str(), "HTTPS_PROXY"),
        (None, Some(_) | None) => return Ok(None),
    };
    // It may hold a password, and is not shown.
    let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let uri: Uri = whole.parse().ok().with_context(|| format!("{place} is not a URL"))?;
    match uri.scheme_str() {
        Some("http" | "https") => Ok(Some(uri)),
        Some(scheme) => bail!("{place}: a proxy of the kind {scheme} is not supported; use http or https"),
        None => bail!("{place} is not a URL"),
    }
}

fn is_direct(server: &Uri, proxy: &str, no_proxy: &str) -> bool {
    let is_local = Url::parse(&server.to_string()).is_ok_and(|url| is_loopback(&url));
    is_local || Matcher::builder().https(proxy).no(no_proxy).build().intercept(server).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, declared: Option<&str>, no_proxy: &str) -> Option<String> {
        let environment = Environment { https_proxy: Some("http://env.example:1".into()), no_proxy: no_proxy.into() };
        proxy(&server.parse().unwrap(), declared, &environment).unwrap().map(|uri| uri.to_string())
    }

    #[test]
    fn no_proxy_is_about_the_api_server_and_not_about_the_proxy() {
        let through = Some("http://env.example:1/".to_owned());
        let server = "https://k8s.example:6443";
        assert_eq!(chosen(server, None, ""), through);
        assert_eq!(chosen(server, None, "env.example"), through);
        for no_proxy in ["k8s.example", ".example", "other, k8s.example", "*"] {
            assert_eq!(chosen(server, None, no_proxy), None, "{no_proxy}");
        }
        assert_eq!(chosen("https://10.1.2.3:6443", None, "10.0.0.0/8"), None);
        assert_eq!(chosen("https://11.1.2.3:6443", None, "10.0.0.0/8"), through);
    }

    #[test]
    fn a_loopback_address_is_reached_directly() {
        for server in ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"] {
            assert_eq!(chosen(server, None, ""), None, "{server}");
        }
    }

    #[test]
    fn the_kubeconfig_goes_before_the_environment() {
        for (server, no_proxy) in [("https://127.0.0.1:6443", ""), ("https://k8s.example", "*")] {
            let declared = Some("https://u:p@own.example:2");
            assert_eq!(chosen(server, declared, no_proxy).as_deref(), Some("https://u:p@own.example:2/"));
        }
    }

    #[test]
    fn a_proxy_without_a_scheme_is_http_and_what_is_not_supported_is_told_without_its_password() {
        let server = "https://k8s.example".parse().unwrap();
        let of = |url: &str| proxy(&server, Some(url), &Environment::default());
        assert_eq!(of("own.example:2").unwrap().unwrap(), "http://own.example:2/");
        for url in ["socks5://user:secret@own.example", "http://user:secret@own example", "http://"] {
            let refusal = of(url).unwrap_err().to_string();
            assert!(refusal.contains("proxy-url") && !refusal.contains("secret"), "{refusal}");
        }
        assert_eq!(proxy(&server, None, &Environment::default()).unwrap(), None);
    }
}
