//! How a tenant's pages look: its name, its logo, its colour.
//!
//! What stands in the row was checked when it was saved; it is checked again here all the same, since it goes into a
//! style sheet and an image's URL on pages where people are asked for trust.

mod colour;
pub(crate) mod sheet;

use hufu_core::model::{Logo, Tenant};

use self::colour::Colour;

/// The parts of a tenant's branding that hold water.
#[derive(Debug, Clone)]
pub(crate) struct Brand {
    name: String,
    logo: Option<String>,
    sheet: Option<String>,
}

impl Brand {
    /// `root` is the path below which the tenant's addresses are: `/t/{code}`, or nothing at a host of its own.
    pub(crate) fn of(tenant: &Tenant, root: &str) -> Self {
        let name = tenant.branding.name.as_ref().filter(|name| !name.trim().is_empty());
        let sheet = |colour: Colour| {
            // The sheet says nothing but the colour, so the colour is its version.
            let version = colour.to_string();
            format!("{root}/brand.css?v={}", version.trim_start_matches('#'))
        };
        Self {
            name: name.unwrap_or(&tenant.name).clone(),
            logo: tenant.branding.logo.as_ref().and_then(data_url),
            sheet: Colour::of(tenant).map(sheet),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A `data:` URL.
    pub(crate) fn logo(&self) -> Option<&str> {
        self.logo.as_deref()
    }

    /// Where the style sheet of the colour is.
    pub(crate) fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }
}

/// Only pictures that cannot hold scripts, of bearable size, in plain base64.
fn data_url(logo: &Logo) -> Option<String> {
    let known = matches!(logo.media_type.as_str(), "image/png" | "image/jpeg" | "image/webp");
    let padding = logo.base64.bytes().rev().take_while(|byte| *byte == b'=').count();
    let digits = &logo.base64.as_bytes()[..logo.base64.len() - padding];
    let plain = digits
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let whole = padding <= 2 && logo.base64.len().is_multiple_of(4) && !digits.is_empty();
    let small = logo.base64.len() <= Logo::LIMIT.div_ceil(3) * 4;
    (known && plain && whole && small).then(|| format!("data:{};base64,{}", logo.media_type, logo.base64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Host, html, request};
    use hufu_core::model::Branding;

    fn logo(media_type: &str, base64: &str) -> Logo {
        Logo {
            media_type: media_type.to_owned(),
            base64: base64.to_owned(),
        }
    }

    #[test]
    fn a_logo_is_a_small_picture_in_plain_base64_or_nothing() {
        assert_eq!(
            data_url(&logo("image/png", "iVBORw0KGg==")).unwrap(),
            "data:image/png;base64,iVBORw0KGg=="
        );
        let long = "A".repeat(Logo::LIMIT.div_ceil(3) * 4);
        assert!(data_url(&logo("image/webp", &long)).is_some());
        for (media_type, base64) in [
            ("image/svg+xml", "PHN2Zz4="),
            ("image/png\" onerror=\"x", "AAAA"),
            ("IMAGE/PNG", "AAAA"),
            ("image/png", ""),
            ("image/png", "===="),
            ("image/png", "AAA"),
            ("image/png", "A==="),
            ("image/png", "AA=A"),
            ("image/png", "AA\"A"),
            ("image/png", "AA A"),
            ("image/png", "-_AA"),
            ("image/png", "张"),
            ("image/png", &format!("{long}AAAA")),
        ] {
            assert_eq!(data_url(&logo(media_type, base64)), None, "{media_type} {base64:.9}");
        }
    }

    fn acme() -> Branding {
        Branding {
            name: Some("花店 <旗舰>".to_owned()),
            colour: Some("#ffcc00".to_owned()),
            logo: Some(logo("image/png", "iVBORw0KGg==")),
        }
    }

    async fn page(host: &Host, path: &str) -> String {
        let asked = request(path).header("accept", "text/html");
        html(host.call(asked.body("".into()).unwrap()).await).await
    }

    #[tokio::test]
    async fn pages_of_a_tenant_look_like_the_tenant() {
        let host = Host::new();
        host.brand(acme());
        for path in [
            "/t/acme/login?client_id=x",
            "/t/acme/nothing",
            "/t/closed/login?client_id=x",
        ] {
            let page = page(&host, path).await;
            assert!(page.contains("<span>花店 &#60;旗舰&#62;</span>"), "{page}");
            assert!(
                page.contains("<img src=\"data:image/png;base64,iVBORw0KGg==\" alt=\"花店 &#60;旗舰&#62;的标志\">")
            );
            assert!(page.contains("/brand.css?v=ffcc00\">") && !page.contains("style="));
        }
        let page = page(&host, "/nothing/here").await;
        assert!(!page.contains("花店") && !page.contains("brand.css"));
    }

    #[tokio::test]
    async fn what_a_row_should_never_hold_is_left_out() {
        let host = Host::new();
        host.brand(Branding {
            name: Some(" ".to_owned()),
            colour: Some("#ffcc00}*{display:none".to_owned()),
            logo: Some(logo("image/svg+xml", "PHN2Zz4=")),
        });
        let page = page(&host, "/t/acme/login?client_id=x").await;
        assert!(page.contains("<span>云上花店</span>"), "the tenant's own name");
        assert!(!page.contains("brand.css") && !page.contains("<img") && !page.contains("display:none"));
    }
}
