//! The public faces of Hufu: OpenID Connect, the WeChat-shaped one, login link, callback, the pages people see on the
//! way, and what apps get of an account beside logins.
//!
//! A face collects what a request says, asks the engine, and turns the [`hufu_core::flow::Step`] into a redirect or a
//! page in `step`. It decides nothing.

mod arrival;
mod assets;
mod brand;
mod dropin;
mod limits;
mod login;
mod oidc;
mod pages;
mod push;
mod root;
mod scan;
mod step;
#[cfg(test)]
mod testing;
mod texts;
mod wechat;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, get, post};
use hufu_core::flow::Engine;
use hufu_web::client_ip::TrustedProxies;
use hufu_web::limits::Limits;
use hufu_web::urls::PublicUrl;
use hufu_web::{Site, headers, host, request_log};
use serde::{Deserialize, Serialize};

/// Settings of the public faces.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Config {
    /// Where the world reaches this installation, `http(s)://host[:port]`. Issuers start with it, and clients compare
    /// them byte by byte: choose it once.
    pub public_url: PublicUrl,
    /// Reverse proxies in front of Hufu, as addresses or networks. Only their `X-Forwarded-For` and
    /// `X-Forwarded-Host` are believed; without
    /// any, the address of the connection counts.
    #[serde(default)]
    pub trusted_proxies: TrustedProxies,
}

/// The public faces.
#[derive(Debug, Clone)]
pub struct Gateway {
    site: Site,
}

