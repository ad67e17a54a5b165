//! The card in a reader, as any owner of a smart card reader has it: a stock pcscd with vpcd, stock tools, and the
//! scene's steps through PC/SC. The test starts pcscd and the card, then itself again as a client of that pcscd.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use apdu_spec::aid::Aid;
use apdu_spec::object::Operation;
use host::Class;
use host::card::{Card, LastTry, Pin, PinState};
use host::transport::{Pcsc, Transport, TransportError};
use simulator::control::ControlClient;
use symbolon::scene::steps::{
    self, change_pins, personalise, pins, read_file, read_receipt, register, store,
};
use symbolon::scene::{Cast, Parties, wares};
use symbolon_tests::pcsc::{PrivatePcscd, READER_ADDRESS};
use symbolon_tests::program::symbolon;

const NAME: &str = "pcsc::a_card_behind_a_stock_pcscd";
/// The folder with the card's file and its control socket.
const FOLDER: &str = "SYMBOLON_TEST_FOLDER";
const READER: &str = "symbolon 00 00";
/// How long a card may take to be seen; pcscd looks every 0.4 s.
const INSERTION: Duration = Duration::from_secs(10);

/// Losing this leaves a card that works with our own programs only.
#[test]
fn a_card_behind_a_stock_pcscd() {
    if PrivatePcscd::is_client() {
        return client();
    }
    let folder = tempfile::tempdir().unwrap();
    let (image, control) = (folder.path().join("card.img"), folder.path().join("control"));
    assert!(
        symbolon()
            .args(["sim", "new"])
            .arg(&image)
            .status()
            .unwrap()
            .success()
    );
    let mut serve = symbolon();
    serve
        .args(["sim", "serve", "--vpcd", READER_ADDRESS, "--card"])
        .arg(&image)
        .arg("--control")
        .arg(&control);
    let pcscd = PrivatePcscd::start(&serve).unwrap();
    assert_eq!(pcscd.reader_name(), READER);

    let output = pcscd.opensc_atr().unwrap();
    assert!(output.status.success(), "{output:?}");
    let atr: Vec<String> = applet::ATR.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), atr.join(":"));

    let status = pcscd
        .rerun_test(NAME)
        .unwrap()
        .env(FOLDER, folder.path())
        .status()
        .unwrap();
    assert!(status.success(), "the client failed, see above");
    let output = pcscd.opensc_atr().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        atr.join(":"),
        "the card is still there"
    );
}

fn client() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    let mut reader = Pcsc::connect_within(READER, INSERTION).unwrap();
    assert_eq!(reader.answer_to_reset().unwrap(), applet::ATR);
    let aid = Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, 0x01]).unwrap();
    the_whole_scene(&mut reader, aid);
    a_reset_forgets(&mut reader, aid);
    removal_is_noticed(
        reader,
        &mut ControlClient::connect(folder.join("control")).unwrap(),
        aid,
    );
}

fn the_whole_scene(reader: &mut Pcsc, aid: Aid) {
    let mut exchange = reader.begin().unwrap();
    assert!(exchange.extended(), "the ATR announces extended length");
    let mut chip = |command: &[u8]| {
        let mut answer = Vec::new();
        exchange.transmit(command, &mut answer).unwrap();
        answer
    };
    let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
    personalise(&mut chip, &parties).unwrap();
    let registered = register(&mut chip, &parties).unwrap();
    change_pins(&mut chip).unwrap();
    let ware = wares::notes(aid, 1, 6_000).unwrap();
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));
    let sdi = ware.sdi(Operation::Store, provider, expiry);
    let receipt = store(&mut chip, &parties, &registered.certificate, &ware, &sdi).unwrap();
    assert_eq!(read_receipt(&receipt).unwrap().number, 1);
    let bulk = read_file(&mut chip, aid.as_bytes(), wares::files::BULK).unwrap();
    let content = ware.package().bytes();
    assert!(content.ends_with(&bulk) && bulk.len() == 6_000);
}

/// What VERIFY says about the user PIN, and READ about the file behind it.
fn user_pin(reader: &mut Pcsc, aid: Aid) -> (u16, bool) {
    let mut exchange = reader.begin().unwrap();
    let mut chip = |command: &[u8]| {
        let mut answer = Vec::new();
        exchange.transmit(command, &mut answer).unwrap();
        answer
    };
    let readable = read_file(&mut chip, aid.as_bytes(), wares::files::NOTES).is_ok();
    let status = steps::exchange(&mut chip, &[0x00, 0x20, 0x00, 0x01])
        .unwrap()
        .status;
    (status.0, readable)
}

fn verify(reader: &mut Pcsc) {
    let mut exchange = reader.begin().unwrap();
    let mut answer = Vec::new();
    let command = [&[0x00, 0x20, 0x00, 0x01, 0x04], pins::USER].concat();
    exchange.transmit(&command, &mut answer).unwrap();
    assert_eq!(answer, [0x90, 0x00]);
}

fn a_reset_forgets(reader: &mut Pcsc, aid: Aid) {
    assert_eq!(user_pin(reader, aid), (0x63C3, false));
    verify(reader);
    assert_eq!(user_pin(reader, aid), (0x9000, true));
    reader.reset().unwrap();
    assert_eq!(user_pin(reader, aid), (0x63C3, false));
    // Another program resets the card: the next operation starts afresh.
    verify(reader);
    Pcsc::connect(READER).unwrap().reset().unwrap();
    assert_eq!(user_pin(reader, aid), (0x63C3, false));
}

fn removal_is_noticed(mut reader: Pcsc, control: &mut ControlClient, aid: Aid) {
    verify(&mut reader);
    control.power_off().unwrap();
    // pcscd looks now and then whether the card is there.
    while !matches!(Pcsc::connect(READER), Err(TransportError::NoCard { .. })) {}
    let mut card = Card::new(reader);
    assert_eq!(card.begin().err().map(|error| error.class()), Some(Class::NoCard));
    control.power_on().unwrap();
    let mut again = Pcsc::connect_within(READER, INSERTION).unwrap();
    assert_eq!(
        user_pin(&mut again, aid),
        (0x63C3, false),
        "what was verified is forgotten"
    );
    let mut card = Card::new(again);
    let mut session = card.begin().unwrap();
    let pin = Pin::new(std::str::from_utf8(pins::USER).unwrap()).unwrap();
    let user = apdu_spec::reference::PinReference::User;
    session.verify_pin(user, &pin, LastTry::Keep).unwrap();
    assert_eq!(session.pin_state(user).unwrap(), PinState::Verified);
    assert_eq!(session.applications().unwrap().len(), 1, "what was stored is not");
}
