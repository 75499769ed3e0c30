//! A push says that somebody scanned a QR code: the phone's end of a login by scan.
//!
//! Whoever scans is not logged in by that. A QR code can be sent to anybody, so the person is asked first, on a page
//! that names the computer which waits; only the link to that page is answered here.

use super::Engine;
use super::ending::Ended;
use crate::clock::random_alphanumeric;
use crate::error::StoreError;
use crate::model::{AttemptState, Connector, Scan, Tenant};
use crate::oidc::TenantUrls;
use crate::provider::Push;
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, UnitOfWork};
use crate::text::Text;

/// Characters of a scene.
pub(super) const SCENE: usize = 32;
/// Characters of a ticket, after the login's id.
const TICKET: usize = 32;
/// How often a scan is looked at again that somebody changed meanwhile.
const TRIES: usize = 3;

impl Engine {
    /// Somebody scanned the QR code of `scene` at this account. The text to answer them with; `None` when the scene is
    /// none of ours, and the account's own rules go on.
    ///
    /// # Errors
    /// In an outage; the provider sends the push again.
    pub async fn scanned(
        &self,
        tenant: &Tenant,
        connector: &Connector,
        push: &Push,
        scene: &str,
    ) -> Result<Option<String>, StoreError> {
        if !is_scene(scene) {
            return Ok(None);
        }
        let key = Digest256::of(scene).encode();
        for _ in 0..TRIES {
            let Some(scan) = self.parts.records.find::<Scan>(Find::Key(&key)).await? else {
                return Ok(None);
            };
            let text = if scan.tenant_id != tenant.id || scan.connector_id != connector.id {
                FOREIGN
            } else if scan.is_over(self.now()) {
                self.expire_scan(&scan).await?;
                EXPIRED
            } else {
                match self.bind(scan, &push.from).await {
                    Ok(text) => text,
                    Err(StoreError::Conflict { .. }) => continue,
                    Err(error) => return Err(error),
                }
            };
            return Ok(Some(text.get(tenant.locale).to_owned()));
        }
        Ok(Some(USED.get(tenant.locale).to_owned()))
    }

    /// Binds the person to the scan, or finds that somebody else was first.
    async fn bind(&self, scan: Scan, external_id: &str) -> Result<Text, StoreError> {
        let ticket = random_alphanumeric(&*self.parts.random, TICKET);
        let Ok(scanned) = scan.scanned(external_id, Digest256::of(&ticket), self.now()) else {
            return Ok(USED);
        };
        let token = format!("{}{ticket}", scanned.attempt_id);
        let url = TenantUrls::new(scanned.issuer.clone()).scan_confirm(&token);
        let unit = UnitOfWork::new(scanned.tenant_id).with(Change::record(&scanned)?);
        self.parts.store.begin(scanned.tenant_id).save(unit).await?;
        self.scans.tell(scanned.attempt_id);
        Ok(question(&scanned.app, &url))
    }

    /// Ends the login of a QR code that is over, unless it has ended.
    pub(super) async fn expire_scan(&self, scan: &Scan) -> Result<(), StoreError> {
        let store = self.parts.store.begin(scan.tenant_id);
        let Some(attempt) = store.lookup_attempt_by_state(&scan.scene).await? else {
            return Ok(());
        };
        if attempt.state != AttemptState::AwaitingIdentity {
            return Ok(());
        }
        let Ok((ended, event)) = self.ended(&attempt, None, Ended::ScanExpired) else {
            return Ok(());
        };
        let unit = UnitOfWork::new(scan.tenant_id)
            .with(Change::Attempt(Box::new(ended)))
            .with(Change::Event(Box::new(event)));
        match store.save(unit).await {
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a scene has the form of ours; a tenant's own QR codes have others.
fn is_scene(scene: &str) -> bool {
    scene.len() == SCENE && scene.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const EXPIRED: Text = Text::new(
    "这个登录二维码已过期。请回到电脑刷新页面，再扫新的二维码。",
    "This login QR code is over. Reload the page on the computer and scan the new code.",
);
const USED: Text = Text::new(
    "这个登录二维码已被使用，不能再次扫码登录。请回到电脑刷新页面，再扫新的二维码。",
    "This login QR code was used already. Reload the page on the computer and scan the new code.",
);
const FOREIGN: Text = Text::new(
    "这个二维码不属于本公众号，不能登录。",
    "This QR code is not of this account and logs nobody in.",
);

/// Asks for the answer; the page behind the link says more.
fn question(app: &str, url: &str) -> Text {
    // Chats read the text as markup.
    let app: String = app.chars().filter(|c| !matches!(c, '<' | '>' | '&' | '"')).collect();
    Text::owned(
        format!(
            "有一台电脑正在用您的微信登录「{app}」。\n\n<a href=\"{url}\">点此查看并确认登录</a>\n\n如果不是您本人操作，请不要确认。"
        ),
        format!(
            "A computer wants to log in to “{app}” with your WeChat.\n\n<a href=\"{url}\">Look at it and confirm</a>\n\n\
             If it is not you, do not confirm."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_scenes_are_ours() {
        assert!(is_scene("0123456789abcdefghijABCDEFGHIJxy"));
        for other in [
            "",
            "123",
            "spring-sale-2026",
            "0123456789abcdefghijABCDEFGHIJx-",
            "0123456789abcdefghijABCDEFGHIJxyz",
        ] {
            assert!(!is_scene(other), "{other}");
        }
    }

    #[test]
    fn a_name_cannot_write_markup() {
        let text = question("<a href=\"x\">商城</a>", "https://login.example/t/a/scan/confirm/x");
        assert_eq!(text.zh.matches("<a ").count(), 1);
        assert_eq!(text.en.matches("<a ").count(), 1);
        assert!(text.zh.contains("商城") && text.zh.contains("href=\"https://login.example/t/a/scan/confirm/x\""));
    }
}
