//! Configuration: tenants, clients, connectors, keys, ownership files.

use std::sync::Arc;

use hufu_core::model::{Connector, KeyState, Status, VerifyFile};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_core::store::{Change, UnitOfWork};

use super::{Bench, World, is_conflict, is_duplicate};
use crate::builders;

/// By code, and in the order of codes from any point.
pub async fn tenants_are_found_and_listed(bench: &dyn Bench) {
    let store = bench.open().await;
    let mut codes = Vec::new();
    for code in ["a-z", "aa", "ab", "a0"] {
        let mut tenant = builders::tenant();
        tenant.code = code.parse().unwrap();
        let unit = UnitOfWork::new(tenant.id).with(Change::Tenant(Box::new(tenant.clone())));
        store.begin(tenant.id).save(unit).await.unwrap();
        assert_eq!(store.lookup_tenant(&tenant.code).await.unwrap(), Some(Arc::new(tenant)));
        codes.push(code);
    }
    assert_eq!(store.lookup_tenant(&"none".parse().unwrap()).await.unwrap(), None);
    codes.sort_unstable();
    let list = async |after: Option<&str>, limit| {
        let after = after.map(|code| code.parse().unwrap());
        let listed = store.list_tenants(after.as_ref(), limit).await.unwrap();
        listed.iter().map(|tenant| tenant.code.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, codes);
    assert_eq!(list(None, 2).await, codes[..2]);
    assert_eq!(list(Some(codes[1]), 10).await, codes[2..]);
}

/// Every field of a client.
pub async fn clients_come_back_whole(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut second = builders::client(world.tenant.id);
    second.connectors = vec![world.connector.id];
    second.id_token_alg = SigningAlgorithm::Es256;
    world
        .save(&*store, [Change::Client(Box::new(second.clone()))])
        .await
        .unwrap();
    let rows = world.of(&*store);
    assert_eq!(rows.tenant_id(), world.tenant.id);
    assert_eq!(rows.lookup_client(second.id).await.unwrap().as_deref(), Some(&second));
    let mut all = vec![world.client.clone(), second];
    all.sort_by_key(|client| client.id);
    assert_eq!(rows.list_clients().await.unwrap(), all);
    assert_eq!(
        rows.lookup_client(builders::client(world.tenant.id).id).await.unwrap(),
        None
    );
}

fn assert_same(a: &Connector, b: &Connector) {
    assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
    let secrets = |connector: &Connector| -> Vec<(String, String)> {
        connector
            .secrets
            .iter()
            .map(|(name, secret)| (name.clone(), secret.expose_secret().to_owned()))
            .collect()
    };
    assert_eq!(secrets(a), secrets(b));
}

/// Every field of a connector, its secrets too.
pub async fn connectors_come_back_whole(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let rows = world.of(&*store);
    assert_same(
        &rows.lookup_connector(world.connector.id).await.unwrap().unwrap(),
        &world.connector,
    );
    let mut second = builders::connector(world.tenant.id);
    second.secrets.insert("token".to_owned(), SecretString::from("密钥🔑"));
    second.status = Status::Disabled;
    world
        .save(&*store, [Change::Connector(Box::new(second.clone()))])
        .await
        .unwrap();
    let listed = rows.list_connectors().await.unwrap();
    assert_eq!(listed.len(), 2);
    let again = listed.iter().find(|connector| connector.id == second.id).unwrap();
    assert_same(again, &second);
    let missing = builders::connector(world.tenant.id).id;
    assert!(rows.lookup_connector(missing).await.unwrap().is_none());
}

/// Active keys sign, all are published, and a second save changes the state.
pub async fn keys_are_parsed_and_change_state(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let rows = world.of(&*store);
    assert!(rows.lookup_keys().await.unwrap().signers.is_empty());
    let mut active = builders::signing_key(world.tenant.id, KeyState::Active).unwrap();
    let pending = builders::signing_key(world.tenant.id, KeyState::Pending).unwrap();
    let keys = [&active, &pending].map(|key| Change::SigningKey(Box::new(key.clone())));
    world.save(&*store, keys).await.unwrap();
    let set = rows.lookup_keys().await.unwrap();
    assert_eq!(set.signer(SigningAlgorithm::Es256).unwrap().id(), active.id);
    assert!(set.signer(SigningAlgorithm::Rs256).is_none());
    assert_eq!(set.public.len(), 2);
    assert!(set.public.contains(&active.public_jwk));
    active.state = KeyState::Retired;
    world
        .save(&*store, [Change::SigningKey(Box::new(active.clone()))])
        .await
        .unwrap();
    assert!(rows.lookup_keys().await.unwrap().signers.is_empty());
    let stored = rows.list_keys().await.unwrap();
    let retired = stored.iter().find(|key| key.id == active.id).unwrap();
    assert_eq!(retired.state, KeyState::Retired);
    assert_eq!(
        retired.private.pkcs8.expose_secret(),
        active.private.pkcs8.expose_secret()
    );
}

/// The second tenant of a code is refused whole.
pub async fn a_tenant_code_is_unique(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut second = builders::tenant();
    second.code = world.tenant.code.clone();
    let client = builders::client(second.id);
    let unit = UnitOfWork::new(second.id)
        .with(Change::Tenant(Box::new(second.clone())))
        .with(Change::Client(Box::new(client.clone())));
    let saved = store.begin(second.id).save(unit).await;
    assert!(is_duplicate(&saved, "tenant.code"), "{saved:?}");
    assert_eq!(store.begin(second.id).list_clients().await.unwrap(), []);
}

/// Version `n` goes over `n - 1` alone, and a refused unit changes nothing else.
pub async fn an_older_version_is_a_conflict(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let (mut tenant, mut client) = (world.tenant.clone(), world.client.clone());
    let mut connector = world.connector.clone();
    for (name, version) in [("second", 2), ("third", 3)] {
        (tenant.name, client.name, connector.name) = (name.to_owned(), name.to_owned(), name.to_owned());
        (tenant.version, client.version, connector.version) = (version, version, version);
        let changes = [
            Change::Tenant(Box::new(tenant.clone())),
            Change::Client(Box::new(client.clone())),
            Change::Connector(Box::new(connector.clone())),
        ];
        world.save(&*store, changes).await.unwrap();
    }
    let stale = |version| {
        let (mut tenant, mut client) = (world.tenant.clone(), world.client.clone());
        let mut connector = world.connector.clone();
        (tenant.version, client.version, connector.version) = (version, version, version);
        [
            ("tenant", Change::Tenant(Box::new(tenant))),
            ("client", Change::Client(Box::new(client))),
            ("connector", Change::Connector(Box::new(connector))),
        ]
    };
    for version in [2, 3, 5] {
        for (what, change) in stale(version) {
            let event = Change::Event(Box::new(builders::event(&world.attempt())));
            let saved = world.save(&*store, [event, change]).await;
            assert!(is_conflict(&saved, what), "{what} {version}: {saved:?}");
        }
    }
    assert_eq!(
        store.lookup_tenant(&tenant.code).await.unwrap().as_deref(),
        Some(&tenant)
    );
    assert_eq!(
        world.of(&*store).lookup_client(client.id).await.unwrap().as_deref(),
        Some(&client)
    );
    assert_eq!(world.events(&*store).await, []);
}

/// A row that is there is not added again.
pub async fn version_one_is_saved_once(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let saved = world
        .save(&*store, [Change::Client(Box::new(world.client.clone()))])
        .await;
    assert!(is_conflict(&saved, "client"), "{saved:?}");
    let saved = world
        .save(&*store, [Change::Connector(Box::new(world.connector.clone()))])
        .await;
    assert!(is_conflict(&saved, "connector"), "{saved:?}");
}

/// By host and token; the same file again is no error.
pub async fn ownership_files_are_found_at_their_host(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let token = "P97WLFQjVODXzc3j";
    let name = format!("MP_verify_{token}.txt");
    let file = VerifyFile::new(world.tenant.id, "login.example.com", &name, token).unwrap();
    for _ in 0..2 {
        world.save(&*store, [Change::VerifyFile(file.clone())]).await.unwrap();
    }
    assert!(store.has_verify_file("login.example.com", token).await.unwrap());
    assert!(!store.has_verify_file("other.example.com", token).await.unwrap());
    assert!(
        !store
            .has_verify_file("login.example.com", "P97WLFQjVODXzc3k")
            .await
            .unwrap()
    );
}

/// What was absent or old in a cache is new after a save of the same instance.
pub async fn a_change_is_seen_at_once(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let rows = world.of(&*store);
    let late = builders::client(world.tenant.id);
    assert_eq!(rows.lookup_client(late.id).await.unwrap(), None);
    assert_eq!(rows.list_connectors().await.unwrap().len(), 1);
    let more = builders::connector(world.tenant.id);
    let changes = [
        Change::Client(Box::new(late.clone())),
        Change::Connector(Box::new(more)),
    ];
    world.save(&*store, changes).await.unwrap();
    assert_eq!(rows.lookup_client(late.id).await.unwrap().as_deref(), Some(&late));
    assert_eq!(rows.list_connectors().await.unwrap().len(), 2);
    let mut disabled = world.tenant.clone();
    assert!(
        store
            .lookup_tenant(&disabled.code)
            .await
            .unwrap()
            .unwrap()
            .status
            .is_active()
    );
    (disabled.status, disabled.version) = (Status::Disabled, 2);
    world
        .save(&*store, [Change::Tenant(Box::new(disabled.clone()))])
        .await
        .unwrap();
    assert!(
        !store
            .lookup_tenant(&disabled.code)
            .await
            .unwrap()
            .unwrap()
            .status
            .is_active()
    );
}

/// A secret planted in a connector, and the private half of a key, are nowhere in the database's bytes.
pub async fn secrets_are_unreadable_in_the_database(bench: &dyn Bench) {
    const CANARY: &str = "canary-5f1c2e7d90ab";
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let mut connector = builders::connector(world.tenant.id);
    connector
        .secrets
        .insert("app_secret".to_owned(), SecretString::from(CANARY));
    connector.settings.insert("note".to_owned(), "findable-note".to_owned());
    let key = builders::signing_key(world.tenant.id, KeyState::Active).unwrap();
    let changes = [
        Change::Connector(Box::new(connector)),
        Change::SigningKey(Box::new(key.clone())),
    ];
    world.save(&*store, changes).await.unwrap();
    store.close().await;
    let contents = bench.contents().await;
    let holds = |needle: &[u8]| contents.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"findable-note"), "the search itself works");
    assert!(!holds(CANARY.as_bytes()));
    let pkcs8 = key.private.pkcs8.expose_secret();
    // The middle holds the private scalar; the end is the public half.
    let private = &pkcs8[36..60];
    assert!(!holds(private));
    use std::fmt::Write as _;
    let hex = private.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    assert!(!holds(hex.as_bytes()));
}

