//! Stories of one login and of all that goes wrong with it, each told on both engines.
#![cfg(test)]

mod attacks;
mod authorize;
mod bad_input;
mod callbacks;
mod canary;
mod conformance;
mod consume;
mod consume_tokens;
mod device;
mod doors;
mod dropin;
mod errors;
mod foreign;
mod hosts;
mod instances;
mod keys;
mod limits;
mod logins;
mod logout;
mod menus;
mod mistakes;
mod openidconnect;
mod operators;
mod pushes;
mod sessions;
mod tokens;
mod tokens_oidc;
mod unions;
mod upstream;

use hufu_tests::{Browser, Login, TestApp, TestTenant, Tokens};
use reqwest::Url;

/// Tells each story once on SQLite and once on PostgreSQL.
macro_rules! stories {
    ($($module:ident: $($story:ident),+ $(,)?;)+) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    crate::$module::$story(hufu_tests::Engine::Sqlite).await;
                }
            )+)+
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    crate::$module::$story(hufu_tests::Engine::Postgres).await;
                }
            )+)+
        }
    };
}

stories! {
    logins: first_login, second_login_of_the_same_person, two_tenants_with_the_same_person, two_apps_of_one_tenant,
        silent_login, denied, snapshot_visitor, public_client, es256, login_link, not_inside_wechat, step_up,
        awkward_people;
    sessions: one_login_serves_all_apps, a_session_is_one_tenants_and_one_persons, prompts_and_ages,
        no_session_of_nobody, the_person_whom_the_app_means, answers_by_form_post, sessions_on_two_instances, a_login_with_sessions_reads_nothing;
    authorize: every_error_at_its_place, requests_are_pushed, a_pushed_request_serves_one_browser, consent_is_asked_once,
        consent_is_refused, consent_is_for_its_own_browser, native_apps_listen_anywhere;
    consume: who_may_not_read;
    consume_tokens: one_token_for_all, a_dead_token_is_replaced_once, pages_are_signed_for_their_hosts,
        profiles_are_refreshed_for_thirty_days;
    callbacks: copies_in_parallel, back_button_and_restored_tab, callback_without_code, another_browser,
        made_up_and_late_callbacks, browser_hangs_up;
    upstream: wechat_is_down, wechat_speaks_nonsense, wechat_refuses, wechat_is_slow, answer_lost_after_the_code_was_used;
    bad_input: who_and_where, protocol_errors_go_to_the_client, token_errors, replayed_code, userinfo_errors,
        oversized_and_broken_requests;
    dropin: as_wechat_tells_it, other_ways_to_ask, every_error_has_its_number, bad_links_are_pages,
        wrong_redirects_go_nowhere, a_code_works_once, nothing_is_taken_from_others, everything_has_its_time,
        people_who_are_not_let_in, what_is_disabled_is_dead, secrets_stay_secret;
    openidconnect: login_refresh_logout;
    hosts: either_issuer, issuers_are_not_mixed, the_drop_in_face, what_stands_there, given_taken_and_moved;
    menus: login_from_the_menu, limits_named_first, refused_by_wechat, back_to_a_former_version, changed_elsewhere,
        two_editors;
    operators: secret_rotated, client_secret_rotated, tenant_disabled_mid_login, connector_and_client_disabled,
        overdue_logins_expire, verify_files, verify_file_badges, audit_of_changes, secrets_show_nowhere, a_warm_login_reads_nothing;
    unions: one_owner_one_person, a_late_union_id_merges_two_people, somebody_decides_about_a_contradiction;
    tokens: many_readers_one_call, passive_refresh_once, token_outage, token_renewed_ahead, pages_are_signed,
        classic_tokens, a_swapped_secret_forgets_tokens, profiles_are_refreshed;
    tokens_oidc: refresh_tokens_turn, a_refresh_on_two_instances, what_refreshing_refuses, bound_to_a_key,
        a_client_with_a_key, a_client_for_itself, introspected_and_revoked, as_the_client_wants_it;
    pushes: handshake_and_three_modes, a_keyword_is_answered_with_a_link_that_logs_in, rules_are_checked, copies_are_one,
        what_is_forged_or_spoilt_is_refused, the_key_changes_without_a_gap, forwarded_with_a_signature,
        a_slow_receiver_delays_nothing, a_receiver_that_is_down_gets_all_later;
    doors: website, the_choice, scan, forwarded_code, second_scanner, code_over, foreign_scene, two_instances,
        mini_program, mini_program_without_secret;
    limits: one_tenant_is_flooded_and_another_is_not, one_address_is_limited_and_others_are_not;
    logout: the_conformance_plan, who_is_asked, apps_are_told, an_app_that_is_down_is_told_later, operators_end_sessions,
        a_new_login_supersedes_the_session_of_its_browser;
    attacks: a_foreign_callback_signs_nobody_in, a_code_is_for_its_own_request, tokens_are_taken_for_what_they_are,
        one_tenants_proof_is_nothing_at_another, a_callback_is_its_own_accounts, one_accounts_ids_are_nobody_at_another,
        a_native_app_is_not_answered_without_the_person, every_answer_is_guarded, a_request_has_one_length;
    mistakes: a_query_says_nothing_about_who_it_is, a_secret_in_the_query_is_no_proof, a_redirect_uri_is_one_apps_own,
        every_parameter_comes_back, an_apps_credentials_administer_nothing, what_stands_for_a_secret_is_never_stored,
        what_only_an_admin_can_mend_is_not_repeated, who_has_no_union_id_has_none, a_state_is_made_for_one_login;
    conformance: requests_that_succeed, requests_of_a_known_browser, requests_that_fail, codes_and_tokens,
        refresh_tokens_of_two_clients, claims_by_name_need_consent, discovery, discovery_by_https, rp_initiated_logout,
        back_channel_logout;
    errors: at_the_authorization_endpoint, at_the_token_endpoint, at_the_revocation_endpoint,
        at_the_introspection_endpoint, at_userinfo, at_the_par_endpoint, of_devices, at_the_logout_endpoint;
    device: a_device_logs_in, no_to_a_device, codes_have_their_time, guessing_ends, a_link_alone_logs_nobody_in;
    canary: canary_no_secret_is_shown;
    foreign: foreign_codes_and_tokens_are_unknown, foreign_keys_and_proofs_are_unknown,
        foreign_links_and_cookies_are_unknown, foreign_hosts_and_accounts_are_unknown, foreign_pushes_are_refused;
    keys: rotation_by_schedule, rotation_at_once, sealed_again;
    instances: restart_between_callback_and_token, a_running_login_finishes_before_the_stop, database_gone;
}

/// Goes from the app to the provider and back; returns where the app's callback was called.
async fn log_in(browser: &Browser, login: &Login, app: &TestApp) -> Url {
    let page = browser.follow(&login.url, &[&app.url, &app.simulator_url]).await;
    assert!(page.status.is_redirection(), "{} {}", page.status, page.body);
    page.location()
}

/// A whole login of one person at one tenant's app.
async fn whole_login(user: &str, tenant: &TestTenant, app: &TestApp) -> Tokens {
    let login = tenant.app.start(user);
    let callback = log_in(&Browser::wechat(user), &login, app).await;
    tenant.app.finish(&login, &callback).await
}

/// Goes as far as the provider's answer: returns the URL of Hufu's callback, not yet called.
async fn up_to_callback(browser: &Browser, login: &Login, app: &TestApp) -> Url {
    let sent = browser.get(&login.url).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let answered = browser.follow(sent.location(), &[&app.simulator_url]).await;
    assert!(answered.status.is_redirection(), "{}", answered.body);
    answered.location()
}

/// A parameter of a URL.
fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}
