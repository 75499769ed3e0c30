//! ID tokens that come back as hints (OpenID Connect Core, 3.1.2.1; RP-Initiated Logout, section 2).

use super::Engine;
use crate::error::StoreError;
use crate::oidc::{JwtType, TenantUrls, VerifiedJwt, verify_jwt};
use crate::store::TenantStore;

impl Engine {
    /// What an ID token says that this issuer gave somebody, however long ago: its time says nothing here. `None`: it is
    /// none, or none of ours. Access and logout tokens, which the same keys sign, are told apart by their type.
    pub(super) async fn own_id_token(
        &self,
        store: &dyn TenantStore,
        token: &str,
        urls: &TenantUrls,
    ) -> Result<Option<VerifiedJwt>, StoreError> {
        let keys = store.lookup_keys().await?;
        let Ok(hint) = verify_jwt(token, &keys.public) else {
            return Ok(None);
        };
        let is_plain = |typ: &str| typ.eq_ignore_ascii_case(JwtType::Jwt.as_str());
        let is_ours = hint.typ.as_deref().is_none_or(is_plain) && hint.text("iss") == Some(urls.issuer());
        Ok(Some(hint).filter(|hint| is_ours && hint.text("sub").is_some()))
    }
}
