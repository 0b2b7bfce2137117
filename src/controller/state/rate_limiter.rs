//! Which call of a connection gets the next token.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::controller::state::seams::Seams;
use crate::controller::state::workqueue::{Priority, RankedPriority};
use crate::remote::Bucket;

/// The background gets one token in this many, however much prompt work there is.
const BACKGROUND_SHARE: usize = 8;
/// Until the connection's settings are known.
const FIRST_RATE: f64 = 8.0;
/// Until the connection's settings are known.
const FIRST_BURST: f64 = 16.0;

/// Hands out a connection's tokens: the most urgent call first, then first come, first served.
#[derive(Debug)]
pub struct RateLimiter {
    tickets: Mutex<Tickets>,
    /// A call has got a token, or has given up waiting.
    tickets_changed: Notify,
}

/// A waiting call: its urgency, and its number.
type Ticket = (RankedPriority, u64);

#[derive(Debug)]
struct Tickets {
    bucket: Bucket,
    waiting: BTreeSet<Ticket>,
    issued: u64,
    prompt_in_a_row: usize,
    throttles: u64,
}

impl RateLimiter {
    /// A limiter of a connection whose settings are not known yet.
    #[must_use]
    pub fn new(now: Duration) -> Self {
        let bucket = Bucket::new(FIRST_RATE, FIRST_BURST, now);
        let tickets = Tickets { bucket, waiting: BTreeSet::new(), issued: 0, prompt_in_a_row: 0, throttles: 0 };
        Self { tickets: Mutex::new(tickets), tickets_changed: Notify::new() }
    }

    /// Waits for a token.
    pub async fn acquire(&self, seams: &Seams, urgency: RankedPriority) {
        let waiting = WaitingTicket::new(self, urgency);
        loop {
            let changed = self.tickets_changed.notified();
            let taken = self.tickets().take(waiting.ticket, seams.elapsed());
            match taken {
                Ok(()) => return,
                Err(Some(wait)) => tokio::time::sleep(wait).await,
                Err(None) => changed.await,
            }
        }
    }

    /// How long until there is a token; `None` is now.
    pub fn token_in(&self, now: Duration) -> Option<Duration> {
        self.tickets().bucket.wait(now)
    }

    /// Whether the remote has slowed us down.
    pub fn is_slowed(&self, now: Duration) -> bool {
        self.tickets().bucket.is_slowed(now)
    }

    /// The remote has answered 429.
    pub fn slow_down(&self, retry_after: Option<Duration>, now: Duration) {
        let mut tickets = self.tickets();
        tickets.throttles += 1;
        tickets.bucket.slow_down(retry_after, now);
    }

    /// How many tokens are there now.
    pub fn tokens_now(&self, now: Duration) -> f64 {
        self.tickets().bucket.tokens(now)
    }

    /// How often the remote has answered 429.
    pub fn throttles(&self) -> u64 {
        self.tickets().throttles
    }

    /// The connection's settings may have changed.
    pub fn resize(&self, rate: f64, burst: f64, now: Duration) {
        self.tickets().bucket.resize(rate, burst, now);
    }

    fn tickets(&self) -> MutexGuard<'_, Tickets> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tickets {
    fn issue(&mut self, urgency: RankedPriority) -> Ticket {
        self.issued += 1;
        let ticket = (urgency, self.issued);
        self.waiting.insert(ticket);
        ticket
    }

    /// Takes a token, if it is this ticket's turn; else says how long the token takes, or nothing where
    /// other tickets come first.
    fn take(&mut self, ticket: Ticket, now: Duration) -> Result<(), Option<Duration>> {
        if self.next() != Some(ticket) {
            return Err(None);
        }
        self.bucket.take(now).map_err(Some)?;
        let (RankedPriority { priority, .. }, _) = ticket;
        self.prompt_in_a_row = if priority == Priority::Background { 0 } else { self.prompt_in_a_row + 1 };
        Ok(())
    }

