//! A client whose remote gives one answer to every call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tower::util::BoxCloneSyncService;
use workflow_schedule_operator::remote::{Client, NoMeter, TransportError};

use crate::NOW;

/// The API key of the client. Of some of its characters the escapes are followed by characters that could be read
/// as a part of the escape.
pub const KEY: &str = "sk-Live/4f+9aZ.q=canary-77";

/// A client and the answer that it gets.
pub struct Remote {
    /// The real client.
    pub client: Client,
    answer: Arc<Mutex<Response<Bytes>>>,
    runtime: Runtime,
}

impl Remote {
    /// A remote that answers 200 without a body.
    ///
    /// # Panics
    /// There is no runtime.
    #[must_use]
    pub fn new() -> Self {
        let answer = Arc::new(Mutex::new(Response::new(Bytes::new())));
        let given = answer.clone();
        let transport = BoxCloneSyncService::new(tower::service_fn(move |_: Request<Bytes>| {
            let answer = given.lock().expect("no panic before").clone();
            async move { Ok::<_, TransportError>(answer) }
        }));
        let base = url::Url::parse("https://api.example/base").expect("a URL");
        let client =
            Client::new(base, KEY.into(), Duration::from_secs(10), transport, Arc::new(|| NOW), Arc::new(NoMeter));
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { client, answer, runtime }
    }

    /// What `call` gives if the remote answers so.
    ///
    /// # Panics
    /// A call has panicked before.
    pub fn call<T>(&self, answer: &Response<Bytes>, call: impl AsyncFnOnce(&Client) -> T) -> T {
        self.answer.lock().expect("no panic before").clone_from(answer);
        self.runtime.block_on(call(&self.client))
    }
}

impl Default for Remote {
    fn default() -> Self {
        Self::new()
    }
}
