//! Any error: its status, its headers and its body. The first lines of the input are the status, `Retry-After`,
//! `retry-after-ms` and bytes that say how the API key is spelled; the rest is the body, in which a byte 1 stands
//! for the key. However it is spelled, the key is never shown; the text has a bound, and so has the wait.

#![no_main]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workflow_schedule_operator::remote::{RemoteError, ScheduleId};
use workflow_schedule_operator_fuzz::remote::{KEY, Remote};
use workflow_schedule_operator_fuzz::seed;

/// The text and the code are cut at 8192 characters each.
const LONGEST: usize = 2 * 8193 + 200;
/// So many consecutive characters of the key are a part of it.
const PART: usize = 12;
/// How deep the key may be encoded. The JSON of the body is not counted.
const DEPTH: usize = 3;

thread_local! {
    static REMOTE: Remote = Remote::new();
}

fuzz_target!(init: seed(SEEDS), |bytes: &[u8]| {
    let mut parts = bytes.splitn(5, |byte| *byte == b'\n');
    let [status, after, after_ms, spelling] = [(); 4].map(|()| parts.next().unwrap_or_default());
    let body = parts.next().unwrap_or_default();
    let status = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok()).unwrap_or(422);
    let Ok(status) = StatusCode::from_u16(status) else { return };
    let spelled = spelled(spelling);
    let body = body.split(|byte| *byte == 1).collect::<Vec<_>>().join(spelled.as_bytes());
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = status;
    for (name, value) in [("retry-after", after), ("retry-after-ms", after_ms)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            answer.headers_mut().insert(name, value);
        }
    }
    let id = ScheduleId::new("acme.shop.report");
    REMOTE.with(|remote| {
        let failed = [
            remote.call(&answer, async |client| client.trigger(&id, None).await),
            remote.call(&answer, async |client| client.whoami().await.map(drop)),
            remote.call(&answer, async |client| client.list(None, 1000).await.map(drop)),
        ];
        for error in failed.into_iter().filter_map(Result::err).filter(|_| !status.is_success()) {
            check(&error, &spelled);
        }
        let is_gone = remote.call(&answer, async |client| client.delete(&id).await).is_ok();
        let is_the_apis = json.get("detail").is_some() || json.get("code").is_some_and(|code| code == "WF_1201");
        let is_told = status == StatusCode::NOT_FOUND && is_the_apis;
        assert!(!is_gone || status.is_success() || is_told, "a deletion ends with {status} {json}");
    });
});

fn check(error: &RemoteError, spelled: &str) {
    let text = error.to_string();
    assert!(text.chars().count() <= LONGEST, "{} characters", text.chars().count());
    let all = format!("{text}\n{error:?}");
    assert!(!all.contains(spelled), "{spelled} in {all}");
    if let Ok(decoded) = serde_json::from_str::<String>(&format!("\"{spelled}\"")) {
        assert!(!text.contains(&decoded), "{decoded} in {text}");
    }
    let (lower, key) = (all.to_lowercase(), KEY.to_lowercase());
    let shown = key.as_bytes().windows(PART).find(|part| lower.as_bytes().windows(PART).any(|window| window == *part));
    assert_eq!(shown, None, "a part of the key in {all}");
    assert!(!text.chars().any(|c| c.is_control()), "{text:?}");
    if let RemoteError::RateLimited { retry_after } = error {
        assert!(retry_after.is_none_or(|wait| wait <= Duration::from_mins(5)), "{retry_after:?}");
    }
}

/// The key in the spelling that these bytes choose: the first chooses a form of the whole, the others that of each
/// character in turn.
fn spelled(bytes: &[u8]) -> String {
    let (&first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let around = String::from_utf8_lossy(rest);
    let (form, outer) = (first % 8, usize::from(first / 8) % DEPTH);
    let (spelled, depth) = match form {
        0 => (STANDARD.encode(format!("{around}{KEY}")), 1),
        1 => (URL_SAFE.encode(format!("{KEY}{around}")), 1),
        2 => (KEY.bytes().map(|byte| format!("{byte:02x}")).collect(), 1),
        3 => (KEY.to_uppercase(), 0),
        4 => (KEY.get(usize::from(first / 8) % 12..).unwrap_or(KEY).to_owned(), 0),
        _ => {
            let forms = rest.iter().copied().chain(std::iter::repeat(0));
            (KEY.chars().zip(forms).map(|(c, form)| spell(c, form)).collect(), 1)
        }
    };
    let mut spelled: String = spelled;
    for _ in 0..outer.min(DEPTH - depth) {
        spelled = spelled
            .bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect();
    }
    // Half of them within JSON that is a text of the body's JSON.
    if first & 0x80 == 0 { spelled } else { spelled.replace('\\', "\\\\") }
}

fn spell(c: char, form: u8) -> String {
    let code = u32::from(c);
    match form % 8 {
        1 => format!("\\u{code:04x}"),
        2 => format!("%{code:02X}"),
        3 => format!("&#{code};"),
        4 => format!("&#x{code:x};"),
        5 => format!("\\x{code:02x}"),
        6 => format!("\\u{{{code:x}}}"),
        7 => c.to_ascii_uppercase().to_string(),
        _ => c.to_string(),
    }
}

/// A body of each shape, with the key in different spellings.
const SEEDS: [&str; 18] = [
    "401\n\n\n\u{5}\n{\"detail\":\"bad key \u{1}\"}",
    "403\n\n\n\u{0}ab\n{\"detail\":\"Bearer \u{1}\",\"code\":\"WF_1000\"}",
    "404\n\n\n\u{5}\u{1}\n{\"detail\":\"Schedule not found \u{1}\",\"code\":\"WF_1201\"}",
    "404\n\n\n\n{\"detail\":\"Not Found\"}",
    "404\n\n\n\n<html>\u{1}</html>",
    "408\n\n\n\n",
    "409\n\n\n\u{d}\u{2}\u{2}\n{\"code\":\"AMBIGUOUS_WORKFLOW\",\"deployments\":[\"blue\",\"\u{1}\"]}",
    "422\n\n\n\u{1}\n{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"schedule\",\"calendars\",0,\"hour\"],\"msg\":\"Field required \u{1}\",\"input\":{}}]}",
    "422\n\n\n\u{2}\n{\"detail\":[\"plain \u{1}\"],\"code\":\"\u{1}\"}",
    "422\n\n\n\u{5}\u{6}\u{5}\n{\"object\":\"error\",\"message\":\"\u{1}\",\"type\":\"invalid\"}",
    "429\n2\n\n\n{\"object\":\"error\",\"message\":\"Rate limit exceeded\",\"code\":\"1300\"}",
    "429\nTue, 24 Nov 2026 12:00:07 GMT\n\n\n{}",
    "429\n86400\n1500.5\n\n{}",
    "429\n-3\nNaN\n\n{}",
    "500\n\n\n\u{3}\n{\"detail\":\"An error occurred \u{1}\",\"code\":\"WF_1302\"}",
    "502\n\n\n\u{4}\n{\"code\":\"\u{1}\",\"request_id\":\"r\",\"message\":\"\u{1}\"}",
    "307\n\n\n\n",
    "200\n\n\n\n\u{1}",
];
