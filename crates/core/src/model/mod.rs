//! Entities of the domain. Things that live through stages are state machines whose transitions can fail.

mod api_key;
mod attempt;
mod audit;
mod call;
mod client;
mod connector;
mod dropin_grant;
mod health;
mod identity;
mod key;
mod link;
mod onboarding;
mod operator;
mod rights;
mod seat;
mod tenant;
mod token;
mod trial;
mod union;
mod verify_file;

pub use api_key::ApiKey;
pub use attempt::{
    Attempt, AttemptState, Authenticated, AuthorizationRequest, Browser, Face, IllegalTransition, NewAttempt, StepTime,
};
pub use audit::{Action, AuditEvent, AuditFilter, Family, Outcome};
pub use call::{CallRule, CallRuleError};
pub use client::{Client, ClientKind, ClientSecret, SnapshotPolicy};
pub use connector::Connector;
pub use dropin_grant::DropInGrant;
pub use health::{CheckNote, Health, HealthState};
pub use identity::{Identity, Profile, Proved, UserGrant};
pub use key::{KeyState, SigningKey};
pub use link::{Link, Purpose};
pub use onboarding::Onboarding;
pub use operator::{Agency, LoginName, LoginNameError, Operator, SavedView, Session, Stage, Throttle, Totp};
pub use rights::{Right, Rights};
pub use seat::{Reach, Role, Seat, SeatError};
pub use tenant::{Branding, CodeError, Logo, Status, Tenant, TenantCode};
pub use token::AccessToken;
pub use trial::{NewTrial, Trial, TrialResult, TrialState};
pub use union::{ConflictState, UnionConflict};
pub use verify_file::{VerifyFile, VerifyFileError};
