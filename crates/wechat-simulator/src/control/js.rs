//! The JS-SDK.

use super::Control;
use crate::js_ticket::{JsConfig, JsProblem, TicketKind, check};

impl Control {
    /// Whether WeChat's client would accept what a page hands to `wx.config`.
    ///
    /// # Errors
    ///
    /// What the client shows instead.
    pub fn check_js_config(&self, config: &JsConfig) -> Result<(), JsProblem> {
        let now = self.inner.now();
        let world = self.inner.world();
        let account = world.account(&config.app_id).ok_or(JsProblem::AppId)?;
        let ticket = world.js_tickets.current(now, &config.app_id, TicketKind::JsApi);
        check(&account, ticket.as_ref().map(|(ticket, _)| ticket.as_str()), config)
    }

    /// The account's current `jsapi` ticket, if one was fetched and lives.
    pub fn js_ticket(&self, app_id: &str) -> Option<String> {
        let now = self.inner.now();
        let world = self.inner.world();
        let (ticket, _) = world.js_tickets.current(now, app_id, TicketKind::JsApi)?;
        Some(ticket)
    }
}
