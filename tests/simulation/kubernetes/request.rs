//! What a request asks for.

use bytes::Bytes;
use http::{Method, Request as HttpRequest};
use serde_json::Value;
use url::Url;

use super::resource::{Resource, find};
use super::store::{Door, Place};

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    pub resource: &'static Resource,
    /// Absent for all namespaces, or for kinds without one.
    pub namespace: Option<String>,
    /// Absent where the request is for many.
    pub name: Option<String>,
    pub ask: Ask,
}

/// The verb, and what comes with it.
#[derive(Clone, Debug)]
pub enum Ask {
    Get,
    List { limit: Option<usize>, continue_: Option<String> },
    Watch { since: u64, bookmarks: bool, seconds: u64 },
    Create(Value),
    Patch(Door, Value),
    Replace(Door, Value),
    Delete,
}

impl Request {
    /// Reads a request. The stand-in knows only what the operator is known to use; anything else is
    /// an error in the simulation, not an answer.
    pub fn read(request: &HttpRequest<Bytes>) -> Result<Self, String> {
        let unknown = || format!("the stand-in does not know {} {}", request.method(), request.uri());
        let path: Vec<&str> = request.uri().path().split('/').filter(|part| !part.is_empty()).collect();
        let (["api", "v1", below @ ..] | ["apis", _, _, below @ ..]) = path.as_slice() else { return Err(unknown()) };
        let (namespace, below) = match below {
            ["namespaces", namespace, below @ ..] => (Some((*namespace).to_owned()), below),
            below => (None, below),
        };
        let (plural, name, door) = match below {
            [plural] => (plural, None, Door::Main),
            [plural, name] => (plural, Some((*name).to_owned()), Door::Main),
            [plural, name, "status"] => (plural, Some((*name).to_owned()), Door::Status),
            _ => return Err(unknown()),
        };
        let resource = find(plural).ok_or_else(unknown)?;
        let body = || serde_json::from_slice(request.body()).map_err(|error| format!("{}: {error}", unknown()));
        let ask = match (request.method(), &name) {
            (&Method::GET, Some(_)) => Ask::Get,
            (&Method::GET, None) => read_list(request).ok_or_else(unknown)?,
            (&Method::POST, None) => Ask::Create(body()?),
            (&Method::PATCH, Some(_)) if is_merge_patch(request) => Ask::Patch(door, body()?),
            (&Method::PUT, Some(_)) => Ask::Replace(door, body()?),
            (&Method::DELETE, Some(_)) => Ask::Delete,
            _ => return Err(unknown()),
        };
        Ok(Self { resource, namespace, name, ask })
    }

    /// The object that it is about; for a create, the name comes from the body.
    pub fn place(&self) -> Place {
        let from_body = match &self.ask {
            Ask::Create(object) => object["metadata"]["name"].as_str(),
            Ask::Get | Ask::List { .. } | Ask::Watch { .. } | Ask::Patch(..) | Ask::Replace(..) | Ask::Delete => None,
        };
        Place {
            resource: self.resource,
            namespace: self.namespace.clone().unwrap_or_default(),
            name: self.name.as_deref().or(from_body).unwrap_or_default().to_owned(),
        }
    }

    /// Whether it changes something.
    pub const fn is_write(&self) -> bool {
        match self.ask {
            Ask::Create(_) | Ask::Patch(..) | Ask::Replace(..) | Ask::Delete => true,
            Ask::Get | Ask::List { .. } | Ask::Watch { .. } => false,
        }
    }
}

fn is_merge_patch(request: &HttpRequest<Bytes>) -> bool {
    request.headers().get(http::header::CONTENT_TYPE).is_some_and(|kind| kind == "application/merge-patch+json")
}

fn read_list(request: &HttpRequest<Bytes>) -> Option<Ask> {
    // Only the query matters; the host is none.
    let url = Url::parse(&format!("http://kubernetes{}", request.uri())).ok()?;
    let (mut watch, mut bookmarks, mut since, mut seconds) = (false, false, None, 290);
    let (mut limit, mut continue_) = (None, None);
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "watch" => watch = value == "true" || value == "1",
            "allowWatchBookmarks" => bookmarks = value == "true",
            "resourceVersion" => since = Some(value.parse().ok()?),
            "timeoutSeconds" => seconds = value.parse().ok()?,
            "limit" => limit = Some(value.parse().ok()?),
            "continue" => continue_ = Some(value.into_owned()),
            "resourceVersionMatch" => {}
            _ => return None,
        }
    }
    Some(if watch { Ask::Watch { since: since?, bookmarks, seconds } } else { Ask::List { limit, continue_ } })
}
