//! `GET/POST /admin/tenants/{code}/clients/{id}/protocol`: what an app is allowed of the protocol.
//!
//! Drawn and read from core's table of settings: a new setting needs its texts here, `setting_{name}` and
//! `setting_{name}_hint`, and no code.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::manage::{ClientEdit, ManageError};
use hufu_core::model::{Client, ClientKind, ClientProtocol, Setting, SettingPart, SettingShape};
use hufu_core::text::Locale;
use serde_json::Value;

use super::form::{Faults, trouble};
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor, flash_to};
use crate::pages::connectors::id;
use crate::pages::tenant;
use crate::ui::{Choice, Field, Frame, Tab, Tone, texts};

/// Beside the settings: it is about a logout too.
const AFTER_LOGOUT: &str = "post_logout_redirect_uris";

/// A part of the form.
struct Part {
    /// Unique on the page.
    id: &'static str,
    title: String,
    hint: String,
    rows: Vec<Row>,
    /// A line below, for what cannot be changed here and now.
    note: String,
}

/// A setting: as a field, or as it is for whoever may not change it.
enum Row {
    Check(Field),
    Radios(Field),
    Select(Field),
    Area(Field),
    Text(Field),
    Fact { label: String, value: String },
}

#[derive(Template)]
#[template(path = "pages/clients/protocol.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    url: String,
    back: String,
    version: u32,
    parts: Vec<Part>,
    may: bool,
    /// Whether by what the app is known may be changed too: the password was given a moment ago.
    opened: bool,
    /// Where it is given; empty when nothing would come of it.
    open: String,
    /// It was given too long ago: the form was not saved.
    lapsed: bool,
    trouble: String,
}

