//! Drafts.

use serde_json::{Value, json};

use super::diff::{MenuChange, changes};
use super::login::{MenuUrls, folded};
use super::read::empty;
use super::shape;
use crate::ids::ConnectorId;
use crate::manage::{ManageError, Manager, Result, expect_version};
use crate::model::{Action, Connector, MenuBook, MenuDraft, MenuVersion, TenantCode};
use crate::store::Change;

impl Manager {
    /// Keeps a draft, with whatever is wrong with it. One that says the same is not saved, and leaves no event.
    ///
    /// # Errors
    /// [`ManageError::MenuShape`]; [`ManageError::Conflict`] when the draft is not the `expected` one: see
    /// [`MenuBook::edits`].
    pub async fn save_menu_draft(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        menu: &Value,
        expected: Option<u32>,
    ) -> Result<MenuBook> {
        let account = self.menu_account(code, id).await?;
        self.keep_draft(&account.connector, shape::draft(menu)?, expected).await
    }

    /// Takes the menu that people have at the provider as the draft. Links that Hufu made become logins again.
    ///
    /// # Errors
    /// [`ManageError::Provider`]; [`ManageError::NotFound`] when there is no menu; else as
    /// [`Manager::save_menu_draft`].
    pub async fn pull_menu(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        urls: &MenuUrls,
        expected: Option<u32>,
    ) -> Result<MenuBook> {
        let account = self.menu_account(code, id).await?;
        let there = account.menu()?.read().await?;
        let there = there.ok_or(ManageError::NotFound { what: "menu" })?;
        let book = self.menu_book(&account.connector).await?;
        let mut known = Vec::new();
        let drafts = book.draft.iter().map(|draft| &draft.menu);
        for written in drafts.chain(book.live().map(MenuVersion::written)) {
            known.extend(self.expanded(&account.connector, written, urls).await?.links);
        }
        let menu = shape::draft(&folded(&shape::plain(&there), &known))?;
        self.keep_draft(&account.connector, menu, expected).await
    }

    async fn keep_draft(&self, connector: &Connector, menu: Value, expected: Option<u32>) -> Result<MenuBook> {
        let mut book = self.menu_book(connector).await?;
        expect_version(expected, book.edits, "menu_draft")?;
        let before = book.draft.as_ref().map_or_else(empty, |draft| draft.menu.clone());
        if book.draft.is_some() && before == menu {
            return Ok(book);
        }
        book.edits += 1;
        book.version += 1;
        let mut event = self.event(connector.tenant_id, Action::MenuChange);
        event.connector_id = Some(connector.id);
        event.detail.insert("draft".to_owned(), json!(book.edits));
        event
            .detail
            .insert("buttons".to_owned(), lines(&changes(&before, &menu)));
        book.draft = Some(MenuDraft {
            menu,
            by: self.actor.clone(),
            at: self.clock.now(),
        });
        self.save(event, vec![Change::record(&book)?]).await?;
        Ok(book)
    }
}

/// Changes for the log.
pub(super) fn lines(changes: &[MenuChange]) -> Value {
    json!(changes.iter().map(MenuChange::line).collect::<Vec<_>>())
}
