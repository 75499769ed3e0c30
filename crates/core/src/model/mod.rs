//! Entities of the domain. Things that live through stages are state machines whose transitions can fail.

mod attempt;
mod audit;
mod client;
mod connector;
mod identity;
mod key;
mod tenant;
mod token;
mod verify_file;

pub use attempt::{
    Attempt, AttemptState, Authenticated, AuthorizationRequest, Browser, IllegalTransition, NewAttempt, StepTime,
};
pub use audit::{Action, AuditEvent, AuditFilter, Outcome};
pub use client::{Client, ClientKind, ClientSecret, SnapshotPolicy};
pub use connector::Connector;
pub use identity::{Identity, Profile};
pub use key::{KeyState, SigningKey};
pub use tenant::{CodeError, Status, Tenant, TenantCode};
pub use token::AccessToken;
pub use verify_file::{VerifyFile, VerifyFileError};
