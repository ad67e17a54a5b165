//! Scripts of APDUs, well-behaved cards and hostile ones.

use apdu_spec::reference::PinReference;

use super::*;
use crate::script::{script, unhex};
use crate::transport::{Local, Transport};

fn read(expected: usize) -> Request<'static> {
    Request::new(
        "READ BINARY",
        CommandApdu {
            class: 0,
            instruction: 0xB0,
            p1: 0,
            p2: 0,
            data: &[],
            expected: Some(expected),
            extended: false,
        },
    )
}

fn update(data: &[u8]) -> Request<'_> {
    let apdu = CommandApdu {
        instruction: 0xD6,
        data,
        expected: None,
        ..read(1).apdu
    };
    Request::new("UPDATE BINARY", apdu)
}

/// Sends one request to `card` and gives data and status.
fn answer(
    card: impl FnMut(&[u8]) -> Vec<u8>,
    lengths: Lengths,
    request: &Request<'_>,
) -> Result<(Vec<u8>, u16)> {
    let mut card = Local::new(card);
    let mut connection = Connection::new(card.begin().unwrap(), lengths, None);
    let reply = connection.send(request)?;
    Ok((reply.data.to_vec(), reply.status.0))
}

fn fault(card: impl FnMut(&[u8]) -> Vec<u8>) -> Fault {
    match answer(card, Lengths::Short, &read(256)) {
        Err(Error::Protocol { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reply_in_pieces_arrives_whole() {
    let card = script(vec![
        ("00B00000 00", "0102 6102"),
        ("00C00000 02", "0304 6100"),
        ("00C00000 00", "6C01"),
        ("00C00000 01", "05 9000"),
    ]);
    let (data, status) = answer(card, Lengths::Short, &read(256)).unwrap();
    assert_eq!((data.as_slice(), status), (&[1, 2, 3, 4, 5][..], 0x9000));
}

#[test]
fn a_wrong_length_is_corrected_once() {
    let card = script(vec![("00B00000 00", "6C03"), ("00B00000 03", "010203 9000")]);
    let (data, status) = answer(card, Lengths::Short, &read(256)).unwrap();
    assert_eq!((data.as_slice(), status), (&[1, 2, 3][..], 0x9000));
}

#[test]
fn long_data_is_chained_where_lengths_are_short_and_extended_elsewhere() {
    let data = [0x55; 300];
    let mut seen = Vec::new();
    let mut card = |command: &[u8]| {
        seen.push(command.to_vec());
        vec![0x90, 0x00]
    };
    answer(&mut card, Lengths::Short, &update(&data)).unwrap();
    answer(&mut card, Lengths::Automatic, &update(&data)).unwrap();
    assert_eq!(seen[0][..5], [0x10, 0xD6, 0, 0, 255]);
    assert_eq!(seen[0].len(), 5 + 255);
    assert_eq!(seen[1][..5], [0x00, 0xD6, 0, 0, 45]);
    assert_eq!(seen[1].len(), 5 + 45);
    assert_eq!(seen[2][..7], [0x00, 0xD6, 0, 0, 0, 1, 44]);
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_refused_piece_ends_the_chain() {
    let mut count = 0;
    let card = |_: &[u8]| {
        count += 1;
        vec![0x6A, 0x84]
    };
    let (_, status) = answer(card, Lengths::Short, &update(&[0; 600])).unwrap();
    assert_eq!((status, count), (0x6A84, 1));
}

#[test]
fn no_card_keeps_us_forever_or_fills_our_memory() {
    assert_eq!(fault(|_| unhex("6110")), Fault::EmptyPiece);
    assert_eq!(fault(|_| unhex("6C10")), Fault::LengthNeverRight);
    assert_eq!(fault(|_| unhex("01 6101")), Fault::TooLong);
    assert_eq!(fault(|_| [&[0; 256][..], &[0x61, 0x00]].concat()), Fault::TooLong);
    assert_eq!(fault(|_| vec![0; 300]), Fault::LongerThanAsked);
    assert_eq!(fault(|_| vec![]), Fault::NoStatus);
    assert_eq!(fault(|_| vec![0x90]), Fault::NoStatus);
    let mut turn = false;
    let alternating = |_: &[u8]| {
        turn = !turn;
        unhex(if turn { "6101" } else { "6C01" })
    };
    assert_eq!(fault(alternating), Fault::EmptyPiece);
    let flood = answer(|_| vec![0; 1 << 20], Lengths::Automatic, &read(65_536));
    assert!(matches!(
        flood,
        Err(Error::Transport {
            source: TransportError::TooLong,
            ..
        })
    ));
}

#[test]
fn data_nobody_asked_for_is_a_fault() {
    let result = answer(|_| unhex("01 9000"), Lengths::Short, &update(&[1]));
    assert!(matches!(
        result,
        Err(Error::Protocol {
            fault: Fault::LongerThanAsked,
            ..
        })
    ));
}

#[test]
fn a_command_too_long_for_any_card_is_not_sent() {
    let result = answer(
        |_| panic!("sent"),
        Lengths::Automatic,
        &update(&[0; COMMAND_DATA_MAX + 1]),
    );
    assert!(matches!(result, Err(Error::Invalid { .. })));
}

#[test]
fn the_trace_shows_a_pin_to_nobody() {
    let pin = b"1234567890123456";
    let mut lines = Vec::new();
    let mut note = |event: Event<'_>| lines.push(format!("{event} {event:?}"));
    let mut card = Local::new(|_: &[u8]| vec![0x63, 0xC2]);
    let mut connection = Connection::new(card.begin().unwrap(), Lengths::Automatic, Some(&mut note));
    connection.set_step("verify the PIN");
    let command = Command::Verify {
        reference: PinReference::User,
        pin: Some(pin),
    };
    let status = connection.command(&command).unwrap().status;
    let long = [pin.as_slice(), pin, pin].concat();
    let change = Command::ChangeReferenceData {
        reference: PinReference::User,
        data: &long,
    };
    let error = connection.command(&change).unwrap_err();
    let put = Command::PutData {
        tag: apdu_spec::data::CONSENT_PIN,
        value: pin,
    };
    connection.command(&put).unwrap();
    drop(connection);
    lines.push(format!("{error} {error:?} {command:?} {status:?}"));
    assert!(lines[0].starts_with("> 00200001 **  VERIFY "), "{}", lines[0]);
    assert!(lines[1].starts_with("< 63C2 tries left (2) "), "{}", lines[1]);
    assert!(lines[2].starts_with("> 00DA0120 **  PUT DATA "), "{}", lines[2]);
    for line in lines {
        for part in pin.windows(4) {
            let hexadecimal: String = part.iter().map(|byte| format!("{byte:02X}")).collect();
            let decimal = format!("{part:?}");
            assert!(
                !line.contains(&hexadecimal) && !line.contains(decimal.trim_matches(['[', ']'])),
                "{line}"
            );
            assert!(!line.contains(std::str::from_utf8(part).unwrap()), "{line}");
        }
    }
}
