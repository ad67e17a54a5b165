//! What a person may see of the traffic with a card: everything but secrets.
//!
//! A command that carries a PIN is shown by its header alone; not even the PIN's length is told.

use std::fmt;

use apdu_spec::status::Status;

/// Takes note of what goes over the wire. Any `FnMut(Event)` is one.
pub trait Trace {
    /// One APDU, on its way or just received.
    fn record(&mut self, event: Event<'_>);
}

impl<F: FnMut(Event<'_>)> Trace for F {
    fn record(&mut self, event: Event<'_>) {
        self(event);
    }
}

/// One APDU; its `Display` is one line.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A command APDU that is about to be sent.
    Command {
        /// The command's name in the standard.
        name: &'static str,
        /// CLA, INS, P1, P2.
        header: [u8; 4],
        /// What follows the header; `None` if a secret is in it.
        body: Option<&'a [u8]>,
    },
    /// A response APDU that was received.
    Answer {
        /// The data field.
        data: &'a [u8],
        /// The status word.
        status: Status,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { name, header, body } => {
                f.write_str("> ")?;
                hex(f, header)?;
                match body {
                    Some([]) => {}
                    Some(body) => {
                        f.write_str(" ")?;
                        hex(f, body)?;
                    }
                    None => f.write_str(" **")?,
                }
                write!(f, "  {name}")
            }
            Self::Answer { data, status } => {
                f.write_str("< ")?;
                hex(f, data)?;
                write!(f, "{}{status}", if data.is_empty() { "" } else { " " })
            }
        }
    }
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
}
