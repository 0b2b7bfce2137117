//! The configuration of the client of the cluster, and the proxy to the API server.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use kube::Config;
use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
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

impl ClusterArgs {
    /// Whether a kubeconfig or a context is named. Then no other cluster is used.
    const fn is_named(&self) -> bool {
        self.kubeconfig.is_some() || self.context.is_some()
    }

    /// The kubeconfig, or why there is none that can be used.
    fn read(&self) -> Result<Kubeconfig, String> {
        let read = match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        };
        let kubeconfig = read.map_err(|error| said(&error))?;
        let has_current = kubeconfig.current_context.as_ref().is_some_and(|name| !name.is_empty());
        if self.context.is_none() && !has_current {
            return Err("the kubeconfig has no current context".into());
        }
        Ok(kubeconfig)
    }
}

/// The configuration of a kubeconfig, or else of the cluster that this runs in. There the API server is reached
/// directly.
///
/// # Errors
/// No cluster is configured, or its configuration cannot be used.
pub(super) async fn config(args: &ClusterArgs) -> anyhow::Result<Config> {
    let advice = "Name a kubeconfig with --kubeconfig or KUBECONFIG, and with --context one of its contexts";
    configured(args, advice).await
}

/// The same for the operator, which has no options for it.
///
/// # Errors
/// As those of [`config`].
pub(super) async fn config_of_operator() -> anyhow::Result<Config> {
    configured(&ClusterArgs::default(), "Set KUBECONFIG, or run the operator in a cluster").await
}

async fn configured(args: &ClusterArgs, advice: &str) -> anyhow::Result<Config> {
    let kubeconfig = match args.read() {
        Ok(kubeconfig) => kubeconfig,
        Err(missing) => {
            let none = anyhow!("no cluster is configured: {missing}. {advice}");
            return if args.is_named() { Err(none) } else { in_cluster(none) };
        }
    };
    let declared = declared_proxy(&kubeconfig, args.context.as_deref());
    let options = KubeConfigOptions { context: args.context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| anyhow!(said(&error)))?;
    // kube 5.0.0 compares NO_PROXY with the address of the proxy, not with that of the API server.
    config.proxy_url = proxy(&config.cluster_url, declared.as_deref(), &Environment::read())?;
    Ok(config)
}

/// The configuration of a pod; `none` is the error outside of one.
fn in_cluster(none: anyhow::Error) -> anyhow::Result<Config> {
    Config::incluster().map_err(|error| {
        let is_outside = matches!(error, InClusterError::ReadEnvironmentVariable(_));
        if is_outside { none } else { anyhow!("the cluster that this runs in cannot be used: {error}") }
    })
}

/// What is wrong with a kubeconfig, in one line: those after it may quote a secret of the file.
fn said(error: &KubeconfigError) -> String {
    if let KubeconfigError::ReadConfig(cause, path) = error {
        return format!("the kubeconfig {} cannot be read: {cause}", path.display());
    }
    if let KubeconfigError::LoadContext(name) = error {
        return format!("the kubeconfig has no context {name:?}: `kubectl config get-contexts` lists them");
    }
    let text = error.to_string();
    format!("the kubeconfig cannot be used: {}", text.lines().next().unwrap_or_default())
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

    async fn refusal(args: &ClusterArgs) -> String {
        configured(args, "Do this").await.map(|_| ()).unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_kubeconfig_that_is_named_and_cannot_be_used_is_told_once_and_no_other_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = Some(folder.path().join("config"));
        let args = ClusterArgs { kubeconfig: kubeconfig.clone(), context: None };
        let missing = refusal(&args).await;
        assert!(missing.starts_with("no cluster is configured: the kubeconfig /"), "{missing}");
        assert!(missing.ends_with(". Do this") && missing.matches("cannot be read").count() == 1, "{missing}");
        std::fs::write(folder.path().join("config"), "apiVersion: v1\nkind: Config\n").unwrap();
        let empty = refusal(&args).await;
        assert_eq!(empty, "no cluster is configured: the kubeconfig has no current context. Do this");
        let unknown = refusal(&ClusterArgs { kubeconfig, context: Some("prod".into()) }).await;
        assert!(unknown.starts_with("the kubeconfig has no context \"prod\""), "{unknown}");
        std::fs::write(folder.path().join("config"), "users: [{name: a, user: {token: secret}}\n").unwrap();
        let broken = refusal(&args).await;
        assert!(broken.lines().count() == 1 && !broken.contains("secret"), "{broken}");
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
