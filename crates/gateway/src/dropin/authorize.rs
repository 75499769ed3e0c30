//! The pages that apps send people to: `/connect/oauth2/authorize` inside WeChat, `/connect/qrconnect` on websites.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::request::Parts;
use hufu_core::flow::{Entrance, Problem, ProblemCode};
use hufu_core::oidc::Form;
use hufu_web::body::{malformed, read_query};
use hufu_web::tenant::Hosted;

use super::numbers;
use crate::Gateway;
use crate::arrival::{Arrival, Scene};

pub(crate) async fn in_wechat(State(gateway): State<Gateway>, query: RawQuery, parts: Parts) -> Response {
    authorize(&gateway, Entrance::InWeChat, query, &parts).await
}

pub(crate) async fn website(State(gateway): State<Gateway>, query: RawQuery, parts: Parts) -> Response {
    authorize(&gateway, Entrance::Website, query, &parts).await
}

async fn authorize(gateway: &Gateway, entrance: Entrance, RawQuery(query): RawQuery, parts: &Parts) -> Response {
    let query = query.unwrap_or_default();
    let mut scene = Scene::of(gateway, parts);
    scene.number = numbers::of_page;
    let step = match asked(gateway, &query, parts).await {
        Ok((hosted, form)) => {
            scene = scene.with_tenant(&hosted.tenant, parts);
            let engine = &gateway.site.engine;
            Ok(engine
                .begin_dropin(&hosted.tenant, entrance, &form, &query, &hosted.visit)
                .await)
        }
        Err(problem) => Err(problem),
    };
    Arrival::answer(&scene, gateway, step)
}

async fn asked(gateway: &Gateway, query: &str, parts: &Parts) -> Result<(Hosted, Form), Problem> {
    let form = read_query(Some(query))?;
    let app_id = form.get("appid").map_err(|error| malformed(&error))?;
    let app_id = app_id.ok_or_else(|| Problem::new(ProblemCode::ClientMissing))?;
    let hosted = gateway.site.hosted_by_client(app_id, parts).await?;
    Ok((hosted, form))
}
