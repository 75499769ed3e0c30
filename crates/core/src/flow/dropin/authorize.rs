//! The page that apps send people to (Tencent's documentation, 网页授权 and 网站应用微信登录).

use crate::flow::begin::{Stop, find_client, malformed};
use crate::flow::request::Asked;
use crate::flow::{Engine, Problem, ProblemCode, Step, Visit};
use crate::model::{AuthorizationRequest, Client, ClientKind, Face, Tenant};
use crate::oidc::{Form, Scopes, TenantUrls, with_query};

/// Through which of WeChat's two addresses a person comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// `/connect/oauth2/authorize`: inside WeChat.
    InWeChat,
    /// `/connect/qrconnect`: a website, by QR code.
    Website,
}

/// The ids only.
const BASE: &str = "snsapi_base";
/// With the profile.
pub(super) const USERINFO: &str = "snsapi_userinfo";
/// With the profile too, for websites.
pub(super) const LOGIN: &str = "snsapi_login";

/// Parameters that may stand in a request at most once; the rest is ignored, as WeChat's own client adds some.
const PARAMETERS: [&str; 6] = ["appid", "redirect_uri", "response_type", "scope", "state", "connection"];

impl Engine {
    /// The authorize page of the WeChat-shaped face. `query` is the request's query as it came: some programs do not
    /// percent-encode the redirect URI in it.
    pub async fn begin_dropin(
        &self,
        tenant: &Tenant,
        entrance: Entrance,
        form: &Form,
        query: &str,
        visit: &Visit,
    ) -> Step {
        match self.try_begin_dropin(tenant, entrance, form, query, visit).await {
            Ok(step) => step,
            Err(stop) => self.stop(tenant, &in_our_words(form), visit, stop).await,
        }
    }

    async fn try_begin_dropin(
        &self,
        tenant: &Tenant,
        entrance: Entrance,
        form: &Form,
        query: &str,
        visit: &Visit,
    ) -> Result<Step, Stop> {
        if !tenant.status.is_active() {
            return Err(Problem::new(ProblemCode::TenantDisabled).into());
        }
        for name in PARAMETERS {
            form.get(name)?;
        }
        let store = self.parts.store.begin(tenant.id);
        let client = find_client(&*store, form.get("appid")?).await?;
        let request = read_request(&client, entrance, form, query)?;
        let asked = Asked::plain(request, form.get("connection")?);
        self.go(tenant, store, &client, asked, visit).await
    }
}

/// In the order in which WeChat checks.
fn read_request(
    client: &Client,
    entrance: Entrance,
    form: &Form,
    query: &str,
) -> Result<AuthorizationRequest, Problem> {
    let get = |name| form.get(name).map_err(|error| malformed(&error));
    let refused = |debug: &str| Problem::new(ProblemCode::ScopeRefused).debug(debug);
    if client.kind != ClientKind::Confidential {
        return Err(refused("a public client has no secret to redeem a code with"));
    }
    let scope = get("scope")?.ok_or_else(|| Problem::new(ProblemCode::ScopeMissing))?;
    let scopes = read_scope(client, entrance, scope)
        .ok_or_else(|| refused("unknown, not of this address, or more than the client may have"))?;
    let asked = get("redirect_uri")?.ok_or_else(|| Problem::new(ProblemCode::RedirectUriMissing))?;
    let redirect_uri = registered(client, asked, query)
        .ok_or_else(|| Problem::new(ProblemCode::RedirectUriUnregistered).debug(format!("asked for {asked:?}")))?;
    if get("response_type")? != Some("code") {
        return Err(Problem::new(ProblemCode::RequestMalformed).debug("response_type is not code"));
    }
    Ok(AuthorizationRequest {
        // WeChat sends a state back even when there was none.
        state: Some(get("state")?.unwrap_or_default().to_owned()),
        ..AuthorizationRequest::new(client.id, redirect_uri.to_owned(), scopes, Face::DropIn)
    })
}

