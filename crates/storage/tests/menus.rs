//! Menus, managed over a real store and an account that does what the test says.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::clock::SystemRandom;
use hufu_core::error::Class;
use hufu_core::flow::ProviderRegistry;
use hufu_core::manage::{ManageError, Manager, MenuUrls};
use hufu_core::model::{
    Action, AuditEvent, AuditFilter, Client, Connector, HostName, MenuBook, Outcome, Status, Tenant,
};
use hufu_core::probe::{Probe, ProbeAnswer, ProbedFile};
use hufu_core::provider::{MemoryMeter, MemoryTokens, ProviderError, ProviderErrorCode, ProviderHost};
use hufu_core::store::{Change, ConsoleStore, Store as _, UnitOfWork};
use hufu_core::text::Text;
use hufu_storage::{Config, Database, KeyRing};
use hufu_test_kit::builders;
use hufu_test_kit::fixed::{FixedClock, SeededRandom};
use hufu_test_kit::scripted_provider::ScriptedProvider;
use serde_json::{Value, json};
use tempfile::TempDir;

#[derive(Debug)]
struct NoProbe;

#[async_trait]
impl Probe for NoProbe {
    async fn look(&self, _: &ProbedFile) -> ProbeAnswer {
        ProbeAnswer::Unreachable
    }
    async fn issuer_at(&self, _: &HostName) -> ProbeAnswer {
        ProbeAnswer::Unreachable
    }
}

struct World {
    _directory: TempDir,
    store: Arc<dyn ConsoleStore>,
    clock: Arc<FixedClock>,
    account: ScriptedProvider,
    manager: Manager,
    urls: MenuUrls,
    tenant: Tenant,
    connector: Connector,
    client: Client,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::at(format!(
            "sqlite://{}?mode=rwc",
            directory.path().join("hufu.db").display()
        ));
        Database::migrate(&config).await.unwrap();
        let keys = "[[keys]]\nid = \"test\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n";
        let keys = KeyRing::parse(keys).unwrap();
        let store = Database::open(&config, keys, Arc::new(SystemRandom)).await.unwrap();
        let clock = Arc::new(FixedClock::default());
        let random = Arc::new(SeededRandom::new(7));
        let account = ScriptedProvider::new();
        let host = ProviderHost {
            clock: clock.clone(),
            random: random.clone(),
            tokens: Arc::new(MemoryTokens::new(clock.clone())),
            meter: Arc::new(MemoryMeter::default()),
        };
        let providers = ProviderRegistry::new(vec![Arc::new(account.clone())], host);
        let manager = Manager {
            store: store.clone(),
            providers: Arc::new(providers),
            clock: clock.clone(),
            random,
            probe: Arc::new(NoProbe),
            reserved_hosts: Arc::new([]),
            actor: "operator:zhang".to_owned(),
            from: None,
        };
        let tenant = builders::tenant();
        let (connector, client) = (builders::connector(tenant.id), builders::client(tenant.id));
        let unit = UnitOfWork::new(tenant.id)
            .with(Change::Tenant(Box::new(tenant.clone())))
            .with(Change::Connector(Box::new(connector.clone())))
            .with(Change::Client(Box::new(client.clone())));
        store.begin(tenant.id).save(unit).await.unwrap();
        let urls = MenuUrls {
            login: format!("https://login.example/t/{}/login", tenant.code),
            wechat: "https://login.example/connect/oauth2/authorize".to_owned(),
        };
        Self {
            _directory: directory,
            store,
            clock,
            account,
            manager,
            urls,
            tenant,
            connector,
            client,
        }
    }

    async fn save(&self, menu: &Value, expected: Option<u32>) -> Result<MenuBook, ManageError> {
        let (code, id) = (&self.tenant.code, self.connector.id);
        self.manager.save_menu_draft(code, id, menu, expected).await
    }

    async fn publish(&self, expected: Option<u32>) -> Result<MenuBook, ManageError> {
        let (code, id) = (&self.tenant.code, self.connector.id);
        self.later();
        self.manager.publish_menu(code, id, &self.urls, "春节", expected).await
    }

    /// Events are in the order of their milliseconds.
    fn later(&self) {
        self.clock.advance(Duration::from_millis(1));
    }

    async fn book(&self) -> MenuBook {
        let (code, id) = (&self.tenant.code, self.connector.id);
        self.manager.menu(code, id, &self.urls).await.unwrap().book
    }

    async fn events(&self, action: Action) -> Vec<AuditEvent> {
        let filter = AuditFilter {
            action: Some(action),
            oldest_first: true,
            ..AuditFilter::default()
        };
        self.store.begin(self.tenant.id).list_events(&filter, 50).await.unwrap()
    }

    fn login(&self) -> Value {
        json!({"button": [
            {"name": "会员 🐯", "type": "view", "login": {"client_id": self.client.id.to_string()}},
            click("b"),
        ]})
    }
}

