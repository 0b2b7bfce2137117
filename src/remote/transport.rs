//! How requests are sent: a `tower` service, so that tests can replace it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use tower::util::BoxCloneSyncService;

use super::ca_bundle::CaBundle;
use super::limits::{BodyBudget, BodyLimit};

/// Sends a request and returns the complete answer.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, TransportError>;

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    /// The request did not reach the remote: it had no effect.
    #[error("could not connect: {0}")]
    NotSent(String),
    /// The request may have reached the remote: its effect is unknown.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The answer is longer than the limit: the effect of the request is unknown.
    #[error("the answer is longer than {} KiB: check serverUrl", .0.0 >> 10)]
    TooLong(BodyLimit),
}

/// The HTTP settings of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// Certificates to trust, in addition to those of the system.
    pub ca_bundle: Option<CaBundle>,
    /// The maximum number of idle connections that are kept open.
    pub idle_connections: usize,
    /// The time limit for connecting.
    pub connect_timeout: Duration,
    /// Whether the proxies of the environment are ignored.
    pub is_direct: bool,
}

/// A transport with real sockets. Redirects are never followed, because they could send the API key to another
/// server. Long bodies share `budget` with all other transports.
///
/// # Errors
/// TLS cannot be set up.
pub fn http_transport(options: &HttpOptions, budget: BodyBudget) -> Result<Transport, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .pool_max_idle_per_host(options.idle_connections)
        .pool_idle_timeout(Duration::from_secs(55))
        .user_agent(concat!("workflow-schedule-operator/", env!("CARGO_PKG_VERSION")));
    if options.is_direct {
        builder = builder.no_proxy();
    }
    if let Some(bundle) = &options.ca_bundle {
        let certificates: Result<Vec<_>, _> = bundle.certificates().map(reqwest::Certificate::from_der).collect();
        builder = builder.tls_certs_merge(certificates.map_err(|error| format!("caBundle: {}", chain(&error)))?);
    }
    let client = builder.build().map_err(|error| format!("cannot set up HTTP: {}", chain(&error)))?;
    let send = move |request| send(client.clone(), budget.clone(), request);
    Ok(BoxCloneSyncService::new(tower::service_fn(send)))
}

async fn send(
    client: reqwest::Client,
    budget: BodyBudget,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    let limit = request.extensions().get::<BodyLimit>().copied().unwrap_or(BodyLimit::SHORT);
    let request = reqwest::Request::try_from(request).map_err(|error| TransportError::NotSent(chain(&error)))?;
    let response = client.execute(request).await.map_err(|error| classify(&error.without_url()))?;
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = response.status();
    *answer.version_mut() = response.version();
    *answer.headers_mut() = response.headers().clone();
    read_body(response, limit, &budget, &mut answer).await?;
    Ok(answer)
}

/// Reads a body up to its limit. For short answers and errors the rest is not read, because it is not needed.
async fn read_body(
    mut response: reqwest::Response,
    limit: BodyLimit,
    budget: &BodyBudget,
    answer: &mut Response<Bytes>,
) -> Result<(), TransportError> {
    let is_cut = !response.status().is_success() || limit == BodyLimit::SHORT;
    let limit = if is_cut { BodyLimit::SHORT } else { limit };
    // A long body does not grow in steps, each of which would copy it.
    let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let expected = if expected <= limit.0 { expected } else { 0 };
    let mut body = BytesMut::new();
    let mut has_share = false;
    while let Some(chunk) =
        response.chunk().await.map_err(|error| TransportError::NoAnswer(chain(&error.without_url())))?
    {
        if body.len() + chunk.len() > limit.0 {
            if is_cut {
                break;
            }
            return Err(TransportError::TooLong(limit));
        }
        if !has_share && expected.max(body.len() + chunk.len()) > BodyLimit::SHORT.0 {
            has_share = true;
            if let Some(share) = budget.share(limit).await {
                answer.extensions_mut().insert(share);
            }
            body.reserve(expected.saturating_sub(body.len()));
        }
        body.extend_from_slice(&chunk);
    }
    *answer.body_mut() = body.freeze();
    Ok(())
}

fn classify(error: &reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(chain(error))
    } else {
        TransportError::NoAnswer(chain(error))
    }
}

/// An error with its causes, because `reqwest` shows only the outermost error. Without the URL, which adds
/// nothing.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tower::ServiceExt as _;

    use super::*;

    /// The result for a server that never stops sending.
    async fn answer_of_an_endless_server(status: &'static str, limit: BodyLimit) -> Result<usize, TransportError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await;
            while socket.write_all(&[b'x'; 4096]).await.is_ok() {}
        });
        let options = HttpOptions {
            ca_bundle: None,
            idle_connections: 1,
            connect_timeout: Duration::from_secs(5),
            is_direct: true,
        };
        let transport = http_transport(&options, BodyBudget::new(BodyBudget::PROCESS)).unwrap();
        let request = Request::builder().uri(format!("http://{address}/")).extension(limit).body(Bytes::new()).unwrap();
        transport.oneshot(request).await.map(|answer| answer.body().len())
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_an_error() {
        let answer = answer_of_an_endless_server("200 OK", BodyLimit::ONE).await;
        assert!(matches!(answer, Err(TransportError::TooLong(BodyLimit::ONE))), "{answer:?}");
    }

    #[tokio::test]
    async fn an_error_and_a_short_answer_are_cut() {
        for (status, limit) in [("403 Forbidden", BodyLimit::ONE), ("200 OK", BodyLimit::SHORT)] {
            let length = answer_of_an_endless_server(status, limit).await.unwrap();
            assert!(length <= BodyLimit::SHORT.0, "{status}: {length}");
        }
    }
}
