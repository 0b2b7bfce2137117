//! A request and its answer.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::policy::Policy;
use super::refusal::Refusal;
use super::request::{Ask, Request};
use super::resource::Resource;
use super::store::Store;

/// The API server.
#[derive(Debug, Default)]
pub struct Kubernetes {
    pub store: Store,
    /// The admission rules. People are exempt: they made them.
    pub policies: Vec<Policy>,
    /// What is left of lists that are read page by page, by the token of the next page.
    pages: BTreeMap<String, (u64, Vec<Value>)>,
}

impl Kubernetes {
    /// Answers a request that is no watch.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Response<Bytes> {
        if let Some(refusal) = self.policies.iter().find_map(|policy| policy.refusal(request)) {
            return refusal.answer();
        }
        let place = request.place();
        let done = match &request.ask {
            Ask::Get => self.store.get(&place).cloned(),
            Ask::List { limit, continue_ } => {
                self.list(request.resource, request.namespace.as_deref(), *limit, continue_.as_deref())
            }
            Ask::Create(object) => self.store.create(&place, object.clone(), now),
            Ask::Patch(door, patch) => self.store.patch(&place, *door, patch),
            Ask::Replace(door, object) => self.store.replace(&place, *door, object.clone()),
            Ask::Delete => self.store.delete(&place, now),
            Ask::Watch { .. } => {
                Err(Refusal { code: 400, reason: "BadRequest", message: "a watch is a stream".into() })
            }
        };
        match (done, &request.ask) {
            (Ok(object), Ask::Create(_)) => respond(StatusCode::CREATED, &object),
            (Ok(object), _) => respond(StatusCode::OK, &object),
            (Err(refusal), _) => refusal.answer(),
        }
    }

    /// Forgets the past: watches and half-read lists that start before now are answered 410.
    pub fn compact(&mut self) {
        self.store.compact();
        self.pages.clear();
    }

    fn list(
        &mut self,
        resource: &'static Resource,
        namespace: Option<&str>,
        limit: Option<usize>,
        continue_: Option<&str>,
    ) -> Result<Value, Refusal> {
        let gone = "The provided continue parameter is too old to display a consistent list result.";
        let (revision, mut items) = if let Some(token) = continue_ {
            self.pages.remove(token).ok_or_else(|| Refusal::expired(gone.into()))?
        } else {
            let items = self.store.list(resource, namespace).map(|(_, object)| object.clone()).collect();
            (self.store.revision(), items)
        };
        let mut metadata = json!({ "resourceVersion": revision.to_string() });
        if let Some(limit) = limit.filter(|limit| *limit > 0 && *limit < items.len()) {
            let rest = items.split_off(limit);
            let token = format!("{revision}.{}.{}", resource.plural, rest.len());
            metadata["continue"] = json!(token);
            metadata["remainingItemCount"] = json!(rest.len());
            self.pages.insert(token, (revision, rest));
        }
        Ok(json!({
            "apiVersion": resource.api_version,
            "kind": format!("{}List", resource.kind),
            "metadata": metadata,
            "items": items,
        }))
    }
}

pub fn respond(status: StatusCode, body: &Value) -> Response<Bytes> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(Bytes::from(body.to_string())).unwrap()
}
