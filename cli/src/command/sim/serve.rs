//! `symbolon sim serve`

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use clap::Args;
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use simulator::control::ControlServer;
use simulator::image::{self, ImageCard};
use simulator::slot::Slot;
use simulator::tcp::TcpServer;
use simulator::{Randomness, vpcd};

use crate::card::{CARD_VARIABLE, image_failure};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

const STEP: &str = "serve the card";

/// Serve a card to PC/SC (through vpcd) or over TCP
///
/// Keeps the card's file to itself until it is stopped by Ctrl-C, SIGTERM or "stop" on the control socket; everything
/// the card did is in the file at any time. Whoever can reach the address can use the card, and whoever can open the
/// control socket can copy it: the socket is its user's alone. Without --tcp the card goes to the vpcd of a pcscd on
/// this machine, and tries again whenever that is restarted.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon sim serve --card card.img --vpcd 127.0.0.1:35963
  symbolon sim serve --card card.img --tcp 127.0.0.1:0 --control card.control")]
pub struct Serve {
    /// The card's file [env: SYMBOLON_CARD]
    #[arg(long, value_name = "FILE")]
    pub card: Option<PathBuf>,
    /// Connect to the vpcd that listens here
    #[arg(
        long,
        value_name = "HOST:PORT",
        conflicts_with = "tcp",
        default_value = "127.0.0.1:35963"
    )]
    pub vpcd: String,
    /// Listen here; port 0 takes any that is free
    #[arg(long, value_name = "HOST:PORT")]
    pub tcp: Option<String>,
    /// Make a socket at which the card can be taken out, put back and copied
    #[arg(long, value_name = "PATH")]
    pub control: Option<PathBuf>,
}

#[derive(Serialize)]
struct Serving {
    card: String,
    vpcd: Option<String>,
    tcp: Option<String>,
    control: Option<String>,
}

enum Front {
    Vpcd(String),
    Tcp(TcpServer),
}

impl Serve {
    /// Does it, until it is stopped.
    ///
    /// # Errors
    /// When the card or the address cannot be had.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let path = self
            .card
            .or_else(|| std::env::var_os(CARD_VARIABLE).map(PathBuf::from))
            .ok_or_else(|| {
                Failure::usage(STEP, "no card is named", "Give --card FILE or set SYMBOLON_CARD.")
            })?;
        let card = image::open(&path, Randomness::System)
            .map_err(|error| image_failure("open the card image", &error))?;
        let front = match self.tcp {
            Some(address) => {
                Front::Tcp(TcpServer::bind(&address).map_err(|error| cannot("listen", &address, &error))?)
            }
            None => Front::Vpcd(self.vpcd),
        };
        let control = self.control.map(|path| {
            ControlServer::bind(&path)
                .map_err(|error| Failure::file("make the control socket", &path, &error))
        });
        let control = control.transpose()?;
        let serving = Serving {
            card: path.display().to_string(),
            vpcd: match &front {
                Front::Vpcd(address) => Some(address.clone()),
                Front::Tcp(_) => None,
            },
            tcp: match &front {
                Front::Tcp(server) => Some(server.local_address().map_err(|e| io_failure(&e))?.to_string()),
                Front::Vpcd(_) => None,
            },
            control: control
                .as_ref()
                .map(|control| control.path().display().to_string()),
        };
        let outcome = Outcome::new("sim serve", &serving);
        if context.dry_run {
            return Ok(outcome);
        }
        serve(card, &front, control.as_ref(), || context.output.report(&outcome))?;
        Ok(Outcome::reported())
    }
}

/// Serves until a signal or the control socket stops it; `ready` is called when clients can come.
fn serve(
    card: ImageCard,
    front: &Front,
    control: Option<&ControlServer>,
    ready: impl FnOnce(),
) -> Result<()> {
    let slot = Slot::new(card);
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| io_failure(&error))?;
    let handle = signals.handle();
    let watched = Arc::clone(&slot);
    let watcher = thread::spawn(move || {
        if signals.forever().next().is_some() {
            watched.stop();
        }
    });
    ready();
    let served = thread::scope(|scope| {
        let controlled = control.map(|control| scope.spawn(|| control.run(&slot)));
        let served = match front {
            Front::Vpcd(address) => {
                vpcd::run(address, &slot).map_err(|error| cannot("reach", address, &error))
            }
            Front::Tcp(server) => server.run(&slot).map_err(|error| io_failure(&error)),
        };
        // Whoever ends first ends the other.
        slot.stop();
        let controlled = controlled.map_or(Ok(Ok(())), thread::ScopedJoinHandle::join);
        served.and(controlled.map_or_else(
            |_| Err(Failure::internal(STEP, "the control socket failed")),
            |ended| ended.map_err(|error| io_failure(&error)),
        ))
    });
    handle.close();
    let _ = watcher.join();
    served
}

fn cannot(what: &str, address: &str, error: &io::Error) -> Failure {
    let message = format!("cannot {what} at {address}: {error}");
    Failure::usage(
        STEP,
        message,
        "Give HOST:PORT of this machine that nobody else uses.",
    )
}

fn io_failure(error: &io::Error) -> Failure {
    Failure::internal(STEP, error.to_string())
}

impl Show for Serving {
    fn show(&self, page: &mut Page) {
        page.done(format!("Serving {}; Ctrl-C ends it.", self.card));
        page.optional("vpcd", self.vpcd.as_deref());
        page.optional("TCP", self.tcp.as_deref());
        page.optional("control socket", self.control.as_deref());
    }
}