    fn next(&self) -> Option<Ticket> {
        let background =
            self.waiting.range((RankedPriority { priority: Priority::Background, rank: i64::MIN }, 0)..).next();
        let is_its_turn = self.prompt_in_a_row >= BACKGROUND_SHARE - 1;
        background.filter(|_| is_its_turn).or_else(|| self.waiting.first()).copied()
    }
}

/// A ticket that waits until it is dropped.
struct WaitingTicket<'a> {
    limiter: &'a RateLimiter,
    ticket: Ticket,
}

impl<'a> WaitingTicket<'a> {
    fn new(limiter: &'a RateLimiter, urgency: RankedPriority) -> Self {
        let ticket = limiter.tickets().issue(urgency);
        Self { limiter, ticket }
    }
}

impl Drop for WaitingTicket<'_> {
    fn drop(&mut self) {
        self.limiter.tickets().waiting.remove(&self.ticket);
        self.limiter.tickets_changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    /// The priorities of the waiting tickets, in the order in which they get their tokens.
    fn order(waiting: &[Priority]) -> Vec<Priority> {
        let limiter = RateLimiter::new(NOW);
        let mut tickets = limiter.tickets();
        tickets.bucket = Bucket::new(1.0, 100.0, NOW);
        for priority in waiting {
            tickets.issue((*priority).into());
        }
        let served = std::iter::from_fn(|| {
            let ticket = tickets.next()?;
            tickets.take(ticket, NOW).unwrap();
            tickets.waiting.remove(&ticket);
            Some(ticket.0.priority)
        });
        served.collect()
    }

    #[test]
    fn the_most_urgent_call_gets_the_next_token() {
        let waiting = [Priority::Background, Priority::Interactive, Priority::Urgent, Priority::Trigger];
        assert_eq!(order(&waiting), Priority::ALL);
    }

    #[test]
    fn the_background_gets_one_token_in_eight() {
        let mut waiting = vec![Priority::Background; 2];
        waiting.extend([Priority::Urgent; 16]);
        let order = order(&waiting);
        let turns: Vec<usize> = (0..order.len()).filter(|turn| order[*turn] == Priority::Background).collect();
        assert_eq!(turns, [7, 15]);
    }

    #[test]
    fn among_equals_the_first_comes_first_and_a_lower_rank_before_it() {
        let limiter = RateLimiter::new(NOW);
        let mut tickets = limiter.tickets();
        let urgency = |rank| RankedPriority { priority: Priority::Urgent, rank };
        let (first, second) = (tickets.issue(urgency(1)), tickets.issue(urgency(1)));
        assert_eq!(tickets.next(), Some(first));
        assert_eq!(tickets.take(second, NOW), Err(None), "another one comes first");
        let sooner = tickets.issue(urgency(0));
        assert_eq!(tickets.next(), Some(sooner));
    }

    #[test]
    fn a_change_goes_before_the_looks_of_others_and_never_before_what_is_more_urgent() {
        let limiter = RateLimiter::new(NOW);
        let mut tickets = limiter.tickets();
        let background = RankedPriority::from(Priority::Background);
        tickets.issue(background);
        let change = tickets.issue(background.of_change());
        assert_eq!(tickets.next(), Some(change));
        let urgent = tickets.issue(Priority::Urgent.into());
        assert_eq!(tickets.next(), Some(urgent));
        let pause = RankedPriority { priority: Priority::Urgent, rank: 7 };
        assert_eq!(pause.of_change(), pause, "the soonest run is stopped first");
    }

    #[test]
    fn a_call_that_gives_up_leaves_its_turn_to_the_next() {
        let limiter = RateLimiter::new(NOW);
        let first = WaitingTicket::new(&limiter, Priority::Urgent.into());
        let second = WaitingTicket::new(&limiter, Priority::Urgent.into());
        drop(first);
        assert_eq!(limiter.tickets().next(), Some(second.ticket));
    }
}
