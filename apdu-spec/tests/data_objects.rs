//! File control and the card's data objects from anybody: a user would lose a card that panics, or two
//! readers of one card that see two things.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "samples/objects.rs"]
mod objects;
#[path = "samples/files.rs"]
mod samples;

use proptest::prelude::*;
use symbolon_apdu_spec::access::{AccessRules, parse};
use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::certificate::{KeyOrigin, Mnemonic, Policy};
use symbolon_apdu_spec::command::{read_public_key, write_public_key};
use symbolon_apdu_spec::data::{
    ApplicationEntry, ApplicationSelector, CardInformation, CardStatus, DirectoryEntry, FloorEntry,
    ReceiptOfSelector, ReceiptSelector, RequestEntry, RequestSelector, RequestState, TransportPins,
    applications, directory, floors, read_reason, read_serial_number, reason, requests, write_serial_number,
};
use symbolon_apdu_spec::date::Date;
use symbolon_apdu_spec::file::{FileControl, FileInformation, FileKind, LifeCycle, RecordFormat, Structure};
use symbolon_apdu_spec::object::{Mode, Operation, ProviderId};
use symbolon_apdu_spec::reason::Reason;

use objects::{bytes, samples_of_objects, written};

/// Reads `value` with every reader; whoever accepts it must write the same bytes.
fn check_every_reader(value: &[u8]) -> usize {
    let mut accepted = 0;
    let mut same = |again: Vec<u8>| {
        assert_eq!(again, value);
        accepted += 1;
    };
    if let Ok(control) = FileControl::read(value) {
        same(bytes(|out| control.write(out)));
    }
    if let Ok(information) = FileInformation::read(value) {
        match information.control {
            Some(control) if value[0] == 0x62 => same(bytes(|out| control.write(out))),
            _ => same(bytes(|out| information.write(out))),
        }
    }
    if let Ok(status) = CardStatus::read(value) {
        same(bytes(|out| status.write(out)));
    }
    if let Ok(information) = CardInformation::read(value) {
        same(bytes(|out| information.write(out)));
    }
    if let Ok(entries) = requests(value) {
        same(written(|w| {
            entries.into_iter().try_for_each(|entry| entry.write(w))
        }));
    }
    if let Ok(entries) = applications(value) {
        same(written(|w| {
            entries.into_iter().try_for_each(|entry| entry.write(w))
        }));
    }
    if let Ok(entries) = floors(value) {
        same(written(|w| {
            entries.into_iter().try_for_each(|entry| entry.write(w))
        }));
    }
    if let Ok(entries) = directory(value) {
        same(written(|w| {
            entries.into_iter().try_for_each(|entry| entry.write(w))
        }));
    }
    if let Ok(number) = read_serial_number(value) {
        same(bytes(|out| write_serial_number(number, out)));
    }
    if let Ok(point) = read_public_key(value) {
        same(bytes(|out| write_public_key(&point, out)));
    }
    if let Ok(selector) = RequestSelector::read(value) {
        same(selector.to_bytes().to_vec());
    }
    if let Ok(selector) = ReceiptSelector::read(value) {
        same(selector.to_bytes().to_vec());
    }
    if let Ok(selector) = ReceiptOfSelector::read(value) {
        same(selector.to_bytes().to_vec());
    }
    if let Ok(selector) = ApplicationSelector::read(value) {
        same(bytes(|out| selector.write(out)));
    }
    if let Ok(code) = read_reason(value) {
        same(Reason::from_code(code).map_or(vec![0x80, 1, code], |known| reason(known).to_vec()));
    }
    accepted
}

fn aid() -> impl Strategy<Value = Aid> {
    // Now and then one that comes up again.
    let often = Just(Aid::PLATFORM);
    prop_oneof![1 => often, 3 => proptest::collection::vec(any::<u8>(), 5..=16).prop_map(|bytes| Aid::new(&bytes).unwrap())]
}

fn date() -> impl Strategy<Value = Date> {
    (0_u32..36_525).prop_map(Date::from_days)
}

fn rules() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(vec![
        "",
        "read: always",
        "read: pin 01 or pin 81; update: never",
        "delete: role issuer",
    ])
    .prop_map(|text| parse(text, &mut [0; 64]).unwrap().as_bytes().to_vec())
}

fn life_cycle() -> impl Strategy<Value = LifeCycle> {
    use LifeCycle::{Deactivated, Initialisation, Operational, Terminated};
    proptest::sample::select(vec![Initialisation, Deactivated, Operational, Terminated])
}

fn application() -> impl Strategy<Value = (Aid, String, u32, [u8; 32], [u8; 32], [u8; 16])> {
    (
        aid(),
        "[a-zäß ]{1,16}",
        any::<u32>(),
        any::<[u8; 32]>(),
        any::<[u8; 32]>(),
        any::<[u8; 16]>(),
    )
}

