//! APDUs in logs: ours, OpenSC's, pcscd's, of pcsc-tools, pyscard, pySim and GlobalPlatformPro, and plain hexadecimal.
//!
//! What is no APDU is skipped. Nothing here knows what an APDU means.

/// An APDU in a log.
#[derive(Clone, PartialEq, Eq)]
pub enum Record {
    /// A command.
    Command {
        /// As it stands there; the header alone where the log masks the rest.
        bytes: Vec<u8>,
        /// Whether the log masks what is behind the header.
        hidden: bool,
        /// Where it stands, from 1.
        line: usize,
    },
    /// A reply, status word last.
    Reply {
        /// As it stands there.
        bytes: Vec<u8>,
        /// Where it stands, from 1.
        line: usize,
    },
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A PIN may be in it.
        let (name, bytes, line) = match self {
            Self::Command { bytes, line, .. } => ("Command", bytes, line),
            Self::Reply { bytes, line } => ("Reply", bytes, line),
        };
        write!(f, "{name}({} bytes, line {line})", bytes.len())
    }
}

/// A log, read.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The APDUs, in their order.
    pub records: Vec<Record>,
    /// Lines with something else.
    pub skipped: usize,
}

/// Which side an APDU comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Command,
    Reply,
}

/// Bytes that go on over several lines.
struct Dump {
    side: Side,
    line: usize,
    bytes: Vec<u8>,
    /// How many there will be; `None`: as long as lines look like it.
    length: Option<usize>,
    /// Status word that was told before.
    status: Option<[u8; 2]>,
}

/// What stands before an APDU; the longer come first.
const MARKS: [(&str, Side); 18] = [
    ("C-APDU:", Side::Command),
    ("R-APDU:", Side::Reply),
    ("Sending:", Side::Command),
    ("APDU:", Side::Command),
    ("SW:", Side::Reply),
    ("A>>", Side::Command),
    ("A<<", Side::Reply),
    (">>", Side::Command),
    ("<<", Side::Reply),
    ("->", Side::Command),
    ("<-", Side::Reply),
    ("=>", Side::Command),
    ("<=", Side::Reply),
    (">", Side::Command),
    ("<", Side::Reply),
    ("C:", Side::Command),
    ("R:", Side::Reply),
    ("S:", Side::Command),
];

/// The bytes in a line of OpenSC's dumps.
const DUMP_WIDTH: usize = 16;

/// Reads a log.
#[must_use]
pub fn read(text: &str) -> Log {
    let mut reader = LogReader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(line.trim(), index + 1);
    }
    reader.end_dump();
    reader.log
}

#[derive(Default)]
struct LogReader {
    log: Log,
    dump: Option<Dump>,
}

impl LogReader {
    fn line(&mut self, line: &str, number: usize) {
        if self.continue_dump(line) {
            return;
        }
        self.end_dump();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if self.open_sc(line, number) {
            return;
        }
        if let Some((side, rest)) = marked(line)
            && let Some((bytes, hidden)) = bytes_of(rest)
        {
            return self.push(side, bytes, hidden, number);
        }
        if let Some((command, reply)) = ["=>", "->", "|", ";", "\t"]
            .iter()
            .find_map(|mark| line.split_once(mark))
            && let (Some(command), Some(reply)) = (all_hexadecimal(command), all_hexadecimal(reply))
        {
            self.push(Side::Command, command, false, number);
            return self.push(Side::Reply, reply, false, number);
        }
        match all_hexadecimal(line) {
            Some(bytes) => {
                let side = match self.log.records.last() {
                    Some(Record::Command { .. }) => Side::Reply,
                    _ => Side::Command,
                };
                self.push(side, bytes, false, number);
            }
            None => self.log.skipped += 1,
        }
    }

    fn push(&mut self, side: Side, bytes: Vec<u8>, hidden: bool, line: usize) {
        self.log.records.push(match side {
            Side::Command => Record::Command { bytes, hidden, line },
            Side::Reply => Record::Reply { bytes, line },
        });
    }

