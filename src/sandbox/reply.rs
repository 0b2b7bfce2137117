//! The reply to a request.

use std::time::Duration;

use bytes::Bytes;

/// The reply to a request.
#[derive(Debug)]
pub struct Reply {
    /// How long the server waits before it answers or closes the connection.
    pub delay: Duration,
    /// `None`: the connection closes without an answer.
    pub response: Option<http::Response<Bytes>>,
    /// What the server sends after the response's body, again and again until the client closes the
    /// connection. `None`: the body ends.
    pub repeat: Option<Bytes>,
}
