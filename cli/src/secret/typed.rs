//! A secret typed on the terminal: nothing of it is shown, and the terminal is afterwards what it was, whatever was pressed.
//!
//! Keys are read one by one, so that Ctrl-C is an answer like another and cannot end the program while the terminal is
//! silent. What does not belong here: which secrets there are, and what they may be.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::termios::LocalModes;
use zeroize::Zeroizing;

use super::borrowed::Borrowed;

/// The longest line that a terminal gives.
const LINE_MAX: usize = 4096;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const CTRL_Z: u8 = 0x1A;
const CTRL_BACKSLASH: u8 = 0x1C;
const DELETE: u8 = 0x7F;

/// What somebody did who was asked.
pub(super) enum Typed {
    /// Typed a line.
    Line(Zeroizing<String>),
    /// Pressed Ctrl-C.
    Stopped,
    /// Pressed Ctrl-D, or went away.
    Nothing,
}

/// Asks on the terminal.
///
/// # Errors
/// When there is no terminal, or what was typed is no text.
pub(super) fn ask(question: &str) -> io::Result<Typed> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    // Shows no key and gives each at once.
    let quiet = Borrowed::new(|modes| {
        modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
    })?;
    terminal.write_all(question.as_bytes())?;
    let mut key = [0];
    let mut keys = std::iter::from_fn(|| match terminal.read(&mut key) {
        Ok(0) => None,
        read => Some(read.map(|_| std::mem::take(&mut key)[0])),
    });
    let typed = line(&mut keys);
    terminal.write_all(b"\n")?;
    drop(quiet);
    typed
}

/// What the keys say.
fn line(keys: &mut impl Iterator<Item = io::Result<u8>>) -> io::Result<Typed> {
    // Never grows, so that no copy is left behind.
    let mut text = Zeroizing::new(Vec::with_capacity(LINE_MAX));
    for key in keys {
        let key = match key {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            key => key?,
        };
        match key {
            CTRL_C => return Ok(Typed::Stopped),
            CTRL_D if text.is_empty() => return Ok(Typed::Nothing),
            b'\n' | b'\r' => {
                let text = std::str::from_utf8(&text).map_err(|_| io::Error::other("it is not text"))?;
                return Ok(Typed::Line(Zeroizing::new(text.to_owned())));
            }
            DELETE | BACKSPACE => {
                // A character of several bytes goes as a whole.
                while text.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            CTRL_U => text.clear(),
            CTRL_D | CTRL_Z | CTRL_BACKSLASH => {}
            key if text.len() < LINE_MAX => text.push(key),
            _ => return Err(io::Error::other("it is too long")),
        }
    }
    Ok(Typed::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> String {
        match line(&mut keys.bytes()) {
            Ok(Typed::Line(text)) => text.to_string(),
            Ok(Typed::Stopped) => "stopped".into(),
            Ok(Typed::Nothing) => "nothing".into(),
            Err(error) => error.to_string(),
        }
    }

    /// Losing this spends a try of a PIN on a key that was meant to correct it.
    #[test]
    fn keys_that_correct_are_no_part_of_a_secret() {
        for (keys, text) in [
            (&b"1234\n"[..], "1234"),
            (b"12\x7F\x0834\r", "34"),
            (b"99\x151234\n", "1234"),
            ("ä\u{7F}12\n".as_bytes(), "12"),
            (b"\x7F12\x04\x1A\x1C\n", "12"),
            (b"12\x03", "stopped"),
            (b"\x04", "nothing"),
            (b"12", "nothing"),
            (b"\xFF\n", "it is not text"),
            (b"\n", ""),
        ] {
            assert_eq!(typed(keys), text, "{keys:?}");
        }
        assert_eq!(typed(&[b'1'; LINE_MAX + 1]), "it is too long");
    }
}