fn click(name: &str) -> Value {
    json!({"name": name, "type": "click", "key": name})
}

fn menu(names: &[&str]) -> Value {
    json!({"button": names.iter().map(|name| click(name)).collect::<Vec<_>>()})
}

fn quota() -> ProviderError {
    ProviderError {
        class: Class::TenantAdmin,
        code: ProviderErrorCode::QuotaExceeded,
        errcode: Some(45010),
        message: Text::new("今天创建菜单的次数已用完", "No more menus today"),
        remedy: Some(Text::new("明天再发布", "Publish tomorrow")),
        debug: "create menu limit".to_owned(),
    }
}

#[tokio::test]
async fn a_login_is_a_link_where_people_see_it_and_a_login_where_it_is_written() {
    let world = World::new().await;
    world.save(&world.login(), Some(0)).await.unwrap();
    let state = world
        .manager
        .menu(&world.tenant.code, world.connector.id, &world.urls)
        .await
        .unwrap();
    assert!(state.checked.violations.is_empty());
    let names: Vec<_> = state
        .checked
        .changes
        .iter()
        .map(|change| change.name.as_str())
        .collect();
    assert_eq!(names, ["会员 🐯", "b"]);
    assert!(world.account.menu_calls().is_empty(), "nobody was asked");

    let book = world.publish(Some(1)).await.unwrap();
    let url = format!("{}?client_id={}", world.urls.login, world.client.id);
    assert_eq!(world.account.menu_now().unwrap()["button"][0]["url"], url);
    let live = book.live().unwrap();
    assert_eq!(
        (live.number, live.by.as_str(), live.note.as_str()),
        (1, "operator:zhang", "春节")
    );
    assert_eq!(live.written(), &world.login());
    let events = world.events(Action::MenuPublish).await;
    assert_eq!(events[0].detail["version"], json!({"before": null, "after": 1}));
    assert_eq!(
        events[0].detail["buttons"],
        json!(["+ button[0] 会员 🐯", "+ button[1] b"])
    );
    assert_eq!(events[0].connector_id, Some(world.connector.id));
}

#[tokio::test]
async fn two_editors_never_overwrite_each_other() {
    let world = World::new().await;
    let first = world.save(&menu(&["a"]), Some(0)).await.unwrap();
    assert_eq!(first.edits, 1);
    let late = world.save(&menu(&["z"]), Some(0)).await;
    assert!(
        matches!(late, Err(ManageError::Conflict { what: "menu_draft" })),
        "{late:?}"
    );
    assert!(matches!(
        world.publish(Some(0)).await,
        Err(ManageError::Conflict { .. })
    ));
    let same = world.save(&menu(&["a"]), Some(1)).await.unwrap();
    assert_eq!((same.edits, world.events(Action::MenuChange).await.len()), (1, 1));
    assert_eq!(world.book().await.draft.unwrap().menu, menu(&["a"]));
}

