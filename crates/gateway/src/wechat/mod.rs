//! What apps get of an account beside logins: tokens, tickets, signatures for pages, profiles.
//!
//! Every answer is JSON and kept by nobody. Failures say what happened and what to do in the asker's language, with
//! the provider's own number and the request's id.

pub(crate) mod access_token;
pub(crate) mod jsapi_ticket;
pub(crate) mod jssdk;
pub(crate) mod refresh_profile;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hufu_core::error::Class;
use hufu_core::flow::{Asked, BasicCredentials, Declined, DeclinedCode, Presented, TokenRefused, TokenScheme};
use hufu_core::model::Right;
use hufu_core::oidc::{Form, OAuthError, OAuthErrorCode};
use hufu_core::provider::HeldToken;
use hufu_core::secret::ExposeSecret as _;
use hufu_core::text::{Locale, Text};
use hufu_web::body::{read_form, read_query};
use hufu_web::error::{RETRY_AFTER, caused};
use hufu_web::locale;
use hufu_web::tenant::Hosted;
use serde_json::{Map, Value, json};

use crate::oidc::Api;
use crate::oidc::credentials::{Credentials, challenge, credentials, proof};
use crate::{Gateway, limits};

/// A request of an app, at a connector of an active tenant.
pub(crate) struct Call {
    hosted: Hosted,
    connector: String,
    method: Method,
    /// Where it was called, from the issuer: what a DPoP proof must name.
    url: String,
    query: Option<String>,
    headers: HeaderMap,
}

impl FromRequestParts<Gateway> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Response> {
        let hosted = Api::from_request_parts(parts, gateway).await?.active()?;
        if let Ok(Credentials::Basic(basic)) = credentials(&parts.headers) {
            let class = limits::class_of(parts);
            limits::client(gateway, class, Some(&basic.user), hosted.visit.browser.request_id)?;
        }
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, gateway).await;
        let names = path.map(|Path(names)| names).unwrap_or_default();
        let connector = names.into_iter().find(|(name, _)| name == "connector");
        let connector = connector.map(|(_, id)| id).unwrap_or_default();
        let what = parts.uri.path().rsplit('/').next().unwrap_or_default();
        Ok(Self {
            url: hosted.visit.urls.wechat(&connector, what),
            method: parts.method.clone(),
            hosted,
            connector,
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
        })
    }
}

/// What an app's `Authorization` header holds.
struct Proved {
    basic: Option<BasicCredentials>,
    token: Option<(TokenScheme, String)>,
    dpop: Option<String>,
}

impl Proved {
    /// Whether there is anything.
    fn is_some(&self) -> bool {
        self.basic.is_some() || self.token.is_some()
    }
}

impl Call {
    /// What the engine is asked with.
    fn asked<'a>(&'a self, proved: &'a Proved, form: &'a Form) -> Asked<'a> {
        Asked {
            tenant: &self.hosted.tenant,
            connector: &self.connector,
            basic: proved.basic.as_ref(),
            token: proved.token.as_ref().map(|(scheme, token)| Presented {
                token,
                scheme: *scheme,
                proof: proved.dpop.as_deref(),
                method: self.method.as_str(),
                url: &self.url,
            }),
            form,
            visit: &self.hosted.visit,
        }
    }

    /// How the app proves itself in the header, if it does.
    fn proved(&self) -> Result<Proved, Declined> {
        let mut proved = Proved {
            basic: None,
            token: None,
            dpop: None,
        };
        match credentials(&self.headers)? {
            Credentials::None => {}
            Credentials::Basic(basic) => proved.basic = Some(basic),
            Credentials::Bearer(token) => proved.token = Some((TokenScheme::Bearer, token)),
            Credentials::Dpop(token) => {
                let of_token = |error| TokenRefused {
                    error,
                    scheme: TokenScheme::Dpop,
                };
                proved.dpop = proof(&self.headers).map_err(of_token)?.map(str::to_owned);
                proved.token = Some((TokenScheme::Dpop, token));
            }
            Credentials::Unreadable => {
                let error = OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed");
                return Err(error.with_debug("the Authorization header cannot be read").into());
            }
        }
        Ok(proved)
    }

    fn query(&self) -> Result<Form, Declined> {
        read_query(self.query.as_deref()).map_err(|problem| malformed(&problem.debug))
    }

    async fn form(&self, body: Body) -> Result<Form, Declined> {
        let form = read_form(&self.headers, body).await;
        form.map_err(|error| malformed(&error.to_string()))
    }

    /// The answer, kept by nobody.
    fn answer(&self, result: Result<Value, Declined>) -> Response {
        let mut response = match result {
            Ok(value) => Json(value).into_response(),
            Err(declined) => self.declined(&declined),
        };
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        response
    }

    fn declined(&self, declined: &Declined) -> Response {
        let locale = locale::choose(&self.headers, Locale::En);
        let body = body(declined, locale, &self.hosted.visit.browser.request_id.to_string());
        let status = status(declined);
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if let Some(challenge) = self.challenge(declined) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        caused(response, declined.error(), &declined.debug)
    }

    /// How the client may prove itself (RFC 6749, 5.2), or its token (RFC 6750, 3; RFC 9449, 7.1).
    fn challenge(&self, declined: &Declined) -> Option<HeaderValue> {
        let of_token = |scheme, code| {
            // The description there is ASCII; the body's is in the asker's language.
            let error = OAuthError::new(code, declined.message.get(Locale::En));
            challenge(scheme, &self.hosted, Some(&error))
        };
        match declined.code {
            DeclinedCode::InvalidClient => format!("Basic realm=\"{}\"", self.hosted.tenant.code).parse().ok(),
            DeclinedCode::InvalidToken(scheme) => of_token(scheme, OAuthErrorCode::InvalidToken),
            DeclinedCode::InvalidProof => of_token(TokenScheme::Dpop, OAuthErrorCode::InvalidDpopProof),
            _ => None,
        }
    }
}

