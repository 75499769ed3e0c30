//! Entities of the domain. Things that live through stages are state machines whose transitions can fail.

mod api_key;
mod attempt;
mod audit;
mod call;
mod client;
mod connector;
mod delivery;
mod dropin_grant;
mod grant;
mod health;
mod host;
mod identity;
mod key;
mod link;
mod menu;
mod onboarding;
mod operator;
mod protocol;
mod push;
mod rights;
mod scan;
mod seat;
mod session;
mod tenant;
mod token;
mod trial;
mod union;
mod verify_file;

pub use api_key::ApiKey;
pub use attempt::{
    Attempt, AttemptState, Authenticated, AuthorizationRequest, Browser, Face, IllegalTransition, NewAttempt,
    ResponseMode, StepTime,
};
pub use audit::{Action, AuditEvent, AuditFilter, Family, Outcome};
pub use call::{CallRule, CallRuleError};
pub use client::{Client, ClientKind, ClientSecret, SnapshotPolicy};
pub use connector::Connector;
pub use delivery::{Delivery, DeliveryState, ForwardedPush, LogoutNotice, Message, Receiver};
pub use dropin_grant::DropInGrant;
pub use grant::{Consent, DeviceLogin, DeviceState, PushedRequest, PushedUse, RefreshGrant, UsedOnce};
pub use health::{CheckNote, Health, HealthState};
pub use host::{HostName, HostNameError};
pub use identity::{Identity, Profile, Proved, UserGrant};
pub use key::{KeyRotation, KeyState, SigningKey};
pub use link::{Link, Purpose};
pub use menu::{MenuBook, MenuClaim, MenuDraft, MenuVersion};
pub use onboarding::Onboarding;
pub use operator::{Agency, LoginName, LoginNameError, Operator, SavedView, Session, Stage, Throttle, Totp};
pub use protocol::{
    AccessTokenFormat, ClientAuthMethod, ClientProtocol, ConsentPolicy, Setting, SettingError, SettingPart,
    SettingShape, SubjectType,
};
pub use push::{FormerSecret, PushAnswered, PushMatch, PushRule, PushSettings, PushSight, PushTarget, PushText};
pub use rights::{Right, Rights};
pub use scan::{NewScan, Scan, ScanState};
pub use seat::{Reach, Role, Seat, SeatError};
pub use session::{BrowserSession, SessionLogin};
pub use tenant::{Branding, CodeError, Logo, Status, Tenant, TenantCode};
pub use token::{AccessToken, Person};
pub use trial::{NewTrial, Trial, TrialResult, TrialState};
pub use union::{ConflictState, UnionConflict};
pub use verify_file::{VerifyFile, VerifyFileError};
