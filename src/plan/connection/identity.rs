//! Whether the API key of a connection opens the workspace that its schedules live in.

use crate::api::{self, Identity, WorkflowConnection};
use crate::plan::connection::settings::{annotate_command, connection_annotation};
use crate::remote::wire;

/// Whether the API key belongs to the same workspace as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityVerdict {
    /// It does; this identity is stored.
    Known(Option<Identity>),
    /// It does not, and a person has accepted that: it is stored before the first call with this key.
    Accepted(Identity),
    /// It does not: nothing is written until a person accepts the new identity.
    Changed(String),
    /// The answer does not tell: nothing is written until a later answer does, or a person accepts that.
    Unknown(String),
}

/// What `accept-identity` must say to accept a key whose identity the API does not tell.
const UNKNOWN: &str = "unknown";

/// Compares the identity of the key with the stored one. A wrong key must not create all schedules again in
/// another workspace. `known` is the identity that this process has found before, if it is not stored yet.
#[must_use]
pub fn identity(
    connection: &WorkflowConnection,
    known: Option<&Identity>,
    seen: Option<&wire::Identity>,
) -> IdentityVerdict {
    let status = connection.status.as_ref();
    let pinned = status.and_then(|status| status.identity.as_ref()).or(known);
    let seen = seen.map_or_else(Identity::default, |seen| Identity {
        principal: seen.principal.clone(),
        workspace: seen.workspace.clone(),
        organization: seen.organization.clone(),
    });
    let Some(pinned) = pinned.filter(|pinned| is_told(pinned)) else {
        return IdentityVerdict::Known(Some(seen).filter(is_told).or_else(|| pinned.cloned()));
    };
    let accepted = connection_annotation(connection, api::ACCEPT_IDENTITY);
    if !is_comparable(pinned, &seen) {
        return if accepted == Some(UNKNOWN) {
            IdentityVerdict::Accepted(seen)
        } else {
            IdentityVerdict::Unknown(unknown(connection, pinned))
        };
    }
    if !is_same_workspace(pinned, &seen) {
        return if accepted == Some(name(&seen)) {
            IdentityVerdict::Accepted(seen)
        } else {
            IdentityVerdict::Changed(changed(connection, pinned, &seen, accepted))
        };
    }
    // What this answer leaves out was told before, and a later key is compared with it.
    IdentityVerdict::Known(Some(Identity {
        principal: seen.principal.or_else(|| pinned.principal.clone()),
        workspace: seen.workspace.or_else(|| pinned.workspace.clone()),
        organization: seen.organization.or_else(|| pinned.organization.clone()),
    }))
}

/// The organization alone does not tell whose key it is.
fn is_told(identity: &Identity) -> bool {
    identity.principal.is_some() || identity.workspace.is_some()
}

/// Whether both name something that tells one workspace from another.
fn is_comparable(pinned: &Identity, seen: &Identity) -> bool {
    pinned.workspace.is_some() && seen.workspace.is_some() || pinned.principal.is_some() && seen.principal.is_some()
}

fn unknown(connection: &WorkflowConnection, pinned: &Identity) -> String {
    format!(
        "the API does not tell now whose API key it is, and the schedules of this connection are in {}: nothing is written, and the operator asks again every 15 seconds. If the API does not tell that any more, and the key is the right one: {}",
        place(pinned),
        annotate_command(connection, &format!("accept-identity={UNKNOWN}")),
    )
}

fn changed(connection: &WorkflowConnection, pinned: &Identity, seen: &Identity, accepted: Option<&str>) -> String {
    // An acceptance of the place where the schedules live is from an earlier move.
    let wrong = accepted.filter(|accepted| *accepted != name(pinned)).map(|accepted| {
        let shown: String = accepted.chars().take(LONGEST_SHOWN_NAME).collect();
        format!(" (accept-identity is {shown:?}, which is another identity)")
    });
    format!(
        "the API key now belongs to {}, but the schedules of this connection are in {}: nothing is written. Restore the right key, or, if the move is intended, accept the new identity: {}{}",
        place(seen),
        place(pinned),
        annotate_command(connection, &format!("accept-identity={}", shell_quoted(name(seen)))),
        wrong.unwrap_or_default(),
    )
}

/// A longer value of an annotation is cut in a message.
const LONGEST_SHOWN_NAME: usize = 100;

