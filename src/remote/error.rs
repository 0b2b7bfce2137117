//! The errors of a call. Their messages say what to do and contain no secrets.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::TransportError;
use super::redact::KeyRedaction;

/// How the caller handles an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A retry does not help until somebody changes something.
    Terminal,
    /// The same call may succeed later.
    Retry,
    /// All calls of the connection must wait.
    Wait,
}

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoteError {
    /// 401: the API key is not valid.
    #[error("the API refused the API key (401)")]
    Unauthorized,
    /// 403: the API key does not have the permission.
    #[error("the API key does not have the permission (403): {0}")]
    Forbidden(String),
    /// 404 for something that should exist.
    #[error("not found (404): {0}")]
    NotFound(String),
    /// 409.
    #[error("conflict (409): {0}")]
    Conflict(String),
    /// The API refuses the request.
    #[error("the API refused the request ({status}): {detail}")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The text of the API, without secrets.
        detail: String,
    },
    /// `WF_1302`: the workspace takes only encoded inputs.
    #[error("the workspace requires encoded inputs (WF_1302): encode the value of `input` in the resource")]
    EncodingRequired,
    /// 429.
    #[error("the rate limit of the API is reached (429)")]
    RateLimited {
        /// How long to wait, if the answer says it.
        retry_after: Option<Duration>,
    },
    /// 5xx: the effect is unknown.
    #[error("the API failed ({status}{}): the operator retries", .code.as_deref().map(|code| format!(" {code}")).unwrap_or_default())]
    Unavailable {
        /// The HTTP status.
        status: StatusCode,
        /// The error code of the API.
        code: Option<String>,
    },
    /// No answer.
    #[error("the API cannot be reached: {0}")]
    Transport(#[from] TransportError),
    /// An answer that the API would not send.
    #[error("unexpected answer ({status}): {what}")]
    Malformed {
        /// The HTTP status.
        status: StatusCode,
        /// What is wrong with it.
        what: String,
    },
}

impl RemoteError {
    /// How the caller handles this error.
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

    /// Whether a mutating call with this error may have had its effect.
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

    /// Whether the content of the request may be the cause: the API, or a gateway that inspects requests,
    /// refuses it.
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

    /// The value of the label `outcome` in metrics.
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

    /// Reads an answer that is not a success. The API key is removed from its text: a gateway may repeat the
    /// key.
    pub(super) fn from_answer(
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
        key: &KeyRedaction,
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let from_the_api = body.get("detail").is_some();
        let code = body.get("code").and_then(Value::as_str).map(|code| clean(&key.redact(code)));
        // The API key is removed before the text is cut, because a part of a key is harder to find.
        let detail = || with_code(clean(&key.redact(&detail(&body))), code.as_deref());
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden(detail()),
            // A web framework answers "Not Found" for a route that it does not have, for example during a
            // deployment or behind an ingress that removes a part of the path. The API itself adds a reason or
            // a code.
            StatusCode::NOT_FOUND if from_the_api && (code.is_some() || body["detail"] != "Not Found") => {
                Self::NotFound(detail())
            }
            // A 404 of a gateway does not mean that the schedule is missing. Otherwise a deletion would end
            // while the schedule still exists.
            StatusCode::NOT_FOUND => {
                Self::Malformed { status, what: "a 404 that is not from the API: check serverUrl".into() }
            }
            StatusCode::CONFLICT => Self::Conflict(detail()),
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { retry_after },
            // A 408 comes from a proxy that stopped waiting: as after a 504, the effect is unknown.
            StatusCode::REQUEST_TIMEOUT => Self::Unavailable { status, code },
            _ if code.as_deref() == Some("WF_1302") => Self::EncodingRequired,
            _ if status.is_server_error() => Self::Unavailable { status, code },
            _ if status.is_client_error() => Self::Refused { status, detail: detail() },
            _ if status.is_redirection() => {
                Self::Malformed { status, what: "a redirect; redirects are never followed: check serverUrl".into() }
            }
            _ => Self::Malformed { status, what: "unexpected HTTP status".into() },
        }
    }
}

/// The longest text of the remote that is kept. It is cut after secrets are removed from it.
const LONGEST: usize = 8192;

fn with_code(detail: String, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("{detail} [{code}]"),
        None => detail,
    }
}

/// The text of an error body, if the body has a shape that the API uses. Answers of other servers are not
/// shown, so that nobody can read them with a connection. Of a validation error only `loc` and `msg` are used:
/// its `input` repeats the request and thus the input of the workflow.
fn detail(body: &Value) -> String {
    let deployments = body.get("deployments").and_then(Value::as_array);
    let is_gateways = body.get("object").and_then(Value::as_str) == Some("error") || body.get("request_id").is_some();
    match (body.get("detail"), deployments) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Array(errors)), _) => errors.iter().map(validation_error).collect::<Vec<_>>().join("; "),
        (_, Some(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            format!(
                "the workflow has several active deployments ({}): set deploymentName to one of them",
                names.join(", ")
            )
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
        return "input: the API does not accept it".to_owned();
    }
    let message = error.get("msg").and_then(Value::as_str).unwrap_or("the API does not accept it");
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
    fn text_of_another_server_is_not_shown() {
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
            "the API refused the request (422 Unprocessable Entity): Invalid schedule spec: x [WF_1200]"
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
