//! What is said of an error.

/// An error and its causes. What a library repeats of a cause in its own message is said once.
pub(super) fn causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        text if text.contains(&cause) => said,
        text => format!("{text}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_that_a_message_repeats_is_said_once() {
        let error = anyhow!("refused").context("connect: refused").context("cannot list");
        assert_eq!(causes(&error), "cannot list: connect: refused");
        assert_eq!(causes(&anyhow!("refused").context("cannot list")), "cannot list: refused");
    }
}
