//! What people get wrong.
