//! What a request is replied with: the answer of its call, or its fault.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::answer::{
    Answer, Failure, domain_status, gateway_status, generic_status, html_status, json_text, rate_limited,
};
use super::calls::Call;
use super::echo::echo;
use super::large::Large;
use super::reply::Reply;
use super::{Body, Fault, Sandbox, Unauthorized, random_id};

/// An answer, and how long it takes.
#[derive(Debug)]
struct Timed {
    delay: SignedDuration,
    answer: Option<Answer>,
    repeat: Option<Bytes>,
}

impl Timed {
    /// No answer.
    const CLOSED: Self = Self { delay: SignedDuration::ZERO, answer: None, repeat: None };

    fn after(self, delay: SignedDuration) -> Self {
        Self { delay: self.delay.saturating_add(delay), ..self }
    }

    fn map(self, change: impl FnOnce(Answer) -> Answer) -> Self {
        Self { answer: self.answer.map(change), ..self }
    }
}

impl From<Answer> for Timed {
    fn from(answer: Answer) -> Self {
        Self { answer: Some(answer), ..Self::CLOSED }
    }
}

impl Sandbox {
    /// Runs a call, or applies its fault. A request that is no valid call (`Err`) has no effect that could
    /// be late or lost. `key` is the API key of the request.
    pub(super) fn reply(
        &mut self,
        call: Result<Call, Answer>,
        fault: Option<Fault>,
        latency: SignedDuration,
        key: &str,
    ) -> Reply {
        let timed = match fault {
            None | Some(Fault::Latency { .. }) => self.effect(&call),
            Some(Fault::Status { status, body }) => self.status(status, body).into(),
            Some(Fault::RateLimited { retry_after_ms, retry_after }) => {
                rate_limited(retry_after_ms, retry_after.as_deref()).into()
            }
            Some(Fault::DropBefore) => Timed::CLOSED,
            Some(Fault::DropAfter) => {
                self.effect(&call);
                Timed::CLOSED
            }
            Some(Fault::StatusAfter { status }) => {
                self.effect(&call);
                self.status(status, Body::Domain).into()
            }
            Some(Fault::LateReply { delay }) => self.effect(&call).after(delay),
            Some(Fault::LateEffect { delay }) => {
                if let Ok(call) = call {
                    let at = self.now.checked_add(delay).unwrap_or(Timestamp::MAX);
                    self.late.insert((at, self.called), call);
                }
                Timed::CLOSED
            }
            Some(Fault::LargeBody { status, content, size, endless }) => {
                let Large { body, repeat } = content.body(size, endless);
                let answer = json_text(status_code(status), body);
                Timed { repeat, ..answer.into() }
            }
            Some(Fault::ReplaceField { field, with }) => self.effect(&call).map(|answer| with.apply(&field, answer)),
            Some(Fault::EchoKey { status, spelling }) => {
                echo(status_code(status), spelling, key, &random_id(&mut self.random)).into()
            }
        };
        let Timed { delay, answer, repeat } = timed.after(latency);
        Reply { delay: Duration::try_from(delay).unwrap_or_default(), response: answer, repeat }
    }

    fn effect(&mut self, call: &Result<Call, Answer>) -> Timed {
        match call {
            Ok(call) => {
                let (answer, delay) = self.run(call);
                Timed::from(answer).after(delay)
            }
            Err(answer) => answer.clone().into(),
        }
    }

    /// The answer to an unknown key.
    pub(super) fn unauthorized(&mut self) -> Answer {
        match self.settings.unauthorized {
            Unauthorized::Detail => Failure::plain(StatusCode::UNAUTHORIZED).into(),
            Unauthorized::Message => gateway_status(StatusCode::UNAUTHORIZED, &random_id(&mut self.random)),
        }
    }

    fn status(&mut self, status: u16, body: Body) -> Answer {
        let status = status_code(status);
        match body {
            Body::Domain => domain_status(status),
            Body::Gateway => gateway_status(status, &random_id(&mut self.random)),
            Body::Html => html_status(status),
            Body::Generic => generic_status(status),
        }
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
