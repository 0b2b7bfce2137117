//! What a verb needs: the cluster, the namespace, the terminal.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use kube::Client;

use super::paint::Paint;
use crate::cli::cluster::{self, ClusterArgs};
use crate::cli::color::Color;

/// A verb's connection to the cluster and to the terminal.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) namespace: String,
    pub(super) paint: Paint,
}

impl Session {
    pub(super) async fn open(args: &ClusterArgs, namespace: Option<String>, color: Color) -> anyhow::Result<Self> {
        cluster::install_tls();
        let config = cluster::config(args).await?;
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).context("the client of the cluster cannot be created")?;
        let paint = Paint { is_used: color.is_used(std::io::stdout().is_terminal()) };
        Ok(Self { client, namespace, paint })
    }
}

/// Prints on standard output. It is not an error if the reader closes the pipe.
pub(super) fn print(text: &str) {
    drop(std::io::stdout().write_all(text.as_bytes()));
}
