//! `sandbox`: serves the Workflows API from memory, for demos and tests.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::sandbox::{Key, Options, Sandbox, server};

/// The options of the sandbox.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The address to listen on. Port 0 picks a free port. The first line on standard output shows the address.
    #[arg(long, env = "WSO_SANDBOX_LISTEN", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// An API key, as KEY (for the workspace `workspace`) or as KEY=WORKSPACE. May be given several times. In
    /// the environment variable, keys are separated by commas.
    #[arg(long, env = "WSO_SANDBOX_API_KEY", value_delimiter = ',', required = true, hide_env_values = true)]
    api_key: Vec<String>,
    /// The seed of the random numbers.
    #[arg(long, env = "WSO_SANDBOX_SEED", default_value_t = 0)]
    seed: u64,
}

/// Serves until SIGINT or SIGTERM.
pub(super) fn run(args: &Args) -> ExitCode {
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(args)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot serve on {}: {error}; is another sandbox running there?", args.listen);
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: &Args) -> std::io::Result<()> {
    let listener = TcpListener::bind(args.listen).await?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let shutdown = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let sandbox = Sandbox::new(options(args), Timestamp::now());
    println!("ready http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    server::serve(listener, sandbox, shutdown).await;
    Ok(())
}

/// The principals are `key-1`, `key-2` and so on, in the order of the keys.
fn options(args: &Args) -> Options {
    let start = Options { seed: args.seed, ..Options::default() };
    args.api_key.iter().zip(1..).fold(start, |options, (text, number)| {
        let (key, workspace) = text.split_once('=').unwrap_or((text, "workspace"));
        options.with_key(key, Key::new(format!("key-{number}"), workspace))
    })
}
