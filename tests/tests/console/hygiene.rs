//! What holds for every page of the console: it shows no secret, writes none into the log, and weighs little.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use hufu_core::manage::By;
use hufu_core::model::{AuditFilter, Reach, Seat};
use hufu_core::secret::{ExposeSecret as _, StoredSecret};
use hufu_core::store::ConsoleStore as _;
use hufu_core::{clock::Clock as _, totp};
use hufu_tests::{Browser, ConsoleUser, Engine, PASSWORD, Page, TestApp};
use tracing_subscriber::fmt::MakeWriter;

use crate::permissions::{Furnished, furnish};
use crate::routes;

/// A page with everything that it loads, in bytes.
const WEIGHT: usize = 300 * 1024;

/// A log that a test can read. It hears every test of this process: none of them may write a secret.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

/// An installation whose secrets are known.
struct House {
    app: TestApp,
    user: ConsoleUser,
    furnished: Furnished,
    secrets: BTreeMap<&'static str, String>,
}

async fn house(engine: Engine) -> House {
    let app = TestApp::start(engine).await;
    let by = By {
        actor: "cli:tests".to_owned(),
        from: None,
    };
    let operators = &app.hufu.operators;
    let agency = operators.add_agency(&by, "云帆").await.unwrap().id;
    let reach = Reach::Agency { agency };
    let clerk = Seat::new(hufu_core::model::Role::Auditor, reach).unwrap();
    let clerk = app.operator(clerk, Some(agency)).await;
    let user = app.operator(Seat::OWNER, None).await;
    let furnished = furnish(&app, "acme", agency, &clerk).await;
    let tenant = &furnished.tenant;
    let app_secret = "deadbeefcafe00112233445566778899".to_owned();
    app.simulator
        .update_account(&tenant.app_id, |account| account.secret.clone_from(&app_secret));
    let new = BTreeMap::from([("secret".to_owned(), app_secret.clone().into())]);
    app.manager()
        .rotate_connector_secret(&tenant.tenant.code, tenant.connector.id, new)
        .await
        .unwrap();
    let day = Duration::from_secs(86_400);
    let (_, key) = operators
        .add_api_key(&by, "夜间", Seat::OWNER, None, true, day)
        .await
        .unwrap();
    let totp = enrol(&app, &user).await;
    let secrets = BTreeMap::from([
        ("AppSecret", app_secret),
        ("client secret", tenant.app.client_secret.clone().unwrap()),
        ("password", PASSWORD.to_owned()),
        ("TOTP secret", totp),
        ("API key", key.expose_secret().to_owned()),
    ]);
    House {
        app,
        user,
        furnished,
        secrets,
    }
}

/// Sets up a second factor by the pages; returns its secret, which one page shows once.
async fn enrol(app: &TestApp, user: &ConsoleUser) -> String {
    user.submit("/admin/account", "/admin/account/second-factor/set-up", &[])
        .await;
    let page = user.page("/admin/enrol").await;
    let base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
    let secret = page
        .body
        .split(|c| !base32(c))
        .find(|word| word.len() == 32)
        .unwrap_or_else(|| panic!("no secret to type: {}", page.body));
    let stored = StoredSecret::new(secret.to_owned());
    let code = totp::code(&stored, app.clock.now()).unwrap();
    let done = user
        .submit("/admin/enrol", "/admin/enrol", &[("code", code.expose_secret())])
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    secret.to_owned()
}

/// Every page that can be got, as an owner who reaches everything.
async fn every_page(house: &House) -> Vec<Page> {
    let mut pages = Vec::new();
    for route in routes::all() {
        // A stream has no end.
        if route.method != "get" || route.path.ends_with("/events") {
            continue;
        }
        let page = house.user.get(&house.furnished.fill(&route.path)).await;
        assert!(!page.status.is_server_error(), "{}: {}", route.path, page.status);
        pages.push(page);
    }
    pages
}

/// No secret is in a page, a header, an event or the log.
pub(crate) async fn no_secret_shows(engine: Engine) {
    let log = LOG.clone();
    let house = house(engine).await;
    let pages = every_page(&house).await;
    let seen = pages.iter().filter(|page| page.status == 200).count();
    assert!(seen > 40, "{seen} of {} pages", pages.len());
    let events = house
        .app
        .hufu
        .database
        .search_events(&Reach::Platform, &AuditFilter::default(), 5000)
        .await;
    let events = events.unwrap();
    assert!(events.len() > 10);
    let events = format!("{events:?} {}", serde_json::to_string(&events).unwrap());
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("/admin/tenants"), "the log was listened to");
    for (name, secret) in &house.secrets {
        for page in &pages {
            let shown = format!("{:?} {}", page.headers, page.body);
            assert!(!shown.contains(secret), "{name} on {}", page.url);
        }
        assert!(!events.contains(secret), "{name} in an event");
        assert!(!log.contains(secret), "{name} in the log");
    }
}

fn assets(html: &str) -> BTreeSet<String> {
    let quoted = html
        .split(['"', '\''])
        .filter(|word| word.starts_with("/admin/assets/"));
    quoted.map(|path| path.split('#').next().unwrap().to_owned()).collect()
}

/// A page with its style sheet, script and pictures weighs 300 KB at most, as it stands on the wire uncompressed.
pub(crate) async fn pages_are_light(engine: Engine) {
    let _log = LOG.clone();
    let house = house(engine).await;
    let mut pages = every_page(&house).await;
    let stranger = Browser::new("Stranger/1.0");
    pages.push(stranger.get(format!("{}/admin/login", house.app.url)).await);
    let mut weights = BTreeMap::new();
    let mut checked = 0;
    for page in pages {
        let is_page = page
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if !is_page || page.status != 200 {
            continue;
        }
        let mut weight = page.body.len();
        let loaded = assets(&page.body);
        assert!(!loaded.is_empty(), "{}", page.url);
        for path in loaded {
            if !weights.contains_key(&path) {
                let asset = stranger.get(format!("{}{path}", house.app.url)).await;
                assert_eq!(asset.status, 200, "{path}");
                weights.insert(path.clone(), asset.body.len());
            }
            weight += weights[&path];
        }
        assert!(weight <= WEIGHT, "{}: {weight} bytes", page.url);
        // Nothing is loaded from elsewhere: the console works in a closed network.
        for from in ["src=\"http", "rel=\"stylesheet\" href=\"http"] {
            assert!(!page.body.contains(from), "{}", page.url);
        }
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}
