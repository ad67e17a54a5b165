//! The card: power, APDUs in, APDUs out. Chaining and GET RESPONSE are dealt with here, so that handlers see whole
//! commands and write whole replies.

use apdu_spec::apdu::{Class, CommandApdu, Header};
use apdu_spec::command::{Command, Expected, Instruction};
use apdu_spec::data::CARD_STATUS;
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::status::Status;
use apdu_spec::tlv::Writer;
use zeroize::Zeroize;

use crate::boot;
use crate::channel::{Channels, Secret};
use crate::core::Core;
use crate::data;
use crate::dispatch::dispatch;
use crate::error::Error;
use crate::platform::Platform;
use crate::store::Store;

/// Length that the reply buffer of [`Card::process`] must have: data and status word.
pub const REPLY_MAX: usize = limits::REPLY_DATA_MAX + 2;

/// What the shared buffer holds: at most one of the two, of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    /// The data of a chain so far; its header.
    Chain(Header, usize),
    /// A reply that waits for GET RESPONSE on this channel: from, to, and the status word behind it.
    Reply(u8, usize, usize, Status),
}

/// A symbolon card.
pub struct Card<P: Platform> {
    memory: Memory<P>,
    channels: Channels,
    held: Held,
    buffer: [u8; limits::COMMAND_DATA_MAX],
}

/// The persistent side, if it can be trusted.
pub(crate) enum Memory<P: Platform> {
    Sound(Core<P>),
    /// The flash is damaged or of another format: nothing of it is answered.
    Damaged(P),
}

/// What [`Card::release`] gives back: the platform, and of a card that is not damaged its flash and index memory.
pub type Parts<P> = (P, Option<(<P as Platform>::Flash, <P as Platform>::Index)>);

/// What a command comes to: bytes of reply data, and the status word.
type Outcome = (usize, Status);

impl<P: Platform> Card<P> {
    /// Powers the card up: mounts its flash, or makes a new card if the flash was never formatted. A damaged flash
    /// gives a card that says so to every command.
    #[must_use]
    pub fn start(platform: P, flash: P::Flash, index: P::Index) -> Self {
        Self {
            memory: boot::start(platform, flash, index),
            channels: Channels::new(),
            held: Held::Nothing,
            buffer: [0; limits::COMMAND_DATA_MAX],
        }
    }

    /// A reset: forgets everything volatile.
    pub fn reset(&mut self) {
        self.channels = Channels::new();
        self.release_buffer();
    }

    /// The store, for tools that look at the card from outside; `None` if it is damaged.
    pub const fn store_mut(&mut self) -> Option<&mut Store<P::Flash, P::Index>> {
        match &mut self.memory {
            Memory::Sound(core) => Some(&mut core.store),
            Memory::Damaged(_) => None,
        }
    }

    /// Powers the card down and gives the parts back; a damaged card has no flash to give.
    #[must_use]
    pub fn release(self) -> Parts<P> {
        match self.memory {
            Memory::Sound(core) => (core.platform, Some(core.store.release())),
            Memory::Damaged(platform) => (platform, None),
        }
    }

    /// One command APDU in, one response APDU out; gives the length of the response. `reply` should have
    /// [`REPLY_MAX`] bytes: what does not fit a shorter one is refused with 6700, and nothing fits less than two.
    // A generic function that is never inlined is compiled once, however many crates ask for it, and so is all that only it calls.
    // Otherwise some handlers are compiled here and some there, each on a copy of the store of its own.
    #[inline(never)]
    pub fn process(&mut self, command: &[u8], reply: &mut [u8]) -> usize {
        let Some(room) = reply.len().checked_sub(2) else {
            return 0;
        };
        let data = reply
            .get_mut(..room.min(limits::REPLY_DATA_MAX))
            .unwrap_or_default();
        let (length, status) = self.answer(command, data).unwrap_or_else(|status| (0, status));
        let Some(trailer) = reply.get_mut(length..length + 2) else {
            return 0;
        };
        trailer.copy_from_slice(&status.0.to_be_bytes());
        length + 2
    }

