//! Errors that repeat the caller's API key, in the spellings that a client must redact.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::{Answer, json_text};

/// How the key is written in the JSON of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelling {
    /// As it is.
    Plain,
    /// Each `/` as `\/`.
    EscapedSlash,
    /// Each character as `\uXXXX`.
    Unicode,
    /// Each byte as `%XX`.
    Percent,
    /// The key in base64.
    Base64,
    /// The header's value, `Bearer KEY`, in base64.
    Base64Header,
}

/// Stands for the key until the JSON is text: only there an escape can be chosen.
const PLACEHOLDER: &str = "KEY-PLACEHOLDER";

/// An error that repeats the key.
pub(super) fn echo(status: StatusCode, spelling: Spelling, key: &str, request_id: &str) -> Answer {
    let said = format!("Bearer {PLACEHOLDER} is not accepted");
    let body = match status {
        StatusCode::UNAUTHORIZED => json!({ "detail": format!("Unauthorized: {said}") }),
        StatusCode::FORBIDDEN => json!({ "message": format!("Forbidden: {said}"), "request_id": request_id }),
        StatusCode::UNPROCESSABLE_ENTITY => json!({ "detail": [{
            "type": "value_error",
            "loc": ["header", "authorization"],
            "msg": format!("Value error, {said}"),
            "input": format!("Bearer {PLACEHOLDER}"),
        }]}),
        _ => json!({ "object": "error", "message": said, "type": "invalid_request", "param": null, "code": null }),
    };
    json_text(status, body.to_string().replace(PLACEHOLDER, &spelling.write(key)))
}

impl Spelling {
    /// The key as it stands in a JSON string.
    fn write(self, key: &str) -> String {
        match self {
            Self::Plain => in_json(key),
            Self::EscapedSlash => in_json(key).replace('/', "\\/"),
            Self::Unicode => key.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat(),
            Self::Percent => key.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat(),
            Self::Base64 => STANDARD.encode(key),
            Self::Base64Header => STANDARD.encode(format!("Bearer {key}")),
        }
    }
}

fn in_json(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}