impl Gateway {
    /// The faces of this engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, config: Config) -> Self {
        let Config {
            public_url,
            trusted_proxies,
        } = config;
        Self {
            site: Site {
                engine,
                public_url,
                proxies: Arc::new(trusted_proxies),
                limits: Limits::default(),
            },
        }
    }

    /// The same with these limits; other faces that are given the site count with them.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.site.limits = limits;
        self
    }

    /// What the faces share; other faces of the same host are given the same.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The routes. Lay [`hufu_web::host::own_hosts`] around all faces, and serve them with the peer's address:
    /// `router.into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn router(self) -> Router {
        // Endpoints that apps in browsers call. The authorization endpoint and pages never are.
        let public = |route: MethodRouter<Self>| route.options(headers::preflight);
        let shared = Router::new()
            .route(
                "/t/{tenant}/.well-known/openid-configuration",
                public(get(oidc::discovery::get)),
            )
            // RFC 8414 puts an issuer's path behind the name; a tenant's own host is an issuer without a path.
            .route(
                "/.well-known/oauth-authorization-server/t/{tenant}",
                public(get(oidc::discovery::get)),
            )
            .route(
                "/t/{tenant}/.well-known/oauth-authorization-server",
                public(get(oidc::discovery::get)),
            )
            .route("/t/{tenant}/oauth2/jwks", public(get(oidc::jwks::get)))
            .route("/t/{tenant}/oauth2/token", public(post(oidc::token::post)))
            .route("/t/{tenant}/oauth2/par", public(post(oidc::par::post)))
            .route(
                "/t/{tenant}/oauth2/userinfo",
                public(get(oidc::userinfo::get).post(oidc::userinfo::post)),
            )
            .route("/t/{tenant}/oauth2/revoke", public(post(oidc::revoke::post)))
            .route_layer(from_fn(headers::cors));
        // What apps' servers read: no browser of another origin may, but for a page that has itself signed for.
        let consumers = Router::new()
            // RFC 7662, 2.1 and 4: who asks proves itself, and what has a secret is no page; a page that could ask could
            // try tokens.
            .route("/t/{tenant}/oauth2/introspect", post(oidc::introspect::post))
            .route(
                "/t/{tenant}/wechat/{connector}/access_token",
                get(wechat::access_token::get).post(wechat::access_token::post),
            )
            .route(
                "/t/{tenant}/wechat/{connector}/jsapi_ticket",
                get(wechat::jsapi_ticket::get),
            )
            .route(
                "/t/{tenant}/wechat/{connector}/jssdk",
                get(wechat::jssdk::get).options(wechat::jssdk::options),
            )
            .route(
                "/t/{tenant}/wechat/{connector}/refresh-profile",
                post(wechat::refresh_profile::post),
            );
        // Devices are no browsers of other origins.
        let devices = Router::new().route(
            "/t/{tenant}/oauth2/device_authorization",
            post(oidc::device_authorization::post),
        );
        // A HEAD of a link preview or scanner must neither begin a login nor spend a code.
        let pages = Router::new()
            .route(
                "/t/{tenant}/oauth2/authorize",
                get(oidc::authorize::get)
                    .post(oidc::authorize::post)
                    .head(root::harmless),
            )
            .route(
                "/t/{tenant}/oauth2/logout",
                get(oidc::logout::get).post(oidc::logout::post).head(root::harmless),
            )
            .route(
                "/t/{tenant}/device",
                get(login::device::get).post(login::device::post).head(root::harmless),
            )
            .route("/t/{tenant}/login", get(login::link::get).head(root::harmless))
            .route(
                "/t/{tenant}/callback/{connector}",
                get(login::callback::get).head(root::harmless),
            )
            .route(
                "/t/{tenant}/trial/{ticket}",
                get(login::trial::get).head(root::harmless),
            )
            .route(
                "/t/{tenant}/webhook/{connector}",
                get(push::webhook::get).post(push::webhook::post).head(root::harmless),
            )
            .route(
                "/t/{tenant}/scan/confirm/{token}",
                get(scan::confirm::get).post(scan::confirm::post).head(root::harmless),
            )
            .route(
                "/t/{tenant}/scan/{attempt}/finish",
                get(scan::finish::get).post(scan::finish::get).head(root::harmless),
            )
            .route(
                "/t/{tenant}/scan/{attempt}/events",
                get(scan::events::get).head(root::harmless),
            )
            .route(
                "/t/{tenant}/scan/{attempt}/status",
                get(scan::status::get).head(root::harmless),
            )
            .route(
                "/t/{tenant}/consent/{attempt}",
                get(login::consent::get).post(login::consent::post).head(root::harmless),
            )
            .route("/t/{tenant}/brand.css", get(brand::sheet::get));
        // What stands at the root of every host.
        let root = Router::new()
            .route(
                "/connect/oauth2/authorize",
                get(dropin::authorize::in_wechat).head(root::harmless),
            )
            .route(
                "/connect/qrconnect",
                get(dropin::authorize::website).head(root::harmless),
            )
            .route(
                "/sns/oauth2/access_token",
                get(dropin::sns::access_token)
                    .post(dropin::sns::access_token)
                    .head(root::harmless),
            )
            .route(
                "/sns/oauth2/refresh_token",
                get(dropin::sns::refresh_token)
                    .post(dropin::sns::refresh_token)
                    .head(root::harmless),
            )
            .route("/cgi-bin/token", get(dropin::cgi::token).head(root::harmless))
            .route("/cgi-bin/stable_token", post(dropin::cgi::stable_token))
            .route(
                "/cgi-bin/ticket/getticket",
                get(dropin::cgi::ticket).head(root::harmless),
            )
            .route(
                "/cgi-bin/{*rest}",
                get(dropin::cgi::relay).post(dropin::cgi::relay).head(root::harmless),
            )
            .route("/sns/userinfo", get(dropin::sns::userinfo).head(root::harmless))
            .route("/sns/auth", get(dropin::sns::auth).head(root::harmless))
            .route("/", get(root::start::get))
            .route("/healthz", get(root::health::get))
            .route("/readyz", get(root::ready::get))
            .route("/own-host", get(root::own_host::get))
            .route(&assets::ASSETS.route(), get(assets::get))
            // One segment at the root: WeChat's ownership files, or nothing.
            .route("/{file}", any(root::verify_file::any));
        let dressed = |routes: Router<Self>| {
            routes
                .method_not_allowed_fallback(root::refused::method_not_allowed)
                .layer(from_fn_with_state(self.clone(), limits::limit))
                .layer(from_fn_with_state(self.clone(), root::time_limit))
                .layer(from_fn_with_state(self.site.clone(), headers::secure))
                .layer(from_fn_with_state(self.site.clone(), request_log::log))
                .with_state(self.clone())
        };
        let root = dressed(root.fallback(root::refused::not_found));
        let tenants = shared.merge(consumers).merge(devices).merge(pages);
        dressed(tenants).fallback_service(host::at_root(root))
    }
}
