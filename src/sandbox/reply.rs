//! What becomes of a request: the answer to its call, or its fault.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::answer::{Answer, Failure, domain_status, gateway_status, html_status, rate_limited};
use super::calls::Call;
use super::{Body, Fault, Sandbox, Unauthorized, random_id};

/// What becomes of a request.
#[derive(Debug)]
pub struct Reply {
    /// How long the edge waits before it answers or closes.
    pub delay: Duration,
    /// `None`: the connection is closed without an answer.
    pub response: Option<http::Response<Bytes>>,
}

impl Sandbox {
    /// Lets a call take effect or meet its fault. One that comes to nothing (`Err`) has no effect that
    /// could be late or lost.
    pub(super) fn reply(&mut self, call: Result<Call, Answer>, fault: Option<Fault>, latency: SignedDuration) -> Reply {
        let effect = |sandbox: &mut Self| match &call {
            Ok(call) => sandbox.run(call),
            Err(answer) => answer.clone(),
        };
        let (delay, response) = match fault {
            None | Some(Fault::Latency { .. }) => (SignedDuration::ZERO, Some(effect(self))),
            Some(Fault::Status { status, body }) => (SignedDuration::ZERO, Some(self.status(status, body))),
            Some(Fault::RateLimited { retry_after_ms, retry_after }) => {
                (SignedDuration::ZERO, Some(rate_limited(retry_after_ms, retry_after.as_deref())))
            }
            Some(Fault::DropBefore) => (SignedDuration::ZERO, None),
            Some(Fault::DropAfter) => {
                effect(self);
                (SignedDuration::ZERO, None)
            }
            Some(Fault::StatusAfter { status }) => {
                effect(self);
                (SignedDuration::ZERO, Some(self.status(status, Body::Domain)))
            }
            Some(Fault::LateReply { delay }) => (delay, Some(effect(self))),
            Some(Fault::LateEffect { delay }) => {
                if let Ok(call) = call {
                    let at = self.now.checked_add(delay).unwrap_or(Timestamp::MAX);
                    self.late.insert((at, self.called), call);
                }
                (SignedDuration::ZERO, None)
            }
        };
        let delay = Duration::try_from(delay.saturating_add(latency)).unwrap_or_default();
        Reply { delay, response }
    }

    /// A key that nobody has.
    pub(super) fn unauthorized(&mut self) -> Answer {
        match self.settings.unauthorized {
            Unauthorized::Detail => Failure::plain(StatusCode::UNAUTHORIZED).into(),
            Unauthorized::Message => gateway_status(StatusCode::UNAUTHORIZED, &random_id(&mut self.random)),
        }
    }

    fn status(&mut self, status: u16, body: Body) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match body {
            Body::Domain => domain_status(status),
            Body::Gateway => gateway_status(status, &random_id(&mut self.random)),
            Body::Html => html_status(status),
        }
    }
}
