//! Tickets that pages are signed with: `/cgi-bin/ticket/getticket` (Tencent's documentation, JS-SDK 附录1).

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::Value;
use super::endpoint::Endpoint;
use super::failure::CallError;

/// What a ticket is for. One kind's does not sign for the other: pages would say `invalid signature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketKind {
    /// `wx.config` of pages.
    JsApi,
    /// Cards and coupons.
    WxCard,
}

impl TicketKind {
    /// WeChat's name of it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsApi => "jsapi",
            Self::WxCard => "wx_card",
        }
    }
}

/// A ticket.
#[derive(Debug)]
pub struct Ticket {
    /// The ticket, which must not reach a page.
    pub ticket: SecretString,
    /// Seconds it lives; 7200.
    pub expires_in: Option<u64>,
}

impl OfficialAccountApi {
    /// `GET /cgi-bin/ticket/getticket`. To be kept for all instances: the account's calls of it are counted.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn ticket(&self, token: &SecretString, kind: TicketKind) -> Result<Ticket, CallError> {
        let parameters = [
            ("access_token", Value::secret(token)),
            ("type", Value::Open(kind.as_str())),
        ];
        self.read(Endpoint::Ticket, &parameters, |fields| {
            Ok(Ticket {
                ticket: fields.secret("ticket")?,
                expires_in: fields.number("expires_in"),
            })
        })
        .await
    }
}
