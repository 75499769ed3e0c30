//! Publishing: what is about to happen is claimed in the book, the provider is asked with nothing open, and what came
//! of it is recorded with its event. Two who publish at once would leave a book that says other than the provider.

use std::time::Duration;

use serde_json::{Value, json};

use super::diff::changes;
use super::login::MenuUrls;
use super::read::{Account, empty};
use super::shape;
use super::write::lines;
use crate::error::StoreError;
use crate::ids::ConnectorId;
use crate::manage::{ManageError, Manager, Result, expect_version};
use crate::model::{Action, AuditEvent, MenuBook, MenuClaim, MenuVersion, Outcome, TenantCode};
use crate::provider::ProviderError;
use crate::store::{Change, UnitOfWork};

/// After so long whoever published has died on the way. Longer than all calls of one publication may take.
const CLAIM: Duration = Duration::from_secs(120);
/// Somebody may save a draft each time that the outcome is to be recorded.
const TRIES: usize = 5;
/// Characters of a note at most.
const NOTE: usize = 200;

/// What is to happen.
struct Deed {
    /// In the log.
    name: &'static str,
    /// `None`: the menu is taken away.
    next: Option<Next>,
}

/// The version that comes.
struct Next {
    menu: Value,
    written: Value,
    note: String,
    of: Option<u32>,
}

impl Manager {
    /// Publishes the draft.
    ///
    /// # Errors
    /// [`ManageError::Menu`] names what is wrong with it, and the provider was not asked; [`ManageError::Provider`]
    /// when the provider refused: people have what they had. [`ManageError::Conflict`] when the draft is not the
    /// `expected` one, or somebody is publishing. [`ManageError::NotFound`] without a draft.
    pub async fn publish_menu(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        urls: &MenuUrls,
        note: &str,
        expected: Option<u32>,
    ) -> Result<MenuBook> {
        let account = self.menu_account(code, id).await?;
        let book = self.menu_book(&account.connector).await?;
        expect_version(expected, book.edits, "menu_draft")?;
        let draft = book.draft.clone().ok_or(ManageError::NotFound { what: "menu_draft" })?;
        let next = self
            .next_menu(&account, &book, draft.menu, urls, checked_note(note)?)
            .await?;
        self.carry_out(account, book, deed("publish", Some(next))).await
    }

    /// Publishes a former version again; the draft stays.
    ///
    /// # Errors
    /// [`ManageError::NotFound`] when it is not kept; else as [`Manager::publish_menu`]: its logins must still work.
    pub async fn roll_back_menu(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        urls: &MenuUrls,
        version: u32,
    ) -> Result<MenuBook> {
        let account = self.menu_account(code, id).await?;
        let book = self.menu_book(&account.connector).await?;
        let former = book
            .published(version)
            .ok_or(ManageError::NotFound { what: "menu_version" })?;
        let (written, note) = (former.written().clone(), former.note.clone());
        let mut next = self.next_menu(&account, &book, written, urls, note).await?;
        next.of = Some(version);
        self.carry_out(account, book, deed("roll_back", Some(next))).await
    }

    /// Takes the menu away; draft and versions stay.
    ///
    /// # Errors
    /// [`ManageError::Provider`], [`ManageError::Conflict`].
    pub async fn delete_menu(&self, code: &TenantCode, id: ConnectorId) -> Result<MenuBook> {
        let account = self.menu_account(code, id).await?;
        let book = self.menu_book(&account.connector).await?;
        self.carry_out(account, book, deed("delete", None)).await
    }

    async fn next_menu(
        &self,
        account: &Account,
        book: &MenuBook,
        written: Value,
        urls: &MenuUrls,
        note: String,
    ) -> Result<Next> {
        let checked = self.checked(account, book, &written, urls).await?;
        if checked.is_refused() {
            return Err(ManageError::Menu(checked.violations));
        }
        Ok(Next {
            menu: checked.menu,
            written,
            note,
            of: None,
        })
    }

