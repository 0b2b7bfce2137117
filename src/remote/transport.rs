//! How requests travel: a `tower` service, so that tests can put anything behind the client.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tower::util::BoxCloneSyncService;

/// Carries a request to the remote and its whole answer back.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, TransportError>;

/// Why no answer came.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransportError {
    /// The request never reached the remote: it cannot have had an effect.
    #[error("could not connect: {0}")]
    NotSent(String),
    /// The request may have reached the remote: its effect is unknown.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// What a connection says about HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// PEM certificates to trust besides the system's.
    pub ca_bundle: Option<String>,
    /// The most connections that are kept open while idle.
    pub idle_connections: usize,
    /// How long connecting may take.
    pub connect_timeout: Duration,
}

/// A transport over real sockets. Redirects are never followed: they could carry the key away.
///
/// # Errors
/// A CA bundle that is no PEM, or a TLS set-up that cannot be built.
pub fn http_transport(options: &HttpOptions) -> Result<Transport, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .pool_max_idle_per_host(options.idle_connections)
        .pool_idle_timeout(Duration::from_secs(55))
        .user_agent(concat!("workflow-schedule-operator/", env!("CARGO_PKG_VERSION")));
    if let Some(pem) = &options.ca_bundle {
        let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes())
            .map_err(|error| format!("caBundle is not a PEM bundle: {error}"))?;
        builder = builder.tls_certs_merge(certificates);
    }
    let client = builder.build().map_err(|error| format!("cannot set up HTTP: {}", chain(&error)))?;
    Ok(BoxCloneSyncService::new(tower::service_fn(move |request| send(client.clone(), request))))
}

async fn send(client: reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
    let request = reqwest::Request::try_from(request).map_err(|error| TransportError::NotSent(chain(&error)))?;
    let response = client.execute(request).await.map_err(|error| classify(&error.without_url()))?;
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() =
        response.bytes().await.map_err(|error| TransportError::NoAnswer(chain(&error.without_url())))?;
    Ok(answer)
}

fn classify(error: &reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::NotSent(chain(error))
    } else {
        TransportError::NoAnswer(chain(error))
    }
}

/// An error with its causes: `reqwest` hides the interesting one, and the URL adds nothing.
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
