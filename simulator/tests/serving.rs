//! A card that cannot be reached, hangs its server or loses its place in the reader is a card nobody can use.
//!
//! The card here is an echo; the reader is a script. What the card itself does is tested elsewhere.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use symbolon_simulator::control::{ControlClient, ControlServer, Inspect};
use symbolon_simulator::responder::Responder;
use symbolon_simulator::slot::Slot;
use symbolon_simulator::tcp::TcpServer;
use symbolon_simulator::vpcd;

/// Answers what it was sent, while it is on, and counts its resets.
#[derive(Default)]
struct Echo {
    on: bool,
    resets: u8,
}

impl Responder for Echo {
    fn power(&mut self, on: bool) {
        self.on = on;
    }

    fn reset(&mut self) {
        self.on = true;
        self.resets += 1;
    }

    fn atr(&self) -> Vec<u8> {
        vec![0x3B, 0x80, 0x01, 0x81]
    }

    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        match command {
            _ if !self.on => Vec::new(),
            [0xFF, 0xFF, 0xFF, 0xFF] => panic!("the card breaks"),
            [0x00, 0xEE, ..] => vec![0; 0x1_0000],
            _ => command.to_vec(),
        }
    }
}

impl Inspect for Echo {
    fn snapshot(&mut self) -> io::Result<Vec<u8>> {
        Ok(vec![self.resets; 100_000])
    }

    fn dump(&mut self) -> io::Result<String> {
        Ok(format!("resets {}\n", self.resets))
    }
}

/// The reader's end of a connection.
struct Reader(TcpStream);

impl Reader {
    fn send(&mut self, frame: &[u8]) {
        let length = u16::try_from(frame.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length, frame].concat()).unwrap();
    }

    fn ask(&mut self, frame: &[u8]) -> Vec<u8> {
        self.send(frame);
        let mut length = [0; 2];
        self.0.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u16::from_be_bytes(length).into()];
        self.0.read_exact(&mut answer).unwrap();
        answer
    }

    fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }
}

/// Runs `test` beside a TCP server, which must end when the slot is stopped.
fn with_server(test: impl FnOnce(&Slot<Echo>, &dyn Fn() -> Reader)) {
    let slot = Slot::new(Echo::default());
    let server = TcpServer::bind("127.0.0.1:0").unwrap();
    let address = server.local_address().unwrap();
    let serving = thread::spawn({
        let slot = Arc::clone(&slot);
        move || server.run(&slot)
    });
    test(&slot, &|| Reader(TcpStream::connect(address).unwrap()));
    slot.stop();
    let served = matches!(serving.join(), Ok(Ok(())));
    assert_eq!(served, !slot.has_failed());
}

#[test]
fn a_client_gets_the_card_and_leaves_it_off() {
    with_server(|slot, connect| {
        let mut reader = connect();
        assert_eq!(reader.ask(&[1, 2, 3, 4]), []);
        reader.send(&[1]);
        assert_eq!(reader.ask(&[4]), [0x3B, 0x80, 0x01, 0x81]);
        assert_eq!(reader.ask(&[1, 2, 3, 4]), [1, 2, 3, 4]);
        let long = vec![0x55; 0xFFFF];
        assert_eq!(reader.ask(&long), long);
        assert_eq!(reader.ask(&[0, 0xEE, 0, 0]), [0x6F, 0x00]);
        reader.send(&[2]);
        assert_eq!(reader.ask(&[5, 6, 7, 8]), [5, 6, 7, 8]);
        assert_eq!(slot.with_card(|card| card.resets).unwrap(), 1);
        drop(reader);
        let mut next = connect();
        assert_eq!(next.ask(&[1, 2, 3, 4]), [], "the card is off for the next client");
    });
}

#[test]
fn clients_that_talk_nonsense_or_break_off_do_not_end_the_serving() {
    with_server(|_, connect| {
        for nonsense in [&[0, 0][..], &[0, 1, 9], &[0xFF], &[0, 9, 1, 2]] {
            let mut reader = connect();
            reader.0.write_all(nonsense).unwrap();
            reader.0.shutdown(Shutdown::Write).unwrap();
            assert!(reader.is_closed(), "{nonsense:?}");
        }
        let mut reader = connect();
        reader.send(&[1]);
        assert_eq!(reader.ask(&[1, 2, 3, 4]), [1, 2, 3, 4]);
    });
}

