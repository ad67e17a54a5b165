//! Logical channels: each has a current folder and verified PINs of its own.

use std::collections::BTreeMap;

use apdu_spec::reference::PinReference;
use host::card::{FilePath, Session};

use super::grammar::ChannelDo;
use super::look::pin_word;
use super::place;
use super::state::State;
use crate::failure::{Failure, Result};
use crate::page::Page;

/// The channels that are open besides the one in use.
#[derive(Default)]
pub(super) struct Channels {
    current: u8,
    others: BTreeMap<u8, Standing>,
}

/// Where we are on a channel, and what is verified there.
struct Standing {
    here: FilePath,
    verified: Vec<PinReference>,
}

impl Channels {
    /// The channel in use, unless it is the one that is always there.
    pub(super) fn shown(&self) -> Option<u8> {
        Some(self.current).filter(|current| *current != 0)
    }
}

impl State {
    pub(super) fn channel(
        &mut self,
        session: &mut Session<'_>,
        what: Option<ChannelDo>,
        page: &mut Page,
    ) -> Result<()> {
        match what {
            None => self.list_channels(page),
            Some(ChannelDo::Open) => {
                let number = session.open_channel()?;
                let top = Standing {
                    here: FilePath::master_file(),
                    verified: Vec::new(),
                };
                self.channels.others.insert(number, top);
                self.go_on_over(session, number)?;
                self.last.data = vec![number];
                page.done(format!("Channel {number} is open, and in use."));
            }
            Some(ChannelDo::Use { number }) => {
                self.go_on_over(session, number)?;
                page.done(format!("Channel {number} is in use."));
            }
            Some(ChannelDo::Close { number }) => {
                let number = number.unwrap_or(self.channels.current);
                if number == 0 {
                    return Err(Failure::usage(
                        "close channel 0",
                        "it is always there",
                        "Name another one; \"channel\" lists those that are open.",
                    ));
                }
                self.demand_open(number)?;
                // What stands there is gone with it.
                if number == self.channels.current {
                    self.go_on_over(session, 0)?;
                }
                session.close_channel(number)?;
                self.channels.others.remove(&number);
                let rest = self.channels.current;
                page.done(format!("Channel {number} is closed; channel {rest} is in use."));
            }
        }
        Ok(())
    }

    /// Closes what this shell opened: whoever comes after it finds one channel.
    pub(super) fn leave(&mut self, session: &mut Session<'_>) {
        let current = std::mem::take(&mut self.channels);
        session.use_channel(0);
        let open = current.others.into_keys().chain([current.current]);
        for number in open.filter(|number| *number != 0) {
            // A card that is gone has closed them itself.
            let _ = session.close_channel(number);
        }
    }

    fn list_channels(&self, page: &mut Page) {
        let now = Standing {
            here: self.here.clone(),
            verified: self.verified.clone(),
        };
        let mut all: BTreeMap<u8, &Standing> = self
            .channels
            .others
            .iter()
            .map(|(number, standing)| (*number, standing))
            .collect();
        all.insert(self.channels.current, &now);
        let rows = all.into_iter().map(|(number, standing)| {
            let pins: Vec<String> = standing.verified.iter().map(|pin| pin_word(*pin)).collect();
            vec![
                number.to_string(),
                place::show(&standing.here, &self.applications),
                pins.join(" "),
                if number == self.channels.current {
                    "in use"
                } else {
                    ""
                }
                .to_owned(),
            ]
        });
        page.table(&["channel", "folder", "verified", ""], rows.collect(), "");
    }

    /// Goes on over an open channel, where it was left.
    fn go_on_over(&mut self, session: &mut Session<'_>, number: u8) -> Result<()> {
        self.demand_open(number)?;
        let Some(there) = self.channels.others.remove(&number) else {
            return Ok(());
        };
        let left = Standing {
            here: std::mem::replace(&mut self.here, there.here),
            verified: std::mem::replace(&mut self.verified, there.verified),
        };
        self.channels.others.insert(self.channels.current, left);
        self.channels.current = number;
        session.use_channel(number);
        let traffic = std::rc::Rc::clone(&self.traffic);
        traffic.quietly(|| session.select(&self.here).map(drop))?;
        Ok(())
    }

    fn demand_open(&self, number: u8) -> Result<()> {
        if number == self.channels.current || self.channels.others.contains_key(&number) {
            return Ok(());
        }
        Err(Failure::usage(
            format!("use channel {number}"),
            "it is not open",
            "\"channel open\" opens one, and the card says which; \"channel\" lists those that are open.",
        ))
    }
}