proptest! {
    #[test]
    fn file_control(
        size: Option<u16>, id: u16, aid in proptest::option::of(aid()), short in proptest::option::of(0_u8..0x21),
        life_cycle in proptest::option::of(life_cycle()), rules in rules(), version: Option<u32>, ef: bool,
        label in proptest::option::of("[a-zäß]{0,20}"), records in proptest::option::of((0_u8..3, 1_u8..4, 1_u8..4)),
    ) {
        let structures = [Structure::LinearFixed, Structure::LinearVariable, Structure::Cyclic];
        let format = records.map(|(structure, length, number)| {
            RecordFormat { structure: structures[usize::from(structure)], length, number }
        });
        let size = size.map(|size| if format.is_some() { size % 12 } else { size });
        let kind = match (ef, format) {
            (true, None) => FileKind::Transparent,
            (true, Some(format)) => FileKind::Records(format),
            (false, _) => FileKind::Dedicated,
        };
        let rules = AccessRules::new(&rules).unwrap();
        let short_id = short;
        let control = FileControl { size, kind, id, aid, short_id, life_cycle, rules, version };
        let right = if ef {
            size.is_some_and(|size| kind.fits(size)) && aid.is_none() && version.is_none() && short.is_none_or(|id| (1..=0x1E).contains(&id))
        } else {
            size.is_none() && short.is_none()
        };
        let mut out = [0; 256];
        prop_assert_eq!(control.write(&mut out).is_ok(), right);
        if right {
            let encoded = bytes(|out| control.write(out));
            prop_assert_eq!(FileControl::read(&encoded), Ok(control));
            let information = FileInformation { control: Some(control), label: label.as_deref() };
            let labelled = label.as_ref().is_none_or(|label| (1..=32).contains(&label.len()));
            prop_assert_eq!(information.write(&mut out).is_ok(), labelled);
            if labelled {
                let encoded = bytes(|out| information.write(out));
                prop_assert_eq!(FileInformation::read(&encoded), Ok(information));
                let management = FileInformation { control: None, ..information };
                let encoded = bytes(|out| management.write(out));
                prop_assert_eq!(FileInformation::read(&encoded), Ok(management));
            }
        }
    }

    #[test]
    fn card_status(
        numbers: (u16, u32, u32, u32, u32), policy in 0_u16..0x80, serial_number: [u8; 8], date in date(),
        life_cycle in life_cycle(), damaged: bool, receipts_uncollected: u8,
        key_origin in proptest::sample::select(KeyOrigin::ALL), how in 0_u16..4, user: bool, consent: bool,
    ) {
        let (platform_version, content_counter, receipts_written, requests_used, free_bytes) = numbers;
        let status = CardStatus {
            wire_format: 2, platform_version, life_cycle, date, content_counter, receipts_written, requests_used,
            content_policy: Policy::from_bits(policy | how << 8).unwrap(), free_bytes, serial_number, damaged,
            receipts_uncollected, key_origin, transport_pins: TransportPins { user, consent },
        };
        let mut out = [0; CardStatus::ENCODED];
        let result = status.write(&mut out);
        prop_assert_eq!(result.is_ok(), life_cycle != LifeCycle::Deactivated);
        if let Ok(length) = result {
            prop_assert_eq!(length, CardStatus::ENCODED);
            prop_assert_eq!(CardStatus::read(&out), Ok(status));
        }
    }

    #[test]
    fn open_requests(
        entries in proptest::collection::vec((any::<u32>(), 0_usize..7, 0_usize..4, aid(), 0_usize..3, any::<u16>()), 0..6),
    ) {
        let entries: Vec<_> = entries
            .into_iter()
            .map(|(number, mode, operation, aid, state, next_block)| RequestEntry {
                number, mode: Mode::ALL[mode], operation: Operation::ALL[operation], aid,
                state: RequestState::ALL[state], next_block,
            })
            .collect();
        let value = written(|w| entries.iter().try_for_each(|entry| entry.write(w)));
        let read = requests(&value).map(Iterator::collect::<Vec<_>>).ok();
        prop_assert_eq!(read, (entries.len() <= 4).then_some(entries));
    }

    #[test]
    fn lists_of_applications(applications_in in proptest::collection::vec(application(), 0..6), sorted: bool) {
        let mut given = applications_in;
        if sorted {
            given.sort_by_key(|entry| entry.0);
        }
        let name = Mnemonic::new(b"XXPROVIDER").unwrap();
        let entries: Vec<_> = given
            .iter()
            .map(|(aid, label, version, package, root, salt)| ApplicationEntry {
                aid: *aid, label, version: *version, package: *package,
                provider: ProviderId { root: *root, name }, salt: *salt,
            })
            .collect();
        let value = written(|w| entries.iter().try_for_each(|entry| entry.write(w)));
        let ascending = given.is_sorted_by(|a, b| a.0 < b.0);
        match applications(&value) {
            Ok(read) => prop_assert!(ascending && read.eq(entries)),
            Err(_) => prop_assert!(!ascending),
        }
        let kept: Vec<_> = given
            .iter()
            .map(|(aid, _, version, package, root, _)| FloorEntry {
                aid: *aid, version: *version, package: *package, provider: ProviderId { root: *root, name },
            })
            .collect();
        let value = written(|w| kept.iter().try_for_each(|entry| entry.write(w)));
        // Two owners may have had one AID, one after the other.
        match floors(&value) {
            Ok(read) => prop_assert!(given.is_sorted_by_key(|entry| entry.0) && read.eq(kept)),
            Err(_) => prop_assert!(!given.is_sorted_by_key(|entry| entry.0)),
        }
        let listed: Vec<_> =
            given.iter().map(|(aid, label, ..)| DirectoryEntry { aid: *aid, label }).collect();
        let content = written(|w| listed.iter().try_for_each(|entry| entry.write(w)));
        prop_assert!(directory(&content).unwrap().eq(listed));
    }

    #[test]
    fn small_objects(numbers: (u8, [u8; 3], u16, u16, u16, u16), serial: [u8; 8], number: u32, point: [u8; 32]) {
        let (service, capabilities, command_length, reply_length, platform_version, objects) = numbers;
        let information =
            CardInformation { service, capabilities, command_length, reply_length, platform_version, objects };
        let mut out = [0; CardInformation::ENCODED];
        prop_assert_eq!(information.write(&mut out), Ok(CardInformation::ENCODED));
        prop_assert_eq!(CardInformation::read(&out), Ok(information));
        prop_assert_eq!(read_serial_number(&bytes(|out| write_serial_number(serial, out))), Ok(serial));
        prop_assert_eq!(RequestSelector::read(&RequestSelector(number).to_bytes()), Ok(RequestSelector(number)));
        prop_assert_eq!(ReceiptSelector::read(&ReceiptSelector(number).to_bytes()), Ok(ReceiptSelector(number)));
        prop_assert!(RequestSelector::read(&ReceiptSelector(number).to_bytes()).is_err());
        let of = ReceiptOfSelector(point);
        prop_assert_eq!(ReceiptOfSelector::read(&of.to_bytes()), Ok(of));
        prop_assert!(ReceiptOfSelector::read(&ReceiptSelector(number).to_bytes()).is_err());
        let point: [u8; 65] = [&[4][..], &point, &point].concat().try_into().unwrap();
        prop_assert_eq!(read_public_key(&bytes(|out| write_public_key(&point, out))), Ok(point));
    }

    #[test]
    fn any_bytes_as_any_object(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        check_every_reader(&value);
    }
}

