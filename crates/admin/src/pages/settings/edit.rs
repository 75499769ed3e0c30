//! `GET`, `POST /admin/tenants/{code}/settings`.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hufu_core::clock::Timestamp;
use hufu_core::manage::{ManageError, TenantEdit};
use hufu_core::model::{Branding, Logo, Tenant};
use hufu_core::text::Locale;

use super::host::Part;
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, File, Posted, Refusal, SignedIn, Visitor, flash_to};
use crate::pages::tenant;
use crate::ui::{Choice, Field, Frame, Tab, Tone};

#[derive(Template)]
#[template(path = "pages/settings/edit.html")]
pub(super) struct Page {
    frame: Frame,
    now: Timestamp,
    tabs: Vec<Tab>,
    code: String,
    version: u32,
    trouble: Option<String>,
    /// What somebody else saved meanwhile, beside what was typed.
    crossed: Vec<Crossed>,
    name: Field,
    locale: Field,
    shown_name: Field,
    colour: Field,
    /// What the native colour input begins with.
    swatch: String,
    logo: Field,
    /// The stored picture as a `data:` URL.
    picture: Option<String>,
    remove_logo: Field,
    audit_days: Field,
    host: Part,
}

/// A setting that two people changed, or would.
struct Crossed {
    label: String,
    stored: String,
    typed: String,
}

/// What was typed, as it was typed.
pub(super) struct Typed {
    name: String,
    locale: String,
    shown_name: String,
    colour: String,
    audit_days: String,
    remove_logo: bool,
    /// Of another form.
    pub(super) host: String,
}

/// What is wrong, and beside which field.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) text: String,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    tenant.setup()?;
    let stored = tenant.tenant();
    let typed = Typed::of(stored);
    Ok(signed_in.page(&page(&signed_in, &tenant, &typed, stored.version, &Wrong::default()).await?))
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let typed = Typed::posted(&posted, tenant.tenant());
    let version = posted.version();
    let saved = match edit_of(tenant.tenant(), &typed, posted.file("logo")) {
        Ok(edit) => setup.change_tenant(edit, version).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            let text = signed_in.visitor.text("settings.saved");
            Ok(flash_to(
                &console,
                Tone::Good,
                &text,
                &format!("/admin/tenants/{code}/settings"),
            ))
        }
        Err(ManageError::Conflict { .. }) => crossed(&signed_in, &code, &typed, posted.file("logo").is_some()).await,
        Err(error) => {
            let Some(field) = field_of(&error, &typed) else {
                return Err(error.into());
            };
            let text = signed_in.visitor.say(&error.text());
            let version = version.unwrap_or(tenant.tenant().version);
            Ok(signed_in.again(&page(&signed_in, &tenant, &typed, version, &Wrong { field, text }).await?))
        }
    }
}

/// The form once more with what was typed, made from the newest version: whoever saves it now has seen both.
async fn crossed(signed_in: &SignedIn, code: &str, typed: &Typed, has_file: bool) -> Answer {
    let tenant = signed_in.access.tenant(code).await?;
    let stored = tenant.tenant();
    let mut page = page(signed_in, &tenant, typed, stored.version, &Wrong::default()).await?;
    page.crossed = differences(&signed_in.visitor, &Typed::of(stored), typed);
    let key = if has_file {
        "settings.crossed_file"
    } else {
        "settings.crossed"
    };
    page.trouble = Some(signed_in.visitor.text(key));
    Ok(hufu_web::page::page(StatusCode::CONFLICT, &page))
}

fn differences(visitor: &Visitor, stored: &Typed, typed: &Typed) -> Vec<Crossed> {
    let language = |tag: &str| Locale::of_tag(tag).map_or_else(String::new, |locale| language(visitor, locale));
    let pairs = [
        ("name", stored.name.clone(), typed.name.clone()),
        ("locale", language(&stored.locale), language(&typed.locale)),
        ("shown_name", stored.shown_name.clone(), typed.shown_name.clone()),
        ("colour", stored.colour.clone(), typed.colour.clone()),
        ("audit_days", stored.audit_days.clone(), typed.audit_days.clone()),
    ];
    let differ = pairs.into_iter().filter(|(_, stored, typed)| stored != typed);
    differ
        .map(|(name, stored, typed)| Crossed {
            label: visitor.text(&format!("settings.{name}")),
            stored,
            typed,
        })
        .collect()
}

fn language(visitor: &Visitor, locale: Locale) -> String {
    visitor.text(&format!("settings.locale_{}", locale.tag()))
}

/// Beside which field an error belongs; `None`: beside none.
fn field_of(error: &ManageError, typed: &Typed) -> Option<&'static str> {
    match error {
        ManageError::Name if typed.name.is_empty() || is_name(&typed.shown_name) => Some("name"),
        ManageError::Name => Some("shown_name"),
        ManageError::Colour => Some("colour"),
        ManageError::Logo => Some("logo"),
        ManageError::AuditDays => Some("audit_days"),
        _ => None,
    }
}

