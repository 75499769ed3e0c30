//! How a menu stands.

use std::sync::Arc;

use serde_json::{Value, json};

use super::diff::{MenuChange, changes};
use super::login::{Expanded, Logins, MenuUrls};
use super::shape;
use crate::ids::ConnectorId;
use crate::manage::{ManageError, Manager, Result};
use crate::model::{Connector, MenuBook, MenuVersion, TenantCode};
use crate::provider::{MenuViolation, Provider};
use crate::store::{Find, Records as _};

/// A menu as Hufu keeps it. The provider was not asked.
#[derive(Debug, Clone)]
pub struct MenuState {
    /// Whose.
    pub connector: Arc<Connector>,
    /// Draft and versions.
    pub book: MenuBook,
    /// The draft, checked; without one, what people have.
    pub checked: CheckedMenu,
}

/// A menu, checked.
#[derive(Debug, Clone)]
pub struct CheckedMenu {
    /// As the provider would get it: logins are URLs.
    pub menu: Value,
    /// What is wrong with it.
    pub violations: Vec<MenuViolation>,
    /// What it would change for people.
    pub changes: Vec<MenuChange>,
}

/// The menu that the provider says people have.
#[derive(Debug, Clone)]
pub struct MenuAtProvider {
    /// `None`: none.
    pub menu: Option<Value>,
    /// What was changed elsewhere: from what Hufu published to what is there. Empty: it is ours.
    pub changes: Vec<MenuChange>,
    /// Whether it is another than Hufu published; the order of fields makes no difference.
    pub differs: bool,
}

impl CheckedMenu {
    /// Whether the provider would refuse it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.violations.iter().any(|violation| !violation.is_warning)
    }
}

/// An opened connector that has a menu.
pub(super) struct Account {
    pub(super) connector: Arc<Connector>,
    pub(super) provider: Arc<dyn Provider>,
}

impl Manager {
    /// How the menu of a connector stands.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]: no such connector, or its kind has no menu.
    pub async fn menu(&self, code: &TenantCode, id: ConnectorId, urls: &MenuUrls) -> Result<MenuState> {
        let account = self.menu_account(code, id).await?;
        let book = self.menu_book(&account.connector).await?;
        let draft = book.draft.as_ref().map(|draft| &draft.menu);
        let shown = draft.or_else(|| book.live().map(MenuVersion::written));
        let shown = shown.cloned().unwrap_or_else(empty);
        let mut checked = self.checked(&account, &book, &shown, urls).await?;
        if book.draft.is_none() && book.live.is_none() {
            // That nothing was written yet is no mistake.
            checked.violations.clear();
        }
        Ok(MenuState {
            connector: account.connector,
            book,
            checked,
        })
    }

    /// Checks a menu that is stored nowhere.
    ///
    /// # Errors
    /// [`ManageError::MenuShape`]; else as [`Manager::menu`].
    pub async fn check_menu(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        menu: &Value,
        urls: &MenuUrls,
    ) -> Result<CheckedMenu> {
        let account = self.menu_account(code, id).await?;
        let book = self.menu_book(&account.connector).await?;
        self.checked(&account, &book, &shape::draft(menu)?, urls).await
    }

    /// Asks the provider which menu people have.
    ///
    /// # Errors
    /// [`ManageError::Provider`]; else as [`Manager::menu`].
    pub async fn menu_at_provider(&self, code: &TenantCode, id: ConnectorId) -> Result<MenuAtProvider> {
        let account = self.menu_account(code, id).await?;
        let book = self.menu_book(&account.connector).await?;
        let there = account.menu()?.read().await?.map(|menu| shape::plain(&menu));
        let ours = book.live().map(|live| shape::plain(&live.menu));
        let (from, to) = (ours.clone().unwrap_or_else(empty), there.clone().unwrap_or_else(empty));
        Ok(MenuAtProvider {
            differs: from != to,
            changes: changes(&from, &to),
            menu: there,
        })
    }

    pub(super) async fn menu_account(&self, code: &TenantCode, id: ConnectorId) -> Result<Account> {
        let connector = self.connector(code, id).await?;
        let provider = self.providers.open(&connector)?;
        let account = Account { connector, provider };
        account.menu()?;
        Ok(account)
    }

    pub(super) async fn menu_book(&self, connector: &Connector) -> Result<MenuBook> {
        let found = self.store.find::<MenuBook>(Find::Id(&connector.id.to_string())).await?;
        let mine = found.filter(|book| book.tenant_id == connector.tenant_id);
        Ok(mine.unwrap_or_else(|| MenuBook::empty(connector.tenant_id, connector.id)))
    }

    pub(super) async fn expanded(&self, connector: &Connector, menu: &Value, urls: &MenuUrls) -> Result<Expanded> {
        let clients = self.store.begin(connector.tenant_id).list_clients().await?;
        let logins = Logins {
            urls,
            connector: connector.id,
            clients: &clients,
        };
        Ok(logins.expand(menu))
    }

    pub(super) async fn checked(
        &self,
        account: &Account,
        book: &MenuBook,
        menu: &Value,
        urls: &MenuUrls,
    ) -> Result<CheckedMenu> {
        let expanded = self.expanded(&account.connector, menu, urls).await?;
        let found = account.menu()?.validate(&expanded.menu);
        let before = book.live().map_or_else(empty, |live| live.menu.clone());
        Ok(CheckedMenu {
            changes: changes(&shape::plain(&before), &shape::plain(&expanded.menu)),
            violations: together(found, &expanded),
            menu: expanded.menu,
        })
    }
}

impl Account {
    pub(super) fn menu(&self) -> Result<&dyn crate::provider::Menu> {
        self.provider.menu().ok_or(ManageError::NotFound { what: "menu" })
    }
}

/// What is wrong with the URL of a login is wrong with the login; a login that makes no URL is not also missing one.
fn together(found: Vec<MenuViolation>, expanded: &Expanded) -> Vec<MenuViolation> {
    let button = |path: &str| {
        path.rsplit_once('.')
            .map(|(button, field)| (button.to_owned(), field.to_owned()))
    };
    let is_login = |path: &str| expanded.paths.iter().any(|known| known == path);
    let is_wrong = |path: &str| {
        expanded
            .violations
            .iter()
            .any(|known| known.path == format!("{path}.login"))
    };
    let mut all = Vec::new();
    for violation in found {
        match button(&violation.path) {
            Some((of, field)) if field == "url" && is_login(&of) => {
                if !is_wrong(&of) {
                    let path = format!("{of}.login");
                    all.push(MenuViolation { path, ..violation });
                }
            }
            _ => all.push(violation),
        }
    }
    all.extend(expanded.violations.iter().cloned());
    all
}

pub(super) fn empty() -> Value {
    json!({"button": []})
}