/// Every byte of every object with every value, and every cut: nothing panics and what is accepted is canonical.
#[test]
fn every_damage_to_every_object() {
    for sample in samples_of_objects() {
        assert!(check_every_reader(&sample) > 0, "{}", hex::encode(&sample));
        for at in 0..sample.len() {
            check_every_reader(&sample[..at]);
            let mut damaged = sample.clone();
            for byte in 0..=0xFF {
                damaged[at] = byte;
                check_every_reader(&damaged);
            }
        }
        let longer = [&sample[..], &[0]].concat();
        assert_eq!(check_every_reader(&longer), 0, "{}", hex::encode(&longer));
    }
}

/// A card that reserves too little would cut a list that an honest reader then refuses.
#[test]
fn nothing_is_longer_than_announced() {
    let aid = Aid::new(&[0xFF; 16]).unwrap();
    let provider = ProviderId {
        root: [1; 32],
        name: Mnemonic::new(b"ZZ999999999").unwrap(),
    };
    let (version, package) = (u32::MAX, [2; 32]);
    let application = ApplicationEntry {
        aid,
        label: "exactly thirty-two bytes of text",
        version,
        package,
        provider,
        salt: [3; 16],
    };
    let floor = FloorEntry {
        aid,
        version,
        package,
        provider,
    };
    assert_eq!(
        written(|w| application.write(w)).len(),
        ApplicationEntry::ENCODED_MAX
    );
    assert_eq!(written(|w| floor.write(w)).len(), FloorEntry::ENCODED_MAX);
    assert_eq!(
        bytes(|out| ApplicationSelector(aid).write(out)).len(),
        ApplicationSelector::ENCODED_MAX
    );
}
