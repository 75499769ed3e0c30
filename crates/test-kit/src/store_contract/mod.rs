//! What every store keeps, whatever database it is on.
//!
//! A store's tests implement [`Bench`] and call [`crate::store_contract_tests`], which makes a test of each case.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a contract suite tells a broken contract by panicking"
)]

pub mod audit;
pub mod configuration;
pub mod console;
pub mod housekeeping;
pub mod instances;
pub mod isolation;
pub mod logins;
pub mod people;
pub mod persons;
pub mod records;
pub mod tokens;
pub mod unions;

use std::sync::Arc;

use async_trait::async_trait;
use hufu_core::clock::Clock;
use hufu_core::error::StoreError;
use hufu_core::ids::SubjectId;
use hufu_core::model::{AccessToken, Attempt, AuditEvent, AuditFilter, Client, Connector, Identity, Tenant};
use hufu_core::provider::TokenCache;
use hufu_core::store::{Change, ConsoleStore, IdentitySeen, Saved, Store, TenantStore, UnitOfWork};

use crate::builders;

/// One fresh database with its schema.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A store on it: a new instance each time, with nothing cached.
    async fn open(&self) -> Arc<dyn ConsoleStore>;

    /// All that lies in the database, as bytes.
    async fn contents(&self) -> Vec<u8>;

    /// Server tokens on it: a new instance each time.
    async fn tokens(&self, clock: Arc<dyn Clock>) -> Arc<dyn TokenCache>;
}

/// Makes a test of each case of the contract. `$bench` is an async function that gives a fresh [`Bench`].
#[macro_export]
macro_rules! store_contract_tests {
    ($bench:ident) => {
        $crate::store_contract_tests! { @each $bench;
            configuration: [
                tenants_are_found_and_listed, clients_come_back_whole, connectors_come_back_whole,
                keys_are_parsed_and_change_state, a_tenant_code_is_unique, an_older_version_is_a_conflict,
                version_one_is_saved_once, ownership_files_are_found_at_their_host,
                a_change_is_seen_at_once, secrets_are_unreadable_in_the_database,
                an_ownership_file_is_taken_away, a_signing_key_is_deleted, the_consoles_settings_come_back
            ];
            logins: [
                an_attempt_is_found_by_state_and_code, of_two_transitions_one_holds,
                a_transition_of_a_missing_attempt_adds_nothing, a_new_attempt_is_added_once,
                a_refused_unit_writes_nothing, a_second_leg_is_found_by_the_same_state,
                units_that_no_database_could_carry_out_are_refused, a_token_is_added_once_and_revoked,
                many_concurrent_saves_are_all_durable, one_bad_unit_spoils_no_other
            ];
            housekeeping: [
                overdue_attempts_are_listed, purge_deletes_what_is_over_and_no_event,
                a_log_is_kept_as_long_as_its_tenant_wants
            ];
            records: [
                a_record_is_found_by_id_and_key, an_older_record_is_a_conflict, a_key_is_unique_in_its_kind,
                records_are_listed, records_are_deleted, a_record_never_changes_hands,
                sealed_records_are_unreadable_in_the_database, records_are_purged_when_they_are_over
            ];
            console: [
                a_reach_shows_what_is_in_it_and_nothing_else, tenants_are_searched, tenants_are_paged_both_ways,
                a_tenant_is_summed_up, the_log_is_filtered_across_tenants, logins_are_counted,
                errors_and_times_are_counted
            ];
            persons: [
                people_are_searched, a_disabled_person_is_refused, a_disabled_person_spoils_no_other,
                an_erased_person_is_unknown, people_of_others_are_left_alone
            ];
            people: [
                an_identity_keeps_what_is_known, two_logins_of_a_new_person_make_one_subject,
                the_same_id_at_two_connectors_is_two_people, the_subject_goes_into_attempt_and_event
            ];
            unions: [
                a_shared_union_id_makes_one_person, two_new_logins_with_one_union_id_make_one_subject,
                a_late_union_id_merges_once, a_conflict_is_queued_once, a_union_id_follows_its_person
            ];
            audit: [events_come_back_whole, events_are_filtered, events_are_paged_by_key];
            tokens: [
                a_thousand_readers_cause_one_fetch, two_instances_cause_one_fetch, a_dead_lease_is_taken_over,
                a_dead_token_is_replaced_once, a_reported_token_is_compared_with_the_row,
                a_provider_that_insists_is_left_alone, a_replacement_is_noticed_elsewhere,
                a_token_is_renewed_before_it_ends, an_outage_is_outlived, credentials_and_forgetting,
                tokens_are_unreadable_in_the_database
            ];
            isolation: [a_tenant_sees_nothing_of_another, a_tenant_changes_nothing_of_another];
            instances: [
                a_configuration_change_is_noticed_elsewhere, attempts_and_codes_are_seen_elsewhere,
                a_revocation_is_noticed_elsewhere, what_is_saved_survives_a_drop, after_close_nothing_is_saved
            ];
        }
    };
    (@each $bench:ident; $($module:ident: [$($case:ident),+ $(,)?];)+) => {$(
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let bench = super::$bench().await;
                    $crate::store_contract::$module::$case(&bench).await;
                }
            )+
        }
    )+};
}