#[tokio::test]
async fn what_is_wrong_is_named_before_anybody_is_asked() {
    let world = World::new().await;
    let empty = world.publish(None).await;
    assert!(matches!(empty, Err(ManageError::NotFound { what: "menu_draft" })));
    let bad = json!({"button": [
        {"name": "", "type": "view", "url": ""},
        {"name": "x", "type": "view", "login": {"client_id": "nobody"}},
        click("c"), click("d"),
    ]});
    world.save(&bad, None).await.unwrap();
    let Err(ManageError::Menu(violations)) = world.publish(None).await else {
        panic!()
    };
    let found: Vec<_> = violations
        .iter()
        .map(|found| (found.path.as_str(), found.rule))
        .collect();
    assert_eq!(
        found,
        [
            ("button", "menu_count"),
            ("button[0].url", "menu_url"),
            ("button[0].name", "menu_name"),
            ("button[1].login", "menu_login_unknown_client"),
        ]
    );
    assert!(world.account.menu_calls().is_empty());
    assert!(world.events(Action::MenuPublish).await.is_empty());
    // What is only odd stands in nobody's way.
    world
        .save(&json!({"button": [{"name": "", "type": "click", "key": "k"}]}), None)
        .await
        .unwrap();
    world.publish(None).await.unwrap();
}

#[tokio::test]
async fn limits_count_the_link_that_a_login_becomes() {
    let world = World::new().await;
    let uri = format!("https://shop.example/{}", "/".repeat(400));
    let client = Client {
        redirect_uris: vec![uri],
        version: 2,
        ..world.client.clone()
    };
    let unit = UnitOfWork::new(world.tenant.id).with(Change::Client(Box::new(client)));
    world.store.begin(world.tenant.id).save(unit).await.unwrap();
    let login = json!({"client_id": world.client.id.to_string(), "style": "wechat"});
    world
        .save(
            &json!({"button": [{"name": "a", "type": "view", "login": login}]}),
            None,
        )
        .await
        .unwrap();
    let Err(ManageError::Menu(violations)) = world.publish(None).await else {
        panic!()
    };
    assert_eq!(
        (violations[0].path.as_str(), violations[0].rule),
        ("button[0].login", "menu_url")
    );
}

#[tokio::test]
async fn what_the_provider_refuses_is_in_the_log_and_nowhere_else() {
    let world = World::new().await;
    world.save(&menu(&["a"]), None).await.unwrap();
    world.publish(None).await.unwrap();
    world.save(&menu(&["b"]), None).await.unwrap();
    world.account.answer_menu_error(quota());
    let error = world.publish(None).await.unwrap_err();
    assert_eq!(error.text().zh, "今天创建菜单的次数已用完（45010）。明天再发布");
    assert_eq!(error.text().en, "No more menus today (45010). Publish tomorrow");
    let book = world.book().await;
    assert_eq!((book.live, book.versions.len()), (Some(1), 1));
    let events = world.events(Action::MenuPublish).await;
    assert_eq!((events[1].outcome, events[1].errcode), (Outcome::Failed, Some(45010)));
    assert_eq!(events[1].error.as_deref(), Some("upstream_quota_exceeded"));
    assert!(events[1].detail.get("version").is_none());
    // And nothing stays claimed.
    world.publish(None).await.unwrap();
    assert_eq!(world.book().await.live, Some(2));
}

#[tokio::test]
async fn a_former_version_comes_back_as_a_new_one_and_its_logins_must_work() {
    let world = World::new().await;
    world.save(&world.login(), None).await.unwrap();
    world.publish(None).await.unwrap();
    world.save(&menu(&["b"]), None).await.unwrap();
    world.publish(None).await.unwrap();
    let (code, id, urls) = (&world.tenant.code, world.connector.id, &world.urls);
    world.later();
    let book = world.manager.roll_back_menu(code, id, urls, 1).await.unwrap();
    let live = book.live().unwrap();
    assert_eq!((live.number, live.of, live.written()), (3, Some(1), &world.login()));
    assert_eq!(book.draft.unwrap().menu, menu(&["b"]), "the draft stays");
    let events = world.events(Action::MenuPublish).await;
    assert_eq!(events[2].detail["of_version"], 1);
    assert_eq!(events[2].detail["version"], json!({"before": 2, "after": 3}));
    assert!(matches!(
        world.manager.roll_back_menu(code, id, urls, 9).await,
        Err(ManageError::NotFound { what: "menu_version" })
    ));
    world
        .manager
        .set_client_status(code, world.client.id, Status::Disabled)
        .await
        .unwrap();
    let refused = world.manager.roll_back_menu(code, id, urls, 1).await;
    assert!(matches!(refused, Err(ManageError::Menu(_))), "{refused:?}");
}

