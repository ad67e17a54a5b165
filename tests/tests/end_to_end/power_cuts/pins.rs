//! The part of the story that PINs play in: each try, spent and given back.

use apdu_spec::command::Command;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use symbolon::scene::steps::{encode, pins};

use super::life::{Life, Terms, verify};
use super::state::{Between, TRIES};
use super::step::Again;
use super::story::{OWN, select, update};

const WRONG: &[u8] = b"999999";

/// CHANGE REFERENCE DATA.
pub(crate) fn change(
    life: &mut Life,
    name: &'static str,
    session: &[Command<'_>],
    reference: PinReference,
    pins: [&[u8]; 2],
) {
    let changed = Terms {
        between: Between::Try {
            reference: reference.to_byte(),
            right: true,
        },
        again: Again::Now(encode(&verify(reference, pins[1])).unwrap()),
        ..Terms::default()
    };
    let command = Command::ChangeReferenceData {
        reference,
        data: &pins.concat(),
    };
    life.take(name, session, &command, changed);
}

/// VERIFY with the right PIN.
fn right(life: &mut Life, name: &'static str, session: &[Command<'_>], reference: PinReference, pin: &[u8]) {
    let between = Between::Try {
        reference: reference.to_byte(),
        right: true,
    };
    life.take(
        name,
        session,
        &verify(reference, pin),
        Terms {
            between,
            ..Terms::default()
        },
    );
}

/// VERIFY with a wrong PIN, which leaves `left` tries; the right one gives them back.
pub(crate) fn wrong(
    life: &mut Life,
    name: &'static str,
    session: &[Command<'_>],
    reference: PinReference,
    pin: &[u8],
    left: u8,
) {
    let terms = Terms {
        status: Status::tries_left(left),
        between: Between::Try {
            reference: reference.to_byte(),
            right: false,
        },
        instead: Some(verify(reference, pin)),
        ..Terms::default()
    };
    life.take(name, session, &verify(reference, WRONG), terms);
}

pub(crate) fn use_pins(life: &mut Life) {
    let consent_pins = [pins::CONSENT_TRANSPORT, pins::CONSENT];
    change(
        life,
        "CHANGE consent PIN",
        &[],
        PinReference::Consent,
        consent_pins,
    );
    change(
        life,
        "CHANGE user PIN",
        &[],
        PinReference::User,
        [pins::USER_TRANSPORT, pins::USER],
    );
    for (reference, pin) in [
        (PinReference::User, pins::USER),
        (PinReference::Consent, pins::CONSENT),
    ] {
        right(life, "VERIFY right", &[], reference, pin);
        wrong(life, "VERIFY wrong", &[], reference, pin, TRIES - 1);
        wrong(life, "VERIFY wrong again", &[], reference, pin, TRIES - 2);
        right(life, "VERIFY right on the last try", &[], reference, pin);
    }
    let session = [verify(PinReference::User, pins::USER), select(OWN)];
    life.take(
        "UPDATE BINARY after registration",
        &session,
        &update(200, &[0x5A; 100]),
        Terms::default(),
    );
}
