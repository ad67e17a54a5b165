//! One of every object that a card answers, as it is written.

use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::certificate::{KeyOrigin, Mnemonic, Policy};
use symbolon_apdu_spec::command::write_public_key;
use symbolon_apdu_spec::data::{
    ApplicationEntry, ApplicationSelector, CardInformation, CardStatus, DirectoryEntry, FloorEntry,
    ReceiptOfSelector, ReceiptSelector, RequestEntry, RequestSelector, RequestState, TransportPins,
    WIRE_FORMAT, reason, write_serial_number,
};
use symbolon_apdu_spec::file::{FileInformation, LifeCycle};
use symbolon_apdu_spec::object::{Mode, Operation, ProviderId};
use symbolon_apdu_spec::reason::Reason;
use symbolon_apdu_spec::tlv::{Result, Writer};

use crate::samples;

pub(crate) const ROOM: usize = 4096;

pub(crate) fn written(write: impl FnOnce(&mut Writer<'_>) -> Result<()>) -> Vec<u8> {
    let mut out = vec![0; ROOM];
    let mut writer = Writer::new(&mut out);
    write(&mut writer).unwrap();
    writer.finish().to_vec()
}

pub(crate) fn bytes(write: impl FnOnce(&mut [u8]) -> Result<usize>) -> Vec<u8> {
    let mut out = vec![0; ROOM];
    let length = write(&mut out).unwrap();
    out.truncate(length);
    out
}

pub(crate) fn samples_of_objects() -> Vec<Vec<u8>> {
    let aid = Aid::new(&[0xF0, 1, 2, 3, 4]).unwrap();
    let (mode, operation, state) = (Mode::ViaIssuer, Operation::Store, RequestState::Loading);
    let request = RequestEntry {
        number: 1,
        mode,
        operation,
        aid,
        state,
        next_block: 2,
    };
    let provider = ProviderId {
        root: [1; 32],
        name: Mnemonic::new(b"XXPROVIDER").unwrap(),
    };
    let (package, salt) = ([2; 32], [3; 16]);
    let application = ApplicationEntry {
        aid,
        label: "Vault",
        version: 1,
        package,
        provider,
        salt,
    };
    let floor = FloorEntry {
        aid,
        version: 9,
        package: [0; 32],
        provider,
    };
    let (label, control) = (Some("Vault"), Some(samples::dedicated_file()));
    let status = CardStatus {
        wire_format: WIRE_FORMAT,
        platform_version: 1,
        life_cycle: LifeCycle::Operational,
        date: "2026-11-21".parse().unwrap(),
        content_counter: 1,
        receipts_written: 2,
        requests_used: 3,
        content_policy: Policy::from_bits(2).unwrap(),
        free_bytes: 4,
        serial_number: [5; 8],
        damaged: false,
        receipts_uncollected: 16,
        key_origin: KeyOrigin::Issuer,
        transport_pins: TransportPins::default(),
    };
    let information = CardInformation {
        service: 0,
        capabilities: [0; 3],
        command_length: 2057,
        reply_length: 2050,
        platform_version: 1,
        objects: 1000,
    };
    vec![
        bytes(|out| samples::elementary_file().write(out)),
        bytes(|out| samples::record_file().write(out)),
        bytes(|out| samples::dedicated_file().write(out)),
        bytes(|out| FileInformation { control, label }.write(out)),
        bytes(|out| FileInformation { control: None, label }.write(out)),
        bytes(|out| {
            FileInformation {
                control: None,
                label: None,
            }
            .write(out)
        }),
        bytes(|out| status.write(out)),
        bytes(|out| information.write(out)),
        written(|w| [request, request].iter().try_for_each(|entry| entry.write(w))),
        written(|w| application.write(w)),
        written(|w| [floor, floor].iter().try_for_each(|entry| entry.write(w))),
        written(|w| DirectoryEntry { aid, label: "Vault" }.write(w)),
        bytes(|out| write_serial_number([7; 8], out)),
        bytes(|out| write_public_key(&[4; 65], out)),
        RequestSelector(5).to_bytes().to_vec(),
        ReceiptSelector(5).to_bytes().to_vec(),
        ReceiptOfSelector([9; 32]).to_bytes().to_vec(),
        bytes(|out| ApplicationSelector(aid).write(out)),
        reason(Reason::WrongRole).to_vec(),
    ]
}