    /// `Outgoing APDU (5 bytes):`, `Incoming APDU (2 bytes):`, `Received (SW1=0x90, SW2=0x00):`, with the bytes below.
    fn open_sc(&mut self, line: &str, number: usize) -> bool {
        let start = |side, length, status| {
            Some(Dump {
                side,
                line: number,
                bytes: Vec::new(),
                length,
                status,
            })
        };
        let length = |text: &str| {
            let digits = text.split_once('(')?.1.split_once(' ')?.0;
            digits.parse::<usize>().ok()
        };
        let dump = if let Some((_, rest)) = line.split_once("Outgoing APDU") {
            start(Side::Command, length(rest), None)
        } else if let Some((_, rest)) = line.split_once("Incoming APDU") {
            start(Side::Reply, length(rest), None)
        } else if let Some((_, rest)) = line.split_once("Received (SW1=0x") {
            let status = rest
                .get(..2)
                .zip(rest.split_once("SW2=0x").and_then(|(_, rest)| rest.get(..2)))
                .and_then(|(first, second)| {
                    Some([
                        u8::from_str_radix(first, 16).ok()?,
                        u8::from_str_radix(second, 16).ok()?,
                    ])
                });
            status.and_then(|status| start(Side::Reply, None, Some(status)))
        } else {
            None
        };
        self.dump = dump;
        self.dump.is_some()
    }

    /// Whether the line belongs to the bytes that were announced.
    fn continue_dump(&mut self, line: &str) -> bool {
        let Some(dump) = &mut self.dump else { return false };
        let wanted = match dump.length {
            Some(length) => length.saturating_sub(dump.bytes.len()).min(DUMP_WIDTH),
            None => DUMP_WIDTH,
        };
        // Characters stand behind the bytes, and may look like them.
        let before = dump.bytes.len();
        let pairs = line.split_ascii_whitespace().map_while(pair).take(wanted);
        dump.bytes.extend(pairs);
        wanted > 0 && dump.bytes.len() > before
    }

    fn end_dump(&mut self) {
        if let Some(mut dump) = self.dump.take() {
            dump.bytes.extend(dump.status.into_iter().flatten());
            self.push(dump.side, dump.bytes, false, dump.line);
        }
    }
}

/// A byte of two digits.
fn pair(word: &str) -> Option<u8> {
    (word.len() == 2 && word.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .then(|| u8::from_str_radix(word, 16).ok())
        .flatten()
}

/// What a mark says, and what is behind it. Some write a time before it.
fn marked(line: &str) -> Option<(Side, &str)> {
    for (mark, side) in MARKS {
        if let Some(rest) = line.strip_prefix(mark) {
            return Some((side, rest));
        }
    }
    // pcscd: "00000012 APDU: 00 A4 ...".
    let (time, rest) = line.split_once(' ')?;
    let digits = time
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b':');
    let named = ["APDU:", "SW:"]
        .iter()
        .any(|mark| rest.trim_start().starts_with(mark));
    (digits && named).then(|| marked(rest.trim_start()))?
}

/// The bytes at the start of a line, up to what is none, and whether the rest is masked.
fn bytes_of(text: &str) -> Option<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',') {
        // GlobalPlatformPro: "A>> T=1 (4+0000) 00A40400 00".
        if word.is_empty()
            || (bytes.is_empty()
                && (word.starts_with(['(', '[', '+']) || word.ends_with(')') || word.contains('=')))
        {
            continue;
        }
        if word.starts_with("**") {
            return (!bytes.is_empty()).then_some((bytes, true));
        }
        let digits = word.trim_start_matches("0x").trim_end_matches([':', ']']);
        match decode(digits) {
            Some(more) => bytes.extend(more),
            None => break,
        }
    }
    (!bytes.is_empty()).then_some((bytes, false))
}

/// The bytes of a text that is nothing else.
fn all_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: String = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == ':')
        .map(|word| word.trim_start_matches("0x"))
        .collect();
    decode(&digits).filter(|bytes| bytes.len() >= 2)
}

fn decode(digits: &str) -> Option<Vec<u8>> {
    let bytes = digits.as_bytes();
    if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    bytes
        .chunks(2)
        .map(|two| match two {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}
