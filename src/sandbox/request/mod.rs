//! Requests, read as the API's own models read them.

mod body;
mod issue;
mod reader;
mod route;
mod timing;

pub(super) use self::body::{Create, Note, Patch, Target, Trigger};
pub(super) use self::issue::{Issue, Step};
pub(super) use self::reader::Reader;
pub use self::route::Operation;
pub(super) use self::route::{NoRoute, Route};
