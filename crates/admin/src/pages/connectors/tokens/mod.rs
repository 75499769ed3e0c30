//! `/admin/tenants/{code}/connectors/{id}/tokens`: the account's server tokens and who uses them.
//!
//! | file | what |
//! |---|---|
//! | `show` | when each token was fetched and ends, who read it today and who was refused |
//! | `counts` | the day's counters, read as rows |
//! | `replace` | another token in place of the one held |

mod counts;
pub(super) mod replace;
pub(super) mod show;