    /// Runs to its end even when whoever asked hangs up: the provider may have taken the menu by then.
    async fn carry_out(&self, account: Account, book: MenuBook, deed: Deed) -> Result<MenuBook> {
        let manager = self.clone();
        let task = tokio::spawn(async move {
            manager.claim(book).await?;
            let asked = ask(&account, &deed).await;
            manager.record(&account, deed, asked).await
        });
        task.await.unwrap_or_else(|error| {
            Err(ManageError::Store(StoreError::Inconsistent {
                debug: format!("publishing a menu: {error}"),
            }))
        })
    }

    /// The book must still be the one that was looked at.
    async fn claim(&self, mut book: MenuBook) -> Result<()> {
        let now = self.clock.now();
        if book.claim.as_ref().is_some_and(|claim| now < claim.at.plus(CLAIM)) {
            return Err(ManageError::Conflict { what: "menu" });
        }
        book.claim = Some(MenuClaim {
            by: self.actor.clone(),
            at: now,
        });
        book.version += 1;
        let unit = UnitOfWork::new(book.tenant_id).with(Change::record(&book)?);
        self.store.begin(book.tenant_id).save(unit).await?;
        Ok(())
    }

    async fn record(
        &self,
        account: &Account,
        deed: Deed,
        asked: std::result::Result<(), ProviderError>,
    ) -> Result<MenuBook> {
        for _ in 0..TRIES {
            let mut book = self.menu_book(&account.connector).await?;
            let mut event = self.event(book.tenant_id, Action::MenuPublish);
            event.connector_id = Some(book.connector_id);
            self.settle(&mut book, &mut event, &deed, asked.as_ref().err());
            match self.save(event, vec![Change::record(&book)?]).await {
                Ok(()) => {
                    return match asked {
                        Ok(()) => Ok(book),
                        Err(error) => Err(error.into()),
                    };
                }
                // A draft was saved meanwhile.
                Err(ManageError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(ManageError::Conflict { what: "menu" })
    }

    fn settle(&self, book: &mut MenuBook, event: &mut AuditEvent, deed: &Deed, error: Option<&ProviderError>) {
        let before = book.live().map_or_else(empty, |live| live.menu.clone());
        let after = deed.next.as_ref().map_or_else(empty, |next| next.menu.clone());
        let was = book.live;
        book.claim = None;
        book.version += 1;
        let detail = &mut event.detail;
        detail.insert("deed".to_owned(), json!(deed.name));
        let of = deed.next.as_ref().and_then(|next| next.of);
        if let Some(of) = of {
            detail.insert("of_version".to_owned(), json!(of));
        }
        let note = deed.next.as_ref().map(|next| next.note.as_str()).unwrap_or_default();
        if !note.is_empty() {
            detail.insert("note".to_owned(), json!(note));
        }
        let found = changes(&shape::plain(&before), &shape::plain(&after));
        detail.insert("buttons".to_owned(), lines(&found));
        if let Some(error) = error {
            detail.insert("upstream".to_owned(), json!(error.debug));
            event.outcome = Outcome::Failed;
            event.error = Some(error.code.as_str().to_owned());
            event.errcode = error.errcode;
            return;
        }
        match &deed.next {
            Some(next) => book.add(self.version(book.next_number(), next)),
            None => book.live = None,
        }
        detail.insert("version".to_owned(), json!({"before": was, "after": book.live}));
    }

    fn version(&self, number: u32, next: &Next) -> MenuVersion {
        MenuVersion {
            number,
            menu: next.menu.clone(),
            source: (next.written != next.menu).then(|| next.written.clone()),
            by: self.actor.clone(),
            at: self.clock.now(),
            note: next.note.clone(),
            of: next.of,
        }
    }
}

fn deed(name: &'static str, next: Option<Next>) -> Deed {
    Deed { name, next }
}

async fn ask(account: &Account, deed: &Deed) -> std::result::Result<(), ProviderError> {
    // That it has a menu was looked at when it was opened.
    let Some(menu) = account.provider.menu() else {
        return Ok(());
    };
    match &deed.next {
        Some(next) => menu.publish(&next.menu).await,
        None => menu.delete().await,
    }
}

fn checked_note(note: &str) -> Result<String> {
    let note = note.trim();
    if note.chars().count() > NOTE || note.chars().any(char::is_control) {
        return Err(ManageError::MenuNote);
    }
    Ok(note.to_owned())
}
