//! Who may do what: every route of the console, as every role, with ids of the operator's own tenant and of a foreign
//! one. The routes come from the sources; what is expected comes from the few rules below, by area.

use std::collections::{BTreeMap, BTreeSet};

use hufu_core::ids::{AgencyId, SubjectId};
use hufu_core::manage::By;
use hufu_core::model::{Action, AuditFilter, Family, Reach, Role, Seat};
use hufu_core::store::{ConsoleStore as _, PersonFilter};
use hufu_tests::{Browser, ConsoleUser, Engine, Page, TestApp, TestTenant};

use crate::routes::{self, Route};

use Role::{AgencyAdmin, AgencyOperator, Auditor, Developer, PlatformOwner, TenantAdmin};

const EVERYBODY: &[Role] = &Role::ALL;
const SETS_UP: &[Role] = &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin];
const ADMINS: &[Role] = &[PlatformOwner, AgencyAdmin, TenantAdmin];
const STAFF: &[Role] = &[PlatformOwner, AgencyAdmin];
const SUSPENDS: &[Role] = &[PlatformOwner, AgencyAdmin, AgencyOperator];

/// Pages for whoever comes: nobody is signed in there, or only with a password.
const OPEN: &[&str] = &[
    "/admin/login",
    "/admin/second-factor",
    "/admin/enrol",
    "/admin/setup",
    "/admin/preferences",
    "/admin/logout",
];

/// The rules: who may use a route within their reach. `None`: it asks for no seat.
fn allowed(route: &Route) -> Option<&'static [Role]> {
    let path = route.path.as_str();
    let is = |prefix: &str| path == prefix || path.starts_with(&format!("{prefix}/"));
    if OPEN.contains(&path) || is("/admin/invitation") || is("/admin/recovery") || is("/admin/hand-over") {
        return None;
    }
    // The page that asks whether one means it is for whoever may do it.
    let asks = [
        "/delete",
        "/erase",
        "/menu/publish",
        "/remove",
        "/replace",
        "/rotate",
        "/trial/{trial}",
    ];
    let writes = route.method == "post" || asks.iter().any(|end| path.ends_with(end));
    if let Some(rest) = path.strip_prefix("/admin/tenants/{code}") {
        let area = rest.split('/').nth(1).unwrap_or_default();
        return Some(match (area, writes) {
            ("suspend" | "resume", _) => SUSPENDS,
            ("members", _) => ADMINS,
            // A host of the tenant's own is the platform's to give: it chooses an issuer.
            ("settings", true) if rest == "/settings/host" => SUSPENDS,
            ("settings" | "hand-over" | "check", _) => SETS_UP,
            ("people" | "same-people", false) => &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Auditor],
            ("clients", true) => &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Developer],
            ("clients", false) if ["/new", "/end", "/disable"].iter().any(|end| rest.ends_with(end)) => {
                &[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Developer]
            }
            (_, true) => SETS_UP,
            (_, false) => EVERYBODY,
        });
    }
    if is("/admin/changes") {
        return Some(&[PlatformOwner, AgencyAdmin, AgencyOperator, TenantAdmin, Auditor]);
    }
    if is("/admin/onboarding/new") || is("/admin/tenants/import") {
        return Some(STAFF);
    }
    if is("/admin/onboarding") {
        return Some(SETS_UP);
    }
    if is("/admin/tenants/-/suspend") || is("/admin/tenants") && writes {
        return Some(SUSPENDS);
    }
    if is("/admin/operators") || is("/admin/api-keys") || is("/admin/api-docs") {
        return Some(STAFF);
    }
    if is("/admin/agencies") || is("/admin/system") {
        return Some(&[PlatformOwner]);
    }
    Some(EVERYBODY)
}

/// After this the caller is as one who must enrol: whatever came next would only be sent to the sign-in.
fn ends_the_session(route: &Route) -> bool {
    route.path == "/admin/account/second-factor/set-up"
}

/// A tenant with one of everything.
pub(crate) struct Furnished {
    pub(crate) tenant: TestTenant,
    /// Values of parameters, by the segment before them.
    ids: BTreeMap<&'static str, String>,
}

