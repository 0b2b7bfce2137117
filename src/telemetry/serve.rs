//! `/metrics`, `/healthz` and `/readyz`.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::{Health, Metrics};

/// The content type of the Prometheus text format.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves requests until `shutdown` completes.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let text = move || async move { ([(header::CONTENT_TYPE, METRICS_TYPE)], metrics.text()) };
    let ready = move || async move {
        match health.unready() {
            None => (StatusCode::OK, "ready".to_owned()).into_response(),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
        }
    };
    let router = Router::new()
        .route("/metrics", get(text))
        .route("/healthz", get(async || "alive"))
        .route("/readyz", get(ready));
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}
