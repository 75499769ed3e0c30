//! What an app asks, read and checked once (RFC 6749, 4.1.1; OpenID Connect Core, 3.1.2.1; RFC 9126, 2.1).

use std::time::Duration;

use super::begin::Stop;
use super::{Engine, Problem, ProblemCode, Visit};
use crate::model::{AuthorizationRequest, Client, ClientKind, Face, ResponseMode, Tenant};
use crate::oidc::{
    ACR_PROVIDER, ACR_SESSION, ClaimsRequest, CodeChallenge, Form, FormError, OAuthError, OAuthErrorCode, Scopes,
    TenantUrls, claim_scope, is_registered_for,
};
use crate::secret::Digest256;
use crate::store::TenantStore;
use crate::text::Locale;

/// Parameters that may stand in a request at most once; the rest is ignored.
const PARAMETERS: [&str; 24] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "display",
    "prompt",
    "max_age",
    "ui_locales",
    "claims_locales",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "registration",
    "resource",
    "dpop_jkt",
    "connection",
];

/// What a client asks of one login.
pub(super) struct Asked {
    /// What goes with the login to its end.
    pub(super) request: AuthorizationRequest,
    /// The connector that it wants, if it wants a certain one.
    pub(super) connection: Option<String>,
    /// Digest of the pushed request in which it stood.
    pub(super) pushed: Option<Digest256>,
    /// No page may be shown (`prompt=none`).
    pub(super) silent: bool,
    /// How long ago the person may have logged in at the provider.
    pub(super) max_age: Option<Duration>,
}

impl Asked {
    /// A request that asks for no more.
    pub(super) fn plain(request: AuthorizationRequest, connection: Option<&str>) -> Self {
        Self {
            request,
            connection: connection.map(str::to_owned),
            pushed: None,
            silent: false,
            max_age: None,
        }
    }
}

/// Refuses what is said twice (RFC 6749, section 3.1): nobody knows which of the two a proxy or an app has checked.
pub(super) fn once(form: &Form) -> Result<(), FormError> {
    PARAMETERS.iter().try_for_each(|name| form.get(name).map(|_| ()))
}

impl Engine {
    /// The request of a form, or the pushed one that it names.
    pub(super) async fn read_request(
        &self,
        tenant: &Tenant,
        store: &dyn TenantStore,
        client: &Client,
        form: &Form,
        visit: &Visit,
    ) -> Result<Asked, Stop> {
        let Some(pushed) = self.find_pushed(tenant, client, form).await? else {
            return self.checked(store, client, form, &visit.urls, false).await;
        };
        // What stands beside it in the query is not looked at (RFC 9126, section 4), but for our own chooser's word.
        let inner = Form::from_pairs(pushed.parameters);
        let mut asked = self.checked(store, client, &inner, &visit.urls, true).await?;
        asked.pushed = Some(pushed.digest);
        asked.request.dpop_jkt = asked.request.dpop_jkt.or(pushed.dpop_jkt);
        if let Some(connection) = form.get("connection")? {
            asked.connection = Some(connection.to_owned());
        }
        Ok(asked)
    }

    /// Phase by phase; the order is part of the contract: the redirect URI before anything that is answered there, then
    /// how it is answered.
    pub(super) async fn checked(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        form: &Form,
        urls: &TenantUrls,
        pushed: bool,
    ) -> Result<Asked, Stop> {
        let redirect_uri = form
            .get("redirect_uri")?
            .ok_or_else(|| Problem::new(ProblemCode::RedirectUriMissing))?;
        let is_native = client.kind == ClientKind::Public;
        if !is_registered_for(&client.redirect_uris, redirect_uri, is_native) {
            return Err(Problem::new(ProblemCode::RedirectUriUnregistered)
                .debug(format!("asked for {redirect_uri:?}"))
                .into());
        }
        let scopes = Scopes::parse(form.get("scope")?.unwrap_or_default()).within(&client.scopes);
        let mut request = AuthorizationRequest {
            state: form.get("state")?.map(str::to_owned),
            nonce: form.get("nonce")?.map(str::to_owned),
            pushed,
            ..AuthorizationRequest::new(client.id, redirect_uri.to_owned(), scopes, Face::Oidc)
        };
        let mode = form.get("response_mode")?;
        if mode == Some("form_post") {
            request.response_mode = ResponseMode::FormPost;
        }
        let mut asked = Asked::plain(request, form.get("connection")?);
        match self.check_protocol(store, client, form, urls, &mut asked).await {
            Ok(()) => Ok(asked),
            Err(error) => Err(Stop::Client(Box::new(asked.request), error)),
        }
    }

