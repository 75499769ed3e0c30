//! A person's profile without the person, by what they granted (Tencent's documentation, 网页授权: 刷新 access_token,
//! 检验授权凭证, 拉取用户信息).

use std::time::Duration;

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::model::{Identity, UserGrant};
use hufu_core::provider::{ProfileRefresh, ProviderError, ProviderErrorCode};
use hufu_core::secret::{ExposeSecret as _, SecretString, StoredSecret};
use hufu_core::text::Text;

use super::OfficialAccount;
use crate::api::{CallError, OfficialAccountApi};
use crate::login::TOKEN_LIFE;
use crate::person::known_identity;

/// A token that ends this soon is refreshed at once.
const MARGIN: Duration = Duration::from_secs(60);

#[async_trait]
impl ProfileRefresh for OfficialAccount {
    async fn refresh(&self, external_id: &str, grant: &UserGrant) -> Result<(Identity, UserGrant), ProviderError> {
        let api = self.api.within(self.limit);
        let grant = self.living(&api, external_id, grant).await.map_err(Ended::or_error)?;
        let token = SecretString::from(grant.access_token.expose());
        let info = api.userinfo(&token, external_id).await.map_err(Ended::of);
        let info = info.map_err(Ended::or_error)?;
        Ok((known_identity(api.app_id(), info), grant))
    }
}

impl OfficialAccount {
    /// The grant with a token that works: the one there is, when WeChat says so, or a refreshed one.
    async fn living(&self, api: &OfficialAccountApi, openid: &str, grant: &UserGrant) -> Result<UserGrant, Ended> {
        let now = self.host.clock.now();
        if grant.expires_at <= now {
            return Err(Ended::Over("its thirty days are over".to_owned()));
        }
        if now.plus(MARGIN) < grant.access_expires_at {
            let token = SecretString::from(grant.access_token.expose());
            match api.check(&token, openid).await.map_err(Ended::of) {
                Ok(()) => return Ok(grant.clone()),
                Err(Ended::Over(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let Some(refresh_token) = &grant.refresh_token else {
            return Err(Ended::Over("nothing to refresh it with".to_owned()));
        };
        let refreshed = api
            .refresh(&SecretString::from(refresh_token.expose()))
            .await
            .map_err(Ended::of)?;
        if refreshed.openid != openid {
            return Err(Ended::Over("it is another person's".to_owned()));
        }
        let stored = |secret: &SecretString| StoredSecret::new(secret.expose_secret().to_owned());
        Ok(UserGrant {
            access_token: stored(&refreshed.access_token),
            access_expires_at: now.plus(Duration::from_secs(refreshed.expires_in.unwrap_or(TOKEN_LIFE))),
            refresh_token: refreshed
                .refresh_token
                .as_ref()
                .map(stored)
                .or_else(|| grant.refresh_token.clone()),
            // The thirty days are counted from the login and are not renewed.
            expires_at: grant.expires_at,
            scope: refreshed.scope.unwrap_or_else(|| grant.scope.clone()),
        })
    }
}

/// Why there is no profile.
enum Ended {
    /// What was granted is over.
    Over(String),
    /// Something else.
    Failed(ProviderError),
}

impl Ended {
    fn of(error: CallError) -> Self {
        let error = ProviderError::from(error);
        let is_over = matches!(
            error.code,
            ProviderErrorCode::TokenInvalid | ProviderErrorCode::CodeInvalid | ProviderErrorCode::CodeUsed
        );
        if is_over && error.class == Class::StartAgain {
            Self::Over(error.debug)
        } else {
            Self::Failed(error)
        }
    }

    fn or_error(self) -> ProviderError {
        match self {
            Self::Failed(error) => error,
            Self::Over(debug) => ProviderError {
                class: Class::StartAgain,
                code: ProviderErrorCode::TokenInvalid,
                errcode: None,
                message: Text::new(
                    "该用户的微信授权已失效，需要本人重新登录",
                    "This person's permission is no longer valid; they have to log in again",
                ),
                remedy: None,
                debug: format!("grant: {debug}"),
            },
        }
    }
}
