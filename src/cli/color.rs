//! Whether what is printed is coloured.

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether it is, on a terminal or elsewhere.
    pub(super) fn is_used(self, is_terminal: bool) -> bool {
        match self {
            // https://no-color.org
            Self::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            Self::Always => true,
            Self::Never => false,
        }
    }
}
