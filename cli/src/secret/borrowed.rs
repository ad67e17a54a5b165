//! The terminal, changed for a while and given back as it was, whatever ends that: also a signal that ends the program.
//!
//! What does not belong here: what is read meanwhile. Ctrl-C is no signal then but a key like another.

use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What ends a program at which somebody sits.
const ENDS: [i32; 3] = [SIGHUP, SIGQUIT, SIGTERM];

/// What is known of the terminal.
struct Known {
    /// The terminal and how it was, as long as it is changed.
    before: Option<(File, Termios)>,
    /// Signals are waited for. Once begun that never ends: without it they would do nothing any more.
    watching: bool,
}

static KNOWN: Mutex<Known> = Mutex::new(Known {
    before: None,
    watching: false,
});

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The terminal of the program, until this is dropped. One at a time.
#[derive(Debug)]
pub(crate) struct Borrowed(());

impl Borrowed {
    /// With `change` made to its modes.
    ///
    /// # Errors
    /// When there is no terminal.
    pub(crate) fn new(change: impl FnOnce(&mut LocalModes)) -> io::Result<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut changed = before.clone();
        change(&mut changed.local_modes);
        let mut known = known();
        if !known.watching {
            watch()?;
            known.watching = true;
        }
        // Under the lock, so that no signal gives it back just before it is changed.
        tcsetattr(&terminal, OptionalActions::Now, &changed)?;
        known.before = Some((terminal, before));
        drop(known);
        Ok(Self(()))
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        give_back(&mut known());
    }
}

fn give_back(known: &mut Known) {
    if let Some((terminal, before)) = known.before.take() {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
    }
}

/// From now on a signal that ends the program gives the terminal back before it does.
fn watch() -> io::Result<()> {
    let mut signals = Signals::new(ENDS)?;
    let wait = move || {
        for signal in signals.forever() {
            // Held to the end, so that nobody changes the terminal again.
            let mut known = known();
            give_back(&mut known);
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new().spawn(wait).map(drop)
}
