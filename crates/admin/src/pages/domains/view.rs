//! Ownership files as pages show them.

use hufu_core::clock::Timestamp;
use hufu_core::model::{Health, VerifyFile};

use crate::console::Console;
use crate::http::Visitor;
use crate::pages::connectors::checks::{Badge, Check};

/// A file with its last probe.
pub(in crate::pages) struct FileView {
    pub(in crate::pages) host: String,
    pub(in crate::pages) token: String,
    pub(in crate::pages) name: String,
    /// Where the world finds it.
    pub(in crate::pages) url: String,
    pub(in crate::pages) badge: Badge,
    /// What the probe found wrong.
    pub(in crate::pages) problems: Vec<Check>,
    pub(in crate::pages) at: Option<Timestamp>,
    /// Whether its host is the one that callbacks come to.
    pub(in crate::pages) is_own: bool,
}

pub(in crate::pages) fn views(
    console: &Console,
    visitor: &Visitor,
    files: &[(VerifyFile, Option<Health>)],
) -> Vec<FileView> {
    files
        .iter()
        .map(|(file, health)| view(console, visitor, file, health.as_ref()))
        .collect()
}

fn view(console: &Console, visitor: &Visitor, file: &VerifyFile, health: Option<&Health>) -> FileView {
    let public = &console.site.public_url;
    let is_own = file.host == public.host();
    let checks = health
        .map(|health| Check::all(visitor, &health.checks))
        .unwrap_or_default();
    FileView {
        url: if is_own {
            public.at(&format!("/{}", file.name()))
        } else {
            format!("https://{}/{}", file.host, file.name())
        },
        badge: Badge::of(visitor, health.map(|health| health.state)),
        problems: checks.into_iter().filter(|check| !check.message.is_empty()).collect(),
        at: health.map(|health| health.at),
        host: file.host.clone(),
        token: file.token.clone(),
        name: file.name(),
        is_own,
    }
}
