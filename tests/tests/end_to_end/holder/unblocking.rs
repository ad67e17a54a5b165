//! RESET RETRY COUNTER.

use apdu_spec::command::{BinaryFile, Command, SelectTarget};
use apdu_spec::data::{self, TransportPins};
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use symbolon::scene::steps::pins;
use symbolon::scene::wares;

use super::stage::{CODE, Chip, aid, base, get, own, stored, verify};

const NEW: &[u8] = b"975310";
const WRONG: &[u8] = b"0000000000";

/// RESET RETRY COUNTER; `data` is code and new PIN.
pub(super) const fn reset(reference: PinReference, data: &[u8]) -> Command<'_> {
    Command::ResetRetryCounter { reference, data }
}

fn join(code: &[u8], pin: &[u8]) -> Vec<u8> {
    [code, pin].concat()
}

fn block(chip: &mut Chip, reference: PinReference) {
    for _ in 0..3 {
        chip.send(&verify(reference, b"111111"));
    }
    let status = chip.send(&Command::Verify { reference, pin: None }).status;
    assert_eq!(status, Status::AUTHENTICATION_BLOCKED);
}

/// Losing this loses the card with the PIN, or makes a blocked PIN worth nothing.
#[test]
fn the_code_brings_a_blocked_pin_back() {
    for (reference, old) in [
        (PinReference::User, pins::USER),
        (PinReference::Consent, pins::CONSENT),
    ] {
        let mut chip = Chip::of(&stored().0);
        block(&mut chip, reference);
        let right = join(CODE, NEW);
        chip.done(&reset(reference, &right));
        assert_eq!(chip.tries(reference), Some(3), "and it is not verified by that");
        assert_eq!(
            chip.send(&verify(reference, old)).status.tries(),
            Some(2),
            "the old one"
        );
        chip.done(&verify(reference, NEW));
        chip.reset();
        chip.done(&verify(reference, NEW));
    }
}

/// Losing this gives a thief as many guesses as he likes at the code that opens everything.
#[test]
fn the_code_has_ten_tries() {
    let mut chip = Chip::of(&base().registered);
    let user = PinReference::User;
    let (wrong, right) = (join(WRONG, NEW), join(CODE, NEW));
    for left in (1..10).rev() {
        let reference = if left % 2 == 0 {
            user
        } else {
            PinReference::Consent
        };
        assert_eq!(
            chip.send(&reset(reference, &wrong)).status,
            Status::tries_left(left)
        );
        chip.reset();
    }
    chip.done(&reset(user, &right));
    for left in (1..10).rev() {
        assert_eq!(chip.send(&reset(user, &wrong)).status, Status::tries_left(left));
    }
    let blocked = Status::AUTHENTICATION_BLOCKED;
    assert_eq!(chip.send(&reset(user, &wrong)).status, blocked);
    chip.refuses(&reset(user, &right), blocked, Reason::None);
    chip.reset();
    chip.refuses(&reset(user, &right), blocked, Reason::None);
    chip.refuses(&reset(PinReference::Consent, &right), blocked, Reason::None);
    chip.done(&verify(user, NEW));
}

/// Losing this lets the code be guessed piece by piece, or a consent PIN be chosen that is guessed in minutes.
#[test]
fn only_the_whole_code_opens_and_the_new_pin_is_no_shorter_than_any() {
    let mut chip = Chip::of(&base().registered);
    let consent = PinReference::Consent;
    let short = &NEW[..5];
    let mut left = 10;
    // A code too short or too long, and data in which it and a PIN cannot both be.
    for data in [
        join(&CODE[..9], b"1975310"),
        join(&[CODE, b"1"].concat()[1..], NEW),
        join(&CODE[1..], &[CODE, NEW].concat()[..6]),
        join(WRONG, short),
        WRONG.repeat(2),
    ] {
        left -= 1;
        assert_eq!(chip.send(&reset(consent, &data)).status, Status::tries_left(left));
    }
    for new in [short, &NEW[..2]] {
        let data = join(CODE, new);
        assert_eq!(chip.send(&reset(consent, &data)).status, Status::INCORRECT_DATA);
        // Who knows the code has not guessed.
        let guess = join(WRONG, NEW);
        assert_eq!(chip.send(&reset(consent, &guess)).status, Status::tries_left(9));
    }
    let long = join(CODE, &[b'7'; 17]);
    assert_eq!(chip.send(&reset(consent, &long)).status, Status::INCORRECT_DATA);
    chip.done(&verify(consent, pins::CONSENT));
    let longest = join(CODE, &[b'7'; 16]);
    chip.done(&reset(consent, &longest));
    chip.done(&verify(consent, &[b'7'; 16]));
}

