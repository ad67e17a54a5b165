//! The slot that a card sits in: shared by whoever serves it, and the one place to take it out or to stop serving.
//!
//! What belongs here: who may use the card and for how long. What does not: how commands get here.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::responder::Responder;

/// A card, and whether it is inserted and served.
#[derive(Debug)]
pub struct Slot<R> {
    card: Mutex<R>,
    gate: Mutex<Gate>,
    changed: Condvar,
}

struct Gate {
    inserted: bool,
    stopped: bool,
    next: u64,
    /// What ends a wait for the network.
    interrupts: Vec<Registered>,
}

struct Registered {
    number: u64,
    /// Whether taking the card out is an end too.
    at_removal: bool,
    interrupt: Interrupt,
}

type Interrupt = Box<dyn Fn() + Send>;

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            inserted, stopped, ..
        } = self;
        write!(f, "Gate(inserted {inserted}, stopped {stopped})")
    }
}

impl<R: Responder> Slot<R> {
    /// A slot with this card in it.
    #[must_use]
    pub fn new(card: R) -> Arc<Self> {
        Arc::new(Self {
            card: Mutex::new(card),
            gate: Mutex::new(Gate {
                inserted: true,
                stopped: false,
                next: 0,
                interrupts: Vec::new(),
            }),
            changed: Condvar::new(),
        })
    }

    /// Uses the card while nobody else does.
    ///
    /// # Errors
    /// When an earlier use panicked: nobody knows what the card is like now.
    pub fn with_card<T>(&self, work: impl FnOnce(&mut R) -> T) -> io::Result<T> {
        let mut card = self
            .card
            .lock()
            .map_err(|_| io::Error::other("the simulated card has failed"))?;
        Ok(work(&mut card))
    }

    /// Takes the card out: it loses power and connections end until [`Self::insert`].
    ///
    /// # Errors
    /// As [`Self::with_card`].
    pub fn remove(&self) -> io::Result<()> {
        let mut gate = self.gate();
        gate.inserted = false;
        gate.interrupts
            .iter()
            .filter(|each| each.at_removal)
            .for_each(|each| (each.interrupt)());
        drop(gate);
        self.with_card(|card| card.power(false))
    }

    /// Puts the card back.
    pub fn insert(&self) {
        self.gate().inserted = true;
        self.changed.notify_all();
    }

    /// Ends everything that serves this slot, now and for good.
    pub fn stop(&self) {
        let mut gate = self.gate();
        gate.stopped = true;
        gate.interrupts.iter().for_each(|each| (each.interrupt)());
        drop(gate);
        self.changed.notify_all();
    }

    /// Whether [`Self::stop`] was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.gate().stopped
    }

    /// Whether a use of the card panicked, so that nobody can use it any more.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.card.is_poisoned()
    }

    /// Waits until a card is inserted; `false` if the slot was stopped.
    pub(crate) fn wait_until_inserted(&self) -> bool {
        let closed = |gate: &mut Gate| !gate.inserted && !gate.stopped;
        let gate = self
            .changed
            .wait_while(self.gate(), closed)
            .unwrap_or_else(PoisonError::into_inner);
        !gate.stopped
    }

    /// Waits for `time` or until the slot is stopped.
    pub(crate) fn pause(&self, time: Duration) {
        let running = |gate: &mut Gate| !gate.stopped;
        drop(self.changed.wait_timeout_while(self.gate(), time, running));
    }

    /// Calls `interrupt` when the card is taken out or the slot stopped, at once if that has happened already. It must
    /// not use the slot. Dropping the guard calls it off.
    pub(crate) fn on_end(&self, interrupt: impl Fn() + Send + 'static) -> OnEnd<'_, R> {
        self.register(true, Box::new(interrupt))
    }

    /// As [`Self::on_end`], but taking the card out is no end.
    pub(crate) fn on_stop(&self, interrupt: impl Fn() + Send + 'static) -> OnEnd<'_, R> {
        self.register(false, Box::new(interrupt))
    }

    fn register(&self, at_removal: bool, interrupt: Interrupt) -> OnEnd<'_, R> {
        let mut gate = self.gate();
        if gate.stopped || (at_removal && !gate.inserted) {
            interrupt();
        }
        let number = gate.next;
        gate.next = number.wrapping_add(1);
        gate.interrupts.push(Registered {
            number,
            at_removal,
            interrupt,
        });
        OnEnd { slot: self, number }
    }
}

impl<R> Slot<R> {
    /// The gate's own state is whole after every statement, so a panic elsewhere does not spoil it.
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls its interrupt off when dropped.
pub(crate) struct OnEnd<'a, R> {
    slot: &'a Slot<R>,
    number: u64,
}

impl<R> Drop for OnEnd<'_, R> {
    fn drop(&mut self) {
        self.slot
            .gate()
            .interrupts
            .retain(|each| each.number != self.number);
    }
}
