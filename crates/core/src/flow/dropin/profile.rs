//! Who a token speaks for.

use super::{DropInError, DropInRefused};
use crate::flow::Engine;
use crate::ids::TenantId;
use crate::model::Profile;
use crate::oidc::Form;

/// A person as an app is told of them.
#[derive(Debug, Clone)]
pub struct DropInUser {
    /// The account's own id.
    pub external_id: String,
    /// The account owner's id.
    pub union_id: Option<String>,
    /// What they show of themself.
    pub profile: Profile,
    /// Whether the client wants `application/json`.
    pub json: bool,
}

impl Engine {
    /// The profile that an access token opens.
    ///
    /// # Errors
    /// [`DropInError::NotAllowed`] for a token of the ids only, or of a visitor whom WeChat shows a snapshot.
    pub async fn dropin_userinfo(&self, form: &Form, within: Option<TenantId>) -> Result<DropInUser, DropInRefused> {
        let held = self.held_by_access_token(form, within).await?;
        let identity = &held.person.identity;
        if !held.scopes().has("profile") || identity.transient {
            return Err(DropInRefused::from(DropInError::NotAllowed).to(&held.client));
        }
        Ok(DropInUser {
            external_id: identity.external_id.clone(),
            union_id: identity.union_id.clone(),
            profile: identity.profile.clone().unwrap_or_default(),
            json: held.client.rights.json_answers,
        })
    }

    /// Whether an access token lives and speaks for a person; the client's wish for `application/json`.
    ///
    /// # Errors
    /// See [`DropInError`].
    pub async fn dropin_check(&self, form: &Form, within: Option<TenantId>) -> Result<bool, DropInRefused> {
        let held = self.held_by_access_token(form, within).await?;
        Ok(held.client.rights.json_answers)
    }
}
