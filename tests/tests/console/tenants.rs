//! Many tenants: finding, importing, suspending; and the settings of one.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hufu_core::ids::TenantId;
use hufu_core::model::{Action, Reach, Role, Seat, Status, Tenant};
use hufu_core::store::{Change, ConsoleStore as _, Store as _, UnitOfWork};
use hufu_test_kit::builders;
use hufu_tests::{Browser, ConsoleUser, Engine, Page, TestApp, Upload, fields};
use tokio::task::JoinSet;

use crate::permissions::log_in_once;

/// Statements that one page of the list may take, however many tenants there are. The console looks at the revision
/// from time to time, which counts too.
const STATEMENTS: u64 = 14;

/// Adds tenants as they stand in the database, without keys: making those takes a tenth of a second each.
async fn add_bare(app: &TestApp, named: impl Iterator<Item = (String, String)>) {
    let mut adding = JoinSet::new();
    for (code, name) in named {
        let database = Arc::clone(&app.hufu.database);
        let tenant = Tenant {
            code: code.parse().unwrap(),
            name,
            // The builders' ids are of one moment.
            id: TenantId::generate(&hufu_core::clock::SystemClock, &hufu_core::clock::SystemRandom),
            ..builders::tenant()
        };
        adding.spawn(async move {
            let unit = UnitOfWork::new(tenant.id).with(Change::Tenant(Box::new(tenant.clone())));
            database.begin(tenant.id).save(unit).await.unwrap();
        });
    }
    while let Some(added) = adding.join_next().await {
        added.unwrap();
    }
}

async fn owner(app: &TestApp) -> ConsoleUser {
    app.operator(Seat::OWNER, None).await
}

async fn count(app: &TestApp) -> u64 {
    app.hufu.database.count_tenants(&Reach::Platform).await.unwrap()
}