pub(crate) async fn furnish(app: &TestApp, code: &str, agency: AgencyId, clerk: &ConsoleUser) -> Furnished {
    let tenant = app.tenant_of(code, agency).await;
    let (manager, database) = (app.manager(), &app.hufu.database);
    log_in_once(app, &tenant).await;
    let people = database
        .list_people(tenant.tenant.id, &PersonFilter::default(), 1)
        .await;
    let person: SubjectId = people.unwrap()[0].id;
    let file = manager
        .add_verify_file(
            &tenant.tenant.code,
            "login.example.com",
            "MP_verify_P97WLFQjVODXzc3j.txt",
            "P97WLFQjVODXzc3j",
        )
        .await
        .unwrap();
    let onboarding = manager.begin_onboarding(&tenant.tenant.code).await.unwrap();
    let (trial, _) = manager
        .begin_trial(&**database, &tenant.tenant.code, tenant.connector.id)
        .await
        .unwrap();
    let key = manager.keys(&tenant.tenant.code).await.unwrap()[0].id;
    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let day = std::time::Duration::from_secs(86_400);
    let (link, _) = app
        .hufu
        .operators
        .hand_over_link(&by, tenant.tenant.id, Some(tenant.connector.id), None, "n", day)
        .await
        .unwrap();
    let event = app.events(&tenant.tenant, Action::Login).await[0].id;
    let change = app.events(&tenant.tenant, Action::ClientAdd).await[0].id;
    let session = app.hufu.operators.sessions_of(clerk.operator.id).await.unwrap()[0].id;
    let ids = BTreeMap::from([
        ("connectors", tenant.connector.id.to_string()),
        ("clients", tenant.client.id.to_string()),
        ("people", person.to_string()),
        ("keys", key.to_string()),
        ("onboarding", onboarding.id.to_string()),
        ("trial", trial.id.to_string()),
        ("try", trial.id.to_string()),
        ("hand-over", link.id.to_string()),
        ("logins", event.to_string()),
        ("changes", change.to_string()),
        ("host", file.host.clone()),
        ("token", file.token.clone()),
        ("operators", clerk.operator.id.to_string()),
        ("sessions", session.to_string()),
        ("agencies", agency.to_string()),
    ]);
    Furnished { tenant, ids }
}

pub(crate) async fn log_in_once(app: &TestApp, tenant: &TestTenant) {
    let login = tenant.app.start("zhangsan");
    let browser = Browser::wechat("zhangsan");
    let page = browser.follow(&login.url, &[&app.url, &app.simulator_url]).await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    tenant.app.finish(&login, &page.location()).await;
}

