//! Operations against scripted cards: what is asked, in which order, and what is made of the answers.

mod authority;
mod hostile;
mod loading;
mod receipts;

use apdu_spec::aid::Aid;
use apdu_spec::data::TransportPins;
use apdu_spec::reference::PinReference;

use super::*;
use crate::error::Class;
use crate::script::{hex, script};
use crate::transport::Local;

/// Runs operations on a card that plays this script.
fn with_card<T, S: AsRef<str>>(steps: Vec<(S, S)>, work: impl FnOnce(&mut Session<'_>) -> T) -> T {
    let mut card = Card::new(Local::new(script(steps)));
    work(&mut card.begin().unwrap())
}

/// Losing this sends what is meant for one channel over another.
#[test]
fn what_is_said_on_a_channel_carries_its_number() {
    let steps = vec![
        ("00700000 01", "02 9000"),
        ("02840000 02", "0102 9000"),
        ("00840000 02", "0304 9000"),
        ("02708000", "9000"),
        ("00840000 02", "0506 9000"),
        ("00700000 01", "6A81"),
    ];
    with_card(steps, |session| {
        let channel = session.open_channel().unwrap();
        session.use_channel(channel);
        assert_eq!(session.challenge(2).unwrap(), [1, 2]);
        session.use_channel(0);
        assert_eq!(session.challenge(2).unwrap(), [3, 4]);
        session.use_channel(channel);
        session.close_channel(channel).unwrap();
        assert_eq!(session.challenge(2).unwrap(), [5, 6]);
        assert!(session.open_channel().is_err());
    });
}

fn pin(text: &str) -> Pin {
    Pin::new(text).unwrap()
}

/// SELECT by path and its answer: an EF of this size.
fn select_ef(id: u16, size: u16) -> (String, String) {
    let fcp = format!("6F0D 620B 8002{size:04X} 820101 8302{id:04X}");
    (format!("00A40800 02 {id:04X} 00"), format!("{fcp} 9000"))
}

#[test]
fn the_last_try_is_spent_only_when_told() {
    let ask = ("00200001", "63C1");
    let keep =
        |session: &mut Session<'_>| session.verify_pin(PinReference::User, &pin("1234"), LastTry::Keep);
    let error = with_card(vec![ask], keep).unwrap_err();
    assert!(
        matches!(
            error,
            Error::LastTry {
                reference: PinReference::User,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.class(), Class::Usage);
    let spend =
        |session: &mut Session<'_>| session.verify_pin(PinReference::User, &pin("1234"), LastTry::Spend);
    with_card(vec![ask, ("00200001 04 31323334", "9000")], spend).unwrap();
    let change = |session: &mut Session<'_>| {
        session.change_pin(PinReference::User, &pin("1234"), &pin("9876"), LastTry::Keep)
    };
    let error = with_card(vec![ask], change).unwrap_err();
    assert!(matches!(error, Error::LastTry { .. }), "{error}");
    with_card(
        vec![("00200001", "63C2"), ("00240001 08 3132333439383736", "9000")],
        change,
    )
    .unwrap();
}

#[test]
fn a_pin_that_cannot_be_right_is_not_tried() {
    for (state, status) in [
        ("6983", 0x6983),
        ("63C0", 0x6983),
        ("6984", 0x6984),
        ("6A88", 0x6A88),
    ] {
        let verify = |session: &mut Session<'_>| {
            session.verify_pin(PinReference::Consent, &pin("123456"), LastTry::Spend)
        };
        let error = with_card(vec![("00200002", state)], verify).unwrap_err();
        assert_eq!(error.status(), Some(Status(status)), "{state}");
        assert_eq!(error.class(), Class::Refused);
    }
    // A transport PIN cannot be verified, but it can be replaced.
    let change = |session: &mut Session<'_>| {
        session.change_pin(
            PinReference::Consent,
            &pin("123456"),
            &pin("654321"),
            LastTry::Keep,
        )
    };
    with_card(
        vec![
            ("00200002", "63C3"),
            ("00240002 0C 313233343536363534333231", "9000"),
        ],
        change,
    )
    .unwrap();
}

/// Losing this shows a new card's PIN as ready for use.
#[test]
fn a_transport_pin_says_so_and_how_many_tries_are_left() {
    let state = |transport: TransportPins, reference: PinReference| {
        let steps = vec![
            (format!("002000{:02X}", reference.to_byte()), "63C2".to_owned()),
            (
                "00CA0101 000000".to_owned(),
                receipts::ok(&receipts::status(0, transport)),
            ),
        ];
        with_card(steps, |session| session.pin_state(reference)).unwrap()
    };
    for (user, consent) in [(false, false), (false, true), (true, false), (true, true)] {
        let transport = TransportPins { user, consent };
        for (reference, expected) in [(PinReference::User, user), (PinReference::Consent, consent)] {
            let wanted = if expected {
                PinState::Transport(2)
            } else {
                PinState::TriesLeft(2)
            };
            assert_eq!(state(transport, reference), wanted);
        }
    }
    let ask = vec![("00200081", "63C2")];
    let local = with_card(ask, |session| session.pin_state(PinReference::Local(0x81)));
    assert_eq!(local.unwrap(), PinState::TriesLeft(2));
}

#[test]
fn pins_show_themselves_nowhere() {
    assert_eq!(format!("{:?}", pin("1234")), "Pin(hidden)");
    for length in 0..20 {
        assert_eq!(Pin::new(vec![0x31; length]).is_ok(), (4..=16).contains(&length));
    }
}