/// A name that cannot be the wrong one of two: empty ones mean the tenant's own.
fn is_name(name: &str) -> bool {
    name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

fn edit_of(before: &Tenant, typed: &Typed, file: Option<&File>) -> Result<TenantEdit, ManageError> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let logo = match file {
        Some(file) => Some(logo_of(file)?),
        None if typed.remove_logo => None,
        None => before.branding.logo.clone(),
    };
    Ok(TenantEdit {
        name: typed.name.clone(),
        locale: Locale::of_tag(&typed.locale).unwrap_or(before.locale),
        branding: Branding {
            name: some(&typed.shown_name),
            colour: some(&typed.colour),
            logo,
        },
        audit_days: match typed.audit_days.as_str() {
            "" => None,
            days => Some(days.parse().map_err(|_| ManageError::AuditDays)?),
        },
    })
}

/// A picture is what its bytes say: browsers name the type after the file's ending.
fn logo_of(file: &File) -> Result<Logo, ManageError> {
    let bytes = &file.bytes;
    if bytes.len() > Logo::LIMIT {
        return Err(ManageError::Logo);
    }
    let media_type = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        "image/jpeg"
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        "image/webp"
    } else {
        return Err(ManageError::Logo);
    };
    Ok(Logo {
        media_type: media_type.to_owned(),
        base64: STANDARD.encode(bytes),
    })
}

impl Typed {
    pub(super) fn of(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            locale: tenant.locale.tag().to_owned(),
            shown_name: tenant.branding.name.clone().unwrap_or_default(),
            colour: tenant.branding.colour.clone().unwrap_or_default(),
            audit_days: tenant.audit_days.map(|days| days.to_string()).unwrap_or_default(),
            remove_logo: false,
            host: host_of(tenant),
        }
    }

    fn posted(posted: &Posted, tenant: &Tenant) -> Self {
        Self {
            name: posted.get("name").to_owned(),
            locale: posted.get("locale").to_owned(),
            shown_name: posted.get("shown_name").to_owned(),
            colour: posted.get("colour").to_ascii_lowercase(),
            audit_days: posted.get("audit_days").to_owned(),
            remove_logo: posted.is_ticked("remove_logo"),
            host: host_of(tenant),
        }
    }
}

fn host_of(tenant: &Tenant) -> String {
    tenant.host.as_ref().map(ToString::to_string).unwrap_or_default()
}

pub(super) async fn page(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    typed: &Typed,
    version: u32,
    wrong: &Wrong,
) -> Result<Page, Refusal> {
    let visitor = &signed_in.visitor;
    let field = |name: &'static str, value: &str| {
        let error = (wrong.field == name).then(|| wrong.text.clone());
        Field::new(name, visitor.text(&format!("settings.{name}")))
            .hint(visitor.text(&format!("settings.{name}_hint")))
            .value(value)
            .error(error)
    };
    let locale = |locale: Locale| Choice::new(locale.tag(), language(visitor, locale));
    let stored = tenant.tenant();
    let host_error = (wrong.field == "host").then(|| wrong.text.clone());
    let host = Part::of(signed_in, tenant, &typed.host, host_error).await?;
    Ok(Page {
        now: tenant.overview().now(),
        frame: tenant::frame(signed_in, tenant, "tenant.tab_settings", Vec::new()),
        tabs: tenant::tabs(signed_in, tenant, "settings"),
        code: stored.code.to_string(),
        version,
        crossed: Vec::new(),
        trouble: (!matches!(wrong.field, "" | "host")).then(|| visitor.text("settings.trouble")),
        name: field("name", &typed.name).required(),
        locale: field("locale", &typed.locale)
            .required()
            .choices(vec![locale(Locale::ZhCn), locale(Locale::En)]),
        shown_name: field("shown_name", &typed.shown_name).placeholder(stored.name.clone()),
        colour: field("colour", &typed.colour).mono().placeholder("#07a35a"),
        swatch: if typed.colour.len() == 7 {
            typed.colour.clone()
        } else {
            "#07a35a".to_owned()
        },
        logo: field("logo", "").accept("image/png,image/jpeg,image/webp"),
        picture: stored
            .branding
            .logo
            .as_ref()
            .map(|logo| format!("data:{};base64,{}", logo.media_type, logo.base64)),
        remove_logo: Field::new("remove_logo", visitor.text("settings.remove_logo")).checked(typed.remove_logo),
        audit_days: field("audit_days", &typed.audit_days).kind("number").placeholder("180"),
        host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &'static [u8]) -> File {
        File {
            name: "logo.png".to_owned(),
            bytes: bytes.into(),
        }
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        let kind = |bytes| logo_of(&file(bytes)).map(|logo| logo.media_type).ok();
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...").as_deref(), Some("image/png"));
        assert_eq!(kind(b"\xff\xd8\xff...").as_deref(), Some("image/jpeg"));
        assert_eq!(kind(b"RIFF1234WEBP").as_deref(), Some("image/webp"));
        assert_eq!(kind(b"<svg onload=alert(1)>"), None);
        static BIG: [u8; Logo::LIMIT + 1] = [0xff; Logo::LIMIT + 1];
        assert_eq!(kind(&BIG), None);
    }
}
