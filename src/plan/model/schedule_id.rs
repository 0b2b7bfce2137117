//! The remote id of a resource, and whether it may use it.

use sha2::{Digest, Sha256};

use crate::remote::ScheduleId;

/// The id of a resource without `scheduleId`. It is always the same for the same resource, so that nothing is
/// lost after a crash between the POST and the status, and a cluster that is rebuilt from Git finds its
/// schedules. If it has more than 200 characters: the first 167, `-`, and 32 hex digits of the SHA-256 of the
/// whole id.
#[must_use]
pub fn derived_id(prefix: &str, namespace: &str, name: &str) -> ScheduleId {
    use std::fmt::Write as _;

    let whole = format!("{prefix}.{namespace}.{name}");
    if whole.len() <= ScheduleId::MAX_LENGTH {
        return ScheduleId::new(whole);
    }
    // Prefix, namespace and name are ASCII by their own rules, so any cut is a character boundary.
    let mut id: String = whole.chars().take(167).collect();
    id.push('-');
    for byte in Sha256::digest(whole.as_bytes()).iter().take(16) {
        let _ = write!(id, "{byte:02x}");
    }
    ScheduleId::new(id)
}

/// Whether an id begins with the prefix of a connection, which is reserved for derived ids.
#[must_use]
pub fn is_under_prefix(id: &ScheduleId, prefix: &str) -> bool {
    id.as_str().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
}

/// Why an explicit id is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdRefusal {
    /// Under this prefix, where another resource's derived id may be.
    UnderPrefix(String),
    /// From another namespace than the connection's, and matched by no `allowedScheduleIds`.
    NotAllowed,
}

/// Whether a resource of `namespace` may claim the explicit `id` through this connection. `prefixes` are those
/// of all connections to its workspace.
///
/// # Errors
/// Why not.
pub fn check_explicit<'a>(
    id: &ScheduleId,
    own_derived: &ScheduleId,
    prefixes: impl IntoIterator<Item = &'a str>,
    connection_namespace: &str,
    namespace: &str,
    allowed: &[String],
) -> Result<(), IdRefusal> {
    if id == own_derived {
        return Ok(());
    }
    if let Some(prefix) = prefixes.into_iter().find(|prefix| is_under_prefix(id, prefix)) {
        return Err(IdRefusal::UnderPrefix(prefix.to_owned()));
    }
    if namespace == connection_namespace || allowed.iter().any(|glob| glob_matches(glob, namespace, id.as_str())) {
        return Ok(());
    }
    Err(IdRefusal::NotAllowed)
}

/// Whether a pattern gives no two namespaces the same id by `{namespace}`: a namespace contains neither `.` nor
/// `_`, so one of them ends it on each side, and on one side the number of them is fixed. The definition of a
/// connection has the same rule in CEL.
#[must_use]
pub fn is_sound_pattern(pattern: &str) -> bool {
    let has_brace = |text: &str| text.contains(['{', '}']);
    let Some((before, after)) = pattern.split_once("{namespace}") else { return !has_brace(pattern) };
    let is_apart = |next: Option<char>| next.is_none_or(|c| matches!(c, '.' | '_'));
    is_apart(before.chars().next_back())
        && is_apart(after.chars().next())
        && !(before.contains('*') && after.contains('*'))
        && !has_brace(before)
        && !has_brace(after)
}

/// `*` matches any characters, `{namespace}` the namespace of the resource.
fn glob_matches(glob: &str, namespace: &str, id: &str) -> bool {
    if !is_sound_pattern(glob) {
        return false;
    }
    let glob = glob.replace("{namespace}", namespace);
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = id.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derived_id_is_prefix_namespace_name() {
        assert_eq!(derived_id("acme", "shop", "report").as_str(), "acme.shop.report");
    }

    #[test]
    fn a_long_id_is_cut_and_hashed_and_stays_distinct() {
        let (a, b) = (
            derived_id("p", "n", &format!("{}a", "x".repeat(230))),
            derived_id("p", "n", &format!("{}b", "x".repeat(230))),
        );
        assert_eq!(a.as_str().len(), 200);
        assert_eq!(a.as_str().as_bytes()[167], b'-');
        assert_ne!(a, b);
    }

    #[test]
    fn an_id_under_the_prefix_is_refused_unless_it_is_the_resources_own() {
        let own = derived_id("acme", "shop", "report");
        let check = |id: &str| check_explicit(&ScheduleId::new(id), &own, ["acme", "others"], "shop", "shop", &[]);
        assert_eq!(check("acme.shop.report"), Ok(()));
        assert_eq!(check("acme.shop.other"), Err(IdRefusal::UnderPrefix("acme".into())));
        assert_eq!(check("others.shop.report"), Err(IdRefusal::UnderPrefix("others".into())));
        assert_eq!(check("acmeshop"), Ok(()));
    }

    #[test]
    fn another_namespace_needs_a_matching_glob() {
        let own = derived_id("acme", "shop", "report");
        let check = |glob: &str| {
            check_explicit(&ScheduleId::new("legacy.shop.7"), &own, ["acme"], "platform", "shop", &[glob.to_owned()])
        };
        assert_eq!(check("legacy.{namespace}.*"), Ok(()));
        assert_eq!(check("*"), Ok(()));
        assert_eq!(check("*.7"), Ok(()));
        assert_eq!(check("legacy.*.7"), Ok(()));
        assert_eq!(check("legacy.*.8"), Err(IdRefusal::NotAllowed));
        assert_eq!(check("legacy.shop"), Err(IdRefusal::NotAllowed));
        assert_eq!(check("legacy.other.*"), Err(IdRefusal::NotAllowed));
        assert_eq!(check("legacy.{namespace}*"), Err(IdRefusal::NotAllowed), "of shop-eu too");
    }

    #[test]
    fn a_pattern_that_lets_two_namespaces_claim_one_id_is_not_sound() {
        let sound = ["a-*", "{namespace}", "{namespace}.*", "*_{namespace}", "a.{namespace}_b", "a-*.{namespace}.b"];
        for pattern in sound {
            assert!(is_sound_pattern(pattern), "{pattern}");
        }
        for pattern in [
            "legacy-{namespace}-*",
            "{namespace}-*",
            "{namespace}*",
            "a{namespace}",
            "*{namespace}",
            "*.{namespace}.*",
            "{namespace}.{namespace}",
            "{name}.*",
            "a}",
        ] {
            assert!(!is_sound_pattern(pattern), "{pattern}");
        }
    }
}
