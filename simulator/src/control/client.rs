//! The other end of the socket.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The longest first line of an answer, in bytes.
const LINE_MAX: u64 = 1024;
/// The longest content that is taken, in bytes.
const CONTENT_MAX: u64 = 64 * 1024 * 1024;

/// Handles a card that another process serves.
#[derive(Debug)]
pub struct ControlClient {
    stream: BufReader<UnixStream>,
}

impl ControlClient {
    /// Opens the socket at `path`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        UnixStream::connect(path).map(|stream| Self {
            stream: BufReader::new(stream),
        })
    }

    /// The card's flash image.
    ///
    /// # Errors
    /// When the connection breaks or the card cannot do it.
    pub fn snapshot(&mut self) -> io::Result<Vec<u8>> {
        self.order("snapshot")
    }

    /// One line for each object the card keeps.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn dump(&mut self) -> io::Result<String> {
        String::from_utf8(self.order("dump")?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Resets the card.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn reset(&mut self) -> io::Result<()> {
        self.order("reset").map(drop)
    }

    /// Takes the card out of its reader.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn power_off(&mut self) -> io::Result<()> {
        self.order("off").map(drop)
    }

    /// Puts the card back.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn power_on(&mut self) -> io::Result<()> {
        self.order("on").map(drop)
    }

    /// Ends the serving.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn stop(&mut self) -> io::Result<()> {
        self.order("stop").map(drop)
    }

    fn order(&mut self, order: &str) -> io::Result<Vec<u8>> {
        self.stream.get_mut().write_all(format!("{order}\n").as_bytes())?;
        let mut line = String::new();
        self.stream.by_ref().take(LINE_MAX).read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(text) = line.strip_prefix("error ") {
            return Err(io::Error::other(text.to_owned()));
        }
        let length = line.strip_prefix("ok ").and_then(|length| length.parse().ok());
        let Some(length) = length.filter(|length| *length <= CONTENT_MAX) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut content = Vec::new();
        let received = self.stream.by_ref().take(length).read_to_end(&mut content)?;
        if u64::try_from(received) != Ok(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(content)
    }
}
