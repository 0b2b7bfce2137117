//! `/metrics`, `/healthz` and `/readyz`.
//!
//! The port is open to all of the cluster. A client that sends half a request must not keep a probe waiting, nor
//! take the descriptors that calls need: headers have a time limit, and so many connections at most are open.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tower::ServiceExt as _;

use super::metrics::preferences;
use super::{Format, Health, Metrics};

/// A client that has not sent its headers by then is cut off, and so is one that asks nothing more.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
/// So many connections may be open; one more closes the oldest.
const MOST_CONNECTIONS: usize = 64;
/// Without descriptors nothing can be accepted until something is closed.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves requests until `shutdown` completes.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let router = router(metrics, health);
    let accept = async {
        let mut connections = Connections::default();
        loop {
            match listener.accept().await {
                Ok((stream, _)) => connections.serve(stream, router.clone()),
                Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => {}
    }
}

fn router(metrics: Arc<Metrics>, health: Arc<Health>) -> Router {
    let text = move |headers: HeaderMap| async move {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let format = Format::accepted(text(header::ACCEPT));
        let content_type = (header::CONTENT_TYPE, format.content_type());
        if accepts_gzip(text(header::ACCEPT_ENCODING)) {
            ([content_type, (header::CONTENT_ENCODING, "gzip")], metrics.gzip(format)).into_response()
        } else {
            ([content_type], metrics.text(format)).into_response()
        }
    };
    let alive = health.clone();
    let alive = move || async move {
        match alive.stuck() {
            None => (StatusCode::OK, "alive".to_owned()),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
        }
    };
    let ready = move || async move {
        match health.unready() {
            None => (StatusCode::OK, "ready".to_owned()).into_response(),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
        }
    };
    Router::new().route("/metrics", get(text)).route("/healthz", get(alive)).route("/readyz", get(ready))
}

/// Whether a client accepts gzip, by its header `Accept-Encoding`.
fn accepts_gzip(accept_encoding: &str) -> bool {
    preferences(accept_encoding).any(|(encoding, quality)| encoding == "gzip" && quality > 0.0)
}

/// The connections that are open. Dropped, they are closed.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    oldest_first: VecDeque<AbortHandle>,
}

impl Connections {
    fn serve(&mut self, stream: TcpStream, router: Router) {
        while self.tasks.try_join_next().is_some() {}
        self.oldest_first.retain(|connection| !connection.is_finished());
        if self.oldest_first.len() >= MOST_CONNECTIONS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            oldest.abort();
        }
        self.oldest_first.push_back(self.tasks.spawn(serve_connection(stream, router)));
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    let service = service_fn(move |request| router.clone().oneshot(request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(stream), service);
    // A client that breaks off is no concern of ours.
    drop(connection.await);
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn the_client_chooses_whether_it_is_compressed() {
        for (accept, is_gzip) in [
            ("", false),
            ("gzip", true),
            ("deflate, gzip;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("br, zstd", false),
        ] {
            assert_eq!(accepts_gzip(accept), is_gzip, "{accept}");
        }
    }

    #[tokio::test]
    async fn a_probe_is_answered_whatever_half_requests_are_open() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::default(), Arc::default(), std::future::pending()));
        let mut half = Vec::new();
        for _ in 0..4 * MOST_CONNECTIONS {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
            half.push(stream);
        }
        let mut probe = TcpStream::connect(address).await.unwrap();
        probe.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        probe.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("alive"), "{answer}");
        // The first ones were closed for those that came later.
        assert!(half[0].read(&mut [0; 64]).await.is_ok_and(|read| read == 0) || half[0].write_all(b"x").await.is_err());
    }
}