#[test]
fn a_refusal_says_step_command_status_reason_and_remedy() {
    let error = with_card(
        vec![("00CA0106 000000", "6985"), ("00CA010F 000000", "800111 9000")],
        |session| session.requests(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read data object 0106 (open requests): the card refused GET DATA with 6985 conditions not satisfied: \
         the holder has not consented to this operation"
    );
    assert_eq!(error.remedy(), "Ask the holder for the consent PIN.");
    assert_eq!((error.class(), error.class().exit_code()), (Class::Refused, 1));
    // No reason, an unknown one or nonsense: the status word stands alone.
    for reason in ["6A88", "800100 9000", "8001EE 9000", "80 9000", "9000"] {
        let error = with_card(
            vec![("00CA0106 000000", "6982"), ("00CA010F 000000", reason)],
            |session| session.requests(),
        )
        .unwrap_err();
        assert_eq!(
            (error.status(), error.reason()),
            (Some(Status(0x6982)), None),
            "{reason}"
        );
    }
}

#[test]
fn a_file_larger_than_any_reply_is_read_in_pieces() {
    let content: Vec<u8> = (0..5000_u16).map(|number| number.to_le_bytes()[0]).collect();
    let piece = |from: usize, to: usize| format!("{} 9000", hex(&content[from..to]));
    let steps = vec![
        select_ef(0x4F01, 5000),
        ("00B00000 000800".to_owned(), piece(0, 2048)),
        ("00B00800 000800".to_owned(), piece(2048, 3000)),
        ("00B00BB8 0007D0".to_owned(), piece(3000, 5000)),
    ];
    let path: FilePath = "4F01".parse().unwrap();
    let read = with_card(steps, |session| session.read_file(&path)).unwrap();
    assert_eq!(read, content);
}

#[test]
fn what_was_written_is_read_back() {
    let path: FilePath = "4F01".parse().unwrap();
    let write = |back: &str| {
        let steps = vec![
            select_ef(0x4F01, 20),
            ("00D60003 02 AABB".to_owned(), "9000".to_owned()),
            ("00B00003 02".to_owned(), back.to_owned()),
        ];
        let mut steps = steps;
        if back == "6982" {
            steps.push(("00CA010F 000000".to_owned(), "6A88".to_owned()));
        }
        with_card(steps, |session| session.update_file(&path, 3, &[0xAA, 0xBB]))
    };
    assert_eq!(write("AABB 9000").unwrap(), ReadBack::Same);
    assert_eq!(write("6982").unwrap(), ReadBack::Forbidden);
    assert!(matches!(
        write("AABC 9000"),
        Err(Error::NotAsWritten { position: 1, .. })
    ));
    assert!(matches!(write("9000"), Err(Error::Protocol { .. })));
    // What does not fit is not begun.
    let long = |session: &mut Session<'_>| session.update_file(&path, 19, &[1, 2]);
    assert!(matches!(
        with_card(vec![select_ef(0x4F01, 20)], long),
        Err(Error::Invalid { .. })
    ));
}

#[test]
fn data_objects_are_read_back_but_pins_are_not() {
    let put = |session: &mut Session<'_>| session.put_data_object(data::USER_INFORMATION, &[7]);
    let write = ("00DA0122 01 07", "9000");
    with_card(vec![write, ("00CA0122 000000", "07 9000")], put).unwrap();
    with_card(vec![write, ("00CA0122 000000", "6A88")], put).unwrap();
    let error = with_card(vec![write, ("00CA0122 000000", "08 9000")], put).unwrap_err();
    assert_eq!((error.class(), error.class().exit_code()), (Class::Internal, 4));
    with_card(vec![("00DA0120 06 313233343536", "9000")], |session| {
        session.put_data_object(data::CONSENT_PIN, b"123456")
    })
    .unwrap();
}

#[test]
fn an_application_is_selected_before_its_files() {
    let steps = vec![
        ("00A4040C 06 A000000F5E01".to_owned(), "9000".to_owned()),
        ("00A40900 04 4F014F02 00".to_owned(), "6A82".to_owned()),
    ];
    let path: FilePath = "A000000F5E01/4F01/4F02".parse().unwrap();
    let error = with_card(steps, |session| session.select(&path)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot select A000000F5E01/4F01/4F02: the card refused SELECT with 6A82 file not found"
    );
}

/// One entry of GET DATA 010A, of an application whose AID ends in `last`.
fn application(last: u8) -> String {
    let aid = Aid::new(&[0xF0, 0x53, 0x59, 0x4D, last]).unwrap();
    let name = apdu_spec::certificate::Mnemonic::new(b"ZZPROVID").unwrap();
    let provider = apdu_spec::object::ProviderId { root: [1; 32], name };
    let (package, salt) = ([2; 32], [3; 16]);
    let entry = data::ApplicationEntry {
        aid,
        label: "Notes",
        version: 1,
        package,
        provider,
        salt,
    };
    let mut bytes = [0; data::ApplicationEntry::ENCODED_MAX];
    let mut writer = tlv::Writer::new(&mut bytes);
    entry.write(&mut writer).unwrap();
    hex(writer.finish())
}

#[test]
fn applications_are_asked_for_until_there_are_no_more() {
    let ask = |last: u8| format!("00CB010A 000007 4F05F053594D{last:02X} 0000");
    let first = (
        "00CA010A 000000".to_owned(),
        format!("{}{} 9000", application(1), application(2)),
    );
    let steps = |second: String| vec![first.clone(), (ask(2), second)];
    let mut all = steps(format!("{} 9000", application(3)));
    all.push((ask(3), "9000".to_owned()));
    let listed = with_card(all, |session| session.applications()).unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|application| application.aid.as_bytes()[4])
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    // A card that tells the same again would be asked for ever.
    for again in [1, 2] {
        let repeated = steps(format!("{} 9000", application(again)));
        let error = with_card(repeated, |session| session.applications()).unwrap_err();
        assert_eq!(error.class(), Class::Internal, "{error}");
    }
}
