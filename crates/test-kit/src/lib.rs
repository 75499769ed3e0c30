//! Builders, scripted provider, fixed clock and contract suites for tests

pub mod builders;
pub mod fixed;
pub mod postgres;
pub mod provider_contract;
pub mod scripted_provider;
pub mod store_contract;
