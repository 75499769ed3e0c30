//! Menus of accounts. The ETag is that of draft and versions together.

use axum::extract::Path;
use hufu_core::manage;
use hufu_core::model;
use hufu_core::text;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::ok;
use super::asked::{Body, id};
use super::caller::Caller;
use super::etag::{IfMatch, of_version};
use super::names::Time;
use super::told::{stale, told};
use crate::access::{Setup, TenantAccess};
use crate::http::{Answer, Refusal};

/// The menu of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Menu {
    /// What is being written; null: nothing.
    draft: Option<MenuDraft>,
    /// The version that people have as far as Hufu knows; null: none.
    published: Option<u32>,
    /// The draft, or without one what people have, checked.
    check: MenuCheck,
    /// What was published, newest first; the last 50.
    versions: Vec<MenuVersion>,
    /// Counts changes; the ETag.
    version: u32,
}

/// A menu that nobody sees yet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MenuDraft {
    /// As WeChat's menu/create takes it; a `view` button may have a `login` in place of its `url`.
    #[schema(value_type = Object)]
    menu: Value,
    /// Who wrote it.
    by: String,
    /// When.
    at: Time,
}

/// A menu that was published.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MenuVersion {
    /// Counts publications.
    number: u32,
    /// As it was written.
    #[schema(value_type = Object)]
    menu: Value,
    /// As the provider got it.
    #[schema(value_type = Object)]
    published: Value,
    /// Who published it.
    by: String,
    /// When.
    at: Time,
    /// What for.
    note: String,
    /// The version that it brought back.
    of: Option<u32>,
}

/// A menu, checked. Texts are in the caller's language.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MenuCheck {
    /// Whether it can be published.
    ok: bool,
    /// As the provider would get it: logins are URLs.
    #[schema(value_type = Object)]
    menu: Value,
    /// What is wrong.
    violations: Vec<MenuViolation>,
    /// What publishing would change.
    changes: Vec<MenuChange>,
}

/// One thing wrong with a menu.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MenuViolation {
    /// Where, e.g. `button[1].sub_button[0].name`.
    path: String,
    /// Stable name of the rule.
    rule: String,
    /// What is wrong, with what was measured and what is allowed.
    message: String,
    /// Whether it stands in nobody's way.
    warning: bool,
}

/// One change of a menu.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MenuChange {
    /// `added`, `removed`, `changed` or `moved`.
    change: String,
    /// Where.
    path: String,
    /// What the button is called.
    name: String,
    /// In words.
    text: String,
    /// Which fields of it.
    fields: Vec<MenuField>,
}

/// One field that changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MenuField {
    /// Its name.
    field: String,
    /// null: there was none.
    before: Option<String>,
    /// null: it is gone.
    after: Option<String>,
}

/// The menu that the provider says people have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LiveMenu {
    /// null: none.
    #[schema(value_type = Option<Object>)]
    menu: Option<Value>,
    /// Whether it is another than Hufu published.
    changed_elsewhere: bool,
    /// How.
    changes: Vec<MenuChange>,
}

/// A menu to keep or to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMenu {
    /// As WeChat's menu/create takes it; a `view` button may have a `login` in place of its `url`.
    #[schema(value_type = Object)]
    menu: Value,
}

/// What is to be published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MenuPublication {
    /// What for, in the list of versions; at most 200 characters.
    #[serde(default)]
    note: Option<String>,
}

/// A version to bring back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MenuRollback {
    /// Its number.
    number: u32,
}

fn change_of(change: &manage::MenuChange, locale: text::Locale) -> MenuChange {
    let field = |field: &manage::MenuFieldChange| MenuField {
        field: field.field.clone(),
        before: field.before.clone(),
        after: field.after.clone(),
    };
    MenuChange {
        change: change.kind.as_str().to_owned(),
        path: change.path.clone(),
        name: change.name.clone(),
        text: change.text().get(locale).to_owned(),
        fields: change.fields.iter().map(field).collect(),
    }
}

fn check_of(checked: &manage::CheckedMenu, locale: text::Locale) -> MenuCheck {
    let violation = |found: &hufu_core::provider::MenuViolation| MenuViolation {
        path: found.path.clone(),
        rule: found.rule.to_owned(),
        message: found.message.get(locale).to_owned(),
        warning: found.is_warning,
    };
    MenuCheck {
        ok: !checked.is_refused(),
        menu: checked.menu.clone(),
        violations: checked.violations.iter().map(violation).collect(),
        changes: checked.changes.iter().map(|change| change_of(change, locale)).collect(),
    }
}

fn shown(state: &manage::MenuState, locale: text::Locale) -> Menu {
    let book = &state.book;
    let version = |version: &model::MenuVersion| MenuVersion {
        number: version.number,
        menu: version.written().clone(),
        published: version.menu.clone(),
        by: version.by.clone(),
        at: version.at.into(),
        note: version.note.clone(),
        of: version.of,
    };
    Menu {
        draft: book.draft.as_ref().map(|draft| MenuDraft {
            menu: draft.menu.clone(),
            by: draft.by.clone(),
            at: draft.at.into(),
        }),
        published: book.live,
        check: check_of(&state.checked, locale),
        versions: book.versions.iter().rev().map(version).collect(),
        version: book.version,
    }
}

