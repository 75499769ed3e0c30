//! What a request brings, as every page handler needs it.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use hufu_core::flow::{Problem, ProblemCode, Step};
use hufu_core::ids::RequestId;
use hufu_core::model::{Tenant, TenantCode};
use hufu_core::oidc::Form;
use hufu_core::text::Locale;
use hufu_web::body::{malformed, read_form};
use hufu_web::host::OwnHost;
use hufu_web::locale;
use hufu_web::tenant::Hosted;

use crate::brand::Brand;
use crate::{Gateway, step};

/// What a page says of the request it answers.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// Language.
    pub(crate) locale: Locale,
    /// The request's id.
    pub(crate) request_id: RequestId,
    /// The absolute URL asked for: our public URL or the tenant's own host, never the `Host` header, with the path and
    /// query.
    pub(crate) url: String,
    /// How the tenant's pages look, when it is known.
    pub(crate) brand: Option<Brand>,
    /// Whose session a step may begin or end.
    pub(crate) session: Option<TenantCode>,
    /// The number by which the face's developers know a problem; see [`crate::dropin::numbers`].
    pub(crate) number: fn(ProblemCode) -> Option<u32>,
}

/// A request for a page.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The tenant and the visit, or why there is none.
    pub(crate) hosted: Result<Hosted, Problem>,
    /// For the answer.
    pub(crate) scene: Scene,
}

impl Arrival {
    /// The engine's step, or a problem, as an answer.
    pub(crate) fn answer(scene: &Scene, gateway: &Gateway, step: Result<Step, Problem>) -> Response {
        step::respond(gateway, scene, step.unwrap_or_else(Step::from))
    }
}

/// A form with two buttons, and whether the first of them, whose value is `yes`, was pressed; the other one says
/// `refuse`.
pub(crate) async fn read_answer(headers: &HeaderMap, body: Body, yes: &str) -> Result<(Form, bool), Problem> {
    let form = read_form(headers, body).await.map_err(|error| malformed(&error))?;
    let answer = form.get("answer").map_err(|error| malformed(&error))?;
    let pressed = match answer {
        Some(answer) if answer == yes => true,
        Some("refuse") => false,
        _ => return Err(Problem::new(ProblemCode::RequestMalformed).debug("no answer")),
    };
    Ok((form, pressed))
}

impl Scene {
    /// For requests that no route takes: an address under a tenant still looks like the tenant's.
    pub(crate) async fn astray(gateway: &Gateway, parts: &Parts) -> Self {
        let mut scene = Self::of(gateway, parts);
        if let Some(own) = OwnHost::of(parts) {
            return scene.with_tenant(own.tenant(), parts);
        }
        let path = parts.uri.path().strip_prefix("/t/").unwrap_or_default();
        let code = path.split('/').next().unwrap_or_default();
        if let Ok(code) = code.parse()
            && let Ok(Some(tenant)) = gateway.site.engine.store().lookup_tenant(&code).await
        {
            scene = scene.with_tenant(&tenant, parts);
        }
        scene
    }

    /// For requests that belong to no tenant.
    pub(crate) fn of(gateway: &Gateway, parts: &Parts) -> Self {
        Self {
            locale: locale::choose(&parts.headers, Locale::default()),
            request_id: gateway.site.request_id(parts),
            url: gateway.site.asked_url(parts),
            brand: None,
            session: None,
            number: |_| None,
        }
    }

    /// The same in the language that the app asked for.
    pub(crate) fn speaking(&self, locale: Locale) -> Self {
        Self { locale, ..self.clone() }
    }

    /// In the first of these languages that there is (`ui_locales`: BCP 47 tags with spaces between, the dearest first).
    pub(crate) fn prefer(&mut self, ui_locales: Option<&str>) {
        let mut tags = ui_locales.unwrap_or_default().split(' ');
        if let Some(locale) = tags.find_map(Locale::of_tag) {
            self.locale = locale;
        }
    }

    /// The same, now that the tenant is known.
    pub(crate) fn with_tenant(mut self, tenant: &Tenant, parts: &Parts) -> Self {
        self.locale = locale::choose(&parts.headers, tenant.locale);
        let root = match OwnHost::of(parts) {
            Some(_) => String::new(),
            None => format!("/t/{}", tenant.code),
        };
        self.brand = Some(Brand::of(tenant, &root));
        self.session = Some(tenant.code.clone());
        self
    }
}

impl FromRequestParts<Gateway> for Arrival {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Self::Rejection> {
        let mut scene = Scene::of(gateway, parts);
        let hosted = gateway.site.hosted(parts).await;
        if let Ok(hosted) = &hosted {
            scene = scene.with_tenant(&hosted.tenant, parts);
        }
        Ok(Self { hosted, scene })
    }
}