/// A file that is taken away is served no more; another tenant's stays, and one that is gone is no error.
pub async fn an_ownership_file_is_taken_away(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let file = |world: &World, host: &str| {
        let token = "P97WLFQjVODXzc3j";
        VerifyFile::new(world.tenant.id, host, &format!("MP_verify_{token}.txt"), token).unwrap()
    };
    let (one, two) = (file(&world, "a.example.com"), file(&world, "b.example.com"));
    let foreign = file(&other, "a.example.com");
    let changes = [&two, &one].map(|file| Change::VerifyFile(file.clone()));
    world.save(&*store, changes).await.unwrap();
    other
        .save(&*store, [Change::VerifyFile(foreign.clone())])
        .await
        .unwrap();
    assert_eq!(
        store.list_verify_files(world.tenant.id).await.unwrap(),
        [one.clone(), two.clone()]
    );
    for _ in 0..2 {
        world
            .save(&*store, [Change::RemoveVerifyFile(two.clone())])
            .await
            .unwrap();
    }
    assert!(!store.has_verify_file("b.example.com", &two.token).await.unwrap());
    world
        .save(&*store, [Change::RemoveVerifyFile(one.clone())])
        .await
        .unwrap();
    assert!(store.list_verify_files(world.tenant.id).await.unwrap().is_empty());
    assert!(store.has_verify_file("a.example.com", &one.token).await.unwrap());
    assert_eq!(store.list_verify_files(other.tenant.id).await.unwrap(), [foreign]);
}

