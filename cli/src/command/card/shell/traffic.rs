//! The traffic with the card, as somebody at the shell wants to see it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use host::explain::Explainer;
use host::trace::{Event, Trace};

use super::grammar::Tracing;
use crate::output::write_err;

/// Whether and how traffic is shown.
#[derive(Debug)]
pub(super) struct Traffic {
    wanted: Cell<Tracing>,
    /// The shell asks for something of its own.
    muted: Cell<bool>,
    explainer: RefCell<Explainer>,
}

impl Traffic {
    pub(super) fn new(on: bool) -> Self {
        Self {
            wanted: Cell::new(if on { Tracing::On } else { Tracing::Off }),
            muted: Cell::new(false),
            explainer: RefCell::default(),
        }
    }

    pub(super) fn set(&self, wanted: Tracing) {
        self.wanted.set(wanted);
    }

    /// Shows nothing while `work` is done.
    pub(super) fn quietly<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.muted.replace(true);
        let done = work();
        self.muted.set(before);
        done
    }
}

/// What the card library tells about its traffic.
pub(super) struct Recorder(pub(super) Rc<Traffic>);

impl Trace for Recorder {
    fn record(&mut self, event: Event<'_>) {
        if self.0.muted.get() {
            return;
        }
        match self.0.wanted.get() {
            Tracing::Off => {}
            Tracing::On => write_err(&format!("{event}\n")),
            Tracing::Explain => {
                if let Some(exchange) = self.0.explainer.borrow_mut().event(&event) {
                    write_err(&format!("{exchange}\n"));
                }
            }
        }
    }
}
