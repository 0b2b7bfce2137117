//! Colour on a terminal.

/// A colour with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Wait,
    Bad,
    Dim,
    Bold,
}

/// Colours texts, or leaves them plain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) is_used: bool,
}

impl Paint {
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.is_used || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Wait => "33",
            Tone::Bad => "31",
            Tone::Dim => "2",
            Tone::Bold => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
