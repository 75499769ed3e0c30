//! A port to the outside world: how a message reaches a tenant's own server.

use std::fmt;

use async_trait::async_trait;

/// What is posted.
#[derive(Clone)]
pub struct Parcel {
    /// Where to: an operator's choice, so whoever posts must look where it leads.
    pub url: String,
    /// Headers of Hufu's own, by name.
    pub headers: Vec<(&'static str, String)>,
    /// `Content-Type` of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// Without the body and the URL, which may both hold secrets.
impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").finish_non_exhaustive()
    }
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// An answer with this status.
    Status(u16),
    /// The host has no address.
    Unresolved,
    /// The host has an address inside a private network alone, to which nothing is sent from here.
    Private,
    /// No answer in time.
    Slow,
    /// No connection or no valid certificate.
    Unreachable,
}

impl Posted {
    /// Whether the receiver took it: any status of success. A redirect is none.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }
}

/// The stable text.
impl fmt::Display for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Unresolved => f.write_str("unresolved"),
            Self::Private => f.write_str("private_address"),
            Self::Slow => f.write_str("timeout"),
            Self::Unreachable => f.write_str("unreachable"),
        }
    }
}

/// Posts. Bounded in time and size; never follows a redirect; never talks to private addresses, unless this
/// installation itself is on a loopback address.
#[async_trait]
pub trait Deliverer: Send + Sync + fmt::Debug {
    /// Posts once.
    async fn post(&self, parcel: &Parcel) -> Posted;
}
