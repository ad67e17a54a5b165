//! Commands worth starting from: each kind that the card knows, right and nearly right.

use std::sync::OnceLock;

use apdu_spec::authentication::EXTERNAL_LABEL;
use applet::crypto::Crypto;
use applet::rustcrypto::RustCrypto;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::randomness::Randomness;

use crate::issued::{FILES, KEYS, names, pins};
use crate::stage::stage;

/// Commands of no application in particular, in hexadecimal.
const PLAIN: &[&str] = &[
    "00A4000C",
    "00A40004023F0000",
    "00A4010C027100",
    "00A4030C",
    "00A4080C020001",
    "00A4090C0471000001",
    "00A4040005F10102030400",
    "00A4040605F10102030400",
    "00B000000000",
    "00B000FF04",
    "00B0810000",
    "00B09E0000",
    "00D6000004AABBCCDD",
    "00D6810010000102030405060708090A0B0C0D0E0F",
    "10D6810002AABB",
    "00D6810202CCDD",
    "00E00000 0D620B80020010820101830202000",
    "00CA010100",
    "00CA0102000000",
    "00CA0105000000",
    "00CA010600",
    "00CA0108000000",
    "00CA010A000000",
    "00CA010B000000",
    "00CA010C000000",
    "00CA010F00",
    "00CB01090686040000000100",
    "00DA012204000102030",
    "0084000008",
    "0084000010",
    "00C0000000",
    "00C0000010",
    "00468100 05B60383010100",
    "00468000 05B60383018100",
    "0040010000001280100001020304050607080 90A0B0C0D0E0F0000",
    "0040070000001280100001020304050607080 90A0B0C0D0E0F0000",
    "00400500 06800400000001",
    "00EC0000 06800400000001 00",
    "00820000 04F0020000",
    "002C0001 0C303030303030303031313131",
    "0070000001",
    "00708001",
    "01B0810000",
    "02A4040C05F101020304",
    "00B1000004540200 0000",
    "00D7000008540200005302AABB",
    "00D0810002AABB",
    "000E0000020004",
    "00A0000002AABB00",
    "00B2010400",
    "00B2010C00",
    "00DC010402AABB",
    "00D2010402AABB",
    "00E2000002AABB",
    "00A2010402AABB00",
    "000C0104",
    "0044000002 0001",
    "0004000002 0001",
    "00E4000002 0008",
    "00E6000000",
    "00E8000000",
    "00FE000000",
    "002241B6 03840181",
    "002A9E9A 20000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 00",
    "00880081 08000102030405060708 00",
];

