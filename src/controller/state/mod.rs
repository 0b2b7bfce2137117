//! What the controller knows between two reconciles. No I/O.

pub mod cache;
pub mod connection_handle;
pub mod fair_queue;
pub mod key;
pub mod seams;
pub mod workqueue;
