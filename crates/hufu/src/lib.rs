//! Hufu: one binary that turns WeChat accounts into a standard login
