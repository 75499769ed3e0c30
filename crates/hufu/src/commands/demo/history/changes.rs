//! A few changes that operators are said to have made during the week, through the ways of the console.

use std::sync::Arc;
use std::time::Duration;

use hufu::Hufu;
use hufu_core::clock::Timestamp;
use hufu_core::manage::{By, ClientEdit, ConnectorEdit, ManageError, Manager, TenantEdit};
use hufu_core::model::{Branding, Client, Reach, Role, Seat, Status};
use hufu_core::oidc::SigningAlgorithm;

use super::unfinished;
use crate::commands::demo::cast::OLD_APP;
use crate::commands::demo::moment::manager_at;
use crate::commands::demo::setup::{House, Stage};
use crate::commands::demo::team;
use crate::failure::Failure;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Makes them.
pub(super) async fn make(hufu: &Hufu, stage: &Stage, now: Timestamp) -> Result<(), Failure> {
    let by = |login: &str, ago: u64| {
        let at = now.minus(Duration::from_secs(ago));
        let mut manager = manager_at(hufu, &team::actor(login), at);
        manager.from = Some(team::desk(hufu, login, at));
        manager
    };
    api_key(hufu, stage, &by(team::ADMIN, 90 * HOUR)).await?;
    for house in &stage.houses {
        match house.part.code {
            "flower" => {
                longer_log(&by(team::ADMIN, 75 * HOUR), house).await?;
                end_old_app(&by(team::OPERATOR, 50 * HOUR), house).await?;
                another_uri(&by(team::TENANT_ADMIN, 5 * HOUR), house).await?;
                warmer_colour(&by(team::TENANT_ADMIN, 4 * HOUR), house).await?;
            }
            "noodle" => {
                own_domain(&by(team::ADMIN, 74 * HOUR), house).await?;
                rotate_key(&by(team::ADMIN, 52 * HOUR), house).await?;
                rename_account(&by(team::OPERATOR, 28 * HOUR), house).await?;
                unfinished::begin(&by(team::OPERATOR, 40 * MINUTE), house).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn longer_log(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let edit = TenantEdit {
        audit_days: Some(365),
        ..TenantEdit::from(&house.tenant)
    };
    manager.change_tenant(&house.tenant.code, edit, None).await.map(drop)
}

async fn warmer_colour(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let tenant = manager.tenant(&house.tenant.code).await?;
    let edit = TenantEdit::from(&*tenant);
    let branding = Branding {
        colour: Some("#c2185b".to_owned()),
        ..edit.branding.clone()
    };
    let edit = TenantEdit { branding, ..edit };
    manager.change_tenant(&tenant.code, edit, None).await.map(drop)
}

async fn end_old_app(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let Some(old) = house.clients.iter().find(|client| client.name == OLD_APP) else {
        return Ok(());
    };
    let code = &house.tenant.code;
    manager
        .set_client_status(code, old.id, Status::Disabled)
        .await
        .map(drop)
}

async fn another_uri(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let Some(client) = house.clients.first() else {
        return Ok(());
    };
    let mut edit = ClientEdit::from(client as &Client);
    edit.redirect_uris
        .push("https://m.flower.example/wechat/callback".to_owned());
    manager
        .change_client(&house.tenant.code, client.id, edit, None)
        .await
        .map(drop)
}

async fn rename_account(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let Some(connector) = house.connectors.last() else {
        return Ok(());
    };
    let edit = ConnectorEdit {
        name: format!("{}（优惠券）", connector.name),
        settings: connector.settings.clone(),
    };
    manager
        .edit_connector(&house.tenant.code, connector.id, edit, None)
        .await
        .map(drop)
}

/// A key that signed until then stays known for a while.
async fn rotate_key(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let code = &house.tenant.code;
    let key = manager.add_key(code, SigningAlgorithm::Es256).await?;
    manager.activate_key(code, key.id).await
}

/// A file that WeChat would find: this machine is the demo's own host.
async fn own_domain(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let (name, content) = ("MP_verify_dEm0No0dleTiger9.txt", "dEm0No0dleTiger9");
    let code = &house.tenant.code;
    manager
        .add_verify_file(code, "127.0.0.1", name, content)
        .await
        .map(drop)
}

/// The agency's reports are made by a program; nobody knows its key.
async fn api_key(hufu: &Hufu, stage: &Stage, manager: &Manager) -> Result<(), Failure> {
    const QUARTER: Duration = Duration::from_secs(90 * 86_400);
    let by = By {
        actor: manager.actor.clone(),
        from: manager.from.clone(),
    };
    let mut operators = hufu.operators();
    operators.clock = Arc::clone(&manager.clock);
    let agency = stage.agency.id;
    let seat = Seat::new(Role::Auditor, Reach::Agency { agency }).map_err(|error| Failure::internal(&error))?;
    operators
        .add_api_key(&by, "月报 monthly report", seat, Some(agency), true, QUARTER)
        .await?;
    Ok(())
}