    fn answer(&mut self, command: &[u8], out: &mut [u8]) -> Result<Outcome, Status> {
        let (class, apdu) = match parse(command) {
            Ok((class, apdu)) if self.channels.session(class.channel).is_ok() => (class, apdu),
            refused => {
                // What cannot be read cannot go on with a chain: its pieces are gone, a PIN among them perhaps.
                self.release_buffer();
                return Err(refused.err().unwrap_or(Status::CHANNEL_NOT_SUPPORTED));
            }
        };
        let inside_chain = matches!(self.held, Held::Chain(..));
        if apdu.instruction == Instruction::GetResponse.to_byte() && !class.chained && !inside_chain {
            return self.get_response(&apdu, class.channel, out);
        }
        if matches!(self.held, Held::Reply(..)) {
            self.release_buffer();
        }
        match self.held {
            Held::Chain(header, length) => self.continue_chain(&apdu, class, header, length, out),
            _ if class.chained => self.begin_chain(&apdu),
            _ => self.execute(&apdu, class.channel, out),
        }
    }

    fn begin_chain(&mut self, apdu: &CommandApdu<'_>) -> Result<Outcome, Status> {
        let instruction =
            Instruction::from_byte(apdu.instruction).ok_or(Status::INSTRUCTION_NOT_SUPPORTED)?;
        if !instruction.may_be_chained() {
            return Err(Status::CHAINING_NOT_SUPPORTED);
        }
        self.append(apdu, 0)
    }

    fn append(&mut self, apdu: &CommandApdu<'_>, length: usize) -> Result<Outcome, Status> {
        let end = length + apdu.data.len();
        match self.buffer.get_mut(length..end) {
            Some(space) => {
                space.copy_from_slice(apdu.data);
                self.held = Held::Chain(apdu.header(), end);
                Ok((0, Status::SUCCESS))
            }
            None => {
                self.release_buffer();
                Err(Status::WRONG_LENGTH)
            }
        }
    }

    fn continue_chain(
        &mut self,
        apdu: &CommandApdu<'_>,
        class: Class,
        header: Header,
        length: usize,
        out: &mut [u8],
    ) -> Result<Outcome, Status> {
        // A chain goes on on its own channel.
        let begun = Class {
            chained: true,
            ..class
        };
        let same = Header {
            class: begun.to_byte(),
            ..apdu.header()
        } == header;
        if !same {
            self.release_buffer();
            return Err(Status::LAST_COMMAND_EXPECTED);
        }
        self.append(apdu, length)?;
        if class.chained {
            return Ok((0, Status::SUCCESS));
        }
        let end = length + apdu.data.len();
        // The handlers borrow the whole command from here while the card changes elsewhere.
        let mut command = core::mem::replace(&mut self.buffer, [0; limits::COMMAND_DATA_MAX]);
        self.held = Held::Nothing;
        let whole = CommandApdu {
            data: command.get(..end).unwrap_or_default(),
            ..*apdu
        };
        let outcome = self.execute(&whole, class.channel, out);
        command.zeroize();
        outcome
    }

    fn execute(&mut self, apdu: &CommandApdu<'_>, channel: u8, out: &mut [u8]) -> Result<Outcome, Status> {
        if apdu.data.len() > limits::COMMAND_DATA_MAX {
            return Err(Status::WRONG_LENGTH);
        }
        let decoded = Command::decode(apdu);
        let command = match decoded {
            Ok(command) => command,
            Err(status) => {
                self.channels.session(channel)?.reason = Reason::None;
                return Err(status);
            }
        };
        let mut writer = Writer::new(out);
        let status = match &mut self.memory {
            Memory::Damaged(_) => match command {
                Command::GetData {
                    tag: CARD_STATUS,
                    selector: [],
                } => data::damaged(&mut writer)
                    .map(|()| Status::SUCCESS)
                    .map_err(Status::from)?,
                _ => return Err(Status::MEMORY_FAILURE),
            },
            Memory::Sound(core) => {
                match carry_out(core, &mut self.channels, channel, &command, &mut writer) {
                    Ok(status) => status,
                    Err(error) => {
                        self.channels.session(channel)?.reason = match error {
                            Error::Refused(reason) => reason,
                            _ => Reason::None,
                        };
                        let length = writer.len();
                        out.get_mut(..length).unwrap_or_default().zeroize();
                        return Err(error.into());
                    }
                }
            }
        };
        let length = writer.len();
        Ok(self.deliver(out, length, apdu.expected.unwrap_or(0), channel, status))
    }

