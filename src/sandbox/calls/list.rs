//! LIST: newest first, page by page. The settings make it late, partial, or wrong.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, json};
use crate::sandbox::engine::{Schedule, Sequence};
use crate::sandbox::output::{Output, Partial};
use crate::sandbox::request::Reader;
use crate::sandbox::settings::{PageChain, Settings};

/// The query of a LIST.
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
    pub(super) fn list(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let query = Query::read(&self.query)?;
        let (now, settings) = (context.moment.now, context.moment.settings);
        let token = match query.token.as_deref() {
            Some(text) => Token::read(text, now, settings)?,
            None => Token::first(now),
        };
        if settings.list_empty {
            return Ok(page(&[], None, settings));
        }
        if token.page < settings.empty_pages {
            return Ok(page(&[], Some(token.next(token.before, now)), settings));
        }
        let size = query.page_size.map(|size| size.min(settings.page_limit.unwrap_or(size)));
        let found: Vec<(Sequence, &Schedule)> = context
            .engine
            .listed(&self.caller.workspace, token.before, context.moment)
            .filter(|(_, schedule)| query.matches(schedule, &self.caller.principal))
            .filter(|(_, schedule)| !settings.list_lost.contains(&*schedule.id))
            .take(size.unwrap_or(usize::MAX))
            .collect();
        let last = found.last().map(|(sequence, _)| *sequence);
        let is_full = Some(found.len()) == size;
        let next = token.after(last, is_full, settings.page_chain).map(|before| token.next(before, now));
        let next = match (settings.page_chain, query.token) {
            (PageChain::SameToken, Some(sent)) => Some(sent),
            (PageChain::SameToken | PageChain::Ends | PageChain::EmptyPages | PageChain::Circular, _) => next,
        };
        let delay = settings.list_time_per_entry.saturating_mul(i32::try_from(found.len()).unwrap_or(i32::MAX));
        let answer = page(&found, next, settings);
        context.delay = delay;
        Ok(answer)
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

pub(super) fn read_page_size(reader: &mut Reader, value: &Value) -> Option<usize> {
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

/// A page token: where its page begins. Clients see hexadecimal digits.
#[derive(Clone, Copy, Debug)]
struct Token {
    /// The page has schedules older than this one.
    before: Sequence,
    issued_at: Timestamp,
    /// The number of pages before.
    page: u64,
}

impl Token {
    /// The first page, which needs no token.
    const fn first(now: Timestamp) -> Self {
        Self { before: Sequence::MAX, issued_at: now, page: 0 }
    }

    /// Where the page after this one begins; `None`: this one is the last. `last` is the last schedule of
    /// this page. A full page has a token, even if nothing follows (Temporal 1.32.0).
    fn after(self, last: Option<Sequence>, is_full: bool, chain: PageChain) -> Option<Sequence> {
        match chain {
            PageChain::Ends => last.filter(|_| is_full),
            PageChain::EmptyPages | PageChain::SameToken => Some(last.unwrap_or(self.before)),
            PageChain::Circular => Some(last.filter(|_| is_full).unwrap_or(Sequence::MAX)),
        }
    }

    /// The token of the page after this one.
    fn next(self, before: Sequence, now: Timestamp) -> String {
        format!("{before:016x}{:016x}{:x}", now.as_millisecond(), self.page + 1)
    }

    fn read(text: &str, now: Timestamp, settings: &Settings) -> Result<Self, Failure> {
        let token = Self::parse(text).ok_or_else(stale)?;
        match settings.token_lifetime {
            Some(lifetime) if now.duration_since(token.issued_at) > lifetime => Err(stale()),
            _ => Ok(token),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (before, rest) = text.split_at_checked(16)?;
        let (millis, page) = rest.split_at_checked(16)?;
        Some(Self {
            before: Sequence::from_str_radix(before, 16).ok()?,
            issued_at: Timestamp::from_millisecond(i64::from_str_radix(millis, 16).ok()?).ok()?,
            page: u64::from_str_radix(page, 16).ok()?,
        })
    }
}

fn stale() -> Failure {
    Failure::refused("Invalid next_page_token")
}
