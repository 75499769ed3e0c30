//! The console, told end to end on both engines.
#![cfg(test)]

mod clients;
mod getting_in;
mod permissions;
mod routes;

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
    clients: registered_by_form, mistakes, two_at_once, secrets, redirect_uris, switched_off;
    getting_in: first_operator, second_factor, brute_force, sessions, forms_of_others;
    permissions: every_route_as_every_role;
}
