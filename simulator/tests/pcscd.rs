//! The card in the reader of a stock pcscd, used by the card library: what every owner of a real reader will see.
//!
//! Three processes: this one starts a private pcscd, the card beside it (`serve`) and the client (`client`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::env;
use std::path::Path;
use std::process::{Command, exit};
use std::thread;
use std::time::Duration;

use host::card::{Card, LastTry, Pin, PinState};
use host::private_pcscd::{PrivatePcscd, READER_ADDRESS};
use host::transport::{Pcsc, Transport, TransportError};
use host::{Class, Lengths, Session};
use symbolon_simulator::control::{ControlClient, ControlServer};
use symbolon_simulator::slot::Slot;
use symbolon_simulator::{Randomness, SimulatedCard, vpcd};

const READER: &str = "symbolon 00 00";
const INSERTION: Duration = Duration::from_secs(10);
/// Transport value and PIN, as they must appear in no log.
const SECRETS: [&str; 2] = ["73519264", "62481935"];

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [_, "serve", control] => serve(Path::new(control)),
        [_, "client", control] => client(Path::new(control)),
        // A test runner asks what there is.
        [_, rest @ ..] if rest.contains(&"--list") => println!("pcscd: test"),
        _ => orchestrate(),
    }
}

fn orchestrate() {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("control");
    let program = env::current_exe().unwrap();
    let pcscd = PrivatePcscd::start(Command::new(&program).arg("serve").arg(&control))
        .unwrap_or_else(|error| panic!("no pcscd to test with: {error}"));
    let status = pcscd
        .command(&program)
        .arg("client")
        .arg(&control)
        .status()
        .unwrap();
    let logs = pcscd.logs();
    for secret in SECRETS {
        let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(
            !logs.contains(secret) && !logs.to_uppercase().contains(&hexadecimal),
            "{logs}"
        );
    }
    if !status.success() {
        eprintln!("{logs}");
        exit(1);
    }
    println!("test the card behind pcscd and vpcd ... ok");
}

fn serve(control: &Path) {
    let slot = Slot::new(SimulatedCard::in_memory(Randomness::seeded(1)));
    let server = ControlServer::bind(control).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| server.run(&slot).unwrap());
        vpcd::run(READER_ADDRESS, &slot).unwrap();
    });
}

fn client(control: &Path) {
    let mut card = Card::new(Pcsc::connect_within(READER, INSERTION).unwrap());
    readers_are_told_apart();
    let serial = card.begin().unwrap().status().unwrap().serial_number;
    let mut control = ControlClient::connect(control).unwrap();
    another_program_may_reset_the_card(&mut card);
    the_card_may_be_taken_out(&mut card, &mut control);
    let again = Pcsc::connect_within(READER, INSERTION).unwrap();
    let mut again = Card::new(again).with_lengths(Lengths::Short);
    assert_eq!(again.begin().unwrap().status().unwrap().serial_number, serial);
    verified(&mut again.begin().unwrap());
    control.reset().unwrap();
    assert!(matches!(
        user_pin(&mut again.begin().unwrap()),
        PinState::TriesLeft(3)
    ));
    let image = control.snapshot().unwrap();
    let mut copy = SimulatedCard::from_snapshot(image, Randomness::System);
    assert_eq!(copy.dump().unwrap(), control.dump().unwrap());
}

fn readers_are_told_apart() {
    let readers = Pcsc::readers().unwrap();
    assert_eq!(readers, ["symbolon 00 00", "symbolon 00 01"]);
    assert!(matches!(
        Pcsc::connect("SYMBOLON"),
        Err(TransportError::AmbiguousReader { .. })
    ));
    assert!(matches!(
        Pcsc::connect("vault"),
        Err(TransportError::NoSuchReader { .. })
    ));
    assert!(matches!(
        Pcsc::connect("00 01"),
        Err(TransportError::NoCard { .. })
    ));
}

/// Between two sessions that is no error, but what was verified is forgotten.
fn another_program_may_reset_the_card(card: &mut Card<Pcsc>) {
    let [transport, own] = SECRETS.map(|secret| Pin::new(secret).unwrap());
    let mut session = card.begin().unwrap();
    session
        .put_data_object(apdu_spec::data::USER_PIN, transport.as_bytes())
        .unwrap();
    let user = apdu_spec::reference::PinReference::User;
    session.change_pin(user, &transport, &own, LastTry::Keep).unwrap();
    verified(&mut session);
    assert_eq!(session.challenge(256).unwrap().len(), 256);
    drop(session);
    assert_eq!(user_pin(&mut card.begin().unwrap()), PinState::Verified);
    Pcsc::connect(READER).unwrap().reset().unwrap();
    assert_eq!(user_pin(&mut card.begin().unwrap()), PinState::TriesLeft(3));
}

fn the_card_may_be_taken_out(card: &mut Card<Pcsc>, control: &mut ControlClient) {
    let mut session = card.begin().unwrap();
    verified(&mut session);
    control.power_off().unwrap();
    let error = session.status().unwrap_err();
    assert_eq!(
        (error.class(), error.class().exit_code()),
        (Class::NoCard, 3),
        "{error}"
    );
    drop(session);
    // pcscd looks every 0.4 s whether the card is there.
    while !matches!(Pcsc::connect(READER), Err(TransportError::NoCard { .. })) {}
    assert_eq!(card.begin().err().map(|error| error.class()), Some(Class::NoCard));
    control.power_on().unwrap();
}

fn verified(session: &mut Session<'_>) {
    let [_, own] = SECRETS.map(|secret| Pin::new(secret).unwrap());
    let user = apdu_spec::reference::PinReference::User;
    session.verify_pin(user, &own, LastTry::Keep).unwrap();
    assert_eq!(user_pin(session), PinState::Verified);
}

fn user_pin(session: &mut Session<'_>) -> PinState {
    session
        .pin_state(apdu_spec::reference::PinReference::User)
        .unwrap()
}
