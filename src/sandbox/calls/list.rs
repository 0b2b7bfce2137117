//! LIST: newest first, page by page, perhaps late, perhaps in part.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, json};
use crate::sandbox::engine::{Schedule, Sequence};
use crate::sandbox::output::{Output, Partial};
use crate::sandbox::request::Reader;
use crate::sandbox::settings::Settings;

/// What is asked for.
#[derive(Debug, Default)]
struct Query {
    workflow_name: Option<String>,
    search: Option<String>,
    user_id: Option<String>,
    paused: Option<bool>,
    page_size: Option<usize>,
    token: Option<String>,
}

impl Call {
    pub(super) fn list(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        let query = Query::read(&self.query)?;
        let before = query.token.as_deref().map(|token| read_token(token, context)).transpose()?;
        let size = query.page_size.map(|size| size.min(context.moment.settings.page_limit.unwrap_or(size)));
        let found: Vec<(Sequence, &Schedule)> = context
            .engine
            .listed(&self.caller.workspace, before, context.moment)
            .filter(|(_, schedule)| query.matches(schedule, &self.caller.principal))
            .take(size.unwrap_or(usize::MAX))
            .collect();
        // A full page has a token, even if nothing comes after it (Temporal 1.32.0).
        let last = found.last().filter(|_| Some(found.len()) == size);
        let token = last.map(|(sequence, _)| write_token(*sequence, context.moment.now));
        Ok(page(&found, token, context.moment.settings))
    }
}

fn page(found: &[(Sequence, &Schedule)], token: Option<String>, settings: &Settings) -> Answer {
    let schedules = found.iter().map(|(_, schedule)| *schedule);
    if settings.partial_list {
        let entries: Vec<Partial<'_>> = schedules.map(Partial::from).collect();
        json(StatusCode::OK, &Page { schedules: entries, next_page_token: token })
    } else {
        let entries: Vec<Output<'_>> = schedules.map(Output::from).collect();
        json(StatusCode::OK, &Page { schedules: entries, next_page_token: token })
    }
}

#[derive(serde::Serialize)]
struct Page<T> {
    schedules: Vec<T>,
    next_page_token: Option<String>,
}

impl Query {
    fn read(text: &str) -> Result<Self, Failure> {
        let given = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect();
        let mut reader = Reader::at("query");
        let query = Self {
            workflow_name: reader.optional(&given, "workflow_name", Reader::string),
            user_id: reader.optional(&given, "user_id", Reader::string),
            paused: reader.optional(&given, "status", read_status),
            search: reader.optional(&given, "search", Reader::string),
            page_size: reader.optional(&given, "page_size", read_page_size),
            token: reader.optional(&given, "next_page_token", Reader::string).filter(|token| !token.is_empty()),
        };
        reader.finish(Some(query)).map_err(Failure::Invalid)
    }

    fn matches(&self, schedule: &Schedule, caller: &str) -> bool {
        let user = self.user_id.as_deref().map(|user| if user == "current" { caller } else { user });
        self.workflow_name.as_deref().is_none_or(|name| name == &*schedule.workflow_name)
            && self.search.as_deref().is_none_or(|prefix| schedule.workflow_name.starts_with(prefix))
            && self.paused.is_none_or(|paused| paused == schedule.paused)
            && user.is_none_or(|user| user == &*schedule.created_by)
    }
}

fn read_status(reader: &mut Reader, value: &Value) -> Option<bool> {
    match value.as_str() {
        Some("paused") => Some(true),
        Some("active") => Some(false),
        _ => {
            let expected = "'active' or 'paused'";
            let msg = format!("Input should be {expected}");
            reader.wrong_with("literal_error", msg, value, json!({ "expected": expected }))
        }
    }
}

/// The largest page that may be asked for.
const LARGEST_PAGE: i64 = 1000;

fn read_page_size(reader: &mut Reader, value: &Value) -> Option<usize> {
    let size = reader.integer(value)?;
    if size < 1 {
        let msg = "Input should be greater than or equal to 1";
        return reader.wrong_with("greater_than_equal", msg, value, json!({ "ge": 1 }));
    }
    if size > LARGEST_PAGE {
        let msg = format!("Input should be less than or equal to {LARGEST_PAGE}");
        return reader.wrong_with("less_than_equal", msg, value, json!({ "le": LARGEST_PAGE }));
    }
    usize::try_from(size).ok()
}

/// An opaque word: where the next page begins, and when this was said.
fn write_token(last: Sequence, now: Timestamp) -> String {
    format!("{last:016x}{:016x}", now.as_millisecond())
}

fn read_token(token: &str, context: &Context<'_>) -> Result<Sequence, Failure> {
    let stale = || Failure::refused("Invalid next_page_token");
    let (last, since) = token.split_at_checked(16).ok_or_else(stale)?;
    let last = Sequence::from_str_radix(last, 16).map_err(|_| stale())?;
    let since = i64::from_str_radix(since, 16).ok().and_then(|since| Timestamp::from_millisecond(since).ok());
    let age = context.moment.now.duration_since(since.ok_or_else(stale)?);
    match context.moment.settings.token_lifetime {
        Some(lifetime) if age > lifetime => Err(stale()),
        _ => Ok(last),
    }
}
