//! An account that is being connected: the wizard stands before its test login.

use std::collections::BTreeMap;

use hufu_core::manage::{ManageError, Manager, OnboardingEdit};
use hufu_core::model::{Onboarding, SnapshotPolicy};

use crate::commands::demo::cast::UNFINISHED;
use crate::commands::demo::setup::{House, KIND, new_client};

const REDIRECT_URI: &str = "https://breakfast.noodle.example/cb";

/// Begins, and goes on as far as that.
pub(super) async fn begin(manager: &Manager, house: &House) -> Result<(), ManageError> {
    let code = &house.tenant.code;
    let begun = manager.begin_onboarding(code).await?;
    let kind = OnboardingEdit::Kind {
        kind: KIND.to_owned(),
        values: BTreeMap::from([("appid".to_owned(), UNFINISHED.app_id.to_owned())]),
    };
    let begun = manager.edit_onboarding(&begun, kind, None).await?;
    let secrets = BTreeMap::from([("secret".to_owned(), UNFINISHED.secret.into())]);
    let (begun, connector) = manager
        .add_onboarding_connector(code, &begun, UNFINISHED.name, secrets, Vec::new())
        .await?;
    let mut new = new_client("早餐预订", REDIRECT_URI);
    new.connectors = vec![connector.id];
    let (client, _) = manager.add_client(code, new).await?;
    let edits = [
        OnboardingEdit::Confirmed("ip".to_owned()),
        OnboardingEdit::Confirmed("verify".to_owned()),
        OnboardingEdit::RedirectUris(vec![REDIRECT_URI.to_owned()]),
        OnboardingEdit::Confirmed("domain".to_owned()),
        OnboardingEdit::Snapshots(SnapshotPolicy::Refuse),
        OnboardingEdit::Confirmed("policy".to_owned()),
        OnboardingEdit::Client(client.id),
    ];
    go_on(manager, begun, edits).await
}

async fn go_on(
    manager: &Manager,
    mut onboarding: Onboarding,
    edits: impl IntoIterator<Item = OnboardingEdit>,
) -> Result<(), ManageError> {
    for edit in edits {
        onboarding = manager.edit_onboarding(&onboarding, edit, None).await?;
    }
    Ok(())
}