fn codes(page: &Page) -> Vec<String> {
    let boxes = page.body.split("name=\"code\" value=\"").skip(1);
    boxes.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

fn link(page: &Page, starts: &str) -> Option<String> {
    let links = page.body.split("href=\"").skip(1);
    let links = links.map(|rest| {
        rest.split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    });
    links
        .into_iter()
        .find(|link| link.starts_with(starts) && link.contains("after="))
}

/// Finds one of more than a thousand with a bounded number of statements, and pages through all of them once each.
pub(crate) async fn search(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let user = owner(&app).await;
    let shops = (0..1200).map(|number| (format!("shop-{number:04}"), format!("第 {number} 家 <b>𠮷野家</b> 👍")));
    add_bare(&app, shops).await;

    // The database as it is, and not the first look at it, is measured.
    user.page("/admin/tenants").await;
    let before = app.hufu.database.statements();
    let page = user.page("/admin/tenants?q=0777").await;
    let reads = app.hufu.database.statements().reads - before.reads;
    assert_eq!(codes(&page), ["shop-0777"]);
    assert!(
        page.body.contains("&lt;b&gt;𠮷野家") || page.body.contains("&#60;b&#62;𠮷野家"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<b>𠮷"));
    assert!(reads <= STATEMENTS, "{reads} statements");
    // The script asks for the same page and takes the list out of it.
    assert!(page.body.contains("data-live=\"tenants\"") && page.body.contains("id=\"tenants\" data-live-target"));

    for found in ["/admin/tenants?q=ACME", &format!("/admin/tenants?q={}", acme.app_id)] {
        assert_eq!(codes(&user.page(found).await), ["acme"], "{found}");
    }
    assert_eq!(codes(&user.page("/admin/tenants?q=%F0%A0%AE%B7").await).len(), 50);
    for odd in ["%25", "_", "'%20OR%201=1--", "%00", "\\"] {
        let page = user.page(&format!("/admin/tenants?q={odd}")).await;
        assert!(codes(&page).len() <= 50, "{odd}");
    }
    assert!(
        codes(&user.page("/admin/tenants?q=%25").await).is_empty(),
        "% is a letter"
    );

    let mut all = Vec::new();
    let mut next = Some("/admin/tenants".to_owned());
    while let Some(url) = next {
        let before = app.hufu.database.statements().reads;
        let page = user.page(&url).await;
        let reads = app.hufu.database.statements().reads - before;
        assert!(reads <= STATEMENTS, "{url}: {reads} statements");
        all.extend(codes(&page));
        next = link(&page, "/admin/tenants?");
        assert!(all.len() <= 1300, "a circle");
    }
    assert_eq!(all.len(), 1201);
    assert!(all.is_sorted() && all.iter().all(|code| code == "acme" || code.starts_with("shop-")));
}

const LIST: &str = "\u{feff}code,name,locale\r\n\
    bakery,\"面包房, 二店 <script>alert(1)</script> 👍\",zh-CN\r\n\
    acme,Taken,en\r\n\
    florist,花店,\r\n\
    bakery,Again,en\r\n\
    Bad Code,X,en\r\n\
    nameless,,en\r\n\
    french,F,fr\r\n\
    cells,Too,many,of,them\r\n";

/// A list is looked through without writing; then its good rows become whole tenants, and the same list once more adds
/// nothing.
pub(crate) async fn import(engine: Engine) {
    let app = TestApp::start(engine).await;
    app.tenant("acme").await;
    let user = owner(&app).await;
    let url = "/admin/tenants/import";
    let check = user.upload(url, url, &[("locale", "en")], &[of(LIST.as_bytes())]).await;
    assert_eq!(check.status, 200, "{}", check.body);
    for text in [
        "Rows that are fine: 2",
        "Rows with a problem: 6",
        "&lt;script&gt;",
        "A tenant with this code exists",
        "The same code as in line 2",
    ] {
        let escaped = text
            .replace('<', "&#60;")
            .replace("&lt;", "&#60;")
            .replace("&gt;", "&#62;");
        assert!(
            check.body.contains(text) || check.body.contains(&escaped),
            "{text}: {}",
            check.body
        );
    }
    assert!(!check.body.contains("<script>alert"));
    assert_eq!(count(&app).await, 1, "a look writes nothing");

    let kept = fields(&check.body);
    let run = [("step", "import"), ("locale", kept["locale"].as_str()), ("csv", LIST)];
    let done = user.upload(url, url, &run, &[]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(count(&app).await, 3);
    for code in ["bakery", "florist"] {
        let discovery = Browser::new("App/1.0")
            .get(format!("{}/t/{code}/oauth2/jwks", app.url))
            .await;
        assert_eq!(discovery.status, 200, "{code} is a whole tenant");
        let tenant = app.manager().tenant(&code.parse().unwrap()).await.unwrap();
        assert_eq!(app.events(&tenant, Action::TenantAdd).await.len(), 1);
    }
    let again = user.upload(url, url, &run, &[]).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(count(&app).await, 3, "what exists is not added twice");
    // What the page carries is believed only as far as it can be read.
    let tampered = [&run[..], &[("outcomes", "aa?zz<script>")]].concat();
    let page = user.upload(url, url, &tampered, &[]).await;
    assert!(page.status == 200 && !page.body.contains("zz<script>"), "{}", page.body);
}

/// A list as a file.
fn of(bytes: &[u8]) -> Upload<'_> {
    Upload {
        field: "file",
        name: "名单.csv",
        media_type: "text/csv",
        bytes,
    }
}

/// Lists that are none are refused as a whole, with what was pasted kept; ten thousand rows are looked through at once.
pub(crate) async fn import_of_odd_lists(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = owner(&app).await;
    let url = "/admin/tenants/import";
    for (list, says) in [
        ("", "empty"),
        ("code,name\n", "no tenant"),
        ("name,colour\nA,red\n", "colour"),
        ("code\nacme\n", "name"),
        ("code,name,code\na,A,b\n", "code"),
        ("acme,Acme\n", "acme"),
    ] {
        let page = user.upload(url, url, &[("csv", list)], &[]).await;
        assert_eq!(page.status, 422, "{list}: {}", page.body);
        assert!(page.body.contains(says), "{list}: {}", page.body);
        assert!(
            page.body.contains(list.trim_end()),
            "what was pasted is kept: {}",
            page.body
        );
    }
    let gb18030 = b"\xb4\xfa\xc2\xeb,\xc3\xfb\xb3\xc6\na,\xbc\xd7\n";
    let page = user.upload(url, url, &[], &[of(gb18030)]).await;
    assert!(page.status == 422 && page.body.contains("UTF-8"), "{}", page.body);

    let mut list = "code,name\n".to_owned();
    for number in 0..10_000 {
        writeln!(list, "shop-{number},商店 {number}").unwrap();
    }
    let before = app.hufu.database.statements().reads;
    let page = user.upload(url, url, &[], &[of(list.as_bytes())]).await;
    let reads = app.hufu.database.statements().reads - before;
    assert!(
        page.status == 200 && page.body.contains("fine: 10000"),
        "{} {:.3000}",
        page.status,
        page.body
    );
    assert!(reads < 60, "{reads} statements for ten thousand rows");
    list.push_str("one-more,More\n");
    let page = user.upload(url, url, &[], &[of(list.as_bytes())]).await;
    assert!(page.status == 422 && page.body.contains("10000"), "{}", page.body);

    let huge = "x".repeat(5 * 1024 * 1024);
    let page = user.upload(url, url, &[], &[of(huge.as_bytes())]).await;
    assert_eq!(page.status, 413, "{}", page.body);
    assert!(
        page.body.contains("<h1>") && page.body.contains("too large"),
        "{}",
        page.body
    );
    assert_eq!(count(&app).await, 0, "nothing of all that was saved");
}

async fn login_page(tenant: &hufu_tests::TestTenant) -> Page {
    Browser::wechat("lisi").get(&tenant.app.start("s").url).await
}

/// Suspending asks to type what it is about; logins then end in a page that says why, and go on afterwards.
pub(crate) async fn suspend_and_resume(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let shop = app.tenant("shop").await;
    let user = owner(&app).await;
    let url = "/admin/tenants/acme/suspend";
    for confirm in ["", "ACME", "shop"] {
        let page = user.submit(url, url, &[("confirm", confirm)]).await;
        assert_eq!(page.status, 422, "{}", page.body);
    }
    log_in_once(&app, &acme).await;
    let done = user.submit(url, url, &[("confirm", "acme")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let refused = login_page(&acme).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.body.contains("Sign-in is switched off"), "{}", refused.body);
    assert!(
        user.page("/admin/tenants/acme")
            .await
            .body
            .contains("/admin/tenants/acme/resume")
    );
    let done = user
        .submit("/admin/tenants/acme", "/admin/tenants/acme/resume", &[])
        .await;
    assert_eq!(done.status, 303, "{}", done.body);
    log_in_once(&app, &acme).await;

    let url = "/admin/tenants/-/suspend";
    let from = "/admin/tenants/-/suspend?code=acme&code=shop";
    let both = [("code", "acme"), ("code", "shop")];
    let wrong = [&both[..], &[("confirm", "3")]].concat();
    assert_eq!(user.submit(from, url, &wrong).await.status, 422);
    assert_eq!(login_page(&acme).await.status, 303, "not yet");
    let right = [&both[..], &[("confirm", "2")]].concat();
    let done = user.submit(from, url, &right).await;
    assert_eq!(done.status, 200, "{}", done.body);
    for tenant in [&acme, &shop] {
        assert_eq!(login_page(tenant).await.status, 403);
        let stored = app.manager().tenant(&tenant.tenant.code).await.unwrap();
        assert_eq!(stored.status, Status::Disabled);
        assert_eq!(
            app.events(&tenant.tenant, Action::TenantChange).await.len(),
            if tenant.tenant.id == acme.tenant.id { 3 } else { 1 }
        );
    }
    // The same form once more: there is nothing left to suspend.
    let again = user.submit("/admin/account", url, &right).await;
    assert_eq!(again.status, 422, "{}", again.body);
}

/// The smallest picture that a browser shows.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Two who edit the same settings never overwrite each other; what is no picture is refused; the end-user pages show
/// what was saved.
pub(crate) async fn settings(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let user = owner(&app).await;
    let url = "/admin/tenants/acme/settings";
    let version = fields(&user.page(url).await.body)["version"].clone();
    let form = |version: &str, name: &str, colour: &str, days: &str| {
        [
            ("version", version.to_owned()),
            ("name", name.to_owned()),
            ("locale", "zh-CN".to_owned()),
            ("shown_name", "云上花店 <& Co>".to_owned()),
            ("colour", colour.to_owned()),
            ("audit_days", days.to_owned()),
        ]
    };
    let post = async |form: [(&'static str, String); 6], file: Option<&[u8]>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let files: Vec<Upload<'_>> = file
            .map(|bytes| Upload {
                field: "logo",
                name: "logo.png",
                media_type: "image/png",
                bytes,
            })
            .into_iter()
            .collect();
        user.upload(url, url, &form, &files).await
    };
    for (bad, says) in [
        (form(&version, "", "#ffcc00", ""), "name"),
        (form(&version, "A", "red; } body {", ""), "#rrggbb"),
        (form(&version, "A", "#ffcc00", "29"), "30"),
        (form(&version, "A", "#ffcc00", "many"), "30"),
    ] {
        let page = post(bad, None).await;
        assert!(
            page.status == 422 && page.body.contains(says),
            "{} {}",
            page.status,
            page.body
        );
        assert!(
            page.body.contains("云上花店") && page.body.contains("aria-invalid"),
            "{}",
            page.body
        );
    }
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let too_big = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; 25 * 1024]].concat();
    for bad in [&svg[..], &too_big[..]] {
        let page = post(form(&version, "A", "#ffcc00", ""), Some(bad)).await;
        assert!(
            page.status == 422 && page.body.contains("PNG"),
            "{} {}",
            page.status,
            page.body
        );
    }
    assert_eq!(
        *app.manager().tenant(&acme.tenant.code).await.unwrap(),
        acme.tenant,
        "nothing was saved"
    );

    let png = STANDARD.decode(PNG).unwrap();
    let saved = post(form(&version, "甲公司", "#ffcc00", "90"), Some(&png)).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    // The form as it was before: somebody else's window.
    let crossed = post(form(&version, "乙公司", "#ffcc00", "400"), None).await;
    assert_eq!(crossed.status, 409, "{}", crossed.body);
    for both in ["甲公司", "乙公司", "90", "400"] {
        assert!(crossed.body.contains(both), "{both}: {}", crossed.body);
    }
    let stored = app.manager().tenant(&acme.tenant.code).await.unwrap();
    assert_eq!((stored.name.as_str(), stored.audit_days), ("甲公司", Some(90)));
    assert!(stored.branding.logo.is_some());
    // Who has seen both may save over it.
    let seen = fields(&crossed.body)["version"].clone();
    assert_ne!(seen, version);
    let saved = post(form(&seen, "乙公司", "#ffcc00", "400"), None).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let stored = app.manager().tenant(&acme.tenant.code).await.unwrap();
    assert_eq!((stored.name.as_str(), stored.audit_days), ("乙公司", Some(400)));
    assert!(
        stored.branding.logo.is_some(),
        "a logo stays until it is replaced or removed"
    );

    let page = Browser::wechat("lisi")
        .get(format!("{}/t/acme/login?client_id=nobody", app.url))
        .await;
    assert!(
        page.body.contains("云上花店 &#60;&#38; Co&#62;") || page.body.contains("云上花店 &lt;&amp; Co&gt;"),
        "{}",
        page.body
    );
    assert!(page.body.contains("/t/acme/brand.css?v=ffcc00"), "{}", page.body);
    assert!(
        page.body.contains(&format!("data:image/png;base64,{PNG}")),
        "{}",
        page.body
    );
}

/// Home teaches where there is nothing, counts where there is something, and keeps what others did from developers.
pub(crate) async fn home(engine: Engine) {
    let app = TestApp::start(engine).await;
    let user = owner(&app).await;
    let empty = user.page("/admin").await;
    assert!(empty.body.contains("/admin/onboarding/new") && empty.body.contains("/admin/tenants/import"));
    let acme = app.tenant("acme").await;
    for _ in 0..3 {
        log_in_once(&app, &acme).await;
    }
    let filled = user.page("/admin").await;
    assert!(
        filled.body.contains("id=\"hours\"") && filled.body.contains("id=\"changes\""),
        "{}",
        filled.body
    );
    assert!(filled.body.contains("(UTC)"), "the zone of the hours is said");
    let reach = Reach::tenant(acme.tenant.id);
    let developer = app.operator(Seat::new(Role::Developer, reach).unwrap(), None).await;
    let theirs = developer.page("/admin").await;
    assert!(
        theirs.body.contains("id=\"hours\"") && !theirs.body.contains("/admin/changes"),
        "{}",
        theirs.body
    );
    assert!(!theirs.body.contains("id=\"changes\""), "{}", theirs.body);
}
