//! The Kubernetes API in memory: what the operator uses of it, answered as the real API server
//! answers. `store` holds the objects and knows the rules, `request` reads what is asked, `answer`
//! puts both together, `watch` says what a watch sees next. All of it is plain state: no socket, no
//! clock.

mod answer;
mod merge;
mod object;
mod policy;
mod refusal;
mod request;
mod resource;
mod store;
mod watch;

#[cfg(test)]
mod tests;

pub use answer::Kubernetes;
pub use object::{annotation, finalizers, is_terminating, name_of, version_of};
pub use policy::{Denied, Policy};
pub use refusal::Refusal;
pub use request::{Ask, Request};
pub use resource::find;
pub use store::{Door, Place, Store};
pub use watch::{Line, Watch};
