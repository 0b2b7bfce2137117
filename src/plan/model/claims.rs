//! Which of several resources with the same id holds it.

use jiff::Timestamp;

/// A resource that names or derives an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimant {
    /// `NS/NAME`.
    pub key: String,
    /// The id is stored in its status: it already owns the remote schedule.
    pub pinned: bool,
    /// The id is its derived one.
    pub derived: bool,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// The resource that holds the id: first a resource that already owns the remote schedule, then a derived id
/// before an explicit one, then the older resource.
#[must_use]
pub fn holder<'a>(claimants: impl IntoIterator<Item = &'a Claimant>) -> Option<&'a Claimant> {
    claimants.into_iter().min_by_key(|one| (!one.pinned, !one.derived, one.created.unwrap_or(Timestamp::MAX), &one.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimant(key: &str, pinned: bool, derived: bool, second: i64) -> Claimant {
        Claimant { key: key.into(), pinned, derived, created: Timestamp::from_second(second).ok() }
    }

    fn winner(claimants: &[Claimant]) -> &str {
        &holder(claimants).unwrap().key
    }

    #[test]
    fn a_derived_id_beats_an_explicit_one() {
        assert_eq!(winner(&[claimant("a/old", false, false, 1), claimant("a/derived", false, true, 2)]), "a/derived");
    }

    #[test]
    fn else_the_older_resource_wins_and_a_tie_goes_by_name() {
        assert_eq!(winner(&[claimant("a/young", false, false, 2), claimant("a/old", false, false, 1)]), "a/old");
        assert_eq!(winner(&[claimant("b/x", false, false, 1), claimant("a/x", false, false, 1)]), "a/x");
    }

    #[test]
    fn who_owns_it_already_keeps_it() {
        assert_eq!(winner(&[claimant("a/old", false, false, 1), claimant("a/owner", true, false, 2)]), "a/owner");
    }
}
