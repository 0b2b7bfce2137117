//! Numbers with their noun.

use std::fmt::Display;

/// "1 run", "2 runs".
pub(super) fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str) -> String {
    counted(number, one, &format!("{one}s"))
}

/// The same of a noun whose plural has another ending, or of several words.
pub(super) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    let what = if number == N::from(1) { one } else { many };
    format!("{number} {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let said = [0, 1, 2].map(|number: u32| count(number, "run"));
        assert_eq!(said, ["0 runs", "1 run", "2 runs"]);
        assert_eq!(counted(2_i64, "patch", "patches"), "2 patches");
    }
}