#[tokio::test]
async fn a_menu_changed_elsewhere_is_told_and_can_be_taken_over() {
    let world = World::new().await;
    let (code, id, urls) = (&world.tenant.code, world.connector.id, &world.urls);
    let none = world.manager.menu_at_provider(code, id).await.unwrap();
    assert!(none.menu.is_none() && !none.differs);
    assert!(matches!(
        world.manager.pull_menu(code, id, urls, None).await,
        Err(ManageError::NotFound { what: "menu" })
    ));
    world.save(&world.login(), None).await.unwrap();
    world.publish(None).await.unwrap();
    assert!(!world.manager.menu_at_provider(code, id).await.unwrap().differs);

    // As WeChat answers it: in its envelope, with empty fields, and with a button that somebody added.
    let mut there = world.account.menu_now().unwrap();
    there["button"][1]["sub_button"] = json!([]);
    there["button"].as_array_mut().unwrap().push(click("new"));
    world.account.set_menu(Some(json!({"menu": there, "menuid": 1})));
    let found = world.manager.menu_at_provider(code, id).await.unwrap();
    assert!(found.differs);
    assert_eq!(found.changes.len(), 1);
    assert_eq!(found.changes[0].path, "button[2]");

    let book = world.manager.pull_menu(code, id, urls, Some(1)).await.unwrap();
    let mut expected = world.login();
    expected["button"].as_array_mut().unwrap().push(click("new"));
    assert_eq!(book.draft.unwrap().menu, expected, "the link is a login again");
}

#[tokio::test]
async fn taken_away_and_published_again() {
    let world = World::new().await;
    let (code, id) = (&world.tenant.code, world.connector.id);
    world.save(&menu(&["a"]), None).await.unwrap();
    world.publish(None).await.unwrap();
    world.later();
    let book = world.manager.delete_menu(code, id).await.unwrap();
    assert_eq!((book.live, book.versions.len()), (None, 1));
    assert_eq!(world.account.menu_now(), None);
    let events = world.events(Action::MenuPublish).await;
    assert_eq!(events[1].detail["deed"], "delete");
    assert_eq!(events[1].detail["version"], json!({"before": 1, "after": null}));
    assert_eq!(world.publish(None).await.unwrap().live, Some(2));
}

#[tokio::test]
async fn one_publishes_at_a_time_and_a_draft_may_be_saved_meanwhile() {
    let world = World::new().await;
    world.save(&menu(&["a"]), None).await.unwrap();
    world.account.delay_menu(Duration::from_millis(100));
    let other = async {
        while world.account.menu_calls().is_empty() {
            tokio::task::yield_now().await;
        }
        let refused = world.publish(None).await;
        assert!(
            matches!(refused, Err(ManageError::Conflict { what: "menu" })),
            "{refused:?}"
        );
        world.save(&menu(&["b"]), None).await.unwrap();
    };
    let (published, ()) = tokio::join!(world.publish(None), other);
    let book = published.unwrap();
    assert_eq!((book.live, book.edits), (Some(1), 2), "neither is lost");
    assert_eq!(book.live().unwrap().menu, menu(&["a"]));
    assert_eq!(world.account.menu_calls(), ["publish"]);
}

/// Whoever published may have died on the way.
#[tokio::test]
async fn a_claim_ends_by_itself() {
    let world = World::new().await;
    world.save(&menu(&["a"]), None).await.unwrap();
    let mut book = world.book().await;
    book.claim = Some(hufu_core::model::MenuClaim {
        by: "operator:li".to_owned(),
        at: hufu_test_kit::fixed::NOW,
    });
    book.version += 1;
    let unit = UnitOfWork::new(world.tenant.id).with(Change::record(&book).unwrap());
    world.store.begin(world.tenant.id).save(unit).await.unwrap();
    assert!(matches!(world.publish(None).await, Err(ManageError::Conflict { .. })));
    world.clock.advance(Duration::from_secs(120));
    assert_eq!(world.publish(None).await.unwrap().live, Some(1));
}
