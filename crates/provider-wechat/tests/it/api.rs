//! The calls that are no part of a login: refresh and check.

use hufu_core::provider::{ProviderError, ProviderErrorCode as Code};
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_provider_wechat::api::{Endpoint, Failure};

use crate::support::{APP_ID, World, user};

#[tokio::test]
async fn a_token_is_checked_and_refreshed() {
    let world = World::start().await;
    let api = world.api();
    let grant = api.exchange_code(&world.code(true, user("lisi")).await).await.unwrap();
    assert_eq!(
        (api.app_id(), grant.expires_in, grant.snapshot),
        (APP_ID, Some(7200), false)
    );
    assert!(grant.may_read_profile());
    let refresh_token = grant.refresh_token.unwrap();
    api.check(&grant.access_token, &grant.openid).await.unwrap();

    world.control.advance(7201);
    let expired = api.check(&grant.access_token, &grant.openid).await.unwrap_err();
    assert_eq!(expired.endpoint, Endpoint::Auth);
    assert!(matches!(&expired.failure, Failure::Refused(refusal) if refusal.errcode == 42001 && refusal.rid.is_some()));

    let fresh = api.refresh(&refresh_token).await.unwrap();
    assert_eq!(
        (&fresh.openid, fresh.scope.as_deref()),
        (&grant.openid, Some("snsapi_userinfo"))
    );
    assert_ne!(fresh.access_token.expose_secret(), grant.access_token.expose_secret());
    api.check(&fresh.access_token, &fresh.openid).await.unwrap();
    assert_eq!(
        api.userinfo(&fresh.access_token, &fresh.openid)
            .await
            .unwrap()
            .nickname
            .as_deref(),
        Some("李四")
    );

    world.control.advance(31 * 86_400);
    let error = ProviderError::from(api.refresh(&refresh_token).await.unwrap_err());
    assert_eq!((error.errcode, error.code), (Some(42002), Code::TokenInvalid));
}

#[tokio::test]
async fn wrong_tokens_and_openids() {
    let world = World::start().await;
    let api = world.api();
    let grant = api.exchange_code(&world.code(false, user("lisi")).await).await.unwrap();
    let errcode = |error: hufu_provider_wechat::api::CallError| ProviderError::from(error).errcode;
    let none = SecretString::from("86_none");
    assert_eq!(errcode(api.refresh(&none).await.unwrap_err()), Some(40030));
    assert_eq!(errcode(api.check(&none, &grant.openid).await.unwrap_err()), Some(40001));
    assert_eq!(
        errcode(api.check(&grant.access_token, "oOther").await.unwrap_err()),
        Some(40003)
    );
    assert_eq!(
        errcode(api.check(&grant.access_token, "").await.unwrap_err()),
        Some(41009)
    );
    assert_eq!(
        errcode(api.userinfo(&grant.access_token, &grant.openid).await.unwrap_err()),
        Some(48001)
    );
    assert_eq!(
        errcode(api.refresh(&SecretString::from("")).await.unwrap_err()),
        Some(41003)
    );
}
