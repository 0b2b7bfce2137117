//! A spec in words.
