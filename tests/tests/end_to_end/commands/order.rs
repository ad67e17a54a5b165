//! Commands of registration and storing in the wrong order: each is refused with a reason, changes nothing, and the
//! right order still works afterwards.

use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use symbolon::scene::steps::{
    authorize, consent, done, encode, load_command, open, read_file, read_receipt, request_certificate, sign,
    verify_certificate,
};
use symbolon::scene::{steps, wares};

use super::stage::{Stage, stage};
use super::table::{Chip, bytes};

/// Sends a command that must be refused so, and looks whether it changed anything.
fn refused(chip: &mut Chip, command: &Command<'_>, status: u16, reason: Reason) {
    let before = chip.dump();
    let name = command.name();
    let (data, answered) = chip.send(&encode(command).unwrap());
    assert_eq!(
        (format!("{answered:04X}"), data.len()),
        (format!("{status:04X}"), 0),
        "{name}"
    );
    assert_eq!(
        chip.done("00CA010F 00"),
        [0x80, 0x01, reason.code()],
        "{name}: {reason}"
    );
    assert_eq!(chip.dump(), before, "{name}: refused, but the card changed");
}

fn with<T>(chip: &mut Chip, step: impl FnOnce(&mut dyn steps::Chip) -> T) -> T {
    step(&mut |command: &[u8]| chip.0.process(command).to_vec())
}

/// Losing this registers a card for an issuer it never verified, or twice.
#[test]
fn registration() {
    let parties = &stage().parties;
    let mut chip = Chip::of(&stage().personalised);
    let certificate = with(&mut chip, |chip| request_certificate(chip, parties)).unwrap();
    let register_it = Command::Register {
        certificate: &certificate,
        release: None,
    };
    refused(&mut chip, &register_it, 0x6985, Reason::NoCertificate);
    with(&mut chip, |chip| {
        verify_certificate(chip, parties.provider.certificate().encoded())
    })
    .unwrap();
    refused(&mut chip, &register_it, 0x6988, Reason::WrongRole);
    with(&mut chip, |chip| {
        verify_certificate(chip, parties.issuer.certificate().encoded())
    })
    .unwrap();
    chip.reset();
    refused(&mut chip, &register_it, 0x6985, Reason::NoCertificate);
    refused(
        &mut chip,
        &Command::DropRequest { number: 0 },
        0x6985,
        Reason::NotRegistered,
    );

    with(&mut chip, |chip| {
        verify_certificate(chip, parties.issuer.certificate().encoded())
    })
    .unwrap();
    with(&mut chip, |chip| done(chip, "register", &register_it)).unwrap();
    // The session is a fresh one, and the same RC once more is no later one.
    refused(&mut chip, &register_it, 0x6985, Reason::NoCertificate);
    with(&mut chip, |chip| {
        verify_certificate(chip, parties.issuer.certificate().encoded())
    })
    .unwrap();
    refused(&mut chip, &register_it, 0x6985, Reason::SerialTooOld);
    with(&mut chip, |chip| {
        done(
            chip,
            "ask again",
            &Command::RequestRegistration { nonce: [0; 16] },
        )
    })
    .unwrap();
}

/// Losing this stores without consent, authorization or the blocks in between.
#[test]
fn storing() {
    let Stage {
        parties, certificate, ..
    } = stage();
    let mut chip = Chip::of(&stage().registered);
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));
    let aid = Aid::new(&bytes("F053594D010103")).unwrap();
    let ware = wares::notes(aid, 1, 4000).unwrap();
    let sdi = ware.sdi(Operation::Store, provider, expiry);

    let error = with(&mut chip, |chip| open(chip, &sdi)).unwrap_err();
    assert!(error.to_string().contains("6982"), "{error}");
    with(&mut chip, consent).unwrap();
    let request = with(&mut chip, |chip| open(chip, &sdi)).unwrap();
    assert_eq!(
        with(&mut chip, |chip| open(chip, &sdi)).unwrap(),
        request,
        "the same once more, without consent"
    );
    let signatures = sign(parties, &request, certificate, &ware).unwrap();
    let number = signatures.number;
    let block = |index| load_command(&ware, index, number).unwrap();
    let last = ware.blocks().len() - 1;

    refused(&mut chip, &block(0), 0x6985, Reason::RequestNotAuthorized);
    refused(&mut chip, &block(last), 0x6985, Reason::RequestNotAuthorized);
    refused(
        &mut chip,
        &Command::RemoveApplication { number },
        0x6982,
        Reason::ConsentMissing,
    );
    with(&mut chip, consent).unwrap();
    refused(
        &mut chip,
        &Command::RemoveApplication { number },
        0x6985,
        Reason::WrongOperation,
    );
    refused(
        &mut chip,
        &Command::DropRequest { number },
        0x6982,
        Reason::ConsentMissing,
    );
    let both = Command::Authorize {
        number,
        first: &signatures.first,
        second: Some(&signatures.second),
    };
    refused(&mut chip, &both, 0x6985, Reason::NoCertificate);
    let swapped = Command::Authorize {
        number,
        first: &signatures.second,
        second: Some(&signatures.first),
    };
    with(&mut chip, |chip| {
        verify_certificate(chip, parties.provider.certificate().encoded())
    })
    .unwrap();
    refused_somehow(&mut chip, &swapped);
    with(&mut chip, |chip| authorize(chip, parties, &signatures)).unwrap();

    refused(&mut chip, &block(1), 0x6985, Reason::BlockOutOfOrder);
    refused(&mut chip, &block(last), 0x6985, Reason::BlockOutOfOrder);
    with(&mut chip, |chip| done(chip, "block 0", &block(0))).unwrap();
    with(&mut chip, |chip| done(chip, "block 0 again", &block(0))).unwrap();
    with(&mut chip, |chip| done(chip, "block 1", &block(1))).unwrap();
    refused(&mut chip, &block(0), 0x6985, Reason::BlockOutOfOrder);
    chip.reset();
    for index in 2..last {
        with(&mut chip, |chip| done(chip, "a block", &block(index))).unwrap();
    }
    refused(
        &mut chip,
        &Command::LoadBlock {
            index: 1,
            last: true,
            number,
            block: &ware.blocks()[last],
        },
        0x6985,
        Reason::BlockOutOfOrder,
    );
    let receipt = with(&mut chip, |chip| done(chip, "the last block", &block(last))).unwrap();
    assert_eq!(read_receipt(&receipt).unwrap().number, 3);
    refused(&mut chip, &block(last), 0x6A88, Reason::NoSuchRequest);
    assert_eq!(
        with(&mut chip, |chip| read_file(
            chip,
            aid.as_bytes(),
            wares::files::BULK
        ))
        .unwrap()
        .len(),
        4000
    );

    with(&mut chip, consent).unwrap();
    let error = with(&mut chip, |chip| open(chip, &sdi)).unwrap_err();
    assert!(error.to_string().contains("6A8A"), "{error}");
}

fn refused_somehow(chip: &mut Chip, command: &Command<'_>) {
    let before = chip.dump();
    assert!(
        super::table::refused(chip.send(&encode(command).unwrap()).1),
        "{}",
        command.name()
    );
    assert_eq!(chip.dump(), before, "{}", command.name());
}
