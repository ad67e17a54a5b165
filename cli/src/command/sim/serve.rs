//! `symbolon sim serve`

mod slot_name;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
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

pub use slot_name::SlotName;

const STEP: &str = "serve the card";
const LISTEN_REMEDY: &str =
    "Give HOST:PORT of this machine that nobody else uses; port 0 takes any that is free.";
const VPCD_REMEDY: &str = "Start a pcscd with the vpcd driver, and give HOST:PORT at which that listens.";

/// Serve cards to PC/SC (through vpcd) or over TCP
///
/// Keeps the card's file to itself until it is stopped by Ctrl-C, SIGTERM or "stop" on the control socket; everything
/// the card did is in the file at any time. Whoever can reach the address can use the card, and whoever can open the
/// control socket can copy it: the socket is its user's alone. Without --tcp the card goes to the vpcd of a pcscd on
/// this machine, and tries again whenever that is restarted.
///
/// With --slot, once for each, there are several cards. A slot is FILE, or FILE followed by ",vpcd=HOST:PORT" or
/// ",tcp=HOST:PORT", and by ",control=PATH"; those without an address take the ports of vpcd in turn. "stop" ends one
/// slot, a signal all.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon sim serve --card card.img --vpcd 127.0.0.1:35963
  symbolon sim serve --card card.img --tcp 127.0.0.1:0 --control card.control
  symbolon sim serve --slot a.img --slot b.img --slot c.img,tcp=127.0.0.1:7000")]
pub struct Serve {
    /// The card's file [env: SYMBOLON_CARD]
    #[arg(long, value_name = "FILE", conflicts_with = "slot")]
    pub card: Option<PathBuf>,
    /// Connect to the vpcd that listens here; further slots take the ports that follow
    #[arg(
        long,
        value_name = "HOST:PORT",
        conflicts_with = "tcp",
        default_value = "127.0.0.1:35963"
    )]
    pub vpcd: String,
    /// Listen here; port 0 takes any that is free
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "slot")]
    pub tcp: Option<String>,
    /// Make a socket at which the card can be taken out, put back and copied
    #[arg(long, value_name = "PATH", conflicts_with = "slot")]
    pub control: Option<PathBuf>,
    /// Serve this card too, in a slot of its own
    #[arg(long, value_name = "FILE[,vpcd=HOST:PORT][,tcp=HOST:PORT][,control=PATH]")]
    pub slot: Vec<SlotName>,
}

/// What is served: the first slot's fields, and all of them in a list.
#[derive(Serialize)]
struct Serving {
    #[serde(flatten)]
    first: ServedSlot,
    slots: Vec<ServedSlot>,
}

#[derive(Clone, Serialize)]
struct ServedSlot {
    card: String,
    vpcd: Option<String>,
    tcp: Option<String>,
    control: Option<String>,
}

enum Front {
    Vpcd(String, Vec<SocketAddr>),
    Tcp(TcpServer),
}

impl Front {
    /// Looks the address up, so that nobody is told of a card that is served nowhere; who listens there may come later.
    fn vpcd(address: String) -> Result<Self> {
        let found = address.to_socket_addrs();
        match found.map(Iterator::collect) {
            Ok(found) => Ok(Self::Vpcd(address, found)),
            Err(error) => Err(cannot("reach", &address, &error, VPCD_REMEDY)),
        }
    }
}

/// A card that can be served.
struct Ready {
    slot: Arc<Slot<ImageCard>>,
    front: Front,
    control: Option<ControlServer>,
    shown: ServedSlot,
}

impl Serve {
    /// Does it, until it is stopped.
    ///
    /// # Errors
    /// When a card or an address cannot be had.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let names = match self.slot.is_empty() {
            false => self.slot,
            true => vec![SlotName {
                card: self
                    .card
                    .or_else(|| std::env::var_os(CARD_VARIABLE).map(PathBuf::from))
                    .ok_or_else(|| {
                        let remedy = "Give --card FILE or --slot FILE, or set SYMBOLON_CARD.";
                        Failure::usage(STEP, "no card is named", remedy)
                    })?,
                vpcd: None,
                tcp: self.tcp,
                control: self.control,
            }],
        };
        let mut ports = Ports {
            address: &self.vpcd,
            used: 0,
        };
        let ready = names
            .into_iter()
            .map(|name| Ready::new(name, &mut ports))
            .collect::<Result<Vec<_>>>()?;
        let slots: Vec<ServedSlot> = ready.iter().map(|ready| ready.shown.clone()).collect();
        let Some(first) = slots.first().cloned() else {
            return Err(Failure::internal(STEP, "there is no slot"));
        };
        let outcome = Outcome::new("sim serve", &Serving { first, slots });
        if context.dry_run {
            return Ok(outcome);
        }
        serve(ready, || context.output.report(&outcome))?;
        Ok(Outcome::reported())
    }
}

/// The addresses of vpcd, one after the other.
struct Ports<'a> {
    address: &'a str,
    used: u16,
}

