//! The edge: HTTP/1.1 over TCP around the core. It is `hyper` itself rather than a framework, since a
//! fault closes connections without an answer, which frameworks do not let a handler do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use super::answer::json as json_answer;
use super::{Reply, Sandbox};

/// The sandbox with its clock.
#[derive(Debug)]
struct Shared {
    sandbox: Sandbox,
    /// How far the sandbox's clock is ahead of the machine's.
    ahead: SignedDuration,
}

/// No answer: the connection closes.
#[derive(Debug, thiserror::Error)]
#[error("closed by a fault")]
struct Closed;

/// The largest request body, above the largest input.
const LARGEST_BODY: usize = 8 << 20;

/// Serves until `shutdown` is done; what is under way then is abandoned.
pub async fn serve(listener: TcpListener, sandbox: Sandbox, shutdown: impl Future<Output = ()>) {
    let shared = Arc::new(Mutex::new(Shared { sandbox, ahead: SignedDuration::ZERO }));
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&shared)))),
                // A client that is gone already, or no file descriptors left until others end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => {}
    }
}

async fn connection(stream: TcpStream, shared: Arc<Mutex<Shared>>) {
    // Answers are small and awaited: without this the kernel may hold them back.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(request, Arc::clone(&shared)));
    // An error is a connection that ended early, which is a matter of the client or of a fault.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: Request<Incoming>, shared: Arc<Mutex<Shared>>) -> Result<Response<Full<Bytes>>, Closed> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        let answer = json_answer(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "message": "Payload too large" }));
        return Ok(answer.map(Full::new));
    };
    let request = Request::from_parts(head, body.to_bytes());
    let Reply { delay, response } = lock(&shared).handle(&request);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    response.map(|response| response.map(Full::new)).ok_or(Closed)
}

/// A panic while the lock was held would be a defect, but no reason to answer nobody any more.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn handle(&mut self, request: &Request<Bytes>) -> Reply {
        let now = Timestamp::now().checked_add(self.ahead).unwrap_or(Timestamp::MAX);
        if !request.uri().path().starts_with("/sandbox/") {
            return self.sandbox.handle(request, now);
        }
        let controlled = self.sandbox.control(request, now);
        self.ahead = self.ahead.saturating_add(controlled.forward);
        Reply { delay: Duration::ZERO, response: Some(controlled.answer) }
    }
}
