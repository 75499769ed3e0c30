//! The pushes so far, and the server configurations they went by.

use std::collections::{HashMap, VecDeque};

use super::config::PushConfig;
use super::fault::PushFault;
use super::message::Message;
use super::record::PushRecord;

const KEPT: usize = 1000;

/// The last thousand pushes, oldest first.
#[derive(Debug, Default)]
pub(crate) struct PushLog {
    records: VecDeque<PushRecord>,
    last_id: u64,
}

impl PushLog {
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds it, or replaces what was known of it.
    pub(super) fn put(&mut self, record: &PushRecord) {
        if let Some(known) = self.records.iter_mut().find(|known| known.id == record.id) {
            *known = record.clone();
            return;
        }
        if self.records.len() >= KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record.clone());
    }

    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = &PushRecord> {
        self.records.iter()
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
    }
}

/// What one account has laid out for its pushes.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) config: Option<PushConfig>,
    /// Each strikes one push.
    pub(crate) faults: VecDeque<PushFault>,
    /// Go out after the next one.
    pub(super) held: Vec<(PushRecord, Message)>,
}

/// By AppID.
pub(crate) type Desks = HashMap<String, Desk>;
