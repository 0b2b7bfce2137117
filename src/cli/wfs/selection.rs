//! Which objects are meant: by name, by label, or all of a namespace or of the cluster.

use std::fmt::Debug;

use anyhow::Context as _;
use kube::api::{Api, ListParams};
use kube::core::NamespaceResourceScope;
use serde::de::DeserializeOwned;

use super::outcome::Usage;
use super::session::Session;
use crate::cli::printable::printable;
use crate::controller::{Guarded, Key};

/// A kind of ours.
pub(super) trait Kind:
    kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned
{
}

impl<K> Kind for K where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned
{
}

/// Which objects are meant.
#[derive(Debug, clap::Args)]
pub(super) struct Selection {
    /// The names.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Those with these labels, as in `kubectl get -l`.
    #[arg(long, short = 'l', value_name = "SELECTOR", conflicts_with = "names")]
    selector: Option<String>,
    /// In all namespaces.
    #[arg(long, short = 'A', conflicts_with = "names")]
    all_namespaces: bool,
}

/// How many objects a page of a list has.
const PAGE: u32 = 500;

impl Selection {
    /// Whether something narrows it: names, or labels. An empty selector, for instance of a variable that is not set,
    /// selects all.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.names.is_empty() || self.selector.as_ref().is_some_and(|selector| !selector.trim().is_empty())
    }

    /// Whether one object is named.
    pub(super) const fn is_one(&self) -> bool {
        self.names.len() == 1
    }

    pub(super) const fn spans_namespaces(&self) -> bool {
        self.all_namespaces
    }

    /// The objects, by namespace and name.
    ///
    /// # Errors
    /// One that is named does not exist, or the API server refuses.
    pub(super) async fn find<K: Kind>(&self, session: &Session) -> anyhow::Result<Vec<K>> {
        if self.names.is_empty() { self.list(session).await } else { self.named(session).await }
    }

    async fn named<K: Kind>(&self, session: &Session) -> anyhow::Result<Vec<K>> {
        let api: Api<K> = Api::namespaced(session.client.clone(), &session.namespace);
        let (mut found, mut missing): (Vec<K>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut names: Vec<&str> = Vec::new();
        for name in &self.names {
            let name = bare::<K>(name)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            match api.get_opt(name).await.with_context(|| format!("cannot get {} {name}", K::kind(&())))? {
                Some(object) => found.push(object),
                None => missing.push(name),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        anyhow::bail!("there is no {} {} in namespace {}", K::kind(&()), missing.join(", "), session.namespace)
    }

    async fn list<K: Kind>(&self, session: &Session) -> anyhow::Result<Vec<K>> {
        let api: Api<Guarded<K>> = if self.all_namespaces {
            Api::all(session.client.clone())
        } else {
            Api::namespaced(session.client.clone(), &session.namespace)
        };
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector = self.selector.clone();
        let mut found = Vec::new();
        loop {
            let page = api.list(&params).await.with_context(|| format!("cannot list {}", K::plural(&())))?;
            for object in page.items {
                // One that cannot be read must not hide the others.
                match object.0 {
                    Ok(object) => found.push(object),
                    Err(raw) => {
                        let (kind, key) = (K::kind(&()), Key::of(&raw.metadata));
                        let why = raw.why_unreadable::<K>().unwrap_or_default();
                        eprintln!("warning: {kind} {key} cannot be read: {}", printable(&why));
                    }
                }
            }
            params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if params.continue_token.is_none() {
                break;
            }
        }
        found.sort_by_key(|object: &K| Key::of(object.meta()));
        Ok(found)
    }
}

/// A name as it is written, or as `kubectl get -o name` prints it: `workflowschedule.workflows.mistral.ai/NAME`.
fn bare<K: Kind>(text: &str) -> anyhow::Result<&str> {
    let Some((kind, name)) = text.split_once('/') else { return Ok(text) };
    let kind = kind.split('.').next().unwrap_or(kind).to_lowercase();
    let (singular, plural) = (K::kind(&()).to_lowercase(), K::plural(&()));
    if kind == singular || kind == plural || (kind == "wfs" && singular == "workflowschedule") {
        return Ok(name);
    }
    Err(Usage::error(format!("{text}: a name is needed; choose the namespace with -n")))
}