#[test]
fn a_card_that_broke_is_not_served_further() {
    with_server(|slot, connect| {
        let mut reader = connect();
        reader.send(&[1]);
        reader.send(&[0xFF; 4]);
        assert!(reader.is_closed());
        slot.with_card(|_| ()).unwrap_err();
    });
}

#[test]
fn a_card_taken_out_is_gone_and_comes_back() {
    with_server(|slot, connect| {
        let mut reader = connect();
        reader.send(&[1]);
        assert_eq!(reader.ask(&[1, 2, 3, 4]), [1, 2, 3, 4]);
        slot.remove().unwrap();
        assert!(reader.is_closed());
        slot.insert();
        let mut reader = connect();
        reader.send(&[1]);
        assert_eq!(reader.ask(&[1, 2, 3, 4]), [1, 2, 3, 4]);
    });
}

#[test]
fn the_card_finds_its_reader_again_when_pcscd_restarts() {
    let slot = Slot::new(Echo::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let card = thread::spawn({
        let slot = Arc::clone(&slot);
        move || vpcd::run(address, &slot)
    });
    for _ in 0..2 {
        let mut reader = Reader(listener.accept().unwrap().0);
        reader.send(&[1]);
        assert_eq!(reader.ask(&[1, 2, 3, 4]), [1, 2, 3, 4]);
    }
    // The port itself goes away and comes back.
    drop(listener);
    let listener = TcpListener::bind(address).unwrap();
    let mut reader = Reader(listener.accept().unwrap().0);
    assert_eq!(reader.ask(&[4]), [0x3B, 0x80, 0x01, 0x81]);
    // Taken out, the reader is empty; put back, it is not.
    slot.remove().unwrap();
    assert!(reader.is_closed());
    slot.insert();
    let mut reader = Reader(listener.accept().unwrap().0);
    assert_eq!(reader.ask(&[4]), [0x3B, 0x80, 0x01, 0x81]);
    slot.stop();
    assert!(reader.is_closed());
    card.join().unwrap().unwrap();
}

#[test]
fn a_card_whose_pcscd_never_comes_can_be_stopped() {
    let slot = Slot::new(Echo::default());
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let card = thread::spawn({
        let slot = Arc::clone(&slot);
        move || vpcd::run(address, &slot)
    });
    slot.stop();
    card.join().unwrap().unwrap();
}

#[test]
fn the_socket_handles_the_card_and_only_its_user_can_open_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    let slot = Slot::new(Echo::default());
    let server = ControlServer::bind(&path).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        ControlServer::bind(&path).unwrap_err().kind(),
        io::ErrorKind::AddrInUse
    );
    let serving = thread::spawn({
        let slot = Arc::clone(&slot);
        move || server.run(&slot)
    });
    let mut control = ControlClient::connect(&path).unwrap();
    control.reset().unwrap();
    assert_eq!(control.snapshot().unwrap(), vec![1; 100_000]);
    assert_eq!(control.dump().unwrap(), "resets 1\n");
    control.power_off().unwrap();
    assert!(!slot.with_card(|card| card.on).unwrap());
    control.power_on().unwrap();
    drop(control);
    let mut idle = std::os::unix::net::UnixStream::connect(&path).unwrap();
    idle.write_all(b"nonsense\n").unwrap();
    let mut answer = [0; 20];
    idle.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"error unknown order\n");
    drop(idle);
    ControlClient::connect(&path).unwrap().stop().unwrap();
    serving.join().unwrap().unwrap();
    assert!(slot.is_stopped());
    assert!(!path.exists());
}

#[test]
fn a_socket_left_by_a_killed_server_is_replaced_but_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    drop(ControlServer::bind(&path).unwrap());
    assert!(!path.exists());
    std::fs::write(&path, "mine").unwrap();
    assert_eq!(
        ControlServer::bind(&path).unwrap_err().kind(),
        io::ErrorKind::AlreadyExists
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
