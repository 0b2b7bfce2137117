//! What can go wrong with a call, in words a person can act on and nothing secret.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::TransportError;
use super::redact::KeyRedaction;

/// What the caller does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing will change until somebody changes something.
    Terminal,
    /// The same call may succeed later.
    Retry,
    /// The whole connection has to wait.
    Wait,
}

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoteError {
    /// 401: the key is not (or no longer) good.
    #[error("the API key was refused (401)")]
    Unauthorized,
    /// 403: the key may not do this.
    #[error("the API key may not do this (403): {0}")]
    Forbidden(String),
    /// 404 where something was expected.
    #[error("not found (404): {0}")]
    NotFound(String),
    /// 409.
    #[error("conflict (409): {0}")]
    Conflict(String),
    /// The API refuses what we sent.
    #[error("the API refused it ({status}): {detail}")]
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// Redacted words.
        detail: String,
    },
    /// `WF_1302`: the workspace takes only encoded inputs.
    #[error(
        "the workspace requires encoded inputs (WF_1302): encode `input` and put it in the resource in its encoded form"
    )]
    EncodingRequired,
    /// 429.
    #[error("the rate limit is reached (429)")]
    RateLimited {
        /// How long to stay away, if the answer says.
        retry_after: Option<Duration>,
    },
    /// 5xx: the effect is unknown.
    #[error("the API failed ({status}{}): it will be tried again", .code.as_deref().map(|code| format!(" {code}")).unwrap_or_default())]
    Unavailable {
        /// The status of the answer.
        status: StatusCode,
        /// The API's own code.
        code: Option<String>,
    },
    /// No answer.
    #[error("the API cannot be reached: {0}")]
    Transport(#[from] TransportError),
    /// An answer that is not the API's.
    #[error("not an answer of the API ({status}): {what}")]
    Malformed {
        /// The status of the answer.
        status: StatusCode,
        /// What is wrong.
        what: String,
    },
}

impl RemoteError {
    /// What the caller does about it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Unauthorized | Self::RateLimited { .. } => Kind::Wait,
            Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Refused { .. }
            | Self::EncodingRequired => Kind::Terminal,
            Self::Unavailable { .. } | Self::Transport(_) | Self::Malformed { .. } => Kind::Retry,
        }
    }

    /// Whether a mutating call that ended so may have had its effect.
    #[must_use]
    pub const fn may_have_landed(&self) -> bool {
        match self {
            Self::Unavailable { .. }
            | Self::Malformed { .. }
            | Self::Transport(TransportError::NoAnswer(_) | TransportError::TooLong(_)) => true,
            Self::Unauthorized
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Refused { .. }
            | Self::EncodingRequired
            | Self::RateLimited { .. }
            | Self::Transport(TransportError::NotSent(_)) => false,
        }
    }

    /// Whether what was sent may be why it failed: the API, or a gateway that reads what goes through it,
    /// says no to it.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Forbidden(_) | Self::Refused { .. } => true,
            Self::Unauthorized
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::EncodingRequired
            | Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Transport(_)
            | Self::Malformed { .. } => false,
        }
    }

    /// A short stable word for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Refused { .. } => "refused",
            Self::EncodingRequired => "encoding_required",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Transport(_) => "transport",
            Self::Malformed { .. } => "malformed",
        }
    }

    /// Reads an answer that is not a success. What it says is shown without the key, which a gateway may repeat.
    pub(super) fn from_answer(
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
        key: &KeyRedaction,
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let from_the_api = body.get("detail").is_some();
        let code = body.get("code").and_then(Value::as_str).map(|code| clean(&key.redact(code)));
        // The key is looked for before the text is cut: a part of it would be harder to find.
        let detail = || with_code(clean(&key.redact(&detail(&body))), code.as_deref());
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden(detail()),
            // A framework says "Not Found" of a route that it does not have: a deploy under way, a path
            // that an ingress strips. The API gives a reason, or a code.
            StatusCode::NOT_FOUND if from_the_api && (code.is_some() || body["detail"] != "Not Found") => {
                Self::NotFound(detail())
            }
            // A gateway's 404 says nothing of the schedule: taken for its absence, it would let a
            // deletion end while the schedule lives on.
            StatusCode::NOT_FOUND => {
                Self::Malformed { status, what: "a 404 that is not the API's: check serverUrl".into() }
            }
            StatusCode::CONFLICT => Self::Conflict(detail()),
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { retry_after },
            // A 408 comes from a proxy that gave up waiting: the effect is as unknown as after a 504.
            StatusCode::REQUEST_TIMEOUT => Self::Unavailable { status, code },
            _ if code.as_deref() == Some("WF_1302") => Self::EncodingRequired,
            _ if status.is_server_error() => Self::Unavailable { status, code },
            _ if status.is_client_error() => Self::Refused { status, detail: detail() },
            _ if status.is_redirection() => {
                Self::Malformed { status, what: "a redirect, which is never followed: check serverUrl".into() }
            }
            _ => Self::Malformed { status, what: "an unexpected status".into() },
        }
    }
}