/// Losing this leaves a thief's request open under a PIN that he no longer knows.
#[test]
fn a_new_consent_pin_drops_what_was_asked_for_under_the_old() {
    let mut chip = Chip::of(&stored().0);
    let provider = &base().parties.provider;
    let right = join(CODE, NEW);
    let ware = wares::notes(own(), 2, 3_000).unwrap();
    let number = chip.authorize(provider, &ware, Operation::Replace);
    chip.load_all_but_the_last(&ware, number);
    chip.authorize(
        &base().other,
        &wares::notes(aid([2, 9]), 1, 10).unwrap(),
        Operation::Store,
    );
    let open = chip.dump();
    chip.done(&reset(PinReference::User, &right));
    assert_eq!(
        requests(&chip.dump()),
        requests(&open),
        "the user PIN asks for nothing"
    );
    assert!(!chip.done(&get(data::OPEN_REQUESTS, &[])).is_empty());
    chip.done(&reset(PinReference::Consent, &right));
    assert!(chip.done(&get(data::OPEN_REQUESTS, &[])).is_empty());
    // Nothing is left of what was staged: as many objects as before anything was asked for.
    let before = Chip::of(&stored().0).dump();
    assert_eq!(keys(&chip.dump()), keys(&before));
}

fn keys(dump: &str) -> Vec<&str> {
    dump.lines().map(|line| &line[..17]).collect()
}

fn requests(dump: &str) -> Vec<&str> {
    dump.lines().filter(|line| line.starts_with("0000 06")).collect()
}

/// Losing this keeps open what the old PIN opened.
#[test]
fn what_was_verified_is_verified_no_more() {
    let mut chip = Chip::of(&stored().0);
    for (code, tries) in [(WRONG, 3), (CODE, 3)] {
        chip.done(&verify(PinReference::User, pins::USER));
        chip.consent();
        let data = join(code, pins::USER);
        chip.send(&reset(PinReference::User, &data));
        assert_eq!(chip.tries(PinReference::User), Some(tries));
        let data = join(code, pins::CONSENT);
        chip.send(&reset(PinReference::Consent, &data));
        assert_eq!(chip.tries(PinReference::Consent), Some(tries));
        assert_eq!(
            chip.send(&get(data::APPLICATIONS, &[])).status,
            Status::SECURITY_STATUS_NOT_SATISFIED
        );
    }
}

/// Losing this gives somebody a card whose PIN is still the one from the letter.
#[test]
fn a_transport_pin_is_replaced_by_another() {
    let mut chip = Chip::of(&base().personalised);
    let user = PinReference::User;
    let mut shown = TransportPins {
        user: true,
        consent: true,
    };
    assert_eq!(chip.card_status().transport_pins, shown);
    let same = join(CODE, pins::USER_TRANSPORT);
    assert_eq!(chip.send(&reset(user, &same)).status, Status::INCORRECT_DATA);
    let transport = Status::REFERENCE_DATA_NOT_USABLE;
    chip.refuses(&verify(user, pins::USER_TRANSPORT), transport, Reason::None);
    assert_eq!(chip.tries(user), Some(3), "tries of a transport PIN");
    let change = join(b"1111", b"2222");
    let change = Command::ChangeReferenceData {
        reference: user,
        data: &change,
    };
    assert_eq!(chip.send(&change).status, Status::tries_left(2));
    assert_eq!(chip.tries(user), Some(2), "seen before the last is spent");
    let right = join(CODE, b"2468");
    assert_eq!(chip.card_status().transport_pins, shown);
    chip.done(&reset(user, &right));
    shown.user = false;
    assert_eq!(chip.card_status().transport_pins, shown);
    chip.done(&verify(user, b"2468"));
    let change = join(pins::CONSENT_TRANSPORT, b"246802");
    chip.done(&Command::ChangeReferenceData {
        reference: PinReference::Consent,
        data: &change,
    });
    assert_eq!(chip.card_status().transport_pins, TransportPins::default());
}

