//! `GET/POST /admin/onboarding/new`: the first step makes the tenant.

use askama::Template;
use axum::response::{IntoResponse, Redirect};
use hufu_core::manage::{ManageError, NewTenant};
use hufu_core::model::TenantCode;
use hufu_core::text::Locale;

use super::wizard::first_steps;
use crate::http::{Answer, Posted, Refusal, SignedIn};
use crate::pages::connectors::shown;
use crate::ui::{Choice, Crumb, Field, Frame, Step};

#[derive(Template)]
#[template(path = "pages/onboarding/new.html")]
struct Page {
    frame: Frame,
    steps: Vec<Step>,
    name: Field,
    code: Field,
    locale: Field,
    agency: Option<Field>,
    trouble: String,
}

pub(super) async fn get(signed_in: SignedIn) -> Answer {
    signed_in.access.onboarding()?;
    Ok(signed_in.page(&page(&signed_in, &Posted::default()).await?))
}

async fn page(signed_in: &SignedIn, posted: &Posted) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let crumb = |key: &str, url: Option<&str>| Crumb {
        label: visitor.text(key),
        url: url.map(str::to_owned),
    };
    let crumbs = vec![
        crumb("nav.tenants", Some("/admin/tenants")),
        crumb("onboarding.title", None),
    ];
    let locale = posted.some("locale").unwrap_or_else(|| visitor.locale.tag().to_owned());
    Ok(Page {
        frame: signed_in.frame("tenants", "onboarding.step.tenant", crumbs),
        steps: first_steps(signed_in),
        name: Field::new("name", visitor.text("onboarding.name"))
            .hint(visitor.text("onboarding.name_hint"))
            .value(posted.get("name"))
            .required(),
        code: Field::new("code", visitor.text("onboarding.code"))
            .hint(visitor.text("onboarding.code_hint"))
            .value(posted.get("code"))
            .mono(),
        locale: Field::new("locale", visitor.text("onboarding.locale"))
            .hint(visitor.text("onboarding.locale_hint"))
            .value(locale)
            .required()
            .choices(vec![Choice::new("zh-CN", "中文"), Choice::new("en", "English")]),
        agency: agencies(signed_in, posted.get("agency")).await?,
        trouble: String::new(),
    })
}

/// Whose the tenant is: only the owner of the platform chooses, and only when there is a choice.
async fn agencies(signed_in: &SignedIn, chosen: &str) -> Result<Option<Field>, Refusal> {
    let Ok(platform) = signed_in.access.platform() else {
        return Ok(None);
    };
    let agencies = platform.agencies(None, 1000).await?;
    if agencies.is_empty() {
        return Ok(None);
    }
    let visitor = &signed_in.visitor;
    let mut choices = vec![Choice::new("", visitor.text("onboarding.agency_none"))];
    choices.extend(
        agencies
            .into_iter()
            .map(|agency| Choice::new(agency.id.to_string(), agency.name)),
    );
    let field = Field::new("agency", visitor.text("onboarding.agency"))
        .hint(visitor.text("onboarding.agency_hint"))
        .value(chosen)
        .choices(choices);
    Ok(Some(field))
}

pub(super) async fn post(signed_in: SignedIn, posted: Posted) -> Answer {
    let onboarding = signed_in.access.onboarding()?;
    let visitor = &signed_in.visitor;
    let typed = posted.some("code");
    let code = match &typed {
        Some(code) => code.parse().ok(),
        None => suggested(posted.get("name")),
    };
    let agency = match posted.some("agency") {
        // Ignored by the handle for whoever may not choose.
        Some(id) => Some(id.parse().map_err(|_| Refusal::NotFound)?),
        None => None,
    };
    let Some(code) = code else {
        let mut again = page(&signed_in, &posted).await?;
        let key = match typed {
            Some(_) => "onboarding.code_wrong",
            None => "onboarding.code_missing",
        };
        again.code.error = Some(visitor.text(key));
        return Ok(signed_in.again(&again));
    };
    let added = onboarding.add_tenant(NewTenant {
        code: code.clone(),
        name: posted.get("name").to_owned(),
        locale: Locale::of_tag(posted.get("locale")).unwrap_or_default(),
        agency_id: agency,
    });
    if let Err(error) = added.await {
        let error = shown(error)?;
        let mut again = page(&signed_in, &posted).await?;
        again.code.value = code.to_string();
        match &error {
            ManageError::Name => again.name.error = Some(visitor.say(&error.text())),
            ManageError::Duplicate { .. } => again.code.error = Some(visitor.text("onboarding.code_taken")),
            _ => again.trouble = visitor.say(&error.text()),
        }
        return Ok(signed_in.again(&again));
    }
    let tenant = signed_in.access.tenant(code.as_str()).await?;
    let begun = tenant.setup()?.begin_onboarding().await?;
    let url = format!("/admin/onboarding/{code}/{}/account", begun.id);
    Ok(Redirect::to(&url).into_response())
}

/// A code out of a name that has enough plain letters: `Acme Coffee` becomes `acme-coffee`.
fn suggested(name: &str) -> Option<TenantCode> {
    if !name.is_ascii() {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let mut code = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if code.len() + word.len() >= 40 {
            break;
        }
        if !code.is_empty() {
            code.push('-');
        }
        code.push_str(word);
    }
    code.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_gives_a_code() {
        let code = |name: &str| suggested(name).map(|code| code.to_string());
        assert_eq!(code("Acme Coffee").as_deref(), Some("acme-coffee"));
        assert_eq!(code("  H&M -- China! ").as_deref(), Some("h-m-china"));
        assert_eq!(code("花店"), None);
        assert_eq!(code("花店 Shop"), None, "half a name is no name");
        assert_eq!(code("!!!"), None);
        let long = code(&"word ".repeat(20)).unwrap();
        assert!(long.len() <= 40 && !long.ends_with('-'), "{long}");
    }
}
