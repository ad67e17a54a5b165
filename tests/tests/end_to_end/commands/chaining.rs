//! Commands in several pieces (ISO/IEC 7816-4, 5.3.3).

use super::stage::stage;
use super::table::{Chip, bytes, hex, in_order};

const HALF: &str = "000102030405060708090A0B0C0D0E0F";

/// Losing this keeps readers without extended length from using the card, or lets them break it.
#[test]
fn a_chain_is_one_command() {
    let [part, last, other] = [
        format!("10DA0122 10 {HALF}"),
        format!("00DA0122 10 {HALF}"),
        format!("00DA0121 10 {HALF}"),
    ];
    let mut chip = Chip::of(&stage().blank);
    in_order(
        &mut chip,
        &[
            ("half", &part, 0x9000),
            ("and half", &last, 0x9000),
            ("half alone", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("a piece without data", "10DA0122", 0x9000),
            ("and half", &last, 0x9000),
            ("half", &part, 0x9000),
            ("another command", "00CA0101 00", 0x6883),
            ("the chain is forgotten", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("another P2", &other, 0x6883),
            ("the chain is forgotten", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("the beginning of another chain", "10DA0102 01 7F", 0x6883),
            ("the chain is forgotten", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("GET RESPONSE", "00C00000 00", 0x6883),
            ("the chain is forgotten", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("a chain of what has no chains", "10CA0101 00", 0x6883),
            ("half", &part, 0x9000),
            ("half", &part, 0x9000),
            ("too much", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("what is no command", "00DA", 0x6700),
            ("the chain is forgotten", &last, 0x6A80),
            ("half", &part, 0x9000),
            ("another logical channel", "01CA0101 00", 0x6881),
            ("the chain is forgotten", &last, 0x6A80),
            ("a PIN in pieces", "10DA0121 02 3030", 0x9000),
            ("of which this is the end", "00DA0121 02 3030", 0x9000),
            ("and it is there", "00200001", 0x63C3),
        ],
    );
    in_order(
        &mut chip,
        &[
            ("half", &part, 0x9000),
            ("good", "10DA0122", 0x9000),
            ("end", &last, 0x9000),
        ],
    );
    chip.send(&bytes(&part));
    chip.reset();
    in_order(&mut chip, &[("a reset forgets the chain", &last, 0x6A80)]);
}

/// Losing this keeps a chain from carrying what SPEC.md lets it carry.
#[test]
fn what_may_be_chained() {
    for instruction in ["D60000", "E00000", "DA0122", "2A00BE", "400100", "EA0000"] {
        let mut chip = Chip::of(&stage().blank);
        let before = chip.dump();
        assert_eq!(
            chip.send(&bytes(&format!("10{instruction} 01 00"))).1,
            0x9000,
            "{instruction}"
        );
        assert_eq!(chip.dump(), before, "{instruction}: a piece does nothing");
    }
}

/// Losing this lets a long chain write beyond the card's buffer.
#[test]
fn a_chain_ends_where_the_buffer_ends() {
    let piece = format!("10DA0122 FF {}", hex(&[0; 255]));
    let [seven, eight] = [7, 8].map(|left| format!("10DA0122 {left:02X} {}", hex(&vec![0; left])));
    for (name, rest, status) in [
        ("2,047 bytes", &seven, 0x9000),
        ("2,048 bytes", &eight, 0x9000),
        ("2,295 bytes", &piece, 0x6700),
    ] {
        let mut chip = Chip::of(&stage().blank);
        for _ in 0..8 {
            chip.done(&piece);
        }
        in_order_without_probe(&mut chip, name, rest, status);
        if status == 0x9000 {
            // Two more bytes are one too many for both.
            in_order_without_probe(&mut chip, name, "00DA0122 02 0000", 0x6700);
        }
        let whole = format!("00DA0122 20 {HALF}{HALF}");
        in_order(&mut chip, &[("afterwards all is well", &whole, 0x9000)]);
    }
}

fn in_order_without_probe(chip: &mut Chip, name: &str, command: &str, expected: u16) {
    let before = chip.dump();
    assert_eq!(
        format!("{:04X}", chip.send(&bytes(command)).1),
        format!("{expected:04X}"),
        "{name}"
    );
    assert_eq!(chip.dump(), before, "{name}");
}

/// Losing this tears a write in two.
#[test]
fn a_chained_update_is_written_at_once() {
    let mut chip = Chip::of(&stage().registered);
    let content: Vec<u8> = (0..600_u16).map(|at| at.to_le_bytes()[0] ^ 0x5A).collect();
    let before = chip.dump();
    let pieces: Vec<&[u8]> = content.chunks(150).collect();
    let (last, first) = pieces.split_last().unwrap();
    for piece in first {
        chip.done(&format!("10D68100 {:02X} {}", piece.len(), hex(piece)));
        assert_eq!(chip.dump(), before);
    }
    chip.done(&format!("00D68100 {:02X} {}", last.len(), hex(last)));
    assert_eq!(chip.done("00B00000 000258"), content);
}

/// Losing this keeps a reader without extended length from registering a card.
#[test]
fn a_chain_may_have_a_long_reply() {
    let mut chip = Chip::of(&stage().personalised);
    chip.done("10400100 08 8010000102030405");
    let (mut reply, status) = chip.send(&bytes("00400100 0A 060708090A0B0C0D0E0F 00"));
    assert_eq!((reply.len(), status >> 8), (256, 0x61));
    loop {
        let (piece, status) = chip.send(&bytes("00C00000 00"));
        reply.extend(piece);
        if status == 0x9000 {
            break;
        }
        assert_eq!(status >> 8, 0x61);
    }
    let request = apdu_spec::certificate::CertificateRequest::parse(&reply).unwrap();
    let nonce: [u8; 16] = std::array::from_fn(|at| at.to_le_bytes()[0]);
    assert_eq!(request.card.unwrap().nonce, &nonce);
}
