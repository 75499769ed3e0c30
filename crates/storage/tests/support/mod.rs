//! What the tests of both engines share.

use std::sync::Arc;

use hufu_core::clock::{Clock, SystemRandom};
use hufu_core::model::Status;
use hufu_core::provider::TokenCache;
use hufu_core::secret::Digest256;
use hufu_core::store::{Change, ConsoleStore as _, PersonFilter, Store as _, UnitOfWork};
use hufu_migrations::Migrator;
use hufu_storage::{Config, Database, DatabaseTokens, KeyRing};
use hufu_test_kit::builders;
use sea_orm::ConnectionTrait as _;
use sea_orm_migration::MigratorTrait as _;
use serde_json::json;

/// The keys of every test.
pub(crate) fn keys() -> KeyRing {
    KeyRing::parse("[[keys]]\nid = \"test\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n").unwrap()
}

/// A new instance on the database of `config`.
pub(crate) async fn open(config: &Config) -> Arc<Database> {
    Database::open(config, keys(), Arc::new(SystemRandom)).await.unwrap()
}

/// The server tokens of a new instance.
pub(crate) async fn tokens(config: &Config, clock: Arc<dyn Clock>) -> Arc<dyn TokenCache> {
    Arc::new(DatabaseTokens::new(open(config).await, clock, Arc::new(SystemRandom)))
}

/// A database as the release before the console left it, with a row in each table that was changed since, takes the
/// new steps, and its rows read as what they were.
pub(crate) async fn old_rows_read_well(config: &Config) {
    const ID: &str = "01J0000000000000000000000";
    let digest = Digest256::of("an old token");
    let connection = sea_orm::Database::connect(&config.url).await.unwrap();
    Migrator::down(&connection, None).await.unwrap();
    Migrator::up(&connection, Some(5)).await.unwrap();
    for row in [
        format!("INSERT INTO tenants VALUES ('{ID}A', 'old', 'Old', 'active', 'en', 7, 1)"),
        format!(
            "INSERT INTO clients VALUES ('{ID}B', '{ID}A', 'App', 'active', 'public', '[]', '[]', '[\"openid\"]', \
             '[]', '[]', 'RS256', 'refuse', 7, 1)"
        ),
        format!("INSERT INTO connectors VALUES ('{ID}C', '{ID}A', 'k', 'C', 'active', '{{}}', '{{}}', 7, 1)"),
        format!("INSERT INTO subjects VALUES ('{ID}D', '{ID}A', 7)"),
        format!(
            "INSERT INTO identities VALUES ('{ID}A', '{ID}C', 'oA', '{ID}D', NULL, NULL, NULL, false, '{{}}', 7, 8)"
        ),
    ] {
        connection.execute_unprepared(&row).await.unwrap();
    }
    let token = json!({
        "digest": digest, "tenant_id": format!("{ID}A"), "client_id": format!("{ID}B"), "subject_id": format!("{ID}D"),
        "attempt_id": format!("{ID}F"), "scopes": ["openid"], "identity": builders::bare_identity("oA"),
        "expires_at": 9_000_000_000_000_i64,
    });
    let token = format!(
        "INSERT INTO access_tokens VALUES ('{}', '{ID}A', '{ID}B', '{ID}D', '{ID}F', '{token}', 9000000000000, false)",
        digest.encode()
    );
    connection.execute_unprepared(&token).await.unwrap();
    connection.close().await.unwrap();
    assert!(Database::migrate(config).await.unwrap() > 0);

    let store = open(config).await;
    let tenant = store.lookup_tenant(&"old".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((tenant.agency_id, tenant.audit_days), (None, None));
    assert_eq!(tenant.branding, hufu_core::model::Branding::default());
    let rows = store.begin(tenant.id);
    let client = rows.list_clients().await.unwrap().pop().unwrap();
    assert_eq!(client.token_seconds, None);
    let connector = rows.list_connectors().await.unwrap()[0].clone();
    assert_eq!(connector.secrets_at.as_millis(), 7);
    let person = store
        .list_people(tenant.id, &PersonFilter::default(), 10)
        .await
        .unwrap();
    assert_eq!((person[0].status, person[0].identities.len()), (Status::Active, 1));
    // A token that was given before: its holder does not notice.
    let token = rows.lookup_access_token(&digest).await.unwrap().unwrap();
    let holder = token.person.as_ref().unwrap();
    assert_eq!((holder.subject_id, holder.connector_id), (person[0].id, connector.id));
    assert_eq!((&*holder.identity.external_id, holder.auth_time.as_millis()), ("oA", 8));
    // A login of somebody known for long, and the old code's insert of a tenant, go on working.
    let seen = builders::seen(connector.id, builders::bare_identity("oA"));
    let unit = UnitOfWork::new(tenant.id).with(Change::Identity(Box::new(seen)));
    let saved = rows.save(unit).await.unwrap();
    assert_eq!((saved.subject_id, saved.is_new_subject), (Some(person[0].id), false));
    let connection = sea_orm::Database::connect(&config.url).await.unwrap();
    let old_code = format!(
        "INSERT INTO tenants (id, code, name, status, locale, created_at, version) \
         VALUES ('{ID}E', 'beside', 'Beside', 'active', 'en', 7, 1)"
    );
    connection.execute_unprepared(&old_code).await.unwrap();
    assert_eq!(store.list_tenants(None, 10).await.unwrap().len(), 2);
}

/// An instance of this version starts again after a newer one has taken its steps.
pub(crate) async fn newer_steps_do_no_harm(config: &Config) {
    let connection = sea_orm::Database::connect(&config.url).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_newer', 1)";
    connection.execute_unprepared(newer).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(Database::pending_migrations(config).await.unwrap(), 0);
    assert_eq!(Database::migrate(config).await.unwrap(), 0);
    open(config).await.ping().await.unwrap();
}

/// Every step is taken back, then all are taken again.
pub(crate) async fn down_and_up(config: &Config) {
    let connection = sea_orm::Database::connect(&config.url).await.unwrap();
    let steps = Migrator::get_applied_migrations(&connection).await.unwrap().len();
    for left in (0..steps).rev() {
        Migrator::down(&connection, Some(1)).await.unwrap();
        assert_eq!(Migrator::get_applied_migrations(&connection).await.unwrap().len(), left);
    }
    connection.close().await.unwrap();
    assert_eq!(
        usize::try_from(Database::migrate(config).await.unwrap()).unwrap(),
        steps
    );
    open(config).await;
}
