//! The test harness: a real control plane, a sandbox and an operator, all as processes.

mod cluster;
pub mod console;
mod control_plane;
mod diagnosis;
mod namespace;
mod object;
mod operator;
pub mod process;
mod proxy;
mod run;
pub mod sandbox;
mod waiting;
mod world;

pub use cluster::Cluster;
pub use namespace::Namespace;
pub use object::{Object, condition, is_ready, message};
pub use operator::Operator;
pub use proxy::Proxy;
pub use run::seed;
pub use sandbox::OPERATOR_KEY;
pub use waiting::{eventually, eventually_within};
pub use world::{PREFIX, World};