    /// Answers what Le asked for; the rest waits for GET RESPONSE.
    fn deliver(
        &mut self,
        out: &[u8],
        length: usize,
        expected: usize,
        channel: u8,
        status: Status,
    ) -> Outcome {
        if length <= expected {
            return (length, status);
        }
        // A reply to a command that left room for less is held back whole: its status word tells how much there is.
        let waiting = out.get(..length).unwrap_or_default();
        if let Some(space) = self.buffer.get_mut(..length) {
            space.copy_from_slice(waiting);
        }
        let first = expected;
        self.held = Held::Reply(channel, first, length, status);
        (first, Status::more_data(length - first))
    }

    fn get_response(
        &mut self,
        apdu: &CommandApdu<'_>,
        channel: u8,
        out: &mut [u8],
    ) -> Result<Outcome, Status> {
        let Command::GetResponse { length } = Command::decode(apdu)? else {
            return Err(Status::UNSPECIFIED);
        };
        let Held::Reply(of, from, to, status) = self.held else {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        };
        if of != channel {
            self.release_buffer();
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        }
        let waiting = to - from;
        let piece = match length {
            Expected::Available { .. } => waiting.min(length.maximum()),
            Expected::Exactly(wanted) if usize::from(wanted) > waiting => {
                return Err(Status::wrong_expected_length(waiting));
            }
            Expected::Exactly(wanted) => usize::from(wanted),
        }
        .min(out.len());
        let end = from + piece;
        let (Some(space), Some(bytes)) = (out.get_mut(..piece), self.buffer.get(from..end)) else {
            return Err(Status::UNSPECIFIED);
        };
        space.copy_from_slice(bytes);
        if end == to {
            self.release_buffer();
            return Ok((piece, status));
        }
        self.held = Held::Reply(channel, end, to, status);
        Ok((piece, Status::more_data(to - end)))
    }

    /// Clears what the shared buffer held: it may have been a PIN.
    fn release_buffer(&mut self) {
        let used = match self.held {
            Held::Nothing => 0,
            Held::Chain(_, length) | Held::Reply(_, _, length, _) => length,
        };
        self.buffer.get_mut(..used).unwrap_or_default().zeroize();
        self.held = Held::Nothing;
    }
}

/// Carries a command out on its channel, and sees to the others.
fn carry_out<P: Platform>(
    core: &mut Core<P>,
    channels: &mut Channels,
    channel: u8,
    command: &Command<'_>,
    reply: &mut Writer<'_>,
) -> Result<Status, Error> {
    match *command {
        Command::OpenChannel { number } => {
            let opened = channels.open(channel, number)?;
            if number.is_none() {
                reply.raw(&[opened])?;
            }
            return Ok(Status::SUCCESS);
        }
        Command::CloseChannel { number } => {
            channels.close(channel, number)?;
            return Ok(Status::SUCCESS);
        }
        _ => {}
    }
    let generation = core.store.generation();
    let outcome = dispatch(core, channels.session(channel)?, command, reply);
    if core.store.generation() != generation {
        match command {
            // Whatever was verified before was verified for another issuer, or for none.
            Command::Register { .. } if outcome.is_ok() => channels.close_others(channel),
            // A try alone changes no value; of flash that failed nobody knows what it holds.
            Command::ChangeReferenceData { reference, .. } | Command::ResetRetryCounter { reference, .. } => {
                if matches!(outcome, Ok(_) | Err(Error::Memory)) {
                    channels.forget(Secret::Pin(*reference), channel);
                }
            }
            Command::GenerateKeyPair {
                reference: KeyReference::Local(key),
                ..
            } => channels.forget(Secret::Key(*key), channel),
            _ => channels.look_again(core, channel),
        }
    }
    outcome
}

/// Takes an APDU apart. The class decides first: a foreign class may have another form.
fn parse(command: &[u8]) -> Result<(Class, CommandApdu<'_>), Status> {
    let class = Class::from_byte(*command.first().ok_or(Status::WRONG_LENGTH)?)?;
    let apdu = CommandApdu::parse(command).map_err(|_| Status::WRONG_LENGTH)?;
    Ok((class, apdu))
}
