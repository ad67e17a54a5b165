//! READ BINARY and UPDATE BINARY against a plain array, around the borders of chunks and of the file.

use super::stage::stage;
use super::table::{Chip, bytes};

/// Size of EF 0101, which is two chunks of 256 bytes and a part of one.
const SIZE: usize = 600;
const OFFSETS: [usize; 16] = [
    0, 1, 100, 254, 255, 256, 257, 510, 511, 512, 513, 598, 599, 600, 601, 0x7FFF,
];
const LENGTHS: [usize; 9] = [1, 2, 87, 88, 255, 256, 257, 513, 600];

fn read(offset: usize, length: usize) -> Vec<u8> {
    let mut command = vec![0x00, 0xB0];
    command.extend_from_slice(&u16::try_from(offset).unwrap().to_be_bytes());
    command.push(0);
    command.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
    command
}

fn update(offset: usize, data: &[u8]) -> Vec<u8> {
    let mut command = vec![0x00, 0xD6];
    command.extend_from_slice(&u16::try_from(offset).unwrap().to_be_bytes());
    command.push(0);
    command.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
    command.extend_from_slice(data);
    command
}

/// What READ must answer.
fn expected(content: &[u8], offset: usize, length: usize) -> (Vec<u8>, u16) {
    match content.get(offset..) {
        None | Some([]) => (Vec::new(), 0x6B00),
        Some(rest) if rest.len() < length => (rest.to_vec(), 0x6282),
        Some(rest) => (rest[..length].to_vec(), 0x9000),
    }
}

/// Losing this loses a byte of the holder's data at a place nobody looked at.
#[test]
fn a_file_is_an_array_of_bytes() {
    let mut chip = Chip::of(&stage().registered);
    chip.done("00A4020C 02 0101");
    let mut content = vec![0; SIZE];
    let mut fill: u8 = 0;
    for offset in OFFSETS {
        for length in LENGTHS {
            fill = fill.wrapping_add(1);
            let data: Vec<u8> = (0..length).map(|at| fill ^ at.to_le_bytes()[0]).collect();
            let before = chip.dump();
            let (reply, status) = chip.send(&update(offset, &data));
            let name = format!("{length} bytes at {offset}");
            assert!(reply.is_empty());
            if offset >= SIZE {
                assert_eq!(format!("{status:04X}"), "6B00", "write {name}");
            } else if offset + length > SIZE {
                assert_eq!(format!("{status:04X}"), "6A84", "write {name}");
            } else {
                assert_eq!(format!("{status:04X}"), "9000", "write {name}");
                content[offset..offset + length].copy_from_slice(&data);
            }
            assert_eq!(status == 0x9000, chip.dump() != before, "write {name}");
            for (offset, length) in [
                (offset, length),
                (0, SIZE),
                (offset.saturating_sub(1), length + 2),
            ] {
                assert_eq!(
                    chip.send(&read(offset, length)),
                    expected(&content, offset, length),
                    "read {length} at {offset}"
                );
            }
        }
    }
    // After a reset it is all still there.
    chip.reset();
    chip.done("00A4020C 02 0101");
    assert_eq!(chip.send(&read(0, SIZE)), (content, 0x9000));
}

/// Losing this makes a host loop for ever, or stop short, at the end of a file.
#[test]
fn le_tells_how_much() {
    let mut chip = Chip::of(&stage().registered);
    let rows: [(&str, &str, usize, u16); 13] = [
        ("all that fits a short reply", "00B08100 00", 256, 0x9000),
        ("all there is", "00B08100 000000", 600, 0x9000),
        ("exactly all", "00B08100 000258", 600, 0x9000),
        ("one more than all", "00B08100 000259", 600, 0x6282),
        ("what is left", "00B00200 00", 88, 0x9000),
        ("one more than is left", "00B00200 59", 88, 0x6282),
        ("the last byte", "00B00257 01", 1, 0x9000),
        ("two from the last byte", "00B00257 02", 1, 0x6282),
        ("from the end", "00B00258 01", 0, 0x6B00),
        ("whatever is there from the end", "00B00258 00", 0, 0x6B00),
        ("more than a reply holds", "00B00000 000801", 0, 0x6700),
        ("from offset FF by short id", "00B081FF 02", 2, 0x9000),
        ("from a short id that nobody has", "00B08200 02", 0, 0x6A82),
    ];
    for (name, command, length, expected) in rows {
        let (data, status) = chip.send(&bytes(command));
        assert_eq!(
            (format!("{status:04X}"), data.len()),
            (format!("{expected:04X}"), length),
            "{name}: {command}"
        );
    }
}

/// Losing this writes to a file that another command selected.
#[test]
fn a_short_id_selects() {
    let mut chip = Chip::of(&stage().registered);
    chip.done("00A4020C 02 0109");
    chip.done("00D68110 03 010203");
    assert_eq!(chip.done("00B00010 03"), [1, 2, 3], "EF 0101 is selected now");
    chip.done("00A4020C 02 0109");
    assert_eq!(chip.done("00B00000 03"), [0, 0, 0]);
}