impl Ports<'_> {
    fn next(&mut self) -> Result<String> {
        let used = self.used;
        self.used = used.saturating_add(1);
        if used == 0 {
            return Ok(self.address.to_owned());
        }
        let next = self.address.rsplit_once(':').and_then(|(host, port)| {
            let port = port.parse::<u16>().ok()?.checked_add(used)?;
            Some(format!("{host}:{port}"))
        });
        next.ok_or_else(|| {
            let message = format!("there are no ports left after {}", self.address);
            Failure::usage(
                STEP,
                message,
                "Give --vpcd HOST:PORT with a lower port, or an address for each slot.",
            )
        })
    }
}

impl Ready {
    fn new(name: SlotName, ports: &mut Ports<'_>) -> Result<Self> {
        let card = image::open(&name.card, Randomness::System)
            .map_err(|error| image_failure("open the card image", &error))?;
        let front = match (name.tcp, name.vpcd) {
            (Some(address), _) => Front::Tcp(
                TcpServer::bind(&address)
                    .map_err(|error| cannot("listen at", &address, &error, LISTEN_REMEDY))?,
            ),
            (None, Some(address)) => Front::vpcd(address)?,
            (None, None) => Front::vpcd(ports.next()?)?,
        };
        let control = name.control.map(|path| {
            ControlServer::bind(&path)
                .map_err(|error| Failure::file("make the control socket", &path, &error))
        });
        let control = control.transpose()?;
        let (vpcd, tcp) = match &front {
            Front::Vpcd(address, _) => (Some(address.clone()), None),
            Front::Tcp(server) => {
                let address = server.local_address().map_err(|error| io_failure(&error))?;
                (None, Some(address.to_string()))
            }
        };
        let shown = ServedSlot {
            card: name.card.display().to_string(),
            vpcd,
            tcp,
            control: control
                .as_ref()
                .map(|control| control.path().display().to_string()),
        };
        Ok(Self {
            slot: Slot::new(card),
            front,
            control,
            shown,
        })
    }

    /// Serves until the slot is stopped; address and socket are free then.
    fn serve(self) -> Result<()> {
        let slot = &self.slot;
        thread::scope(|scope| {
            let controlled = self
                .control
                .as_ref()
                .map(|control| scope.spawn(|| control.run(slot)));
            let served = match &self.front {
                Front::Vpcd(address, reached) => {
                    vpcd::run(reached.as_slice(), slot).map_err(|error| match slot.has_failed() {
                        true => io_failure(&error),
                        false => cannot("reach", address, &error, VPCD_REMEDY),
                    })
                }
                Front::Tcp(server) => server.run(slot).map_err(|error| io_failure(&error)),
            };
            // Whoever ends first ends the other.
            slot.stop();
            let controlled = controlled.map_or(Ok(Ok(())), thread::ScopedJoinHandle::join);
            served.and(controlled.map_or_else(
                |_| Err(Failure::internal(STEP, "the control socket failed")),
                |ended| ended.map_err(|error| io_failure(&error)),
            ))
        })
    }
}

/// Serves until a signal stops all slots, or each was stopped at its control socket; `ready` is called when clients can
/// come. A slot that fails ends the others.
fn serve(slots: Vec<Ready>, ready: impl FnOnce()) -> Result<()> {
    let all: Vec<_> = slots.iter().map(|ready| Arc::clone(&ready.slot)).collect();
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| io_failure(&error))?;
    let handle = signals.handle();
    let watched = all.clone();
    let watcher = thread::spawn(move || {
        if signals.forever().next().is_some() {
            watched.iter().for_each(|slot| slot.stop());
        }
    });
    ready();
    let served = thread::scope(|scope| {
        let serve = |each: Ready| {
            let served = each.serve();
            if served.is_err() {
                all.iter().for_each(|slot| slot.stop());
            }
            served
        };
        let threads: Vec<_> = slots
            .into_iter()
            .map(|each| scope.spawn(move || serve(each)))
            .collect();
        let failed = || Failure::internal(STEP, "a slot failed");
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(failed())))
            .fold(Ok(()), Result::and)
    });
    handle.close();
    let _ = watcher.join();
    served
}

fn cannot(what: &str, address: &str, error: &io::Error, remedy: &str) -> Failure {
    Failure::usage(STEP, format!("cannot {what} {address}: {error}"), remedy)
}

fn io_failure(error: &io::Error) -> Failure {
    Failure::internal(STEP, error.to_string())
}

impl Show for Serving {
    fn show(&self, page: &mut Page) {
        if let [one] = self.slots.as_slice() {
            page.done(format!("Serving {}; Ctrl-C ends it.", one.card));
            page.optional("vpcd", one.vpcd.as_deref());
            page.optional("TCP", one.tcp.as_deref());
            page.optional("control socket", one.control.as_deref());
            if one.vpcd.is_some() {
                page.text(
                    "The card is in that reader as soon as a pcscd with the vpcd driver answers there.",
                );
            }
            return;
        }
        page.done(format!("Serving {} cards; Ctrl-C ends it.", self.slots.len()));
        let row = |slot: &ServedSlot| {
            vec![
                slot.card.clone(),
                slot.vpcd.clone().unwrap_or_default(),
                slot.tcp.clone().unwrap_or_default(),
                slot.control.clone().unwrap_or_default(),
            ]
        };
        let rows = self.slots.iter().map(row).collect();
        page.table(&["card", "vpcd", "TCP", "control socket"], rows, "");
    }
}
