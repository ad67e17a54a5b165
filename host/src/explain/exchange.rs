//! Commands with their replies, put together from chains, GET RESPONSE and repetitions.

use std::fmt;

use apdu_spec::apdu::{CommandApdu, Header, ResponseApdu};
use apdu_spec::status::Status;
use zeroize::Zeroizing;

use super::command::{self, HIDDEN, Reply};
use super::log::Record;
use super::object::{data_object, object};
use super::words::status_words_after;
use super::{Item, hexadecimal};
use crate::trace::Event;

const GET_RESPONSE: u8 = 0xC0;
/// CLA bit of a command that more of its chain follow, in interindustry classes.
const CHAINED: u8 = 0x10;

/// One command and its reply, whole. Its `Display` is several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Where in a log it begins, from line 1; 0 if it comes from no log.
    pub line: usize,
    /// What was asked.
    pub command: Item,
    /// How many command APDUs it took.
    pub pieces: usize,
    /// The last status word; `None` if no reply is known.
    pub status: Option<Status>,
    /// What came back.
    pub reply: Vec<Item>,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut command = self.command.clone();
        if self.pieces > 1 {
            command.label.push_str(&format!(" ({} APDUs)", self.pieces));
        }
        write!(
            f,
            "> {}",
            command.to_string().replace('\n', "\n  ").trim_end_matches("\n  ")
        )?;
        match self.status {
            Some(status) => {
                let words = status_words_after(&self.command.label, status);
                write!(f, "\n< {:04X} {words}", status.0)?;
            }
            None => f.write_str("\n< no reply")?,
        }
        for item in &self.reply {
            write!(f, "\n  {}", item.to_string().replace('\n', "\n  ").trim_end())?;
        }
        Ok(())
    }
}

/// Takes APDUs one after the other.
#[derive(Default)]
pub struct Explainer {
    open: Option<Open>,
}

impl fmt::Debug for Explainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A PIN may be in what is open.
        f.write_str("Explainer")
    }
}

/// A command whose reply is not complete.
struct Open {
    line: usize,
    header: Option<Header>,
    /// Data of all pieces; the first piece whole if it is no APDU.
    data: Zeroizing<Vec<u8>>,
    expected: Option<usize>,
    hidden: bool,
    pieces: usize,
    reply: Vec<u8>,
    status: Option<Status>,
}

impl Explainer {
    /// Takes a command APDU; `hidden` if what is behind its header is not known. Gives the exchange before, if it had no end.
    pub fn command(&mut self, bytes: &[u8], hidden: bool, line: usize) -> Option<Exchange> {
        let apdu = match bytes.get(..4).filter(|_| hidden) {
            Some(header) => CommandApdu::parse(header),
            None => CommandApdu::parse(bytes),
        };
        if let (Some(open), Ok(apdu)) = (&mut self.open, &apdu)
            && open.takes(apdu, hidden)
        {
            return None;
        }
        let before = self.finish();
        self.open = Some(match apdu {
            Ok(apdu) => Open {
                line,
                header: Some(apdu.header()),
                data: Zeroizing::new(apdu.data.to_vec()),
                expected: apdu.expected,
                hidden,
                pieces: 1,
                reply: Vec::new(),
                status: None,
            },
            Err(_) => Open {
                line,
                header: None,
                data: Zeroizing::new(bytes.to_vec()),
                expected: None,
                hidden,
                pieces: 1,
                reply: Vec::new(),
                status: None,
            },
        });
        before
    }

    /// Takes a response APDU. Gives the exchange if that was its end.
    pub fn reply(&mut self, bytes: &[u8], line: usize) -> Option<Exchange> {
        let open = self.open.get_or_insert_with(|| Open {
            line,
            header: None,
            data: Zeroizing::default(),
            expected: None,
            hidden: false,
            pieces: 0,
            reply: Vec::new(),
            status: None,
        });
        if let Ok(response) = ResponseApdu::parse(bytes) {
            open.status = Some(response.status);
            open.reply.extend_from_slice(response.data);
            let more = response.status.waiting().is_some() || response.status.corrected_length().is_some();
            if more || (open.is_chained() && response.status.is_success()) {
                return None;
            }
        }
        self.finish()
    }

