//! The console, told end to end on both engines.
#![cfg(test)]

mod by_command;
mod clients;
mod demo;
mod getting_in;
mod hygiene;
mod menus;
mod onboarding;
mod people;
mod permissions;
mod pushes;
mod routes;
mod tenants;

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
    clients: registered_by_form, mistakes, two_at_once, secrets, redirect_uris, switched_off, protocol;
    getting_in: first_operator, second_factor, brute_force, sessions, forms_of_others;
    onboarding: whole_wizard, wrong_shapes, wrong_secrets, trial, hand_over_link, swap, two_editors, tampered, same_account;
    pushes: pushes_by_form;
    permissions: every_route_as_every_role;
    menus: written_and_published;
    hygiene: no_secret_shows, pages_are_light;
    people: disabled_and_erased, signed_out, invited_once, keys_rotated, own_password, second_factor_by_choice;
    tenants: home, search, import, import_of_odd_lists, suspend_and_resume, settings;
}
