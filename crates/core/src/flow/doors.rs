//! Doors: by which connector, and in which way, this browser logs in.

use std::sync::Arc;

use super::begin::is_live;
use super::dispatch::{Way, way};
use super::step::Choice;
use super::{Engine, Problem, ProblemCode, Visit};
use crate::ids::ConnectorId;
use crate::model::{Client, Connector};
use crate::provider::{Provider, ProviderError};
use crate::store::TenantStore;
use crate::text::Text;

/// A connector that works in this browser.
pub(super) struct Door {
    pub(super) connector: Arc<Connector>,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) way: Way,
}

/// What a client's connectors come to in this browser.
pub(super) enum Doors {
    /// There is one way in.
    Open(Door),
    /// The person has the choice.
    Several(Vec<Door>),
    /// None works here; this one works in another browser.
    Elsewhere(Arc<Connector>),
}

/// What one connector comes to in this browser.
enum Tried {
    /// It works.
    Door(Door),
    /// Its page wants another browser.
    Elsewhere(Arc<Connector>),
    /// It has a QR code, which is for another browser.
    NotHere,
    /// It logs nobody in in a browser.
    Never,
    /// Its plug-in does not take its settings.
    Broken(ProviderError),
}

impl Engine {
    /// The doors of a client: that named by `connection`, or all that are active and work in this browser. One that is
    /// set up wrongly is left out while another works.
    pub(super) async fn doors(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        wanted: Option<&str>,
        visit: &Visit,
    ) -> Result<Doors, Problem> {
        let usable = usable(store, client, wanted).await?;
        let mut doors = Vec::new();
        let (mut elsewhere, mut broken, mut not_here) = (None, None, false);
        for connector in usable {
            match self.try_door(connector, &visit.browser.user_agent) {
                Tried::Door(door) => doors.push(door),
                Tried::Elsewhere(connector) => elsewhere = elsewhere.or(Some(connector)),
                Tried::NotHere => not_here = true,
                Tried::Never => {}
                Tried::Broken(error) => broken = broken.or(Some(error)),
            }
        }
        if doors.len() > 1 {
            return Ok(Doors::Several(doors));
        }
        match (doors.pop(), elsewhere, broken) {
            (Some(door), ..) => Ok(Doors::Open(door)),
            (None, Some(connector), _) => Ok(Doors::Elsewhere(connector)),
            (None, None, Some(error)) => Err(error.into()),
            (None, None, None) if not_here => Err(Problem::new(ProblemCode::ChoiceMissing)),
            (None, None, None) => {
                Err(Problem::new(ProblemCode::ConnectorMissing).debug("no connector logs in in a browser"))
            }
        }
    }

    fn try_door(&self, connector: Arc<Connector>, user_agent: &str) -> Tried {
        let provider = match self.parts.providers.open(&connector) {
            Ok(provider) => provider,
            Err(error) => return Tried::Broken(error),
        };
        let page = provider.redirect_login().map(|login| login.accepts(user_agent));
        let scan = provider.scan_login().map(|login| login.accepts(user_agent));
        match (way(page, scan), page, scan) {
            (Some(way), ..) => Tried::Door(Door {
                connector,
                provider,
                way,
            }),
            (None, Some(_), _) => Tried::Elsewhere(connector),
            (None, None, Some(_)) => Tried::NotHere,
            (None, None, None) => Tried::Never,
        }
    }

    /// How a door is offered.
    pub(super) fn choice(&self, door: &Door) -> Choice {
        let kind = self.parts.providers.kind(&door.connector.kind);
        Choice {
            connector: door.connector.id,
            account: door.connector.name.clone(),
            kind: kind.map_or_else(|| Text::new("", ""), |kind| kind.describe().name),
            way: door.way,
        }
    }
}

/// The active connectors that the client may use, oldest first: all, or the one that is wanted.
async fn usable(
    store: &dyn TenantStore,
    client: &Client,
    wanted: Option<&str>,
) -> Result<Vec<Arc<Connector>>, Problem> {
    let connectors = store.list_connectors().await?;
    let allowed = |connector: &&Arc<Connector>| client.may_use(connector.id) && is_live(connector);
    let allowed: Vec<_> = connectors.iter().filter(allowed).collect();
    // What is no id of ours names no connector: apps send here what they sent to another platform.
    let wanted = wanted.and_then(|id| id.parse::<ConnectorId>().ok());
    let fits = |connector: &&&Arc<Connector>| {
        connector.status.is_active() && wanted.is_none_or(|wanted| connector.id == wanted)
    };
    let active: Vec<_> = allowed
        .iter()
        .filter(fits)
        .map(|connector| Arc::clone(connector))
        .collect();
    if !active.is_empty() {
        return Ok(active);
    }
    Err(Problem::new(if allowed.is_empty() {
        ProblemCode::ConnectorMissing
    } else {
        ProblemCode::ConnectorDisabled
    }))
}