/// Commands of an application that belong together, in hexadecimal; one of the stage's applications is selected before them.
const TOGETHER: &[&[&str]] = &[
    // Records: linear fixed 15, linear variable 16, cyclic 17.
    &[
        "00E200A8 04 61626364",
        "00E200A8 04 65666768",
        "00B201AC 00",
        "00B200AD 00",
        "00DC01AC 04 41424344",
    ],
    &[
        "00A20104 02 6263 00",
        "00A201AE 04 0400 6100",
        "00A202AD 01 61 00",
        "00D202AC 04 01020304",
        "00B202AE 00",
    ],
    &[
        "00DD01AC 08 540101 5303 010203",
        "00DD01AD 06 540100 5301FF",
        "00B301AC 03 540102 02",
        "000C01AC",
        "000C01AD",
    ],
    &[
        "00E200B0 05 6162636465",
        "00E200B0 01 61",
        "00DC01B4 03 414243",
        "00B201B5 00",
        "00B200B2 00",
        "00B200B3 00",
    ],
    &[
        "00E200B8 02 6162",
        "00E200B8 02 6364",
        "00E200B8 02 6566",
        "00E200B8 02 6768",
        "00DC00BB 02 4142",
        "00B200B8 02",
        "00B20004 02",
    ],
    &[
        "00A4020C 02 0031",
        "00B20000 04",
        "00B20002 04",
        "00B20003 04",
        "00B20001 04",
        "00DC0004 04 31323334",
        "10DC0104 02 3132",
        "00DC0104 02 3334",
    ],
    // Keys: 86 signs, 87 agrees, 88 enciphers, 89 MACs, 8A shows the card, 8B both, 8C HMAC.
    &[
        "002241B6 03 840186",
        "002A9080 03 616263 00",
        "002A9E9A 00",
        "00468100 05 B603830186 00",
        "00468000 05 B603830186 00",
    ],
    &[
        "002241A6 03 840187",
        "002A8086 48 A6467F4943864104 6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296 4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5 00",
    ],
    &[
        "002281B8 03 830188",
        "002241B8 03 830188",
        "002A8680 05 6162636465 00",
        "002A8086 22 80000102030405060708090A0B616263646500112233445566778899AABBCCDDEEFF 00",
    ],
    &[
        "002241B4 03 830189",
        "002281B4 03 830189",
        "002A8E80 03 616263 00",
        "002A00A2 17 8003616263 8E10 000102030405060708090A0B0C0D0E0F",
    ],
    &[
        "002241B4 03 83018C",
        "002281B4 03 83018C",
        "002A8E80 03 616263 00",
        "002A00A2 27 8003616263 8E20 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
    ],
    &[
        "002241A4 03 84018A",
        "00880000 08 0001020304050607 00",
        "0088008A 10 000102030405060708090A0B0C0D0E0F 00",
        "0088008B 08 0001020304050607 00",
    ],
    &[
        "00840000 10",
        "00820084 10 000102030405060708090A0B0C0D0E0F",
        "002281A4 03 83018B",
        "00840000 10",
        "00820000 20 000102030405060708090A0B0C0D0E0F000102030405060708090A0B0C0D0E0F 00",
    ],
    &[
        "002281B6 46 7F49438641 046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
        "002A9080 01 61",
        "002A00A8 42 9E40 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F",
        "0022F301",
        "002A9E9A 00",
    ],
    &[
        "00468000 05 A403830185 00",
        "00200081 04 31333537",
        "00468000 05 A403830185 00",
        "00468000 05 B803830188 00",
        "00468000 05 B403830189 00",
        "00468000 05 A603830187 00",
    ],
    // Files of the user's own.
    &[
        "00200081 04 31333537",
        "00A4010C 02 7100",
        "00E00000 17 6215 80020010 820101 83020021 880168 AB05 80017F 9000",
        "00D60000 02 AABB",
        "00040000",
        "00440000 02 0021",
        "00E80000 02 0021",
        "00E40000 02 0021",
        "00E00000 14 6212 80020010 820101 83020021 AB05 80017F 9000",
        "00E00000 14 6212 80020010 820101 83020021 AB05 80017F 9000",
        "00E00000 14 6212 8002FFFF 820101 83020022 AB05 80017F 9000",
    ],
    &[
        "00200081 04 31333537",
        "00A4010C 02 7100",
        "00E00000 18 6216 80020010 82050241000404 83020023 AB05 80017F 9000",
        "00E20000 04 61626364",
        "00B20104 00",
        "00E60000",
        "00E60000 02 0023",
        "00E40000",
    ],
    // Several channels.
    &[
        "0070000001",
        "01A4040C 06 F10102030401",
        "01B0810000",
        "00200081 04 31333537",
        "01200081",
        "01708000",
        "01B0810000",
    ],
    &[
        "00700001",
        "00700002",
        "02A4040C 06 F10102030401",
        "02700003",
        "03E200A8 04 61626364",
        "00B201AC 00",
        "02708003",
        "03B0810000",
        "11D68100 02 AABB",
        "00B0810000",
    ],
];