/// A parameter that must be there.
fn required<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, Declined> {
    let value = optional(form, name)?;
    value.ok_or_else(|| {
        Declined::invalid(Text::owned(
            format!("缺少参数 {name}"),
            format!("the parameter {name} is missing"),
        ))
    })
}

fn optional<'a>(form: &'a Form, name: &'static str) -> Result<Option<&'a str>, Declined> {
    form.get(name).map_err(|error| malformed(&error.to_string()))
}

fn malformed(why: &str) -> Declined {
    Declined::invalid(Text::owned(format!("请求参数不正确：{why}"), why.to_owned()))
}

/// The status of a refusal or failure: who can act decides between 503 (nobody has to) and 502.
fn status(declined: &Declined) -> StatusCode {
    match declined.code {
        DeclinedCode::RequestInvalid => StatusCode::BAD_REQUEST,
        DeclinedCode::InvalidClient | DeclinedCode::InvalidToken(_) | DeclinedCode::InvalidProof => {
            StatusCode::UNAUTHORIZED
        }
        DeclinedCode::PublicClient
        | DeclinedCode::RightMissing(_)
        | DeclinedCode::AddressRefused
        | DeclinedCode::ConnectorRefused
        | DeclinedCode::ConnectorDisabled
        | DeclinedCode::UrlRefused
        | DeclinedCode::PersonBlocked => StatusCode::FORBIDDEN,
        DeclinedCode::ConnectorUnknown | DeclinedCode::NotOffered | DeclinedCode::SubjectUnknown => {
            StatusCode::NOT_FOUND
        }
        DeclinedCode::LoginAgain => StatusCode::GONE,
        DeclinedCode::Upstream => match declined.upstream.as_ref().map(|upstream| upstream.class) {
            Some(Class::Retry) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        },
        DeclinedCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        DeclinedCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// RFC 6749's form of an error, with what else helps.
fn body(declined: &Declined, locale: Locale, request_id: &str) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("error", declined.error().into());
    set("error_description", declined.message.get(locale).into());
    set("request_id", request_id.into());
    if let DeclinedCode::RightMissing(right) = declined.code {
        // RFC 6750, 3.1 names the scope that would do.
        set("scope", Right::as_str(right).into());
    }
    if let Some(upstream) = &declined.upstream {
        if let Some(remedy) = &upstream.remedy {
            set("remedy", remedy.get(locale).into());
        }
        if let Some(errcode) = upstream.errcode {
            set("errcode", errcode.into());
        }
    }
    body
}

/// A token as apps get it. `expires_in` counts from now, as WeChat's does.
fn token(gateway: &Gateway, name: &str, token: &HeldToken) -> Value {
    let left = token.expires_at.as_secs() - gateway.site.engine.now().as_secs();
    json!({
        name: token.value.expose_secret(),
        "expires_in": left.max(0),
        "expires_at": token.expires_at.as_secs(),
    })
}
