//! No request to the API server waits for ever: kube sets no limit of its own, and an API server that accepts
//! and never answers would hang a reconcile, a poll, or a lock that others wait for.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;

use crate::telemetry::Health;

/// The limit for a request and its whole answer. For a watch it limits only the beginning of the answer; the
/// session limits the rest.
const LIMIT: Duration = Duration::from_secs(20);

/// Returned in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the API server has not answered within {} s", LIMIT.as_secs())]
struct NoAnswer;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The same client, with the limit. Whether the API server answers is noted in `health`.
#[must_use]
pub fn limited(client: Client, health: Arc<Health>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let send = move |request: Request<Body>| {
        let (client, health) = (client.clone(), health.clone());
        async move {
            let answer = tokio::time::timeout(LIMIT, answer(client, request)).await;
            health.api_server_answers(answer.is_ok());
            answer.unwrap_or_else(|_| Err(NoAnswer.into()))
        }
    };
    Client::new(tower::service_fn(send), namespace)
}

async fn answer(client: Client, request: Request<Body>) -> Result<Response<Body>, BoxError> {
    let is_watch = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("watch=")));
    let answer = client.send(request).await?;
    if is_watch {
        return Ok(answer);
    }
    let (head, body) = answer.into_parts();
    Ok(Response::from_parts(head, Body::from(body.collect().await?.to_bytes())))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::Api;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_api_server_that_never_answers_is_an_error_and_makes_the_process_unready() {
        let silent = tower::service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, BoxError>>());
        let health = Arc::new(Health::default());
        health.ready();
        let api: Api<ConfigMap> = Api::namespaced(limited(Client::new(silent, "default"), health.clone()), "default");
        let error = api.get("anything").await.unwrap_err();
        assert!(format!("{error:?}").contains("NoAnswer"), "{error:?}");
        while health.unready().is_none() {
            assert!(api.get("anything").await.is_err());
        }
        assert!(health.unready().unwrap().contains("API server"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_an_error_too() {
        let endless = tower::service_fn(|_: Request<Body>| async {
            let frames = futures::stream::pending::<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>();
            Ok::<_, BoxError>(Response::new(http_body_util::StreamBody::new(frames)))
        });
        let client = limited(Client::new(endless, "default"), Arc::default());
        let api: Api<ConfigMap> = Api::namespaced(client, "default");
        assert!(api.get("anything").await.is_err());
    }
}