/// What stands in the form, by name.
#[derive(Debug, Clone)]
struct Typed(BTreeMap<&'static str, String>);

impl Typed {
    fn of_client(client: &Client) -> Self {
        let mut all = BTreeMap::from([(AFTER_LOGOUT, client.post_logout_redirect_uris.join("\n"))]);
        for setting in ClientProtocol::SETTINGS {
            all.insert(setting.name, written(&client.protocol.value(setting.name)));
        }
        Self(all)
    }

    /// What is not in the form stays as it is stored.
    fn of(posted: &Posted, client: &Client, changes: impl Fn(&Setting) -> bool) -> Self {
        let mut typed = Self::of_client(client);
        typed.0.insert(AFTER_LOGOUT, posted.lines(AFTER_LOGOUT).join("\n"));
        for setting in ClientProtocol::SETTINGS.iter().filter(|setting| changes(setting)) {
            let text = match setting.shape {
                SettingShape::Switch => posted.is_ticked(setting.name).to_string(),
                SettingShape::Names => names(posted.get(setting.name)).join("\n"),
                _ => posted.get(setting.name).to_owned(),
            };
            typed.0.insert(setting.name, text);
        }
        typed
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The client with this in place of what is stored.
    fn edit(&self, visitor: &Visitor, client: &Client) -> Result<ClientEdit, Faults> {
        let (mut protocol, mut faults) = (client.protocol.clone(), Faults::new());
        for setting in ClientProtocol::SETTINGS {
            let text = self.get(setting.name);
            let text = match setting.shape {
                SettingShape::Names if !text.is_empty() => Value::from(names(text)).to_string(),
                _ => text.to_owned(),
            };
            match protocol.with(setting.name, &text) {
                Ok(changed) => protocol = changed,
                Err(_) => {
                    faults.insert(setting.name, visitor.text("clients.setting_wrong"));
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(ClientEdit {
            protocol,
            post_logout_redirect_uris: self.get(AFTER_LOGOUT).lines().map(str::to_owned).collect(),
            ..ClientEdit::from(client)
        })
    }
}

/// A value as it is typed.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join("\n"),
        Value::Object(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// Names, however they were separated.
fn names(text: &str) -> Vec<&str> {
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；');
    text.split(apart).filter(|name| !name.is_empty()).collect()
}

/// A text that not every setting has; empty without it.
fn optional(locale: Locale, key: &str) -> String {
    let text = texts::text(locale, key);
    if text == key { String::new() } else { text }
}

fn label(visitor: &Visitor, setting: &Setting) -> String {
    visitor.text(&format!("clients.setting_{}", setting.name))
}

/// A word as people read it; one that is a name itself stays as it is.
fn word(visitor: &Visitor, setting: &Setting, word: &str) -> String {
    let named = if word.is_empty() { "none" } else { word };
    let text = optional(visitor.locale, &format!("clients.setting_{}_{named}", setting.name));
    if text.is_empty() { word.to_owned() } else { text }
}

/// Settings of a client that are not as those of a new one: what is said of them in a line.
pub(super) fn changed(visitor: &Visitor, protocol: &ClientProtocol) -> Vec<(String, String)> {
    let plain = ClientProtocol::default();
    let differs = |setting: &&Setting| protocol.value(setting.name) != plain.value(setting.name);
    let told = |setting: &Setting| (label(visitor, setting), read(visitor, setting, protocol));
    ClientProtocol::SETTINGS.iter().filter(differs).map(told).collect()
}

/// A value as people read it.
fn read(visitor: &Visitor, setting: &Setting, protocol: &ClientProtocol) -> String {
    let value = protocol.value(setting.name);
    match (setting.shape, &value) {
        (SettingShape::Switch, value) if value.as_bool().unwrap_or_default() => visitor.text("clients.setting_on"),
        (SettingShape::Switch, _) => visitor.text("clients.setting_off"),
        (SettingShape::Word(_), value) => word(visitor, setting, value.as_str().unwrap_or_default()),
        (_, Value::Null) => visitor.text("ui.none"),
        (SettingShape::Keys, value) => kids(value).join(&visitor.text("ui.comma")),
        (_, Value::Array(_)) => written(&value).replace('\n', " "),
        _ => written(&value),
    }
}

/// Keys by their names, and those without one by their type.
fn kids(set: &Value) -> Vec<String> {
    let keys = set.get("keys").and_then(Value::as_array);
    let name = |key: &Value| {
        let name = key.get("kid").or_else(|| key.get("kty")).and_then(Value::as_str);
        name.unwrap_or_default().to_owned()
    };
    keys.into_iter().flatten().map(name).collect()
}

fn row(visitor: &Visitor, setting: &Setting, typed: &Typed, faults: &Faults) -> Row {
    let value = typed.get(setting.name);
    let usual = written(&ClientProtocol::default().value(setting.name));
    let key = format!("clients.setting_{}", setting.name);
    let field = Field::new(setting.name, label(visitor, setting))
        .hint(visitor.text(&format!("{key}_hint")))
        .error(faults.get(setting.name).cloned());
    match setting.shape {
        SettingShape::Switch => {
            let hint = match usual.as_str() {
                "true" => texts::text_with(visitor.locale, "clients.setting_on_usual", &[("hint", &field.hint)]),
                _ => field.hint.clone(),
            };
            Row::Check(field.hint(hint).checked(value == "true"))
        }
        SettingShape::Word(words) => {
            let choice = |one: &&str| {
                let mut text = word(visitor, setting, one);
                if *one == usual {
                    text = texts::text_with(visitor.locale, "clients.setting_usual", &[("choice", &text)]);
                }
                Choice::new(*one, text).hint(optional(visitor.locale, &format!("{key}_{one}_hint")))
            };
            let field = field
                .required()
                .value(value)
                .choices(words.iter().map(choice).collect());
            // Choices that need no explaining are a list to open.
            if field.choices.iter().all(|choice| choice.hint.is_empty()) {
                Row::Select(field)
            } else {
                Row::Radios(field)
            }
        }
        SettingShape::Names => Row::Area(field.value(value).rows(3).mono().placeholder("name\npicture")),
        SettingShape::Keys => Row::Area(
            field
                .value(value)
                .rows(6)
                .mono()
                .placeholder("{\"keys\": [{\"kty\": …}]}"),
        ),
        SettingShape::Number => Row::Text(field.value(value).kind("number")),
        SettingShape::Uri => Row::Text(field.value(value).mono().placeholder("https://www.example.com/logout")),
    }
}

const fn names_of(part: SettingPart) -> &'static str {
    match part {
        SettingPart::Proof => "proof",
        SettingPart::Login => "login",
        SettingPart::Tokens => "tokens",
        SettingPart::Logout => "logout",
        SettingPart::Machine => "machine",
    }
}

/// Who looks, and what they may.
struct May {
    change: bool,
    grant: bool,
    /// The password was given a moment ago, or the form that came back was drawn then.
    opened: bool,
}

impl May {
    fn of(tenant: &TenantAccess, opened: bool) -> Self {
        Self {
            change: tenant.change_clients().is_ok(),
            grant: tenant.grant_rights().is_ok(),
            opened,
        }
    }

    fn may(&self, setting: &Setting) -> bool {
        self.change && (self.grant || !setting.granted) && (self.opened || !setting.credential)
    }
}

/// Whether a client of this kind has the setting at all.
fn has(kind: ClientKind, setting: &Setting) -> bool {
    kind == ClientKind::Confidential || !setting.confidential
}

fn parts(visitor: &Visitor, client: &Client, may: &May, typed: &Typed, faults: &Faults) -> Vec<Part> {
    let one = |part: SettingPart| {
        let name = names_of(part);
        let settings = ClientProtocol::SETTINGS
            .iter()
            .filter(|setting| setting.part == part && has(client.kind, setting));
        let mut rows: Vec<Row> = settings
            .clone()
            .map(|setting| {
                if may.may(setting) {
                    return row(visitor, setting, typed, faults);
                }
                Row::Fact {
                    label: label(visitor, setting),
                    value: read(visitor, setting, &client.protocol),
                }
            })
            .collect();
        if part == SettingPart::Logout {
            rows.push(after_logout(visitor, client, may, typed, faults));
        }
        let ungranted = may.change && !may.grant && settings.clone().any(|setting| setting.granted);
        Part {
            id: name,
            title: visitor.text(&format!("clients.part_{name}")),
            hint: visitor.text(&format!("clients.part_{name}_hint")),
            rows,
            note: if ungranted {
                visitor.text("clients.setting_granted")
            } else {
                String::new()
            },
        }
    };
    SettingPart::ALL.map(one).into()
}

fn after_logout(visitor: &Visitor, client: &Client, may: &May, typed: &Typed, faults: &Faults) -> Row {
    let label = visitor.text("clients.setting_post_logout_redirect_uris");
    if !may.change {
        let value = match client.post_logout_redirect_uris.as_slice() {
            [] => visitor.text("ui.none"),
            uris => uris.join(" "),
        };
        return Row::Fact { label, value };
    }
    let field = Field::new(AFTER_LOGOUT, label)
        .hint(visitor.text("clients.setting_post_logout_redirect_uris_hint"))
        .value(typed.get(AFTER_LOGOUT))
        .placeholder("https://www.example.com/")
        .rows(2)
        .mono();
    Row::Area(field.error(faults.get(AFTER_LOGOUT).cloned()))
}

fn page(
    signed_in: &SignedIn,
    tenant: &TenantAccess,
    client: &Client,
    may: &May,
    typed: &Typed,
    faults: &Faults,
) -> Page {
    let visitor = &signed_in.visitor;
    let back = super::url(&tenant.tenant().code, client.id);
    let url = format!("{back}/protocol");
    let open = may.change && !may.opened && client.kind == ClientKind::Confidential;
    Page {
        tabs: tenant::tabs(signed_in, tenant, "clients"),
        frame: super::frame(signed_in, tenant, "clients.protocol", Some(client)),
        parts: parts(visitor, client, may, typed, faults),
        version: client.version,
        may: may.change,
        opened: may.change && may.opened,
        open: if open { confirm_url(&url) } else { String::new() },
        lapsed: false,
        trouble: trouble(visitor, faults),
        url,
        back,
    }
}

/// Where the password is given, and then back.
fn confirm_url(url: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("back", url)
        .finish();
    format!("/admin/confirm?{query}")
}

pub(super) async fn get(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let client: Arc<Client> = tenant.client(id(&client)?).await?;
    let may = May::of(&tenant, signed_in.confirmed(&console).is_ok());
    let typed = Typed::of_client(&client);
    Ok(signed_in.page(&page(&signed_in, &tenant, &client, &may, &typed, &Faults::new())))
}

/// Field `opened`: by what the app is known is in the form too.
pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, client)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let client = tenant.client(id(&client)?).await?;
    let visitor = &signed_in.visitor;
    let may = May::of(&tenant, posted.is_ticked("opened"));
    let typed = Typed::of(&posted, &client, |setting| {
        may.may(setting) && has(client.kind, setting)
    });
    let again = |faults: &Faults| page(&signed_in, &tenant, &client, &may, &typed, faults);
    let edit = match typed.edit(visitor, &client) {
        Ok(edit) => edit,
        Err(faults) => return Ok(signed_in.again(&again(&faults))),
    };
    let known_by = |protocol: &ClientProtocol| protocol.keeping(&client.protocol, |setting| !setting.credential);
    let saved = if known_by(&edit.protocol) == client.protocol {
        clients.change(client.id, edit, posted.version()).await
    } else {
        // What was typed is kept while the password is given, beside it.
        let Ok(confirmed) = signed_in.confirmed(&console) else {
            let page = Page {
                lapsed: true,
                open: confirm_url(&format!("{}/protocol", super::url(&tenant.tenant().code, client.id))),
                ..again(&Faults::new())
            };
            return Ok(signed_in.again(&page));
        };
        let version = posted.version();
        clients.change_credentials(confirmed, client.id, edit, version).await
    };
    match saved {
        Ok(saved) => {
            let url = format!("{}/protocol", super::url(&tenant.tenant().code, saved.id));
            let text = visitor.text("clients.protocol_saved");
            Ok(flash_to(&console, Tone::Good, &text, &url))
        }
        Err(error) => Ok(signed_in.again(&again(&fault_of(visitor, error)?))),
    }
}

/// The fault that core found, beside its field; what has none becomes a page.
fn fault_of(visitor: &Visitor, error: ManageError) -> Result<Faults, Refusal> {
    let (field, text) = match &error {
        ManageError::Protocol { setting, why } => (*setting, visitor.say(why)),
        // Those for a login are checked too, but were good when they were saved.
        ManageError::RedirectUri { .. } => (AFTER_LOGOUT, visitor.say(&error.text())),
        _ => return Err(error.into()),
    };
    Ok(Faults::from([(field, text)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_its_words() {
        for locale in [Locale::ZhCn, Locale::En] {
            let has = |key: String| assert!(!optional(locale, &key).is_empty(), "{key}");
            for setting in ClientProtocol::SETTINGS {
                has(format!("clients.setting_{}", setting.name));
                has(format!("clients.setting_{}_hint", setting.name));
            }
            for part in SettingPart::ALL {
                has(format!("clients.part_{}", names_of(part)));
                has(format!("clients.part_{}_hint", names_of(part)));
            }
        }
    }

    #[test]
    fn names_are_separated_by_whatever_people_type() {
        assert_eq!(names(" name,picture\r\n，sub 、 "), ["name", "picture", "sub"]);
        assert!(names(" \n").is_empty());
    }
}
