//! Hufu.
fn main() {}
