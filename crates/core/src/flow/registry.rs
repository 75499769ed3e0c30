//! The installed plug-ins, and the connectors opened from them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::Class;
use crate::ids::ConnectorId;
use crate::model::Connector;
use crate::provider::{Provider, ProviderError, ProviderErrorCode, ProviderHost, ProviderKind};
use crate::text::Text;

/// The version of the row it was opened from, and the provider.
type Opened = (u32, Arc<dyn Provider>);

/// Kind → plug-in, filled once at the top; keeps opened connectors until their row changes.
pub struct ProviderRegistry {
    kinds: Vec<Arc<dyn ProviderKind>>,
    host: ProviderHost,
    opened: RwLock<HashMap<ConnectorId, Opened>>,
}

impl fmt::Debug for ProviderRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.kinds.iter().map(|kind| kind.kind()))
            .finish()
    }
}

impl ProviderRegistry {
    /// A registry of these plug-ins.
    #[must_use]
    pub fn new(kinds: Vec<Arc<dyn ProviderKind>>, host: ProviderHost) -> Self {
        Self {
            kinds,
            host,
            opened: RwLock::default(),
        }
    }

    /// All plug-ins.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<dyn ProviderKind>> {
        self.kinds.iter()
    }

    /// The plug-in of a kind.
    #[must_use]
    pub fn kind(&self, kind: &str) -> Option<&Arc<dyn ProviderKind>> {
        self.kinds.iter().find(|known| known.kind() == kind)
    }

    /// What the plug-ins may touch, for what is counted and held beside them.
    #[must_use]
    pub fn host(&self) -> &ProviderHost {
        &self.host
    }

    /// Claims that the plug-ins add under their own names.
    #[must_use]
    pub fn claims(&self) -> Vec<&'static str> {
        let mut claims: Vec<_> = self
            .kinds
            .iter()
            .flat_map(|kind| kind.describe().claims.iter().copied())
            .collect();
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    /// The scopes of the installed providers: a claim `x_y` is given when the scope has `x`.
    #[must_use]
    pub fn scopes(&self) -> Vec<&'static str> {
        let mut scopes: Vec<_> = self
            .claims()
            .into_iter()
            .filter_map(|claim| claim.split_once('_').map(|(scope, _)| scope))
            .collect();
        scopes.dedup();
        scopes
    }

    /// The connector, opened; opened again when its row changed.
    ///
    /// # Errors
    /// When no such plug-in is installed, or the settings are not what it needs.
    pub fn open(&self, connector: &Connector) -> Result<Arc<dyn Provider>, ProviderError> {
        let known = self
            .opened
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&connector.id)
            .cloned();
        if let Some((version, provider)) = known
            && version == connector.version
        {
            return Ok(provider);
        }
        let provider = self.open_unkept(connector)?;
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        opened.insert(connector.id, (connector.version, Arc::clone(&provider)));
        Ok(provider)
    }

    /// The connector, opened for once: it may be stored nowhere.
    ///
    /// # Errors
    /// See [`ProviderRegistry::open`].
    pub fn open_unkept(&self, connector: &Connector) -> Result<Arc<dyn Provider>, ProviderError> {
        let kind = self.kind(&connector.kind).ok_or_else(|| ProviderError {
            class: Class::Operator,
            code: ProviderErrorCode::Misconfigured,
            errcode: None,
            message: Text::new("此程序没有安装该类型的插件", "No plug-in of this kind is installed"),
            remedy: None,
            debug: format!("unknown connector kind {}", connector.kind),
        })?;
        kind.open(connector, &self.host)
    }
}