/// A deleted key is published no more; another tenant's cannot be deleted.
pub async fn a_signing_key_is_deleted(bench: &dyn Bench) {
    let store = bench.open().await;
    let (world, other) = (World::new(&*store).await, World::new(&*store).await);
    let key = builders::signing_key(world.tenant.id, KeyState::Retired).unwrap();
    world
        .save(&*store, [Change::SigningKey(Box::new(key.clone()))])
        .await
        .unwrap();
    let rows = world.of(&*store);
    assert_eq!(rows.lookup_keys().await.unwrap().public.len(), 1);
    other.save(&*store, [Change::DeleteSigningKey(key.id)]).await.unwrap();
    assert_eq!(rows.list_keys().await.unwrap().len(), 1);
    for _ in 0..2 {
        world.save(&*store, [Change::DeleteSigningKey(key.id)]).await.unwrap();
    }
    assert!(rows.lookup_keys().await.unwrap().public.is_empty());
}

/// What the console configures of tenants, clients and connectors comes back, and goes when it is taken away.
pub async fn the_consoles_settings_come_back(bench: &dyn Bench) {
    let store = bench.open().await;
    let world = World::new(&*store).await;
    let (mut tenant, mut client) = (world.tenant.clone(), world.client.clone());
    let mut connector = world.connector.clone();
    tenant.agency_id = Some(builders::agency().id);
    tenant.branding.name = Some("花店".to_owned());
    tenant.branding.colour = Some("#07c160".to_owned());
    (tenant.audit_days, client.token_seconds) = (Some(u32::MAX), Some(600));
    connector.secrets_at = crate::fixed::NOW.plus(std::time::Duration::from_secs(5));
    connector.status = Status::Draft;
    (tenant.version, client.version, connector.version) = (2, 2, 2);
    let changes = [
        Change::Tenant(Box::new(tenant.clone())),
        Change::Client(Box::new(client.clone())),
        Change::Connector(Box::new(connector.clone())),
    ];
    world.save(&*store, changes).await.unwrap();
    let fresh = bench.open().await;
    let rows = world.of(&*fresh);
    assert_eq!(
        fresh.lookup_tenant(&tenant.code).await.unwrap().as_deref(),
        Some(&tenant)
    );
    assert_eq!(rows.lookup_client(client.id).await.unwrap().as_deref(), Some(&client));
    let found = rows.lookup_connector(connector.id).await.unwrap().unwrap();
    assert_eq!((found.secrets_at, found.status), (connector.secrets_at, Status::Draft));
    let mut plain = world.tenant.clone();
    plain.version = 3;
    world
        .save(&*store, [Change::Tenant(Box::new(plain.clone()))])
        .await
        .unwrap();
    assert_eq!(
        store.lookup_tenant(&tenant.code).await.unwrap().as_deref(),
        Some(&plain)
    );
}
