//! The console of Hufu