    /// Takes what the card library tells.
    pub fn event(&mut self, event: &Event<'_>) -> Option<Exchange> {
        match *event {
            Event::Command { header, body, .. } => {
                let mut bytes = Zeroizing::new(header.to_vec());
                bytes.extend_from_slice(body.unwrap_or_default());
                self.command(&bytes, body.is_none(), 0)
            }
            Event::Answer { data, status } => {
                let mut bytes = data.to_vec();
                bytes.extend_from_slice(&status.0.to_be_bytes());
                self.reply(&bytes, 0)
            }
        }
    }

    /// Takes what was found in a log.
    pub fn record(&mut self, record: &Record) -> Option<Exchange> {
        match record {
            Record::Command { bytes, hidden, line } => self.command(bytes, *hidden, *line),
            Record::Reply { bytes, line } => self.reply(bytes, *line),
        }
    }

    /// The exchange that is not at its end, if there is one.
    pub fn finish(&mut self) -> Option<Exchange> {
        self.open.take().map(|open| open.explain())
    }
}

impl Open {
    /// Whether more commands of the chain follow.
    fn is_chained(&self) -> bool {
        self.header
            .is_some_and(|header| header.class & 0x80 == 0 && header.class & CHAINED != 0)
    }

    /// Takes the command if it belongs to this one.
    fn takes(&mut self, apdu: &CommandApdu<'_>, hidden: bool) -> bool {
        let (Some(header), Some(status)) = (self.header, self.status) else {
            return false;
        };
        let same = header.instruction == apdu.instruction
            && (header.p1, header.p2) == (apdu.p1, apdu.p2)
            && header.class & !CHAINED == apdu.class & !CHAINED;
        if status.waiting().is_some() && apdu.instruction == GET_RESPONSE {
            self.pieces += 1;
            return true;
        }
        if status.corrected_length().is_some() && (same || apdu.instruction == GET_RESPONSE) {
            self.pieces += 1;
            if same {
                self.reply.clear();
                self.expected = apdu.expected;
            }
            return true;
        }
        if self.is_chained() && status.is_success() && same {
            self.pieces += 1;
            self.hidden |= hidden;
            self.data.extend_from_slice(apdu.data);
            self.expected = apdu.expected;
            self.header = Some(apdu.header());
            return true;
        }
        false
    }

    fn explain(self) -> Exchange {
        let (command, kind) = match self.header {
            Some(header) => command::explain(
                &CommandApdu {
                    class: header.class,
                    instruction: header.instruction,
                    p1: header.p1,
                    p2: header.p2,
                    data: &self.data,
                    expected: self.expected,
                    extended: true,
                },
                self.hidden,
            ),
            None => (self.malformed(), Reply::Object),
        };
        let reply = match kind {
            _ if self.reply.is_empty() => Vec::new(),
            Reply::Hidden => vec![Item::new("data", HIDDEN)],
            Reply::Bytes => vec![Item::new("data", hexadecimal(&self.reply))],
            Reply::Data(tag) => data_object(tag, &self.reply),
            Reply::Object => object(&self.reply),
        };
        Exchange {
            line: self.line,
            command,
            pieces: self.pieces,
            status: self.status,
            reply,
        }
    }

    /// Bytes that are no command: shown, unless they begin like one with a secret.
    fn malformed(&self) -> Item {
        match *self.data.as_slice() {
            [] => Item::new("no command", ""),
            [class, instruction, p1, p2, ..] => {
                let header = Header {
                    class,
                    instruction,
                    p1,
                    p2,
                };
                let shown = if self.hidden || command::is_secret(&header) {
                    format!("{} {HIDDEN}", hexadecimal(&[class, instruction, p1, p2]))
                } else {
                    hexadecimal(&self.data)
                };
                Item::new(format!("{}, with wrong lengths", command::name(&header)), shown)
            }
            ref few => Item::new("no command APDU", hexadecimal(few)),
        }
    }
}
