//! Defects in the client: `src/remote/`.

use crate::change::Change::{Always, First, Instead, Skip};
use crate::place::At::{Arm, Call, Guard, Result, Statement, Value};
use crate::table::Mutant;

pub const ALL: &[Mutant] = &[
    Mutant {
        name: "notes_are_cut_by_characters",
        rule: "notes are cut to 1,000 bytes at a character's border",
        item: "remote::note::written",
        at: Value("cut"),
        change: Instead(
            r"
            match text.char_indices().nth(Self::LONGEST) {
                Some((end, _)) => text[..end].trim_end(),
                None => text.trim_end(),
            }
        ",
        ),
    },
    Mutant {
        name: "tokens_are_never_used_up",
        rule: "a token bucket",
        item: "remote::bucket::take",
        at: Statement("self.tokens"),
        change: Skip,
    },
    Mutant {
        name: "retry_after_is_ignored",
        rule: "a 429 slows the connection: Retry-After if given",
        item: "remote::bucket::slow_down",
        at: Call("filter"),
        change: Instead("None"),
    },
    Mutant {
        name: "write_is_retried",
        rule: "a mutation of unknown outcome is never blindly repeated",
        item: "remote::client::write",
        at: Result,
        change: First(
            r"
            let first = self.call(operation, method.clone(), path, &[], body.clone(), BodyLimit::SHORT).await;
            return match first {
                Err(error) if error.may_have_landed() => {
                    self.call(operation, method, path, &[], body, BodyLimit::SHORT).await.map(drop)
                }
                other => other.map(drop),
            };
        ",
        ),
    },
    Mutant {
        name: "any_404_is_absence",
        rule: "a missing id is success, but only the API can say that it is missing",
        item: "remote::error_body::from_answer",
        at: Guard("from_the_api"),
        change: Always,
    },
    Mutant {
        name: "a_408_is_a_refusal",
        rule: "a mutation of unknown outcome is followed by a GET",
        item: "remote::error_body::from_answer",
        at: Arm("StatusCode::REQUEST_TIMEOUT"),
        change: Instead("Self::Refused { status, detail: detail() }"),
    },
];
