//! The size of the pages of a LIST, and when the LIST is complete. Only state: no calls.

use std::collections::BTreeSet;

use crate::remote::{RemoteError, TransportError, wire};

/// No workspace has so many pages. A longer LIST is an error: it is not complete, so a missing schedule may
/// exist.
const MOST_PAGES: usize = 2000;
/// The API's own client stops at an empty page with a token. Schedules after such a page are not missing.
const MOST_EMPTY_PAGES: u32 = 5;
/// Smaller pages would not be faster.
const SMALLEST_SLOW_PAGE: usize = 25;
/// After this many LISTs without a failure larger pages are requested again.
const CLEAN_LISTS: u32 = 30;
/// How often a page that times out is requested again before the LIST fails: as often as it takes from the largest
/// page to the smallest. The next LIST continues with the smaller size.
const RETRIES: u32 = 6;

/// The page size that works with a server. It is kept between LISTs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSize {
    next: usize,
    ceiling: usize,
    clean_lists: u32,
}

impl Default for PageSize {
    fn default() -> Self {
        Self { next: wire::LARGEST_PAGE, ceiling: wire::LARGEST_PAGE, clean_lists: 0 }
    }
}

/// A LIST in progress.
#[derive(Debug)]
pub(crate) struct Paging<'a> {
    size: &'a mut PageSize,
    /// The token of the next page; `None` for the first page.
    pub(crate) token: Option<String>,
    followed: BTreeSet<String>,
    pages: usize,
    empty_pages: u32,
    retries: u32,
    has_failed: bool,
    has_begun_anew: bool,
}

/// What to do after a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another page.
    Page,
    /// The LIST is complete.
    Complete,
    /// The LIST has no end, so it cannot be used.
    Endless(&'static str),
}

impl<'a> Paging<'a> {
    pub(crate) const fn new(size: &'a mut PageSize) -> Self {
        Self {
            size,
            token: None,
            followed: BTreeSet::new(),
            pages: 0,
            empty_pages: 0,
            retries: 0,
            has_failed: false,
            has_begun_anew: false,
        }
    }

    /// The size of the next page.
    pub(crate) const fn size(&self) -> usize {
        self.size.next
    }

    /// Handles a received page.
    pub(crate) fn page(&mut self, is_empty: bool, token: Option<String>) -> Next {
        if self.has_failed {
            // A smaller page came where a larger one did not.
            self.size.ceiling = self.size.next;
            self.size.clean_lists = 0;
            self.has_failed = false;
        }
        self.size.next = self.size.next.saturating_mul(2).min(self.size.ceiling);
        self.retries = 0;
        self.pages += 1;
        self.empty_pages = if is_empty { self.empty_pages + 1 } else { 0 };
        let Some(token) = token else {
            self.size.complete();
            return Next::Complete;
        };
        if self.pages >= MOST_PAGES {
            return Next::Endless("the list has too many pages");
        }
        if self.empty_pages >= MOST_EMPTY_PAGES {
            return Next::Endless("the list has too many empty pages");
        }
        if !self.followed.insert(token.clone()) {
            return Next::Endless("the list returned the same page twice");
        }
        self.token = Some(token);
        Next::Page
    }

    /// Whether to request a failed page again.
    pub(crate) fn failed(&mut self, error: &RemoteError) -> bool {
        let smallest = match error {
            // A page of one schedule is always short enough.
            RemoteError::Transport(TransportError::TooLong(_)) => 1,
            RemoteError::Transport(TransportError::NoAnswer(_)) | RemoteError::Unavailable { .. }
                if self.retries < RETRIES =>
            {
                self.retries += 1;
                SMALLEST_SLOW_PAGE
            }
            // A token grows stale where the list changes: the list is begun anew, once.
            RemoteError::NotFound(_)
            | RemoteError::Conflict(_)
            | RemoteError::Ambiguous(_)
            | RemoteError::AlreadyExists { .. }
            | RemoteError::Refused { .. }
            | RemoteError::Malformed { .. } => {
                return self.token.is_some() && !std::mem::replace(&mut self.has_begun_anew, true) && self.begin_anew();
            }
            RemoteError::Unavailable { .. }
            | RemoteError::Transport(TransportError::NoAnswer(_) | TransportError::NotSent(_))
            | RemoteError::Unauthorized
            | RemoteError::Forbidden(_)
            | RemoteError::EncodingRequired
            | RemoteError::RateLimited { .. } => return false,
        };
        if self.size.next <= smallest {
            return false;
        }
        self.has_failed = true;
        self.size.next = (self.size.next / 2).max(smallest);
        true
    }

