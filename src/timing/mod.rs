//! The language of time. No Kubernetes, no HTTP, no clock.