/// A tenant with a client and a connector, saved.
#[derive(Debug)]
pub struct World {
    /// The tenant.
    pub tenant: Tenant,
    /// Its client.
    pub client: Client,
    /// Its connector.
    pub connector: Connector,
}

impl World {
    /// A new one in `store`.
    pub async fn new(store: &dyn Store) -> Self {
        let tenant = builders::tenant();
        let client = builders::client(tenant.id);
        let connector = builders::connector(tenant.id);
        let unit = UnitOfWork::new(tenant.id)
            .with(Change::Tenant(Box::new(tenant.clone())))
            .with(Change::Client(Box::new(client.clone())))
            .with(Change::Connector(Box::new(connector.clone())));
        store.begin(tenant.id).save(unit).await.unwrap();
        Self {
            tenant,
            client,
            connector,
        }
    }

    /// Its rows.
    #[must_use]
    pub fn of(&self, store: &dyn Store) -> Box<dyn TenantStore> {
        store.begin(self.tenant.id)
    }

    /// A login that waits for its identity, not saved.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        builders::attempt(self.tenant.id, self.client.id, self.connector.id)
    }

    /// Saves some changes.
    ///
    /// # Errors
    /// What the store says.
    pub async fn save(
        &self,
        store: &dyn Store,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Saved, StoreError> {
        let unit = changes
            .into_iter()
            .fold(UnitOfWork::new(self.tenant.id), UnitOfWork::with);
        self.of(store).save(unit).await
    }

    /// A login that began, saved.
    pub async fn begun(&self, store: &dyn Store) -> Attempt {
        let attempt = self.attempt();
        self.save(store, [change(&attempt)]).await.unwrap();
        attempt
    }

    /// Carries `attempt` on to a proved identity with its event: what a callback saves.
    pub async fn complete(
        &self,
        store: &dyn Store,
        attempt: Attempt,
        identity: Identity,
    ) -> (Attempt, AuditEvent, Saved) {
        let (next, event, changes) = self.completion(attempt, identity);
        let saved = self.save(store, changes).await.unwrap();
        (next, event, saved)
    }

    /// The changes of a callback.
    #[must_use]
    pub fn completion(&self, attempt: Attempt, identity: Identity) -> (Attempt, AuditEvent, [Change; 3]) {
        let seen = builders::seen(self.connector.id, identity.clone());
        let next = builders::authenticated(attempt, identity).unwrap();
        let event = builders::event(&next);
        let changes = [
            change(&next),
            Change::Identity(Box::new(seen)),
            Change::Event(Box::new(event.clone())),
        ];
        (next, event, changes)
    }

    /// The changes of a redemption.
    #[must_use]
    pub fn redemption(&self, attempt: Attempt, subject: SubjectId) -> (Attempt, AccessToken, [Change; 3]) {
        let next = attempt.consumed(crate::fixed::NOW).unwrap();
        let token = builders::access_token(&next, subject);
        let event = builders::event(&next);
        let changes = [
            change(&next),
            Change::AccessToken(Box::new(token.clone())),
            Change::Event(Box::new(event)),
        ];
        (next, token, changes)
    }

    /// All of its audit log.
    pub async fn events(&self, store: &dyn Store) -> Vec<AuditEvent> {
        self.of(store).list_events(&AuditFilter::default(), 1000).await.unwrap()
    }
}

fn change(attempt: &Attempt) -> Change {
    Change::Attempt(Box::new(attempt.clone()))
}

fn identity_change(seen: IdentitySeen) -> Change {
    Change::Identity(Box::new(seen))
}

fn is_conflict(saved: &Result<Saved, StoreError>, of: &str) -> bool {
    matches!(saved, Err(StoreError::Conflict { what }) if *what == of)
}

fn is_duplicate(saved: &Result<Saved, StoreError>, of: &str) -> bool {
    matches!(saved, Err(StoreError::Duplicate { what }) if *what == of)
}

fn is_inconsistent(saved: &Result<Saved, StoreError>) -> bool {
    matches!(saved, Err(StoreError::Inconsistent { .. }))
}