/// A text as one word of a shell. The server chooses the text, and a person may paste the command.
fn shell_quoted(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@".contains(c));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// What `accept-identity` must say to accept an identity.
fn name(identity: &Identity) -> &str {
    let Identity { principal, workspace, organization } = identity;
    workspace.as_deref().or(principal.as_deref()).or(organization.as_deref()).unwrap_or_default()
}

/// A rotated key may belong to another user of the same workspace. Fields that the server does not return are
/// not compared.
fn is_same_workspace(pinned: &Identity, seen: &Identity) -> bool {
    let differs = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
    if differs(&pinned.workspace, &seen.workspace) || differs(&pinned.organization, &seen.organization) {
        return false;
    }
    let is_told = pinned.workspace.is_some() && seen.workspace.is_some();
    is_told || !differs(&pinned.principal, &seen.principal)
}

fn place(identity: &Identity) -> String {
    match (&identity.workspace, &identity.organization, &identity.principal) {
        (Some(workspace), _, _) => format!("workspace {workspace}"),
        (None, Some(organization), Some(principal)) => format!("{principal} of organization {organization}"),
        (None, Some(organization), None) => format!("organization {organization}"),
        (None, None, Some(principal)) => principal.clone(),
        (None, None, None) => "an unknown workspace".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::WorkflowConnectionSpec;

    fn connection(pinned: Identity) -> WorkflowConnection {
        let mut connection = WorkflowConnection::new("default", WorkflowConnectionSpec::default());
        connection.status = Some(api::WorkflowConnectionStatus { identity: Some(pinned), ..Default::default() });
        connection
    }

    fn key_of(principal: &str, workspace: Option<&str>) -> wire::Identity {
        wire::Identity { principal: Some(principal.into()), workspace: workspace.map(Into::into), organization: None }
    }

    fn pinned(principal: &str, workspace: Option<&str>) -> Identity {
        Identity { principal: Some(principal.into()), workspace: workspace.map(Into::into), organization: None }
    }

    #[test]
    fn another_workspace_behind_the_key_stops_everything() {
        let connection = connection(pinned("user/a", Some("production")));
        assert!(matches!(
            identity(&connection, None, Some(&key_of("user/a", Some("staging")))),
            IdentityVerdict::Changed(_)
        ));
        assert!(matches!(
            identity(&connection, None, Some(&key_of("user/b", Some("production")))),
            IdentityVerdict::Known(_)
        ));
    }

    #[test]
    fn an_answer_that_tells_nothing_is_no_permission_once_an_identity_is_known() {
        let untold = wire::Identity { principal: None, workspace: None, organization: Some("acme".into()) };
        let known = connection(pinned("user/a", Some("production")));
        let elsewhere = connection(Identity { principal: None, ..pinned("", Some("production")) });
        for (connection, seen) in [(&known, None), (&known, Some(&untold)), (&elsewhere, Some(&key_of("user/b", None)))]
        {
            let IdentityVerdict::Unknown(why) = identity(connection, None, seen) else { panic!("{seen:?} was taken") };
            assert!(why.contains("workspace production") && why.ends_with("accept-identity=unknown"), "{why}");
        }
        let before = pinned("user/a", None);
        let never = connection(Identity::default());
        assert!(matches!(identity(&never, Some(&before), None), IdentityVerdict::Known(_)), "a person has accepted it");
        let unpinned = WorkflowConnection::new("default", WorkflowConnectionSpec::default());
        assert!(matches!(identity(&unpinned, Some(&before), None), IdentityVerdict::Unknown(_)));
        assert_eq!(identity(&unpinned, None, None), IdentityVerdict::Known(None));
    }

    #[test]
    fn a_person_can_accept_a_key_that_is_told_no_more_and_a_later_answer_is_kept_again() {
        let mut connection = connection(pinned("user/a", Some("production")));
        let accept = [(api::ACCEPT_IDENTITY.to_owned(), "unknown".to_owned())];
        connection.metadata.annotations = Some(accept.into());
        assert_eq!(identity(&connection, None, None), IdentityVerdict::Accepted(Identity::default()));
        assert!(matches!(
            identity(&connection, None, Some(&key_of("user/a", Some("staging")))),
            IdentityVerdict::Changed(_)
        ));
        connection.status.as_mut().unwrap().identity = Some(Identity::default());
        let told = key_of("user/a", Some("staging"));
        assert_eq!(
            identity(&connection, None, Some(&told)),
            IdentityVerdict::Known(Some(pinned("user/a", Some("staging"))))
        );
    }

    #[test]
    fn where_no_workspace_is_told_the_principal_counts() {
        let connection = connection(pinned("user/a", None));
        assert!(matches!(identity(&connection, None, Some(&key_of("user/b", None))), IdentityVerdict::Changed(_)));
    }
}
