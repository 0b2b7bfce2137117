//! The HTTP server: HTTP/1.1 over TCP around the core. It uses `hyper` rather than a framework, because a
//! fault closes connections without an answer, which frameworks do not let a handler do.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
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

/// The body of an answer.
type AnswerBody = BoxBody<Bytes, Infallible>;

/// Serves until `shutdown` is done, and then abandons open requests.
pub async fn serve(listener: TcpListener, sandbox: Sandbox, shutdown: impl Future<Output = ()>) {
    let shared = Arc::new(Mutex::new(Shared { sandbox, ahead: SignedDuration::ZERO }));
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&shared)))),
                // The client has gone, or there are no file descriptors left until other connections end.
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
    // An error is a connection that ended early, because of the client or of a fault.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: Request<Incoming>, shared: Arc<Mutex<Shared>>) -> Result<Response<AnswerBody>, Closed> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        let answer = json_answer(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "message": "Payload too large" }));
        return Ok(answer.map(|body| streamed(body, None)));
    };
    let request = Request::from_parts(head, body.to_bytes());
    let Reply { delay, response, repeat } = lock(&shared).handle(&request);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    response.map(|response| response.map(|body| streamed(body, repeat))).ok_or(Closed)
}

/// A body, and what follows it without an end.
fn streamed(body: Bytes, repeat: Option<Bytes>) -> AnswerBody {
    match repeat {
        None => Full::new(body).boxed(),
        Some(part) => {
            let parts = stream::once(std::future::ready(body)).chain(stream::repeat(part));
            BodyExt::boxed(StreamBody::new(parts.map(|part| Ok(Frame::data(part)))))
        }
    }
}

/// A panic while the lock was held would be a defect, but other requests are still answered.
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
        Reply { delay: Duration::ZERO, response: Some(controlled.answer), repeat: None }
    }
}
