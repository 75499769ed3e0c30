//! Whether the program runs.

pub(crate) async fn get() -> &'static str {
    "ok"
}
