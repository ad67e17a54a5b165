//! A pcscd of our own: its reader takes one card, only its owner reaches it, and it ends with its owner.
//!
//! Here belongs what starts and stops that pcscd and the card beside it; talking to the card does not.
//! It needs the programs `pcscd`, `unshare` and `ip` and the driver `vpcd`, but no root and no port of
//! the machine: all of it runs in namespaces (`private_pcscd.sh` is the inside), and a folder holds the
//! one socket that leads in. libpcsclite reads the socket's path from the environment, so a client is
//! always another process: [`PrivatePcscd::command`] starts one.
//!
//! The card shows up in the reader a moment after [`PrivatePcscd::start`] returns; clients wait for it
//! with `SCardGetStatusChange`.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Where the card's process finds the reader (vpcd listens in the private network only).
pub const READER_ADDRESS: &str = "127.0.0.1:35963";
/// The port of [`READER_ADDRESS`].
const READER_PORT: &str = "35963";
/// The first of the two readers that vpcd makes of the configured name.
const READER_NAME: &str = "symbolon 00 00";
/// The environment variable by which libpcsclite finds another socket than the system's.
pub const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";

const INSIDE: &str = include_str!("private_pcscd.sh");
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// `sockaddr_un` holds 108 bytes, the last of them zero.
const SOCKET_PATH_BYTES: usize = 107;
const START_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(2);

/// A running pcscd with a card in its reader. Dropping it ends both and removes their folder; so does
/// the end of the owning process, whatever ended it.
#[derive(Debug)]
pub struct PrivatePcscd {
    folder: PathBuf,
    socket: PathBuf,
    inside: Child,
}

/// Why there is no private pcscd.
#[derive(Debug)]
#[non_exhaustive]
pub enum PrivatePcscdError {
    /// A program or driver is not installed; `package` is its Debian package.
    Missing {
        /// What was looked for.
        what: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// The kernel (or a container's rules) allows no namespaces, with or without a user namespace.
    NoNamespaces,
    /// The temporary folder's path is too long for a socket in it.
    PathTooLong(PathBuf),
    /// pcscd did not come up; holds what it and the card printed.
    NotStarted(String),
    /// The operating system refused a step.
    Io(&'static str, io::Error),
}

impl PrivatePcscd {
    /// Starts pcscd and, beside it, `card`: a command that connects to [`READER_ADDRESS`] and answers
    /// there until it loses the connection. Its program, arguments, folder and environment are taken;
    /// it reads nothing and its output goes to a log. Returns when pcscd accepts clients.
    ///
    /// # Errors
    /// When something is not installed or not allowed, or pcscd does not answer within ten seconds.
    pub fn start(card: &Command) -> Result<Self, PrivatePcscdError> {
        check_installed()?;
        let namespaces = usable_namespaces()?;
        let folder = new_folder()?;
        let socket = folder.join("pcscd/pcscd.comm");
        if socket.as_os_str().len() > SOCKET_PATH_BYTES {
            let _ = fs::remove_dir(&folder);
            return Err(PrivatePcscdError::PathTooLong(socket));
        }
        let mut command = Command::new("unshare");
        command
            .args(namespaces)
            .args(["sh", "-c", INSIDE, "private_pcscd"]);
        command
            .arg(&folder)
            .arg(READER_PORT)
            .arg(card.get_program())
            .args(card.get_args());
        if let Some(current) = card.get_current_dir() {
            command.current_dir(current);
        }
        for (name, value) in card.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // Its own process group, so that Ctrl-C reaches the owner only, whose end then ends this.
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let spawned = File::create(folder.join("inside.log")).and_then(|log| command.stderr(log).spawn());
        let inside = spawned.map_err(|error| {
            let _ = fs::remove_dir_all(&folder);
            PrivatePcscdError::Io("start unshare", error)
        })?;
        let mut started = Self {
            folder,
            socket,
            inside,
        };
        started.wait_until_up()?;
        Ok(started)
    }

    /// The socket that leads to this pcscd, for [`SOCKET_VARIABLE`].
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The reader that holds the card.
    #[must_use]
    pub fn reader_name(&self) -> &'static str {
        READER_NAME
    }

    /// A command whose PC/SC clients reach this pcscd and no other.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env(SOCKET_VARIABLE, &self.socket);
        command
    }

