//! DEACTIVATE FILE and ACTIVATE FILE.

use apdu_spec::aid::Aid;
use apdu_spec::command::{BinaryFile, Command, KeyTemplate, SelectReply, SelectTarget};
use apdu_spec::file::{FileInformation, LifeCycle};
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use apdu_spec::status::Status;
use symbolon::scene::wares::files;

use super::stage::{Chip, aid, base, notes, others, own, read, select, stored, verify};

const LOCAL: PinReference = PinReference::Local(0x81);
const LOCAL_PIN: &[u8] = b"4444";
const OFF: (Status, Reason) = (Status::CONDITIONS_NOT_SATISFIED, Reason::Deactivated);

fn set(chip: &mut Chip, aid: Aid, active: bool) {
    chip.consent();
    chip.done(&command(aid, active));
}

pub(super) const fn command(aid: Aid, active: bool) -> Command<'static> {
    if active {
        Command::ActivateFile { aid }
    } else {
        Command::DeactivateFile { aid }
    }
}

/// Commands that reach into the current application.
fn everything_in_it(chip: &mut Chip, check: impl Fn(&mut Chip, &Command<'_>)) {
    for file in [
        BinaryFile::Current,
        BinaryFile::ShortId(1),
        BinaryFile::ShortId(4),
    ] {
        check(chip, &read(file));
        let data = &[1];
        check(
            chip,
            &Command::UpdateBinary {
                file,
                offset: 0,
                data,
            },
        );
    }
    for pin in [None, Some(LOCAL_PIN)] {
        check(
            chip,
            &Command::Verify {
                reference: LOCAL,
                pin,
            },
        );
    }
    check(
        chip,
        &Command::ChangeReferenceData {
            reference: LOCAL,
            data: b"44445555",
        },
    );
    for make in [true, false] {
        check(
            chip,
            &Command::GenerateKeyPair {
                reference: KeyReference::Local(0x81),
                template: KeyTemplate::Signature,
                make,
            },
        );
    }
}

/// A card whose application has a PIN of the holder's and something behind it.
fn used() -> Chip {
    let mut chip = Chip::of(&stored().0);
    let own = own();
    chip.done(&select(SelectTarget::Aid(own.as_bytes())));
    chip.done(&Command::ChangeReferenceData {
        reference: LOCAL,
        data: b"00004444",
    });
    chip.done(&verify(LOCAL, LOCAL_PIN));
    chip.done(&Command::UpdateBinary {
        file: BinaryFile::ShortId(4),
        offset: 0,
        data: b"secret",
    });
    chip
}

/// Losing this leaves a holder with an application that he does not want and cannot stop.
#[test]
fn nothing_in_it_answers_until_it_is_switched_on_again() {
    let mut chip = used();
    let before = chip.dump();
    set(&mut chip, own(), false);
    chip.reset();
    let (own, other) = (own(), others());
    for target in [
        select(SelectTarget::Aid(own.as_bytes())),
        select(SelectTarget::Aid(&own.as_bytes()[..6])),
        select(SelectTarget::ChildEf(files::TITLE)),
        select(SelectTarget::FileId(files::VAULT)),
    ] {
        assert_eq!(chip.send(&target).status, Status::DEACTIVATED);
        everything_in_it(&mut chip, |chip, command| chip.refuses(command, OFF.0, OFF.1));
    }
    let described = chip.send(&Command::Select {
        target: SelectTarget::Aid(own.as_bytes()),
        reply: SelectReply::Fci,
        next: false,
    });
    assert_eq!(described.status, Status::DEACTIVATED);
    let information = FileInformation::read(&described.data).unwrap();
    assert_eq!(
        information.control.unwrap().life_cycle,
        Some(LifeCycle::Deactivated)
    );
    assert_eq!(information.control.unwrap().aid, Some(own));
    // The other applications are as they were, and so is the way out.
    chip.done(&select(SelectTarget::Aid(other.as_bytes())));
    chip.done(&read(BinaryFile::ShortId(1)));
    assert_eq!(
        chip.send(&select(SelectTarget::Aid(own.as_bytes()))).status,
        Status::DEACTIVATED
    );
    chip.done(&select(SelectTarget::Parent));
    chip.done(&select(SelectTarget::MasterFile));
    set(&mut chip, own, true);
    assert_eq!(chip.dump(), before, "everything is as it was");
    chip.done(&select(SelectTarget::Aid(own.as_bytes())));
    chip.refuses(
        &read(BinaryFile::ShortId(4)),
        Status::SECURITY_STATUS_NOT_SATISFIED,
        Reason::None,
    );
    chip.done(&verify(LOCAL, LOCAL_PIN));
    assert!(chip.done(&read(BinaryFile::ShortId(4))).starts_with(b"secret"));
}

/// Losing this leaves a terminal inside that was there before.
#[test]
fn who_is_inside_is_shown_out() {
    let mut chip = used();
    chip.done(&read(BinaryFile::Current));
    set(&mut chip, own(), false);
    chip.refuses(
        &read(BinaryFile::Current),
        Status::COMMAND_NOT_ALLOWED,
        Reason::None,
    );
    let missing = Status::REFERENCED_DATA_NOT_FOUND;
    chip.refuses(
        &Command::Verify {
            reference: LOCAL,
            pin: None,
        },
        missing,
        Reason::None,
    );
    let own = own();
    assert_eq!(
        chip.send(&select(SelectTarget::Aid(own.as_bytes()))).status,
        Status::DEACTIVATED
    );
    // Who entered while it was off has to enter again when it is on.
    set(&mut chip, own, true);
    chip.refuses(
        &Command::Verify {
            reference: LOCAL,
            pin: None,
        },
        missing,
        Reason::None,
    );
    chip.done(&select(SelectTarget::Aid(own.as_bytes())));
    assert_eq!(
        chip.tries(LOCAL),
        Some(3),
        "what was verified inside is forgotten"
    );
    // What happens to another application moves nobody.
    chip.done(&verify(LOCAL, LOCAL_PIN));
    set(&mut chip, others(), false);
    assert!(chip.done(&read(BinaryFile::ShortId(4))).starts_with(b"secret"));
}

/// Losing this lets anybody with the card in his hand switch applications off, or on again against the holder's will.
#[test]
fn it_takes_consent_each_time() {
    let mut chip = Chip::of(&stored().0);
    let missing = (Status::SECURITY_STATUS_NOT_SATISFIED, Reason::ConsentMissing);
    for active in [false, true] {
        chip.refuses(&command(own(), active), missing.0, missing.1);
        chip.done(&verify(PinReference::User, symbolon::scene::steps::pins::USER));
        chip.refuses(&command(own(), active), missing.0, missing.1);
        chip.consent();
        chip.refuses(
            &command(aid([7, 7]), active),
            Status::REFERENCED_DATA_NOT_FOUND,
            Reason::NoSuchApplication,
        );
        chip.refuses(&command(own(), active), missing.0, missing.1);
        set(&mut chip, own(), active);
        chip.refuses(&command(own(), active), missing.0, missing.1);
        // Already so: nothing is written, and the consent was for this.
        let before = chip.dump();
        set(&mut chip, own(), active);
        assert_eq!(chip.dump(), before);
        chip.refuses(&command(own(), active), missing.0, missing.1);
    }
}

/// Losing this lets a provider switch his application on again by replacing it, or keeps a holder from ridding himself of it.
#[test]
fn a_replaced_application_stays_off_and_a_deleted_one_is_gone() {
    let provider = &base().parties.provider;
    let mut chip = Chip::of(&stored().0);
    set(&mut chip, own(), false);
    chip.carry_out(provider, &notes(own(), 2), Operation::Replace);
    let own = own();
    assert_eq!(
        chip.send(&select(SelectTarget::Aid(own.as_bytes()))).status,
        Status::DEACTIVATED
    );
    everything_in_it(&mut chip, |chip, command| chip.refuses(command, OFF.0, OFF.1));
    set(&mut chip, own, true);
    chip.done(&select(SelectTarget::Aid(own.as_bytes())));
    assert!(
        chip.done(&read(BinaryFile::ShortId(1)))
            .starts_with(b"Notes, version 2")
    );
    set(&mut chip, own, false);
    chip.carry_out(provider, &notes(own, 2), Operation::Delete);
    chip.refuses(
        &select(SelectTarget::Aid(own.as_bytes())),
        Status::FILE_NOT_FOUND,
        Reason::None,
    );
    chip.consent();
    chip.refuses(
        &command(own, true),
        Status::REFERENCED_DATA_NOT_FOUND,
        Reason::NoSuchApplication,
    );
}
