//! The one loop that gets a command to the card and its whole reply back.
//!
//! Short or extended length fields or a chain of short commands, whichever reader and card can do; 61xx is followed by
//! GET RESPONSE; 6Cxx is answered by sending again with the length it names, once. A card that never ends is given up:
//! nothing here grows beyond [`REPLY_DATA_MAX`]. What does not belong here: what a command means.

mod request;
#[cfg(test)]
mod tests;

use apdu_spec::apdu::{
    ApduError, CommandApdu, EXTENDED_EXPECTED_MAX, ResponseApdu, SHORT_DATA_MAX, SHORT_EXPECTED_MAX,
};
use apdu_spec::command::{Command, EncodeError};
use apdu_spec::limits::{COMMAND_DATA_MAX, REPLY_DATA_MAX};
use apdu_spec::status::Status;
use zeroize::Zeroizing;

use crate::error::{Error, Fault, Result, Step};
use crate::trace::{Event, Trace};
use crate::transport::{Exchange, TransportError};

pub use request::Request;

/// Header, two extended length fields and the byte that announces them.
const AROUND_DATA: usize = 4 + 3 + 2;
/// CLA bit of a command that more of its chain follow: ISO/IEC 7816-4:2020, 5.4.1.
const CHAINED: u8 = 0x10;
/// CLA bits of the logical channel.
const CHANNEL: u8 = 0x03;
const GET_RESPONSE: u8 = 0xC0;

/// What a card answered, complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The data of all pieces together.
    pub data: &'a [u8],
    /// The last status word; never 61xx.
    pub status: Status,
}

/// Whether length fields may be extended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lengths {
    /// Where reader and card can.
    #[default]
    Automatic,
    /// Never: long commands are chained.
    Short,
}

