//! How many requests of one tenant are worked on at once.
//!
//! A bucket limits how many begin; this, how many stand around when what they wait for is slow. So one tenant's pile
//! of requests is never more than a part of a batch of the writer, and never all of the memory.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hufu_core::model::TenantCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Longer than a hiccup, shorter than a person's patience.
const PATIENCE: Duration = Duration::from_secs(2);
/// For each that is worked on, so many may wait.
const QUEUE: usize = 4;

/// Seats of tenants. Only tenants with a request under way take memory.
#[derive(Debug)]
pub(super) struct Rooms {
    seats: usize,
    rooms: Mutex<HashMap<TenantCode, Arc<Semaphore>>>,
}

/// One request's place; dropped when it is answered.
#[derive(Debug)]
pub struct Seat {
    permit: Option<OwnedSemaphorePermit>,
    rooms: Arc<Rooms>,
    tenant: TenantCode,
}

impl Rooms {
    pub(super) fn new(seats: NonZeroU32) -> Self {
        Self {
            seats: usize::try_from(seats.get()).unwrap_or(Semaphore::MAX_PERMITS),
            rooms: Mutex::default(),
        }
    }

    /// A seat, at once or after a while; `None` when too many wait already or none was left in time.
    pub(super) async fn enter(self: &Arc<Self>, tenant: &TenantCode) -> Option<Seat> {
        let (mut seat, room) = {
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            let room = rooms.entry(tenant.clone());
            let room = room.or_insert_with(|| Arc::new(Semaphore::new(self.seats)));
            // Who sits and who waits holds it once each, and the map.
            if Arc::strong_count(room) > self.seats.saturating_mul(1 + QUEUE) {
                return None;
            }
            let room = Arc::clone(room);
            drop(rooms);
            // Made before the wait: a request given up while it waits tidies up too.
            let seat = Seat {
                permit: None,
                rooms: Arc::clone(self),
                tenant: tenant.clone(),
            };
            (seat, room)
        };
        // The room goes into the permit, so that a seat that is dropped last leaves the map's alone.
        let permit = timeout(PATIENCE, room.acquire_owned()).await.ok()?.ok()?;
        seat.permit = Some(permit);
        Some(seat)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.lock().unwrap().is_empty()
    }

    fn tidy(&self, tenant: &TenantCode) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.get(tenant).is_some_and(|room| Arc::strong_count(room) == 1) {
            rooms.remove(tenant);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.rooms.tidy(&self.tenant);
    }
}
