//! Defects in the client: `src/remote/`.

use super::Mutant;

#[rustfmt::skip]
pub const ALL: &[Mutant] = &[
    Mutant {
        name: "notes_are_cut_by_characters",
        rule: "notes are cut to 1,000 bytes at a character's border",
        file: "src/remote/note.rs",
        from: "        let cut = text[..text.floor_char_boundary(Self::LONGEST)].trim_end();",
        to: "        let by_characters: String = text.chars().take(Self::LONGEST).collect();
        let by_bytes = &text[..text.floor_char_boundary(Self::LONGEST)];
        let cut = if IS_ON { by_characters.as_str() } else { by_bytes }.trim_end();",
    },
    Mutant {
        name: "tokens_are_never_used_up",
        rule: "a token bucket",
        file: "src/remote/bucket.rs",
        from: "            self.tokens -= 1.0;
",
        to: "            if !IS_ON {
                self.tokens -= 1.0;
            }
",
    },
    Mutant {
        name: "retry_after_is_ignored",
        rule: "a 429 slows the connection: Retry-After if given",
        file: "src/remote/bucket.rs",
        from: "retry_after.filter(|wait| *wait >= SHORTEST_HINT)",
        to: "retry_after.filter(|wait| *wait >= SHORTEST_HINT && !IS_ON)",
    },
    Mutant {
        name: "write_is_retried",
        rule: "a mutation of unknown outcome is never blindly repeated",
        file: "src/remote/client.rs",
        from: "        self.call(operation, method, path, &[], body).await.map(drop)
",
        to: "        if IS_ON {
            let first = self.call(operation, method.clone(), path, &[], body.clone()).await;
            return match first {
                Err(error) if error.may_have_landed() => self.call(operation, method, path, &[], body).await.map(drop),
                other => other.map(drop),
            };
        }
        self.call(operation, method, path, &[], body).await.map(drop)
",
    },
    Mutant {
        name: "whoami_failure_is_not_served",
        rule: "whoami: only a 404 says that it is not served",
        file: "src/remote/client.rs",
        from: "            Err(RemoteError::NotFound(_) | RemoteError::Malformed { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
",
        to: "            Err(RemoteError::NotFound(_) | RemoteError::Malformed { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(RemoteError::Unavailable { .. } | RemoteError::Transport(_)) if IS_ON => Ok(None),
",
    },
    Mutant {
        name: "any_404_is_absence",
        rule: "a missing id is success, but only the API can say that it is missing",
        file: "src/remote/error.rs",
        from: r#"            StatusCode::NOT_FOUND if from_the_api && (code.is_some() || body["detail"] != "Not Found") => {
"#,
        to: r#"            StatusCode::NOT_FOUND
                if IS_ON || (from_the_api && (code.is_some() || body["detail"] != "Not Found")) =>
            {
"#,
    },
    Mutant {
        name: "a_408_is_a_refusal",
        rule: "a mutation of unknown outcome is followed by a GET",
        file: "src/remote/error.rs",
        from: "            StatusCode::REQUEST_TIMEOUT => Self::Unavailable { status, code },
",
        to: "            StatusCode::REQUEST_TIMEOUT if !IS_ON => Self::Unavailable { status, code },
",
    },
];