/// Exclusive use of a card, by commands.
pub struct Connection<'a> {
    exchange: Box<dyn Exchange + 'a>,
    trace: Option<&'a mut dyn Trace>,
    extended: bool,
    /// Logical channel of every command, 0 to 3.
    channel: u8,
    step: Step,
    /// The data field of the command. It never grows, so that no copy of a PIN stays behind.
    data: Zeroizing<Vec<u8>>,
    /// The command APDU as it is sent. It never grows, so that no copy of a PIN stays behind.
    wire: Zeroizing<Vec<u8>>,
    answer: Vec<u8>,
    reply: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// Talks over `exchange`, noting everything in `trace`.
    #[must_use]
    pub fn new(exchange: Box<dyn Exchange + 'a>, lengths: Lengths, trace: Option<&'a mut dyn Trace>) -> Self {
        let extended = lengths == Lengths::Automatic && exchange.extended();
        let wire = Zeroizing::new(vec![0; COMMAND_DATA_MAX + AROUND_DATA]);
        let step = Step::Borrowed("talk to the card");
        Self {
            exchange,
            trace,
            extended,
            channel: 0,
            step,
            data: Zeroizing::new(vec![0; COMMAND_DATA_MAX]),
            wire,
            answer: Vec::new(),
            reply: Vec::new(),
        }
    }

    /// Sends every further command on a logical channel, 0 to 3; opening it is another matter.
    pub const fn set_channel(&mut self, channel: u8) {
        self.channel = channel;
    }

    /// The logical channel of the commands.
    #[must_use]
    pub const fn channel(&self) -> u8 {
        self.channel
    }

    /// Says what is being done from now on, in words that complete "cannot ...".
    pub fn set_step(&mut self, step: impl Into<Step>) {
        self.step = step.into();
    }

    /// What is being done.
    #[must_use]
    pub const fn step(&self) -> &Step {
        &self.step
    }

    /// Sends a command and gives the whole reply, whatever its status word. The reply comes in one piece where it can.
    ///
    /// # Errors
    /// As [`Self::send`], and [`Error::Invalid`] for what no card would understand.
    pub fn command(&mut self, command: &Command<'_>) -> Result<Reply<'_>> {
        let mut data = std::mem::take(&mut self.data);
        let status = self.encode_and_send(command, &mut data);
        self.data = data;
        let status = status?;
        Ok(Reply {
            data: &self.reply,
            status,
        })
    }

    fn encode_and_send(&mut self, command: &Command<'_>, data: &mut [u8]) -> Result<Status> {
        let mut apdu = command
            .encode(data)
            .map_err(|error| encode_error(&self.step, &error))?;
        let open = apdu.expected == Some(SHORT_EXPECTED_MAX) && !apdu.extended;
        if open && self.extended && may_be_long(command) {
            apdu.expected = Some(EXTENDED_EXPECTED_MAX);
        }
        let request = Request::new(command.name(), apdu);
        let sensitive = command.sensitive();
        self.send(&Request { sensitive, ..request })
            .map(|reply| reply.status)
    }

    /// Sends a command APDU and gives the whole reply, whatever its status word.
    ///
    /// # Errors
    /// When the card cannot be reached, does not keep to the rules, or the command cannot be sent at all.
    pub fn send(&mut self, request: &Request<'_>) -> Result<Reply<'_>> {
        self.reply.clear();
        let mut apdu = request.apdu;
        if apdu.data.len() > COMMAND_DATA_MAX {
            return Err(Error::encoding(&self.step, ApduError::OutOfRange));
        }
        let long =
            apdu.data.len() > SHORT_DATA_MAX || apdu.expected.is_some_and(|ne| ne > SHORT_EXPECTED_MAX);
        apdu.extended = self.extended && long;
        if !apdu.extended {
            apdu.expected = apdu.expected.map(|ne| ne.min(SHORT_EXPECTED_MAX));
        }
        let mut status = self.send_in_pieces(request, apdu)?;
        if let Some(length) = status.corrected_length() {
            apdu.expected = Some(length);
            self.reply.clear();
            status = self.send_in_pieces(request, apdu)?;
            if status.corrected_length().is_some() {
                return Err(self.fault(Fault::LengthNeverRight));
            }
        }
        while let Some(waiting) = status.waiting() {
            status = self.get_response(waiting)?;
        }
        Ok(Reply {
            data: &self.reply,
            status,
        })
    }

    /// The data of the last reply.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.reply
    }

    fn send_in_pieces(&mut self, request: &Request<'_>, apdu: CommandApdu<'_>) -> Result<Status> {
        if apdu.extended || apdu.data.len() <= SHORT_DATA_MAX {
            return self.exchange(request, apdu);
        }
        let mut pieces = apdu.data.chunks(SHORT_DATA_MAX).peekable();
        while let Some(data) = pieces.next() {
            if pieces.peek().is_none() {
                return self.exchange(request, CommandApdu { data, ..apdu });
            }
            let class = apdu.class | CHAINED;
            let piece = CommandApdu {
                class,
                data,
                expected: None,
                ..apdu
            };
            let status = self.exchange(request, piece)?;
            if !status.is_success() {
                return Ok(status);
            }
        }
        // Not reached: the data is not empty.
        self.exchange(request, apdu)
    }

    fn get_response(&mut self, waiting: usize) -> Result<Status> {
        let before = self.reply.len();
        let mut request = Request::new(
            "GET RESPONSE",
            CommandApdu {
                class: 0x00,
                instruction: GET_RESPONSE,
                p1: 0x00,
                p2: 0x00,
                data: &[],
                expected: Some(waiting),
                extended: false,
            },
        );
        let mut status = self.exchange(&request, request.apdu)?;
        if let Some(length) = status.corrected_length() {
            request.apdu.expected = Some(length);
            status = self.exchange(&request, request.apdu)?;
            if status.corrected_length().is_some() {
                return Err(self.fault(Fault::LengthNeverRight));
            }
        }
        if status.waiting().is_some() && self.reply.len() == before {
            return Err(self.fault(Fault::EmptyPiece));
        }
        Ok(status)
    }

    /// One command APDU and its response APDU, whose data is added to the reply.
    fn exchange(&mut self, request: &Request<'_>, mut apdu: CommandApdu<'_>) -> Result<Status> {
        apdu.class |= self.channel & CHANNEL;
        let length = apdu
            .write(&mut self.wire)
            .map_err(|error| Error::encoding(&self.step, error))?;
        let wire = self.wire.get(..length).unwrap_or_default();
        if let (Some(trace), Some((&header, body))) = (&mut self.trace, wire.split_first_chunk()) {
            let body = (!request.sensitive).then_some(body);
            let name = request.name;
            trace.record(Event::Command { name, header, body });
        }
        self.exchange
            .transmit(wire, &mut self.answer)
            .map_err(|source| transport_error(&self.step, source))?;
        let answer =
            ResponseApdu::parse(&self.answer).map_err(|_| protocol_error(&self.step, Fault::NoStatus))?;
        if let Some(trace) = &mut self.trace {
            trace.record(Event::Answer {
                data: answer.data,
                status: answer.status,
            });
        }
        if answer.data.len() > apdu.expected.unwrap_or(0) {
            return Err(protocol_error(&self.step, Fault::LongerThanAsked));
        }
        if self.reply.len() + answer.data.len() > REPLY_DATA_MAX {
            return Err(protocol_error(&self.step, Fault::TooLong));
        }
        self.reply.extend_from_slice(answer.data);
        Ok(answer.status)
    }

    fn fault(&self, fault: Fault) -> Error {
        protocol_error(&self.step, fault)
    }
}

fn protocol_error(step: &Step, fault: Fault) -> Error {
    Error::Protocol {
        step: step.clone(),
        fault,
    }
}

/// Whether a reply without a fixed length may have more bytes than a short command can ask for.
const fn may_be_long(command: &Command<'_>) -> bool {
    matches!(
        command,
        Command::GetData { .. }
            | Command::RequestRegistration { .. }
            | Command::Register { .. }
            | Command::OpenRequest { .. }
            | Command::LowerFloor { .. }
            | Command::ProveReceipts { .. }
            | Command::LoadBlock { .. }
            | Command::RemoveApplication { .. }
    )
}

fn encode_error(step: &Step, error: &EncodeError) -> Error {
    Error::invalid(step, error.to_string())
}

pub(crate) fn transport_error(step: &Step, source: TransportError) -> Error {
    Error::Transport {
        step: step.clone(),
        source,
    }
}
