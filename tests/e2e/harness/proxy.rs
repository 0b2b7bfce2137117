//! A proxy that remembers where it was asked to connect to.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// An HTTP proxy: CONNECT, and requests with an absolute URL.
pub struct Proxy {
    url: String,
    targets: Arc<Mutex<BTreeSet<String>>>,
}

impl Proxy {
    /// Starts one; it ends with the runtime of the test.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let targets = Arc::new(Mutex::default());
        let proxy = Self { url, targets: Arc::clone(&targets) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&targets)));
            }
        });
        proxy
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `HOST:PORT`s that it has connected to.
    pub fn targets(&self) -> BTreeSet<String> {
        self.targets.lock().expect("no test panics while it holds the lock").clone()
    }
}

/// Connects a client with its target. Whatever goes wrong ends the connection, which the client sees.
async fn serve(mut client: TcpStream, targets: Arc<Mutex<BTreeSet<String>>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head.clone()).ok()?;
    let mut words = text.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let target = target.strip_prefix("http://").unwrap_or(target).split('/').next()?.to_owned();
    targets.lock().ok()?.insert(target.clone());
    let mut server = TcpStream::connect(target).await.ok()?;
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    } else {
        server.write_all(&head).await.ok()?;
    }
    copy_bidirectional(&mut client, &mut server).await.ok().map(drop)
}