/// The longest text of the remote that is kept. What is shown is cut after secrets are taken out of it.
const LONGEST: usize = 8192;

fn with_code(detail: String, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("{detail} [{code}]"),
        None => detail,
    }
}

/// The words of an error body, as far as it has one of the API's own shapes: an answer of another server is
/// nobody's to read through a connection. Of a validation error only `loc` and `msg` are taken, and nothing
/// about the input: its `input` echoes the request, and so the workflow's input.
fn detail(body: &Value) -> String {
    let deployments = body.get("deployments").and_then(Value::as_array);
    let is_gateways = body.get("object").and_then(Value::as_str) == Some("error") || body.get("request_id").is_some();
    match (body.get("detail"), deployments) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Array(errors)), _) => errors.iter().map(validation_error).collect::<Vec<_>>().join("; "),
        (_, Some(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            format!("several deployments of the workflow are active ({}): name one in deploymentName", names.join(", "))
        }
        (Some(_) | None, None) => {
            let message = body.get("message").and_then(Value::as_str).filter(|_| is_gateways);
            message.unwrap_or("no reason given").to_owned()
        }
    }
}

fn validation_error(error: &Value) -> String {
    let Some(loc) = error.get("loc").and_then(Value::as_array) else {
        return error.as_str().unwrap_or("no reason given").to_owned();
    };
    let path: Vec<String> =
        loc.iter().skip(1).map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
    if path.iter().any(|part| part == "input") {
        return "input: not accepted by the API".to_owned();
    }
    let message = error.get("msg").and_then(Value::as_str).unwrap_or("not accepted");
    format!("{}: {message}", path.join("."))
}

fn clean(text: &str) -> String {
    let mut cleaned: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        cleaned.push('…');
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> RemoteError {
        let key = KeyRedaction::new("the key of the tests".into());
        RemoteError::from_answer(StatusCode::from_u16(status).unwrap(), None, body.as_bytes(), &key)
    }

    #[test]
    fn a_validation_error_names_the_field_and_never_the_input() {
        let error = read(
            422,
            r#"{"detail":[{"type":"missing","loc":["body","schedule","calendars",0,"hour"],"msg":"Field required","input":{"password":"hunter2"}},
                {"type":"x","loc":["body","schedule","input","password"],"msg":"hunter2 is bad","input":"hunter2"}]}"#,
        );
        let text = error.to_string();
        assert!(text.contains("schedule.calendars.0.hour: Field required"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn words_of_another_server_are_not_shown() {
        for body in [r#"{"message":"root:x:0:0"}"#, r#"["root:x:0:0"]"#, "root:x:0:0", r#"{"error":"root:x:0:0"}"#] {
            assert!(!read(422, body).to_string().contains("root"), "{body}");
        }
    }

    #[test]
    fn an_ambiguous_workflow_names_its_deployments() {
        let text = read(409, r#"{"code":"AMBIGUOUS_WORKFLOW","deployments":["blue","green"]}"#).to_string();
        assert!(text.contains("(blue, green)") && text.contains("[AMBIGUOUS_WORKFLOW]"), "{text}");
    }

    #[test]
    fn a_domain_error_keeps_its_code() {
        let error = read(422, r#"{"detail":"Invalid schedule spec: x","code":"WF_1200"}"#);
        assert_eq!(
            error.to_string(),
            "the API refused it (422 Unprocessable Entity): Invalid schedule spec: x [WF_1200]"
        );
        assert_eq!(error.kind(), Kind::Terminal);
    }

    #[test]
    fn encoding_required_is_terminal_though_it_is_a_500() {
        assert_eq!(read(500, r#"{"detail":"An error occurred","code":"WF_1302"}"#).kind(), Kind::Terminal);
    }

    #[test]
    fn html_from_a_proxy_is_a_retry_of_unknown_outcome() {
        let error = read(502, "<html>Bad gateway</html>");
        assert_eq!(error.kind(), Kind::Retry);
        assert!(error.may_have_landed());
    }

    #[test]
    fn a_404_of_a_gateway_is_not_the_absence_of_a_schedule() {
        assert!(matches!(read(404, "<html>"), RemoteError::Malformed { .. }));
        assert!(matches!(read(404, r#"{"message":"no Route matched"}"#), RemoteError::Malformed { .. }));
        assert!(matches!(read(404, r#"{"detail":"Not Found"}"#), RemoteError::Malformed { .. }));
        assert!(matches!(read(404, r#"{"detail":"Schedule not found","code":"WF_1201"}"#), RemoteError::NotFound(_)));
    }

    #[test]
    fn a_rate_limit_is_known_to_have_had_no_effect() {
        let error = read(429, r#"{"object":"error","message":"Rate limit exceeded","code":"1300"}"#);
        assert_eq!(error.kind(), Kind::Wait);
        assert!(!error.may_have_landed());
    }
}
