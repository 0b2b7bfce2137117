//! Whether two connections write into one workspace, where an id is one schedule.

use url::Url;

use crate::api::WorkflowConnection;
use crate::plan::connection::settings::DEFAULT_SERVER;

/// Whether two connections may write into the same workspace: their server is the same, and whoami has not
/// told two different workspaces.
///
/// A connection without a claimed prefix shares with none: it has not written yet, and its prefix is claimed
/// by the same status write that records its workspace. So a connection whose key does not work takes no id
/// from others. A connection with a claimed prefix and an unknown workspace (whoami does not return
/// it) writes, and may share with all others of its server: it is better to refuse a valid id than to have two
/// writers of one schedule.
#[must_use]
pub fn may_share_workspace(one: &WorkflowConnection, other: &WorkflowConnection) -> bool {
    let is_told_apart = matches!((workspace(one), workspace(other)), (Some(one), Some(other)) if one != other);
    let is_writing = |connection: &WorkflowConnection| {
        connection.status.as_ref().is_some_and(|status| status.claimed_prefix.is_some())
    };
    !is_told_apart
        && is_writing(one)
        && is_writing(other)
        && address(one).is_some_and(|address_of_one| Some(address_of_one) == address(other))
}

fn workspace(connection: &WorkflowConnection) -> Option<&str> {
    connection.status.as_ref()?.identity.as_ref()?.workspace.as_deref()
}

/// The server, however it is written; `None` for what is no address: it is never spoken to.
fn address(connection: &WorkflowConnection) -> Option<(String, Option<u16>, String)> {
    let url = Url::parse(connection.spec.server_url.as_deref().unwrap_or(DEFAULT_SERVER)).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default(), url.path().trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Identity, WorkflowConnectionSpec, WorkflowConnectionStatus};

    fn connection(server: Option<&str>, workspace: Option<&str>) -> WorkflowConnection {
        let spec = WorkflowConnectionSpec { server_url: server.map(Into::into), ..Default::default() };
        let mut connection = WorkflowConnection::new("default", spec);
        let identity = Some(Identity { workspace: workspace.map(Into::into), ..Identity::default() });
        connection.status = Some(WorkflowConnectionStatus {
            claimed_prefix: Some("acme".into()),
            identity,
            ..WorkflowConnectionStatus::default()
        });
        connection
    }

    #[test]
    fn one_workspace_of_one_server_is_shared() {
        let shares = |one, other| may_share_workspace(&connection(None, one), &connection(None, other));
        assert!(shares(Some("a"), Some("a")));
        assert!(!shares(Some("a"), Some("b")));
    }

    #[test]
    fn a_workspace_that_is_not_told_may_be_any_of_its_server() {
        let untold = connection(None, None);
        assert!(may_share_workspace(&untold, &connection(None, Some("a"))));
        assert!(may_share_workspace(&untold, &connection(None, None)));
        assert!(!may_share_workspace(&untold, &connection(Some("https://elsewhere.example"), None)));
    }

    #[test]
    fn a_connection_that_has_not_written_yet_shares_with_none() {
        let mut new = connection(None, None);
        new.status = None;
        assert!(!may_share_workspace(&new, &connection(None, Some("a"))));
        assert!(!may_share_workspace(&connection(None, Some("a")), &new));
    }

    #[test]
    fn a_server_is_the_same_however_it_is_written() {
        let at = |server| connection(server, Some("a"));
        let vendor = at(None);
        assert!(may_share_workspace(&vendor, &at(Some("https://api.mistral.ai"))));
        assert!(may_share_workspace(&vendor, &at(Some("HTTPS://API.mistral.ai:443/"))));
        assert!(!may_share_workspace(&vendor, &at(Some("https://api.mistral.ai:8443"))));
        assert!(!may_share_workspace(&vendor, &at(Some("no address"))));
        assert!(!may_share_workspace(&at(Some("no address")), &at(Some("no address"))), "it is never spoken to");
    }
}