/// Our scopes for WeChat's, which stands among them in the end: the app is told it again.
fn read_scope(client: &Client, entrance: Entrance, asked: &str) -> Option<Scopes> {
    let mut widest = BASE;
    for scope in asked.split(',').map(str::trim) {
        match (scope, entrance) {
            (BASE, _) => {}
            (USERINFO, _) => widest = USERINFO,
            (LOGIN, Entrance::Website) => widest = LOGIN,
            _ => return None,
        }
    }
    let has_profile = client.scopes.has("profile");
    if !client.scopes.has("openid") || (widest == USERINFO && !has_profile) {
        return None;
    }
    let profile = if widest != BASE && has_profile { "profile " } else { "" };
    Some(Scopes::parse(&format!("openid {profile}{widest}")))
}

/// The scope in WeChat's words.
pub(super) fn scope_of(scopes: &Scopes) -> &'static str {
    [LOGIN, USERINFO]
        .into_iter()
        .find(|scope| scopes.has(scope))
        .unwrap_or(BASE)
}

/// The one of the client's URIs that is asked for, byte for byte: as the query says it, or, where a program forgot to
/// encode it, as it stands there up to the next parameter.
fn registered<'a>(client: &'a Client, asked: &str, query: &str) -> Option<&'a str> {
    let bare = bare_redirect_uri(query);
    let mut registered = client.redirect_uris.iter().map(String::as_str);
    registered.find(|uri| *uri == asked || Some(*uri) == bare)
}

fn bare_redirect_uri(query: &str) -> Option<&str> {
    let (_, rest) = query.split_once("redirect_uri=")?;
    let ends = ["&response_type=", "&scope=", "&state=", "&appid="];
    let end = ends.into_iter().filter_map(|next| rest.find(next)).min();
    rest.get(..end.unwrap_or(rest.len()))
}

/// The names under which the log keeps what was asked.
fn in_our_words(form: &Form) -> Form {
    let ours = |(name, value): &(String, String)| match name.as_str() {
        "appid" => Some(("client_id".to_owned(), value.clone())),
        "redirect_uri" => Some((name.clone(), value.clone())),
        _ => None,
    };
    Form::from_pairs(form.pairs().iter().filter_map(ours).collect())
}

/// The same request from the start, its parameters in WeChat's order.
pub(in crate::flow) fn restart_url(urls: &TenantUrls, request: &AuthorizationRequest) -> String {
    let scope = scope_of(&request.scopes);
    let path = if scope == LOGIN {
        "qrconnect"
    } else {
        "oauth2/authorize"
    };
    let parameters = [
        ("appid", request.client_id.to_string()),
        ("redirect_uri", request.redirect_uri.clone()),
        ("response_type", "code".to_owned()),
        ("scope", scope.to_owned()),
        ("state", request.state.clone().unwrap_or_default()),
    ];
    let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
    with_query(&format!("{}/connect/{path}", urls.origin()), &parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_read_as_it_stands_when_it_is_not_encoded() {
        let whole = "appid=1&redirect_uri=https://a.example/cb?x=1&y=%2B+2&response_type=code&scope=s&state=";
        assert_eq!(bare_redirect_uri(whole), Some("https://a.example/cb?x=1&y=%2B+2"));
        assert_eq!(bare_redirect_uri("redirect_uri=https://a/"), Some("https://a/"));
        assert_eq!(bare_redirect_uri("appid=1"), None);
    }

    #[test]
    fn the_face_stands_at_the_root_of_the_issuers_host() {
        let urls = TenantUrls::new("https://login.example.com:8443/t/acme".to_owned());
        assert_eq!(urls.origin(), "https://login.example.com:8443");
        assert_eq!(
            TenantUrls::new("https://login.acme.example".to_owned()).origin(),
            "https://login.acme.example"
        );
    }
}