    async fn check_protocol(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        form: &Form,
        urls: &TenantUrls,
        asked: &mut Asked,
    ) -> Result<(), OAuthError> {
        let get = |name| {
            form.get(name)
                .map_err(|error| OAuthError::invalid_request(error.to_string()))
        };
        check_form(client, form, asked.request.pushed)?;
        let request = &mut asked.request;
        if request.scopes.is_empty() {
            return Err(OAuthError::new(
                OAuthErrorCode::InvalidScope,
                "scope names nothing this client may have; openid is the least",
            ));
        }
        request.challenge = read_challenge(client, get("code_challenge")?, get("code_challenge_method")?)?;
        request.dpop_jkt = get("dpop_jkt")?.map(read_thumbprint).transpose()?;
        // The first that we speak (Core, 3.1.2.1: in order of preference; an unknown one is no error).
        let locales = get("ui_locales")?.unwrap_or_default();
        request.locale = locales.split(' ').find_map(Locale::of_tag);
        asked.silent = read_prompt(get("prompt")?, request)?;
        asked.max_age = get("max_age")?.map(read_max_age).transpose()?;
        request.fresh |= asked.max_age == Some(Duration::ZERO);
        if let Some(claims) = get("claims")? {
            read_claims(claims, client, request)?;
        }
        if let Some(hint) = get("id_token_hint")? {
            let sub = self.read_hint(store, hint, urls).await?;
            if request.expected_sub.as_ref().is_some_and(|expected| *expected != sub) {
                return Err(OAuthError::invalid_request("id_token_hint and claims name two people"));
            }
            request.expected_sub = Some(sub);
        }
        Ok(())
    }

    /// The `sub` of an ID token that we once gave. It may have expired (Core, 3.1.2.1).
    async fn read_hint(&self, store: &dyn TenantStore, hint: &str, urls: &TenantUrls) -> Result<String, OAuthError> {
        let hint = self
            .own_id_token(store, hint, urls)
            .await
            .map_err(OAuthError::unavailable)?;
        hint.and_then(|hint| hint.text("sub").map(str::to_owned))
            .ok_or_else(|| OAuthError::invalid_request("id_token_hint is no ID token of this issuer"))
    }
}

/// How the request travels and what it wants back.
fn check_form(client: &Client, form: &Form, pushed: bool) -> Result<(), OAuthError> {
    let get = |name| {
        form.get(name)
            .map_err(|error| OAuthError::invalid_request(error.to_string()))
    };
    let refusals = [
        (
            "request",
            OAuthErrorCode::RequestNotSupported,
            "request objects are not supported",
        ),
        (
            "request_uri",
            OAuthErrorCode::RequestUriNotSupported,
            "request_uri must be one that the pushed authorization request endpoint gave",
        ),
        (
            "registration",
            OAuthErrorCode::RegistrationNotSupported,
            "registration is not supported",
        ),
    ];
    for (name, code, why) in refusals {
        if get(name)?.is_some() {
            return Err(OAuthError::new(code, why));
        }
    }
    if client.protocol.require_pushed_authorization_requests && !pushed {
        return Err(OAuthError::invalid_request(
            "this client must push its authorization requests (RFC 9126)",
        ));
    }
    match get("response_type")? {
        Some("code") => {}
        None => return Err(OAuthError::invalid_request("response_type is missing")),
        Some(_) => {
            return Err(OAuthError::new(
                OAuthErrorCode::UnsupportedResponseType,
                "response_type must be code",
            ));
        }
    }
    match get("response_mode")? {
        None | Some("query" | "form_post") => Ok(()),
        Some(_) => Err(OAuthError::invalid_request("response_mode must be query or form_post")),
    }
}

fn read_challenge(
    client: &Client,
    challenge: Option<&str>,
    method: Option<&str>,
) -> Result<Option<CodeChallenge>, OAuthError> {
    let challenge =
        CodeChallenge::read(challenge, method).map_err(|error| OAuthError::invalid_request(error.to_string()))?;
    if challenge.is_none() && client.kind == ClientKind::Public {
        return Err(OAuthError::invalid_request(
            "a public client must send a code_challenge (PKCE, S256)",
        ));
    }
    if challenge.is_none() && client.protocol.require_pkce {
        return Err(OAuthError::invalid_request(
            "this client must send a code_challenge (PKCE, S256)",
        ));
    }
    Ok(challenge)
}

/// RFC 9449, section 10: the SHA-256 thumbprint of a key, 43 characters of base64url.
fn read_thumbprint(text: &str) -> Result<String, OAuthError> {
    match Digest256::decode(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(OAuthError::invalid_request(
            "dpop_jkt must be the SHA-256 thumbprint of a key",
        )),
    }
}

