//! Answers, in all the shapes of the API, its gateway and a proxy.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use super::request::Issue;

/// A whole answer.
pub(super) type Answer = Response<Bytes>;

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    // Every body is made of strings, numbers and JSON values, which always serialize.
    let body = serde_json::to_vec(body).unwrap_or_default();
    json_text(status, body)
}

/// The same, of a text that is JSON already.
pub(super) fn json_text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    with_type(status, "application/json", body.into())
}

/// 204.
pub(super) fn no_content() -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

fn with_type(status: StatusCode, content_type: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// Why a call fails.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request does not fit the API's models.
    Invalid(Vec<Issue>),
    /// A refusal of the API, with its code if there is one.
    Domain { status: StatusCode, detail: String, code: Option<&'static str> },
    /// The workflow has several deployments. This body has no `detail`.
    Ambiguous { deployments: Vec<String> },
}

/// "The spec or the arguments are bad", or, as a 5xx, "not ready, or of unknown outcome".
pub(super) const WF_1200: &str = "WF_1200";
/// "No such schedule".
pub(super) const WF_1201: &str = "WF_1201";
/// "The platform failed".
pub(super) const WF_1103: &str = "WF_1103";
/// "Payloads must be encoded".
pub(super) const WF_1302: &str = "WF_1302";
/// "The workflow has several deployments".
const AMBIGUOUS_WORKFLOW: &str = "AMBIGUOUS_WORKFLOW";

/// The only detail that the API gives of a 5xx.
const SERVER_ERROR: &str = "An error occurred";

impl Failure {
    /// An error in one part of the request.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::domain(StatusCode::UNPROCESSABLE_ENTITY, detail, Some(WF_1200))
    }

    /// A failure with the API's code.
    pub fn domain(status: StatusCode, detail: impl Into<String>, code: Option<&'static str>) -> Self {
        let detail = if status.is_server_error() { SERVER_ERROR.into() } else { detail.into() };
        Self::Domain { status, detail, code }
    }

    /// A failure of the web framework, which has no codes.
    pub fn plain(status: StatusCode) -> Self {
        Self::Domain { status, detail: status.canonical_reason().unwrap_or_default().into(), code: None }
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Invalid(issues) => json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "detail": issues })),
            Failure::Domain { status, detail, code: Some(code) } => {
                json(status, &json!({ "detail": detail, "code": code }))
            }
            Failure::Ambiguous { deployments } => {
                json(StatusCode::CONFLICT, &json!({ "code": AMBIGUOUS_WORKFLOW, "deployments": deployments }))
            }
            Failure::Domain { status, detail, code: None } => json(status, &json!({ "detail": detail })),
        }
    }
}

/// A status as the API itself reports it.
pub(super) fn domain_status(status: StatusCode) -> Answer {
    let code = if status.is_server_error() { WF_1103 } else { WF_1200 };
    Failure::domain(status, "Refused by a fault", Some(code)).into()
}

/// A status as the gateway before the API reports it.
pub(super) fn gateway_status(status: StatusCode, request_id: &str) -> Answer {
    let message = status.canonical_reason().unwrap_or_default();
    json(status, &json!({ "message": message, "request_id": request_id }))
}

/// A status in the vendor's generic shape.
pub(super) fn generic_status(status: StatusCode) -> Answer {
    let message = status.canonical_reason().unwrap_or_default();
    let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
    let body = json!({ "object": "error", "message": message, "type": kind, "param": null, "code": null });
    json(status, &body)
}

/// A status as a proxy reports it.
pub(super) fn html_status(status: StatusCode) -> Answer {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n"
    );
    with_type(status, "text/html", Bytes::from(page))
}

/// The gateway's 429.
pub(super) fn rate_limited(retry_after_ms: Option<u64>, retry_after: Option<&str>) -> Answer {
    let body = json!({
        "object": "error", "message": "Rate limit exceeded", "type": "rate_limited", "param": null, "code": "1300",
    });
    let mut answer = json(StatusCode::TOO_MANY_REQUESTS, &body);
    let millis = retry_after_ms.map(HeaderValue::from);
    let text = retry_after.and_then(|text| HeaderValue::from_str(text).ok());
    for (name, value) in [("retry-after-ms", millis), ("retry-after", text)] {
        if let Some(value) = value {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
