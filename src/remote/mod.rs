//! A client of the Workflows API: wire types, calls, errors, rate limit. No Kubernetes.

mod api_key;
mod bucket;
mod ca_bundle;
mod client;
mod error;
mod error_body;
mod id;
mod limits;
mod note;
mod redact;
mod registrations;
mod retry_after;
mod runs;
mod transport;
pub mod wire;

pub use api_key::api_key;
pub use bucket::Bucket;
pub use ca_bundle::CaBundle;
pub use client::{Client, HttpVersion, Meter, NoMeter, Operation};
pub use error::{Kind, RemoteError};
pub use id::ScheduleId;
pub use limits::{BodyBudget, BodyLimit, MOST_VALUES, values_in};
pub use note::Note;
pub use registrations::{Registration, Registrations};
pub use runs::{Run, RunFilter, RunPage};
pub use transport::{HttpOptions, Transport, TransportError, http_transport};
