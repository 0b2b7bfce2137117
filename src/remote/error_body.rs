//! Reads the answer to a call that failed. Codes decide first, then whole phrases, never single words.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::error::RemoteError;
use super::redact::KeyRedaction;

/// The workflow has several active deployments.
const AMBIGUOUS_WORKFLOW: &str = "AMBIGUOUS_WORKFLOW";
/// The workspace takes only encoded inputs.
const ENCODING_REQUIRED: &str = "WF_1302";

/// There is no execution of this id, or no longer: a 500.
pub(super) const NO_SUCH_EXECUTION: &str = "WF_1105";
/// There is no schedule of this id.
const NO_SUCH_SCHEDULE: &str = "WF_1201";

/// How an existing id is reported, in lower case: by the engine, by its client for Go, and by others. The text of
/// the API is not known.
const TAKEN: [&str; 3] = ["schedule already running", "schedule with this id is already registered", "already exists"];

impl RemoteError {
    /// Reads an answer that is not a success. The API key is removed from its text: a gateway may repeat the
    /// key.
    pub(super) fn from_answer(
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
        key: &KeyRedaction,
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let code = body.get("code").and_then(Value::as_str).map(|code| clean(&key.redact(code)));
        let from_the_api = body.get("detail").is_some() || code.as_deref() == Some(NO_SUCH_SCHEDULE);
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
            StatusCode::CONFLICT if code.as_deref() == Some(AMBIGUOUS_WORKFLOW) => Self::Ambiguous(detail()),
            StatusCode::CONFLICT => Self::Conflict(detail()),
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { retry_after },
            // A 408 comes from a proxy that stopped waiting: as after a 504, the effect is unknown.
            StatusCode::REQUEST_TIMEOUT => Self::Unavailable { status, code },
            _ if code.as_deref() == Some(ENCODING_REQUIRED) => Self::EncodingRequired,
            _ if status.is_server_error() => Self::Unavailable { status, code },
            _ if status.is_client_error() && says_taken(code.as_deref(), &detail()) => {
                Self::AlreadyExists { status, detail: detail() }
            }
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

/// Whether a refusal says that the id exists already. "The workflow does not exist" says something else.
fn says_taken(code: Option<&str>, detail: &str) -> bool {
    let detail = detail.to_lowercase();
    code != Some(NO_SUCH_SCHEDULE) && TAKEN.iter().any(|phrase| detail.contains(phrase))
}

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
    use super::super::error::Kind;
    use super::*;

    fn read(status: u16, body: &str) -> RemoteError {
        let key = KeyRedaction::new("the key of the tests".into());
        RemoteError::from_answer(StatusCode::from_u16(status).unwrap(), None, body.as_bytes(), &key)
    }

    #[test]
    fn every_answer_has_a_label_that_metrics_know() {
        let labels: std::collections::BTreeSet<_> = (300..600).map(|status| read(status, "").label()).collect();
        assert!(labels.iter().all(|label| RemoteError::LABELS.contains(label)), "{labels:?}");
        assert!(labels.len() >= 6, "{labels:?}");
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
    fn only_a_whole_phrase_says_that_an_id_is_taken() {
        for taken in [
            r#"{"detail":"Schedule already exists","code":"WF_1200"}"#,
            r#"{"detail":"Schedule already running"}"#,
            r#"{"detail":"schedule with this ID is already registered","code":"WF_1200"}"#,
            r#"{"detail":[{"loc":["body","schedule_id"],"msg":"a schedule with this id already exists"}]}"#,
        ] {
            assert!(matches!(read(422, taken), RemoteError::AlreadyExists { .. }), "{taken}");
            assert!(matches!(read(400, taken), RemoteError::AlreadyExists { .. }), "{taken}");
        }
        for other in [
            r#"{"detail":"Workflow report does not exist","code":"WF_1200"}"#,
            r#"{"detail":"the deployment does not exist or has no existing worker"}"#,
            r#"{"detail":"max_executions: must be below the existing count"}"#,
            r#"{"detail":"the deployment must already exist"}"#,
            r#"{"detail":"it is gone; another one already exists","code":"WF_1201"}"#,
            r#"{"exists":"already exists"}"#,
        ] {
            assert!(matches!(read(422, other), RemoteError::Refused { .. }), "{other}");
        }
        assert!(matches!(read(404, r#"{"detail":"already exists","code":"WF_1201"}"#), RemoteError::NotFound(_)));
        assert!(matches!(read(403, r#"{"detail":"already exists"}"#), RemoteError::Forbidden(_)));
    }

    #[test]
    fn a_workflow_is_ambiguous_by_its_code_alone() {
        assert!(matches!(read(409, r#"{"code":"AMBIGUOUS_WORKFLOW","deployments":["a"]}"#), RemoteError::Ambiguous(_)));
        assert!(matches!(read(409, r#"{"detail":"no AMBIGUOUS_WORKFLOW: the id exists"}"#), RemoteError::Conflict(_)));
    }

    #[test]
    fn an_execution_that_was_purged_is_not_found_though_it_is_a_500() {
        let purged = read(500, r#"{"detail":"An error occurred","code":"WF_1105"}"#);
        assert!(matches!(purged, RemoteError::Unavailable { code: Some(code), .. } if code == NO_SUCH_EXECUTION));
        let generic = r#"{"object":"error","message":"no such schedule","code":"WF_1201"}"#;
        assert!(matches!(read(404, generic), RemoteError::NotFound(_)));
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
