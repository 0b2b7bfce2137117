//! How a place is changed. The old code stays beside the new, and a switch says which of the two runs.

/// What a defect makes of its place. In code, `IS_ON` is whether the defect is switched on.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// It never holds.
    Never,
    /// It always holds.
    Always,
    /// This has to hold too, whether the defect is on or not.
    And(&'static str),
    /// A statement is left out.
    Skip,
    /// This runs in its place.
    Instead(&'static str),
    /// Where the first holds, the second runs in its place.
    InsteadWhere(&'static str, &'static str),
    /// This runs before it.
    First(&'static str),
}

impl Change {
    /// What comes before the old code, and what after it.
    pub fn around(self, is_statement: bool, has_let: bool) -> (String, String) {
        let (before, after) = match self {
            Self::Never if has_let => (String::new(), " && !IS_ON".into()),
            Self::And(code) if has_let => (String::new(), format!(" && {code}")),
            Self::Never => ("((".into(), ") && !IS_ON)".into()),
            Self::And(code) => ("((".into(), format!(") && {code})")),
            Self::Always => ("((".into(), ") || IS_ON)".into()),
            Self::Skip => ("if !IS_ON { ".into(), " }".into()),
            Self::Instead(code) => (format!("if IS_ON {{ {code} }} else {{ "), " }".into()),
            Self::InsteadWhere(holds, code) => (format!("if IS_ON && {holds} {{ {code} }} else {{ "), " }".into()),
            Self::First(code) => (format!("if IS_ON {{ {code} }} "), String::new()),
        };
        match self {
            Self::Instead(_) | Self::InsteadWhere(..) | Self::First(_) if !is_statement => {
                (format!("{{ {before}"), format!("{after} }}"))
            }
            _ => (before, after),
        }
    }
}