    /// What pcscd and the card's process have printed so far, for an error message.
    #[must_use]
    pub fn logs(&self) -> String {
        let mut logs = String::new();
        for name in ["inside", "pcscd", "card"] {
            let text = fs::read(self.folder.join(format!("{name}.log"))).unwrap_or_default();
            let exit = fs::read_to_string(self.folder.join(format!("{name}.exit")));
            let ended = exit
                .map(|code| format!(" (ended with {})", code.trim()))
                .unwrap_or_default();
            if !text.is_empty() || !ended.is_empty() {
                logs.push_str(&format!(
                    "{name}{ended}: {}\n",
                    String::from_utf8_lossy(&text).trim()
                ));
            }
        }
        logs
    }

    /// Whether the card's process is still there.
    #[must_use]
    pub fn card_is_running(&self) -> bool {
        !self.folder.join("card.exit").exists()
    }

    fn wait_until_up(&mut self) -> Result<(), PrivatePcscdError> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if UnixStream::connect(&self.socket).is_ok() {
                return Ok(());
            }
            let ended = self
                .inside
                .try_wait()
                .map_err(|error| PrivatePcscdError::Io("watch pcscd", error))?;
            let pcscd_ended = self.folder.join("pcscd.exit").exists();
            if ended.is_some() || pcscd_ended || Instant::now() > deadline {
                return Err(PrivatePcscdError::NotStarted(self.logs()));
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for PrivatePcscd {
    fn drop(&mut self) {
        // The end of its input is what the inside waits for; the kernel then ends the rest of it.
        drop(self.inside.stdin.take());
        let _ = self.inside.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn check_installed() -> Result<(), PrivatePcscdError> {
    for (program, package) in [("pcscd", "pcscd"), ("unshare", "util-linux"), ("ip", "iproute2")] {
        if !["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .iter()
            .any(|folder| Path::new(folder).join(program).exists())
        {
            return Err(PrivatePcscdError::Missing {
                what: program,
                package,
            });
        }
    }
    if !Path::new(DRIVER).exists() {
        return Err(PrivatePcscdError::Missing {
            what: "vpcd",
            package: "vsmartcard-vpcd",
        });
    }
    Ok(())
}

/// A user namespace needs no root; where it is switched off, root needs none.
fn usable_namespaces() -> Result<&'static [&'static str], PrivatePcscdError> {
    const WITH_USER: &[&str] = &[
        "--user",
        "--map-root-user",
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--",
    ];
    let without_user = WITH_USER.get(2..).unwrap_or_default();
    for namespaces in [WITH_USER, without_user] {
        let mut probe = Command::new("unshare");
        probe
            .args(namespaces)
            .arg("true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if probe.status().is_ok_and(|status| status.success()) {
            return Ok(namespaces);
        }
    }
    Err(PrivatePcscdError::NoNamespaces)
}

/// A new folder that only its owner can enter, so that nobody else reaches the card.
fn new_folder() -> Result<PathBuf, PrivatePcscdError> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("symbolon-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(PrivatePcscdError::Io("make a temporary folder", error)),
        }
    }
}

impl fmt::Display for PrivatePcscdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, package } => {
                write!(
                    formatter,
                    "{what} is not installed (Debian: apt-get install {package})"
                )
            }
            Self::NoNamespaces => write!(
                formatter,
                "unshare is refused here: no user, mount, network and PID namespaces"
            ),
            Self::PathTooLong(path) => {
                write!(
                    formatter,
                    "{} is too long for a socket: set TMPDIR to a shorter folder",
                    path.display()
                )
            }
            Self::NotStarted(logs) => write!(formatter, "pcscd did not start\n{}", logs.trim_end()),
            Self::Io(step, error) => write!(formatter, "cannot {step}: {error}"),
        }
    }
}

impl std::error::Error for PrivatePcscdError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}