/// Whether no page may be shown. An unknown value is refused: Core leaves that open, and an app that is let in without
/// what it asked for (such as `create`) would never learn of it.
fn read_prompt(prompt: Option<&str>, request: &mut AuthorizationRequest) -> Result<bool, OAuthError> {
    let values: Vec<_> = prompt
        .unwrap_or_default()
        .split(' ')
        .filter(|value| !value.is_empty())
        .collect();
    for value in &values {
        match *value {
            "none" if values.len() > 1 => return Err(OAuthError::invalid_request("prompt=none stands alone")),
            "none" => {}
            // Whoever wants to choose another account does so at the provider.
            "login" | "select_account" => request.fresh = true,
            "consent" => request.ask_consent = true,
            _ => {
                return Err(OAuthError::invalid_request(
                    "prompt must be none, or some of login, consent, select_account",
                ));
            }
        }
    }
    Ok(values.contains(&"none"))
}

fn read_max_age(text: &str) -> Result<Duration, OAuthError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits);
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| OAuthError::invalid_request("max_age must be a number of seconds"))
}

/// Core, section 5.5. An `acr` that is essential is one of those named, or the login fails (5.5.1.1).
fn read_claims(text: &str, client: &Client, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let mut claims = ClaimsRequest::parse(text).map_err(|error| OAuthError::invalid_request(error.to_string()))?;
    claims.keep(|name| may_have(client, name));
    let wants = |acr: &str| claims.acr.iter().any(|wanted| wanted == acr);
    if !claims.acr.is_empty() {
        if !wants(ACR_PROVIDER) && !wants(ACR_SESSION) {
            return Err(unmet());
        }
        request.fresh |= !wants(ACR_SESSION);
    }
    request.expected_sub.clone_from(&claims.sub);
    request.claims = Some(claims).filter(|claims| !claims.is_empty());
    Ok(())
}

/// Whether the client may be told this claim at all.
fn may_have(client: &Client, name: &str) -> bool {
    let is_listed = client.protocol.claims.as_ref().is_none_or(|list| list.contains(name));
    is_listed && claim_scope(name).is_some_and(|scope| client.scopes.has(scope))
}

/// No login here has an `acr` that the client insists on.
pub(super) fn unmet() -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::UnmetAuthenticationRequirements,
        "no login here has such an acr",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorizationRequest {
        let id = "01J0000000000000000000000C".parse().unwrap();
        AuthorizationRequest::new(id, String::new(), Scopes::default(), Face::Oidc)
    }

    fn client() -> Client {
        crate::flow::claims::tests::client("openid profile", None)
    }

    #[test]
    fn what_is_named_is_wanted_as_far_as_the_client_may_have_it() {
        let mut request = request();
        let text = r#"{"id_token":{"auth_time":null,"wechat_openid":null},"userinfo":{"name":null,"email":null}}"#;
        read_claims(text, &client(), &mut request).unwrap();
        assert_eq!(request.wanted().to_string(), "profile");
        let listed = crate::flow::claims::tests::client("openid profile wechat", Some(&["wechat_openid"]));
        read_claims(text, &listed, &mut request).unwrap();
        assert_eq!(request.wanted().to_string(), "wechat");
    }

    #[test]
    fn what_prompt_says() {
        for (prompt, silent, fresh, ask) in [
            ("", false, false, false),
            ("none", true, false, false),
            ("login", false, true, false),
            ("consent", false, false, true),
            ("select_account", false, true, false),
            ("login consent", false, true, true),
            ("consent select_account login", false, true, true),
        ] {
            let mut request = request();
            assert_eq!(read_prompt(Some(prompt), &mut request), Ok(silent), "{prompt}");
            assert_eq!((request.fresh, request.ask_consent), (fresh, ask), "{prompt}");
        }
        for bad in ["none login", "login none", "create", "LOGIN", "login,consent"] {
            let error = read_prompt(Some(bad), &mut request()).unwrap_err();
            assert_eq!(error.code, OAuthErrorCode::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn max_age_is_a_number_of_seconds() {
        assert_eq!(read_max_age("0"), Ok(Duration::ZERO));
        assert_eq!(read_max_age("10000"), Ok(Duration::from_secs(10_000)));
        for bad in ["-1", "+1", "1.5", "x", " 1", "99999999999999999999999"] {
            assert!(read_max_age(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_acr_that_is_insisted_on_is_one_of_ours() {
        let read = |acr: &str| {
            let mut request = request();
            let text = format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":[{acr}]}}}}}}"#);
            read_claims(&text, &client(), &mut request).map(|()| request.fresh)
        };
        assert_eq!(read(&format!("\"{ACR_PROVIDER}\"")), Ok(true));
        assert_eq!(read(&format!("\"{ACR_SESSION}\"")), Ok(false));
        assert_eq!(read(&format!("\"{ACR_SESSION}\",\"{ACR_PROVIDER}\"")), Ok(false));
        let error = read("\"urn:mace:incommon:iap:silver\"").unwrap_err();
        assert_eq!(error.code, OAuthErrorCode::UnmetAuthenticationRequirements);
        assert!(read_claims("{", &client(), &mut request()).is_err());
    }
}
