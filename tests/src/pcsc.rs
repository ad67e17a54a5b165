//! A real pcscd for tests, with a card in it, apart from every other reader of the machine.
//!
//! Here belongs what a test of PC/SC needs around [`host::private_pcscd`]: waiting for the card, calling
//! the stock clients, and running a test again as a client of that pcscd. The card's commands do not.

use std::io;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

pub use host::private_pcscd::{PrivatePcscdError, READER_ADDRESS, SOCKET_VARIABLE};

/// How long a card may take from its process's start to being seen in the reader. pcscd looks every 0.4 s.
const INSERTION: Duration = Duration::from_secs(10);

/// A pcscd of the test's own; see [`host::private_pcscd::PrivatePcscd`].
#[derive(Debug)]
pub struct PrivatePcscd(host::private_pcscd::PrivatePcscd);

impl PrivatePcscd {
    /// Starts pcscd and `card`, a command that serves [`READER_ADDRESS`], and waits until the card is seen.
    ///
    /// # Errors
    /// As [`host::private_pcscd::PrivatePcscd::start`], and [`PrivatePcscdError::NotStarted`] with the logs
    /// when no card shows up.
    pub fn start(card: &Command) -> Result<Self, PrivatePcscdError> {
        let started = Self(host::private_pcscd::PrivatePcscd::start(card)?);
        started.wait_for_card()?;
        Ok(started)
    }

    /// The socket that leads to this pcscd.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.0.socket()
    }

    /// The reader that holds the card.
    #[must_use]
    pub fn reader_name(&self) -> &'static str {
        self.0.reader_name()
    }

    /// A command whose PC/SC clients reach this pcscd and no other.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.0.command(program)
    }

    /// The card's answer to reset, as `opensc-tool --atr` prints it: `3b:8d:…`.
    ///
    /// # Errors
    /// When `opensc-tool` cannot be started.
    pub fn opensc_atr(&self) -> io::Result<Output> {
        self.command("opensc-tool")
            .args(["--reader", self.reader_name(), "--atr"])
            .output()
    }

    /// A command that runs the test `name` of the current test binary again, as a client of this pcscd:
    /// libpcsclite takes its socket from the environment, which a process cannot safely change for itself.
    ///
    /// # Errors
    /// When the path of the current executable is not known.
    pub fn rerun_test(&self, name: &str) -> io::Result<Command> {
        let mut command = self.command(std::env::current_exe()?);
        command.args([name, "--exact", "--nocapture", "--test-threads=1"]);
        Ok(command)
    }

    /// Whether this process was started as a client of a private pcscd.
    #[must_use]
    pub fn is_client() -> bool {
        std::env::var_os(SOCKET_VARIABLE).is_some()
    }

    fn wait_for_card(&self) -> Result<(), PrivatePcscdError> {
        let deadline = Instant::now() + INSERTION;
        loop {
            let output = self
                .opensc_atr()
                .map_err(|error| PrivatePcscdError::Io("start opensc-tool", error))?;
            if output.status.success() {
                return Ok(());
            }
            if Instant::now() > deadline || !self.0.card_is_running() {
                let client = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(PrivatePcscdError::NotStarted(self.0.logs() + &client));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;
    use std::process::Stdio;

    use super::*;

    const OWNER: &str = "SYMBOLON_TEST_OWNER";

    /// A card's process that never answers: these tests are about processes, not about cards.
    fn silent_card() -> Command {
        let mut command = Command::new("tail");
        command.args(["-f", "/dev/null"]);
        command
    }

    /// Losing this leaves a pcscd and a card behind after every interrupted run.
    #[test]
    fn nothing_outlives_a_killed_owner() {
        if std::env::var_os(OWNER).is_some() {
            let pcscd = host::private_pcscd::PrivatePcscd::start(&silent_card()).unwrap();
            println!("\nsocket {}", pcscd.socket().display());
            let _ = io::stdin().read(&mut [0]);
            return;
        }
        let mut owner = Command::new(std::env::current_exe().unwrap())
            .args([
                "pcsc::tests::nothing_outlives_a_killed_owner",
                "--exact",
                "--nocapture",
            ])
            .env(OWNER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(owner.stdout.take().unwrap()).lines();
        let socket = lines
            .find_map(|line| line.unwrap().strip_prefix("socket ").map(PathBuf::from))
            .unwrap();
        assert!(UnixStream::connect(&socket).is_ok());

        owner.kill().unwrap();
        owner.wait().unwrap();

        let folder = socket.ancestors().nth(2).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while folder.exists() {
            assert!(Instant::now() < deadline, "{} is still there", folder.display());
            thread::sleep(Duration::from_millis(5));
        }
        assert!(UnixStream::connect(&socket).is_err());
    }

    /// Losing this makes tests that run side by side see each other's cards.
    #[test]
    fn two_run_side_by_side() {
        let one = host::private_pcscd::PrivatePcscd::start(&silent_card()).unwrap();
        let two = host::private_pcscd::PrivatePcscd::start(&silent_card()).unwrap();
        assert_ne!(one.socket(), two.socket());
        drop(one);
        assert!(UnixStream::connect(two.socket()).is_ok());
        assert!(two.card_is_running());
    }

    /// Losing this turns a card that cannot start into ten silent seconds.
    #[test]
    fn a_card_that_ends_is_reported_with_its_words() {
        let mut card = Command::new("sh");
        card.args(["-c", "echo no such card >&2; exit 7"]);
        let error = PrivatePcscd::start(&card).unwrap_err().to_string();
        assert!(error.contains("card (ended with 7): no such card"), "{error}");
    }
}
