//! A socket to handle the card itself: take it out, put it back, copy it. For tests and demonstrations.
//!
//! Whoever can open the socket can copy the card with all its secrets; only the user who made it can. One order a line,
//! one answer each:
//!
//! | order | effect | content of the answer |
//! |---|---|---|
//! | `snapshot` | - | the card's flash image |
//! | `dump` | - | one line for each object the card keeps |
//! | `reset` | resets the card | - |
//! | `off` | takes the card out: it loses power, its reader is empty | - |
//! | `on` | puts it back | - |
//! | `stop` | ends the serving | - |
//!
//! An answer is a line `ok LENGTH` and that many bytes of content, or a line `error TEXT`.

mod client;
mod path;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use crate::responder::Responder;
use crate::slot::Slot;

pub use client::ControlClient;
use path::OwnedPath;

/// The longest order, in bytes.
const ORDER_MAX: u64 = 64;

/// A card that can be copied and looked into.
pub trait Inspect: Responder {
    /// The flash image; the card that starts from it is this one.
    ///
    /// # Errors
    /// When the card's medium cannot be read.
    fn snapshot(&mut self) -> io::Result<Vec<u8>>;

    /// One line for each object the card keeps, in a fixed order; equal texts mean equal content.
    ///
    /// # Errors
    /// When the card's medium cannot be read or is damaged.
    fn dump(&mut self) -> io::Result<String>;
}

/// The socket. It is removed with this value.
#[derive(Debug)]
pub struct ControlServer {
    listener: UnixListener,
    path: OwnedPath,
}

impl ControlServer {
    /// Makes a socket that only this user can open, in place of one that nobody listens at.
    ///
    /// # Errors
    /// When somebody listens at `path`, something else is there, or it cannot be made.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let (listener, path) = path::bind(path.as_ref())?;
        Ok(Self { listener, path })
    }

    /// Where the socket is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.path.as_path()
    }

    /// Takes orders, one client after the other, until the slot is stopped.
    ///
    /// # Errors
    /// When no more clients can be accepted.
    pub fn run<R: Inspect>(&self, slot: &Slot<R>) -> io::Result<()> {
        let path = self.path().to_owned();
        let _registered = slot.on_stop(move || drop(UnixStream::connect(&path)));
        while !slot.is_stopped() {
            let (stream, _) = self.listener.accept()?;
            // A client that breaks off is its own problem.
            let _ = serve(&stream, slot);
        }
        Ok(())
    }
}

fn serve<R: Inspect>(stream: &UnixStream, slot: &Slot<R>) -> io::Result<()> {
    let other = stream.try_clone()?;
    let _registered = slot.on_stop(move || drop(other.shutdown(Shutdown::Read)));
    let mut input = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if input.by_ref().take(ORDER_MAX).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let answer = obey(line.trim_end(), slot);
        let mut output = stream;
        match answer {
            Ok(content) => {
                output.write_all(format!("ok {}\n", content.len()).as_bytes())?;
                output.write_all(&content)?;
            }
            Err(error) => {
                let text = error.to_string().replace('\n', " ");
                output.write_all(format!("error {text}\n").as_bytes())?;
            }
        }
    }
}

fn obey<R: Inspect>(order: &str, slot: &Slot<R>) -> io::Result<Vec<u8>> {
    match order {
        "snapshot" => return slot.with_card(Inspect::snapshot)?,
        "dump" => return slot.with_card(Inspect::dump)?.map(String::into_bytes),
        "reset" => slot.with_card(Responder::reset)?,
        "off" => slot.remove()?,
        "on" => slot.insert(),
        "stop" => slot.stop(),
        _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "unknown order")),
    }
    Ok(Vec::new())
}