/// What a changing operation works on: the account, its state, and the draft that is expected.
struct Work {
    tenant: TenantAccess,
    setup: Setup,
    connector: hufu_core::ids::ConnectorId,
    expected: Option<u32>,
}

impl Work {
    async fn on(caller: &Caller, (code, connector): &(String, String), if_match: &IfMatch) -> Result<Self, Refusal> {
        let tenant = caller.access.tenant(code).await?;
        let setup = tenant.setup()?;
        let book = tenant.menu(id(connector)?).await?.book;
        let expected = if_match.over(book.version)?.map(|_| book.edits);
        Ok(Self {
            tenant,
            setup,
            connector: book.connector_id,
            expected,
        })
    }

    async fn answer(&self, caller: &Caller, done: manage::Result<model::MenuBook>) -> Answer {
        done.map_err(|error| stale(told(error)))?;
        let state = self.tenant.menu(self.connector).await?;
        Ok(of_version(state.book.version, &shown(&state, caller.locale)))
    }
}

/// Reads how a menu stands; the provider is not asked
#[utoipa::path(get, path = "/tenants/{code}/connectors/{id}/menu", tag = "menus",
    responses((status = 200, description = "Draft, check and versions.", body = Menu, headers(("ETag")))))]
pub(super) async fn get_menu(caller: Caller, Path((code, connector)): Path<(String, String)>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let state = tenant.menu(id(&connector)?).await?;
    Ok(of_version(state.book.version, &shown(&state, caller.locale)))
}

/// Keeps a menu as the draft, with whatever is wrong with it
#[utoipa::path(put, path = "/tenants/{code}/connectors/{id}/menu", tag = "menus", request_body = WrittenMenu,
    responses((status = 200, description = "The menu as it stands now.", body = Menu, headers(("ETag")))))]
pub(super) async fn put_menu(
    caller: Caller,
    Path(path): Path<(String, String)>,
    if_match: IfMatch,
    Body(written): Body<WrittenMenu>,
) -> Answer {
    let work = Work::on(&caller, &path, &if_match).await?;
    let saved = work.setup.save_menu_draft(work.connector, &written.menu, work.expected);
    let saved = saved.await;
    work.answer(&caller, saved).await
}

/// Takes the menu away; draft and versions stay
#[utoipa::path(delete, path = "/tenants/{code}/connectors/{id}/menu", tag = "menus",
    responses((status = 200, description = "The menu as it stands now.", body = Menu, headers(("ETag")))))]
pub(super) async fn delete_menu(caller: Caller, Path(path): Path<(String, String)>, if_match: IfMatch) -> Answer {
    let work = Work::on(&caller, &path, &if_match).await?;
    let deleted = work.setup.delete_menu(work.connector).await;
    work.answer(&caller, deleted).await
}

/// Checks a menu that is stored nowhere; the provider is not asked
#[utoipa::path(post, path = "/tenants/{code}/connectors/{id}/menu/check", tag = "menus", request_body = WrittenMenu,
    responses((status = 200, description = "What is wrong and what would change.", body = MenuCheck)))]
pub(super) async fn check_menu(
    caller: Caller,
    Path((code, connector)): Path<(String, String)>,
    Body(written): Body<WrittenMenu>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let checked = tenant.setup()?.check_menu(id(&connector)?, &written.menu).await;
    Ok(ok(&check_of(&checked.map_err(told)?, caller.locale)))
}

/// Publishes the draft
#[utoipa::path(post, path = "/tenants/{code}/connectors/{id}/menu/publish", tag = "menus", request_body = MenuPublication,
    responses((status = 200, description = "The menu as it stands now.", body = Menu, headers(("ETag")))))]
pub(super) async fn publish_menu(
    caller: Caller,
    Path(path): Path<(String, String)>,
    if_match: IfMatch,
    Body(publication): Body<MenuPublication>,
) -> Answer {
    let work = Work::on(&caller, &path, &if_match).await?;
    let note = publication.note.unwrap_or_default();
    let published = work.setup.publish_menu(work.connector, &note, work.expected).await;
    work.answer(&caller, published).await
}

/// Publishes a former version again; the draft stays
#[utoipa::path(post, path = "/tenants/{code}/connectors/{id}/menu/rollback", tag = "menus", request_body = MenuRollback,
    responses((status = 200, description = "The menu as it stands now.", body = Menu, headers(("ETag")))))]
pub(super) async fn roll_back_menu(
    caller: Caller,
    Path(path): Path<(String, String)>,
    if_match: IfMatch,
    Body(rollback): Body<MenuRollback>,
) -> Answer {
    let work = Work::on(&caller, &path, &if_match).await?;
    let published = work.setup.roll_back_menu(work.connector, rollback.number).await;
    work.answer(&caller, published).await
}

/// Asks the provider which menu people have
#[utoipa::path(get, path = "/tenants/{code}/connectors/{id}/menu/live", tag = "menus",
    responses((status = 200, description = "The menu at the provider.", body = LiveMenu)))]
pub(super) async fn get_live_menu(caller: Caller, Path((code, connector)): Path<(String, String)>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let there = tenant.setup()?.menu_at_provider(id(&connector)?).await.map_err(told)?;
    let changes = there.changes.iter().map(|change| change_of(change, caller.locale));
    Ok(ok(&LiveMenu {
        changes: changes.collect(),
        changed_elsewhere: there.differs,
        menu: there.menu,
    }))
}
