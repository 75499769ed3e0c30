//! The crate `openidconnect` as an app uses it: what Hufu answers is checked by the crate.

use hufu_core::manage::NewClient;
use hufu_core::model::{ClientKind, SnapshotPolicy};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::ExposeSecret as _;
use hufu_tests::{Browser, Engine, TestApp};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IntrospectionUrl,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, TokenIntrospectionResponse as _, TokenResponse as _,
};

use crate::parameter;

const CALLBACK: &str = "https://app.example/callback";
const GOODBYE: &str = "https://app.example/goodbye";

/// Sends what the crate asks.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let mut answer = http.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut response = HttpResponse::new(answer.bytes().await?.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

pub(crate) async fn login_refresh_logout(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let new = NewClient {
        name: "openidconnect-rs".to_owned(),
        kind: ClientKind::Confidential,
        redirect_uris: vec![CALLBACK.to_owned()],
        post_logout_redirect_uris: vec![GOODBYE.to_owned()],
        scopes: ["openid", "profile", "wechat", "offline_access"]
            .map(str::to_owned)
            .into(),
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
    };
    let (registered, secret) = app.manager().add_client(&acme.tenant.code, new).await.unwrap();

    let issuer = IssuerUrl::new(acme.app.issuer.clone()).unwrap();
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &send).await.unwrap();
    let end_session = metadata.additional_metadata().end_session_endpoint.clone().unwrap();
    // Left to whoever extends the crate's metadata; revocation too, which the crate refuses over plain HTTP.
    let endpoints = acme.app.discover().await;
    let introspection = endpoints["introspection_endpoint"].as_str().unwrap();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(registered.id.to_string()),
        Some(ClientSecret::new(secret.unwrap().expose_secret().to_owned())),
    )
    .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
    .set_introspection_url(IntrospectionUrl::new(introspection.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (link, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["profile", "wechat", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let browser = Browser::wechat("zhangsan");
    let callback = browser.follow(&link, &[&app.url, &app.simulator_url]).await.location();
    assert_eq!(parameter(&callback, "state").as_deref(), Some(state.secret().as_str()));
    let code = AuthorizationCode::new(parameter(&callback, "code").unwrap());
    let tokens = client
        .exchange_code(code)
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();

    let id_token = tokens.id_token().unwrap();
    let id_verifier = client.id_token_verifier();
    let claims = id_token.claims(&id_verifier, &nonce).unwrap();
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&id_verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    let user: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    let name = user.name().and_then(|names| names.get(None)).map(|name| name.as_str());
    assert_eq!(name, Some("张三🙂<b>"));

    let refreshed = client
        .exchange_refresh_token(tokens.refresh_token().unwrap())
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    assert_ne!(
        refreshed.refresh_token().unwrap().secret(),
        tokens.refresh_token().unwrap().secret()
    );
    // A refresh answers no nonce, or the first one's (OpenID Connect Core, section 12.2).
    if let Some(again) = refreshed.id_token() {
        let any = |_: Option<&Nonce>| Ok(());
        assert_eq!(again.claims(&id_verifier, any).unwrap().subject(), claims.subject());
    }

    let about = client
        .introspect(refreshed.access_token())
        .request_async(&send)
        .await
        .unwrap();
    assert!(about.active());
    assert_eq!(about.sub(), Some(claims.subject().as_str()));

    let logout = LogoutRequest::from(end_session)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(GOODBYE.to_owned()).unwrap())
        .set_state(CsrfToken::new("by3".to_owned()))
        .http_get_url();
    let bye = browser.follow(&logout, &[&app.url]).await.location();
    assert_eq!(bye.as_str(), format!("{GOODBYE}?state=by3"));
}
