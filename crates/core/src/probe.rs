//! A port to the outside world: how a public URL of ours looks from there.

use std::fmt;

use async_trait::async_trait;

use crate::model::HostName;

/// What is looked at. Nothing else can be asked for: an operator chooses the host, so the path must not be theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedFile {
    /// Host, without scheme or path, maybe with a port.
    pub host: String,
    /// File name at its root.
    pub name: String,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// An answer of success with this text, cut to 200 bytes.
    Found(String),
    /// An answer of another status.
    Status(u16),
    /// The host leads to another one, which WeChat does not follow.
    Redirect,
    /// The host has no address.
    Unresolved,
    /// The host has an address inside a private network, which is not looked at from here.
    Private,
    /// No connection, no valid certificate or no answer in time.
    Unreachable,
}

/// Looks at files at a host's root. Bounded in time and size; never follows a redirect; never talks to private
/// addresses unless they are this installation's own public URL.
#[async_trait]
pub trait Probe: Send + Sync + fmt::Debug {
    /// Looks.
    async fn look(&self, file: &ProbedFile) -> ProbeAnswer;

    /// Which issuer a tenant's own host says it is, in its discovery document. [`ProbeAnswer::Found`] has the host of
    /// that issuer; nothing when the answer is no such document.
    async fn issuer_at(&self, host: &HostName) -> ProbeAnswer;
}
