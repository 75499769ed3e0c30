//! The account's own token, and WeChat's addresses, which it opens: against the stand-in.

use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_provider_wechat::api::Endpoint;
use hufu_provider_wechat::errors::is_dead_token;
use wechat_simulator::Effect;

use crate::support::World;

#[tokio::test]
async fn the_stable_token_stays_until_it_is_forced() {
    let world = World::start().await;
    let api = world.api();
    let first = api.stable_token().await.unwrap();
    let again = api.stable_token().await.unwrap();
    assert_eq!(first.access_token.expose_secret(), again.access_token.expose_secret());
    world.control.advance(60);
    let forced = api.force_stable_token().await.unwrap();
    assert_ne!(forced.access_token.expose_secret(), first.access_token.expose_secret());
    assert!(forced.expires_in.is_some());

    let dead = api.callback_addresses(&first.access_token).await.unwrap_err();
    assert!(is_dead_token(dead.errcode().unwrap()), "{dead}");
    assert!(!api.callback_addresses(&forced.access_token).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_classic_token_is_another_each_time() {
    let world = World::start().await;
    let api = world.api();
    let (first, second) = (api.classic_token().await.unwrap(), api.classic_token().await.unwrap());
    assert_ne!(first.access_token.expose_secret(), second.access_token.expose_secret());
    assert!(!api.call_addresses(&second.access_token).await.unwrap().is_empty());
    world.control.advance(7201);
    let dead = api.call_addresses(&second.access_token).await.unwrap_err();
    assert_eq!((dead.endpoint, dead.errcode()), (Endpoint::ApiDomainIp, Some(42001)));
}

#[tokio::test]
async fn a_made_up_token_opens_nothing() {
    let world = World::start().await;
    let error = world
        .api()
        .call_addresses(&SecretString::from("86_none"))
        .await
        .unwrap_err();
    assert!(is_dead_token(error.errcode().unwrap()), "{error}");
}

/// Reading is tried again when WeChat is busy, or it is not known what became of it; a new token is not.
#[tokio::test]
async fn only_reads_are_repeated() {
    let world = World::start().await;
    let api = world.api();
    let token = api.stable_token().await.unwrap().access_token;
    let busy = || Effect::Errcode {
        code: -1,
        message: "system error".to_owned(),
    };
    for effect in [busy(), Effect::LostResponse] {
        world.break_once("/cgi-bin/getcallbackip", effect.clone());
        assert!(api.callback_addresses(&token).await.is_ok());
        world.break_once("/cgi-bin/token", effect);
        assert!(api.classic_token().await.is_err());
    }
}