impl Furnished {
    /// The path with this tenant's ids in it.
    pub(crate) fn fill(&self, path: &str) -> String {
        let mut before = "";
        let mut filled = Vec::new();
        for segment in path.split('/') {
            let value = match segment {
                "{code}" | "{tenant}" => self.tenant.tenant.code.to_string(),
                "{step}" => "account".to_owned(),
                name if name.starts_with('{') => {
                    let name = name.trim_matches(|c| c == '{' || c == '}');
                    let known = self.ids.get(name).or_else(|| self.ids.get(before));
                    // What nothing here knows, such as an invitation's token, is an id of nothing.
                    known
                        .cloned()
                        .unwrap_or_else(|| "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned())
                }
                plain => plain.to_owned(),
            };
            // In `/onboarding/{code}/{id}` the word before the code names the id.
            if !segment.starts_with('{') {
                before = segment;
            }
            filled.push(value);
        }
        filled.join("/")
    }
}

async fn call(user: &ConsoleUser, route: &Route, path: &str, csrf: &str) -> Page {
    if route.method == "get" {
        user.get(path).await
    } else {
        let url = format!("{}{path}", user.base());
        user.browser.post(url, &[("csrf", csrf)]).await
    }
}

fn without_request_id(page: &Page) -> String {
    let id = page.header("x-request-id").unwrap_or_default();
    let path = page.url.path().to_owned();
    let plain = page.body.replace(id, "").replace(&path, "");
    // The switches hold the page's own address, percent-encoded.
    plain
        .lines()
        .filter(|line| !line.contains("/admin/preferences"))
        .collect::<Vec<_>>()
        .join("\n")
}

async fn changes(app: &TestApp) -> usize {
    let filter = AuditFilter {
        family: Some(Family::Changes),
        ..AuditFilter::default()
    };
    let events = app.hufu.database.search_events(&Reach::Platform, &filter, 5000).await;
    events
        .unwrap()
        .iter()
        .filter(|event| event.action != Action::OperatorLogin)
        .count()
}

pub(crate) async fn every_route_as_every_role(engine: Engine) {
    let app = TestApp::start(engine).await;
    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let operators = &app.hufu.operators;
    let agency = operators.add_agency(&by, "云帆").await.unwrap().id;
    let other_agency = operators.add_agency(&by, "别家").await.unwrap().id;
    let own_clerk = app
        .operator(Seat::new(Auditor, Reach::Agency { agency }).unwrap(), Some(agency))
        .await;
    let reach = Reach::Agency { agency: other_agency };
    let foreign_clerk = app
        .operator(Seat::new(Auditor, reach).unwrap(), Some(other_agency))
        .await;
    let own = furnish(&app, "own", agency, &own_clerk).await;
    let foreign = furnish(&app, "foreign", other_agency, &foreign_clerk).await;

    let routes = routes::all();
    assert!(routes.len() > 60, "{routes:#?}");
    let mut wrong = BTreeSet::new();
    let mut calls = 0;
    for role in Role::ALL {
        let tenants = Reach::tenant(own.tenant.tenant.id);
        let reach = match role {
            PlatformOwner => Reach::Platform,
            AgencyAdmin => Reach::Agency { agency },
            _ => tenants,
        };
        let home = (role != PlatformOwner).then_some(agency);
        let user = app.operator(Seat::new(role, reach).unwrap(), home).await;
        let csrf = user.token("/admin/account").await;
        for route in &routes {
            let Some(allowed) = allowed(route) else { continue };
            let may = allowed.contains(&role);
            let is_of_tenant = ["{code}", "{tenant}"].iter().any(|name| route.path.contains(name));
            let name = format!("{role:?} {} {}", route.method, route.path);
            let before = changes(&app).await;
            if is_of_tenant && role != PlatformOwner {
                let theirs = call(&user, route, &foreign.fill(&route.path), &csrf).await;
                let nobody = foreign.fill(&route.path).replace("/foreign", "/nobody-at-all");
                let nobody = call(&user, route, &nobody, &csrf).await;
                calls += 2;
                // Who may not do it at all may hear so before the tenant is looked at, but then for both alike.
                if theirs.status != 404 && !(theirs.status == 403 && nobody.status == 403) {
                    wrong.insert(format!("{name}: foreign tenant: {}", theirs.status));
                }
                if without_request_id(&theirs) != without_request_id(&nobody) {
                    wrong.insert(format!("{name}: a foreign tenant looks different from none"));
                }
                if changes(&app).await != before {
                    wrong.insert(format!("{name}: changed a foreign tenant"));
                }
            }
            if !may {
                let refused = call(&user, route, &own.fill(&route.path), &csrf).await;
                calls += 1;
                if refused.status != 403 {
                    wrong.insert(format!("{name}: not allowed, but {}", refused.status));
                }
                if changes(&app).await != before {
                    wrong.insert(format!("{name}: changed something though not allowed"));
                }
            }
        }
        // What is allowed comes last: some of it changes the ground under the rest.
        for route in &routes {
            let Some(allowed) = allowed(route) else { continue };
            if !allowed.contains(&role) || route.path.ends_with("/events") || ends_the_session(route) {
                continue;
            }
            let answer = call(&user, route, &own.fill(&route.path), &csrf).await;
            calls += 1;
            // 404, 409 and 410: an earlier call of this loop may have ended what this one is about.
            let fine = answer.status.is_success() || [303, 404, 409, 410, 422].contains(&answer.status.as_u16());
            if !fine || (answer.status == 404 && route.method == "get" && !route.path.contains('{')) {
                wrong.insert(format!(
                    "{role:?} {} {}: allowed, but {}",
                    route.method, route.path, answer.status
                ));
            }
        }
    }
    // Nobody at all.
    let nobody = Browser::new("Nobody/1.0");
    for route in &routes {
        if allowed(route).is_none() || route.method != "get" {
            continue;
        }
        let page = nobody.get(format!("{}{}", app.url, own.fill(&route.path))).await;
        calls += 1;
        let to_login = page.status == 303 && page.location().path() == "/admin/login";
        if !to_login {
            wrong.insert(format!("nobody {}: {}", route.path, page.status));
        }
    }
    assert!(calls > 500, "{calls}");
    assert!(wrong.is_empty(), "{} of {calls} calls:\n{:#?}", wrong.len(), wrong);
}