    fn begin_anew(&mut self) -> bool {
        self.token = None;
        self.followed.clear();
        true
    }
}

impl PageSize {
    fn complete(&mut self) {
        self.clean_lists += 1;
        if self.clean_lists >= CLEAN_LISTS {
            self.clean_lists = 0;
            self.ceiling = self.ceiling.saturating_mul(2).min(wire::LARGEST_PAGE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::BodyLimit;

    fn slow() -> RemoteError {
        TransportError::NoAnswer("none in time".into()).into()
    }

    fn long() -> RemoteError {
        TransportError::TooLong(BodyLimit::PAGE).into()
    }

    #[allow(clippy::unnecessary_wraps, reason = "as a page gives it")]
    fn token(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// A LIST of a server that can give `most` entries a page: how often it failed, and whether it ended.
    fn list(size: &mut PageSize, most: usize, error: impl Fn() -> RemoteError) -> (u32, bool) {
        let (mut paging, mut failures) = (Paging::new(size), 0);
        for page in 0..20 {
            while paging.size() > most {
                failures += 1;
                if !paging.failed(&error()) {
                    return (failures, false);
                }
            }
            paging.page(false, token(&page.to_string()));
        }
        (failures, paging.page(false, None) == Next::Complete)
    }

    #[test]
    fn a_very_slow_server_is_listed_at_once_by_the_smallest_pages() {
        assert_eq!(list(&mut PageSize::default(), SMALLEST_SLOW_PAGE, slow), (6, true));
    }

    #[test]
    fn a_slow_server_is_asked_for_less_and_stays_asked_for_less() {
        let mut size = PageSize::default();
        assert_eq!(list(&mut size, 300, slow), (2, true));
        for _ in 0..CLEAN_LISTS - 1 {
            assert_eq!(list(&mut size, 300, slow), (0, true));
        }
        assert_eq!(list(&mut size, 300, slow), (1, true), "it may be quicker by now");
    }

    #[test]
    fn after_an_outage_pages_grow_within_one_list() {
        let mut size = PageSize::default();
        for _ in 0..9 {
            assert!(!list(&mut size, 0, slow).1);
        }
        assert_eq!(size.next, SMALLEST_SLOW_PAGE);
        assert_eq!(list(&mut size, wire::LARGEST_PAGE, slow), (0, true));
        assert_eq!(size.next, wire::LARGEST_PAGE);
    }

    #[test]
    fn a_page_that_is_too_long_is_asked_for_again_down_to_one_schedule() {
        assert_eq!(list(&mut PageSize::default(), 1, long), (9, true));
        assert!(!list(&mut PageSize::default(), 0, long).1);
    }

    #[test]
    fn a_list_without_an_end_is_never_complete() {
        let mut size = PageSize::default();
        let mut paging = Paging::new(&mut size);
        assert_eq!(paging.page(true, token("a")), Next::Page);
        assert_eq!(paging.page(false, token("b")), Next::Page);
        assert!(matches!(paging.page(false, token("a")), Next::Endless(_)), "the same token again");
        let mut paging = Paging::new(&mut size);
        let mut pages = (0..).map(|page| paging.page(true, token(&format!("{page}"))));
        assert!(pages.by_ref().take(4).all(|next| next == Next::Page));
        assert!(matches!(pages.next(), Some(Next::Endless(_))), "empty pages");
        let mut paging = Paging::new(&mut size);
        let mut pages = (0..).map(|page| paging.page(false, token(&format!("{page}"))));
        assert!(pages.any(|next| matches!(next, Next::Endless(_))));
    }

    #[test]
    fn a_stale_token_begins_the_list_anew_once() {
        let mut size = PageSize::default();
        let mut paging = Paging::new(&mut size);
        let stale = RemoteError::Conflict("stale".into());
        assert!(!paging.failed(&stale), "there is no token yet");
        paging.page(false, token("a"));
        assert!(paging.failed(&stale));
        assert_eq!(paging.token, None);
        assert_eq!(paging.page(false, token("a")), Next::Page);
        assert!(!paging.failed(&stale));
    }
}
