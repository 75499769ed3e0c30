//! Builders, scripted provider, fixed clock and contract suites for tests

pub mod postgres;