/// Losing this answers with something else than that there is no such thing.
#[test]
fn without_a_code_or_a_pin_there_is_nothing_to_reset() {
    let mut chip = Chip(simulator::card::SimulatedCard::in_memory(
        simulator::randomness::Randomness::seeded(3),
    ));
    let data = join(CODE, NEW);
    let missing = Status::REFERENCED_DATA_NOT_FOUND;
    chip.refuses(&reset(PinReference::User, &data), missing, Reason::None);
    chip.done(&Command::PutData {
        tag: data::USER_PIN,
        value: pins::USER_TRANSPORT,
    });
    chip.refuses(&reset(PinReference::User, &data), missing, Reason::None);
    chip.done(&Command::PutData {
        tag: data::UNBLOCKING_CODE,
        value: CODE,
    });
    chip.refuses(&reset(PinReference::Consent, &data), missing, Reason::None);
    chip.done(&reset(PinReference::User, &data));
    // The code itself is no PIN: SPEC.md knows no reference 03.
    for command in [
        [0x00, 0x20, 0x00, 0x03].as_slice(),
        &[0x00, 0x20, 0x00, 0x03, 0x04, 1, 2, 3, 4],
        &[
            0x00, 0x2C, 0x00, 0x03, 0x0C, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ],
        &[
            0x00, 0x2C, 0x00, 0x81, 0x0C, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ],
    ] {
        assert_eq!(chip.0.process(command), [0x6A, 0x88]);
    }
}

/// Losing this lets a refused command move the reader to a file that it was not let into.
#[test]
fn a_refused_short_id_leaves_the_current_file() {
    let mut chip = Chip::of(&stored().0);
    let closed = Status::SECURITY_STATUS_NOT_SATISFIED;
    let target = own();
    chip.done(&super::stage::select(SelectTarget::Aid(target.as_bytes())));
    chip.done(&super::stage::read(BinaryFile::ShortId(1)));
    let title = chip.done(&super::stage::read(BinaryFile::Current));
    assert!(title.starts_with(b"Notes"));
    for (file, status) in [(2, closed), (4, closed), (9, Status::FILE_NOT_FOUND)] {
        let file = BinaryFile::ShortId(file);
        chip.refuses(&super::stage::read(file), status, Reason::None);
        assert_eq!(chip.done(&super::stage::read(BinaryFile::Current)), title);
        let update = Command::UpdateBinary {
            file,
            offset: 0,
            data: &[1],
        };
        chip.refuses(&update, status, Reason::None);
        assert_eq!(chip.done(&super::stage::read(BinaryFile::Current)), title);
    }
    let beyond = Command::ReadBinary {
        file: BinaryFile::ShortId(3),
        offset: 200,
        length: apdu_spec::command::Expected::Available { extended: true },
    };
    chip.refuses(&beyond, Status::WRONG_OFFSET, Reason::None);
    assert_eq!(chip.done(&super::stage::read(BinaryFile::Current)), title);
    let bulk = chip.done(&super::stage::read(BinaryFile::ShortId(3)));
    assert_eq!(chip.done(&super::stage::read(BinaryFile::Current)), bulk);
}