/// Those sequences, each behind a SELECT of an application.
pub fn sequences() -> Vec<Vec<Vec<u8>>> {
    let name = names()[0];
    let select = with_data(&[0x00, 0xA4, 0x04, 0x0C], name.as_bytes());
    let sequence = |texts: &&[&str]| {
        let commands = texts.iter().map(|text| bytes(text));
        std::iter::once(select.clone()).chain(commands).collect()
    };
    let mut sequences: Vec<_> = TOGETHER.iter().map(sequence).collect();
    sequences.push(conversation(&select));
    sequences.push(stage().registration.clone());
    sequences
}

/// Commands that need what the card answered before, which it does again whenever it starts from the stage.
fn conversation(select: &[u8]) -> Vec<Vec<u8>> {
    let mut chip = SimulatedCard::from_snapshot(stage().snapshot.clone(), Randomness::seeded(5));
    let mut said = Vec::new();
    let mut say = |command: Vec<u8>| {
        let mut reply = chip.process(&command).to_vec();
        said.push(command);
        reply.truncate(reply.len().saturating_sub(2));
        reply
    };
    say(select.to_vec());
    say(bytes("00200001 04 32343638"));
    let challenge = say(bytes("0084000010"));
    let key = KEYS[0];
    let mac = RustCrypto.aes_cmac(&key.value, &[EXTERNAL_LABEL, &challenge]);
    say(with_data(
        &[0x00, 0x82, 0x00, key.reference],
        &mac.unwrap_or_default(),
    ));
    say(bytes("00D68A00 02 AABB"));
    say(bytes("002281B8 03 830188"));
    say(bytes("002241B8 03 830188"));
    let sealed = say(bytes("002A8680 05 6162636465 00"));
    say([with_data(&[0x00, 0x2A, 0x80, 0x86], &sealed), vec![0x00]].concat());
    say(bytes("002241B4 03 830189"));
    say(bytes("002281B4 03 830189"));
    let mac = say(bytes("002A8E80 03 616263 00"));
    let protected = [&bytes("8003616263 8E10")[..], &mac].concat();
    say(with_data(&[0x00, 0x2A, 0x00, 0xA2], &protected));
    let point = say(bytes("00468100 05 B603830186 00"));
    say(with_data(&[0x00, 0x22, 0x81, 0xB6], &point));
    say(bytes("002241B6 03 840186"));
    say(bytes("002A9080 03 616263"));
    let signature = say(bytes("002A9E9A 00"));
    say(bytes("002A9080 03 616263"));
    say(with_data(
        &[0x00, 0x2A, 0x00, 0xA8],
        &[&[0x9E, 0x40], &signature[..]].concat(),
    ));
    said
}

/// All of them, as bytes.
pub fn all() -> &'static [Vec<u8>] {
    static ALL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Vec<u8>> = PLAIN.iter().map(|text| bytes(text)).collect();
        for name in names() {
            let name = name.as_bytes();
            for header in [
                &[0x00, 0xA4, 0x04, 0x0C][..],
                &[0x00, 0x04, 0x04, 0x00],
                &[0x00, 0x44, 0x04, 0x00],
            ] {
                all.push(with_data(header, name));
            }
        }
        for file in FILES {
            all.push(with_data(&[0x00, 0xA4, 0x02, 0x0C], &file.id.to_be_bytes()));
            all.push(vec![0x00, 0xB0, 0x80 | file.short_id, 0x00, 0x00]);
            all.push(with_data(&[0x00, 0xD6, 0x80 | file.short_id, 0x00], b"changed"));
        }
        for (reference, value) in pins() {
            all.push(vec![0x00, 0x20, 0x00, reference]);
            all.push(with_data(&[0x00, 0x20, 0x00, reference], value));
            all.push(with_data(&[0x00, 0x20, 0x00, reference], b"999999"));
            all.push(with_data(
                &[0x00, 0x24, 0x00, reference],
                &[value, b"24682468"].concat(),
            ));
        }
        all.extend(sequences().into_iter().flatten());
        all.extend(stage().protocol.iter().cloned());
        all
    })
}

fn with_data(header: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    [header, &[length], data].concat()
}

/// Bytes of hexadecimal digits; half a byte at the end is left out.
pub fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|character| character.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
