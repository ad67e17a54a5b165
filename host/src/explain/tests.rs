use std::fmt::Write as _;

use apdu_spec::apdu::{CommandApdu, Header};
use apdu_spec::command::{Command, Instruction, TABLE};
use apdu_spec::status::Status;

use super::command::{explain, name};
use super::log::{Record, read};
use super::{Exchange, Explainer, data_object, object, status_words};
use crate::trace::Event;

fn explained(log: &str) -> Vec<Exchange> {
    let mut explainer = Explainer::default();
    let mut found: Vec<Exchange> = read(log)
        .records
        .iter()
        .filter_map(|record| explainer.record(record))
        .collect();
    found.extend(explainer.finish());
    found
}

fn shown(log: &str) -> String {
    explained(log).iter().fold(String::new(), |mut text, exchange| {
        let _ = writeln!(text, "{exchange}");
        text
    })
}

/// Losing this makes a log unreadable that a user has, because another program wrote it.
#[test]
fn every_kind_of_log_gives_the_same_apdus() {
    let logs = [
        // Ours.
        "> 00A40004023F0000  SELECT\n< 6F078203383F008301 9000 done\n> 00840000 08  GET CHALLENGE\n< 0102030405060708 9000 success",
        // OpenSC's debug log.
        "P:1; T:0x1 12:00:00.001 [opensc-tool] reader-pcsc.c:323:pcsc_transmit: Outgoing APDU (8 bytes):\n\
         00 A4 00 04 02 3F 00 00 .....?..\n\
         P:1 12:00:00.002 [opensc-tool] reader-pcsc.c:240: Incoming APDU (11 bytes):\n\
         6F 07 82 03 38 3F 00 83 01 90 00 o...8?.....\n\
         Outgoing APDU (5 bytes):\n00 84 00 00 08 .....\nIncoming APDU (10 bytes):\n01 02 03 04 05 06 07 08 90 00 ..........",
        // opensc-tool -s.
        "Using reader with a card: Virtual PCD 00 00\nSending: 00 A4 00 04 02 3F 00 00 \nReceived (SW1=0x90, SW2=0x00):\n\
         6F 07 82 03 38 3F 00 83 01 o...8?...\nSending: 00 84 00 00 08\nReceived (SW1=0x90, SW2=0x00):\n01 02 03 04 05 06 07 08 ........",
        // pcscd -a.
        "00000012 APDU: 00 A4 00 04 02 3F 00 00\n00000034 SW: 6F 07 82 03 38 3F 00 83 01 90 00\n\
         00000005 APDU: 00 84 00 00 08\n00000009 SW: 01 02 03 04 05 06 07 08 90 00",
        // scriptor.
        "> 00 A4 00 04 02 3F 00 00\n< 6F 07 82 03 38 3F 00 83 01 90 00 : Normal processing.\n> 00 84 00 00 08\n< 01 02 03 04 05 06 07 08 90 00 : Normal processing.",
        // pyscard's observer and pySim.
        ">> 00 A4 00 04 02 3F 00 00\n<< 6F 07 82 03 38 3F 00 83 01 90 00\n-> 0084000008\n<- 01020304050607089000",
        // GlobalPlatformPro.
        "A>> T=1 (4+0002) 00A40004 02 3F00 00\nA<< (0009+2) (3ms) 6F078203383F008301 9000\nA>> T=1 (4+0000) 00840000 08\nA<< (0008+2) (3ms) 0102030405060708 9000",
        // Plain, with and without marks.
        "# a comment\n00A40004023F0000\n6F078203383F0083019000\n\n00 84 00 00 08\n01 02 03 04 05 06 07 08 90 00",
        "00A40004023F0000 => 6F078203383F0083019000\n0084000008;01020304050607089000",
    ];
    let wanted: Vec<(bool, Vec<u8>)> = read(logs.last().unwrap()).records.iter().map(bytes).collect();
    assert_eq!(wanted.len(), 4);
    for log in logs {
        let found: Vec<(bool, Vec<u8>)> = read(log).records.iter().map(bytes).collect();
        assert_eq!(found, wanted, "{log}");
    }
}

fn bytes(record: &Record) -> (bool, Vec<u8>) {
    match record {
        Record::Command { bytes, .. } => (true, bytes.clone()),
        Record::Reply { bytes, .. } => (false, bytes.clone()),
    }
}

/// Losing this shows a PIN to whoever is sent a log for help.
#[test]
fn secrets_in_a_log_do_not_come_out() {
    // 13572468, in every way that a PIN gets to a card, and wrong lengths.
    for log in [
        "00200001083133353732343638\n9000",
        "002000010831333537323436380000\n6700",
        "00200001FF3133353732343638\n6700",
        "10200001043133 3537\n9000\n0020000104 32343638\n63C2",
        "0024000110 31333537323436383133353732343638\n9000",
        "002C000110 31333537323436383133353732343638\n6983",
        "0028000108 3133353732343638\n9000",
        "8020000108 3133353732343638\n6E00",
        "0C20000108 3133353732343638\n6882",
        "00DA012108 3133353732343638\n9000",
        "10DA0121043133 3537\n9000\n00DA012104 32343638\n9000",
        "80D8000008 3133353732343638\n9000",
        "00DB3FFF0A 4D083133353732343638\n9000",
        "002A868008 3133353732343638\n9000",
        "002A808604 0000000000\n31333537323436389000",
        "> 00200001 **  VERIFY\n< 9000 done",
    ] {
        let text = shown(log);
        assert!(text.contains("(hidden)"), "{text}");
        for part in ["3133", "3537", "3234", "3638", "1357", "2468"] {
            assert!(!text.contains(part), "{log}\n{text}");
        }
        assert!(!format!("{:?}", read(log)).contains("3133"));
    }
}

#[test]
fn chains_and_waiting_bytes_are_one_exchange() {
    let chain = explained("10D600000401020304\n9000\n00D60000020506\n9000");
    assert_eq!((chain.len(), chain[0].pieces), (1, 2));
    assert!(chain[0].to_string().contains("length: 6"), "{}", chain[0]);
    let waiting = explained("00CA010F00\n6103\n00C0000003\n80010B9000");
    assert_eq!(
        (waiting.len(), waiting[0].pieces, waiting[0].status),
        (1, 2, Some(Status::SUCCESS))
    );
    assert_eq!(waiting[0].reply, data_object(0x010F, &[0x80, 0x01, 0x0B]));
    let corrected = explained("00B0000000\n6C02\n00B0000002\n41429000");
    assert_eq!((corrected.len(), corrected[0].pieces), (1, 2));
    // A chain that a card refuses ends; the next command is one of its own.
    let refused = explained("10D600000401020304\n6982\n00D60000020506\n9000");
    assert_eq!(refused.len(), 2);
    let silent = explained("> 00B0000000\n> 00B0000000\n< 6982");
    assert_eq!((silent.len(), silent[0].status), (2, None));
    assert_eq!(explained("< 9000")[0].command.label, "no command");
}

#[test]
fn what_a_command_and_its_reply_mean_is_told_in_words() {
    for (log, words) in [
        ("00A4080C022F00\n9000", "path from the MF: 2F00"),
        ("00A4040006F04E4F54455300\n6283", "selected, and deactivated"),
        (
            "00A40004023F0000\n620A8201388302 3F008A0105 9000",
            "life cycle: operational",
        ),
        (
            "00A40004023F0000\n62148202 0100 8002 0100 8302 5F01 8801 08 AB03 800101 9000",
            "file id: 5F01",
        ),
        ("00200001\n63C1", "wrong PIN, 1 try left"),
        ("00CA010F00\n80010B9000", "reason: "),
        ("00B2010400\n9000", "READ RECORD"),
        ("80F24000024F0000\n6A88", "GET STATUS"),
        ("01B0000000\n6881", "logical channel"),
        ("00B000\n6700", "no command APDU: 00B000"),
        ("00B00000050102\n6700", "READ BINARY, with wrong lengths"),
    ] {
        let text = shown(log);
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn objects_say_what_they_are() {
    let text = |items: Vec<super::Item>| items.iter().map(ToString::to_string).collect::<String>();
    let listed = text(object(&hex("610F 4F06F04E4F544553 5005 4E6F746573 0000")));
    assert_eq!(listed, "application\n  AID: F04E4F544553\n  label: Notes\n");
    assert_eq!(text(object(b"call Bob\0\0")), "\"call Bob\"\n");
    assert_eq!(text(object(&[0x80, 0x81])), "8081\n");
    // A terminal is not steered by what a card says.
    let label = text(object(&hex("6109 4F021B5B 5003 1B5B4A")));
    assert!(!label.contains('\x1b'), "{label}");
    let identifier = text(object(&hex("06 09 2A864886F70D010101")));
    assert!(identifier.contains("1.2.840.113549.1.1.1"), "{identifier}");
    let children = text(data_object(0x010C, &hex("8302 0101 8302 0102")));
    assert!(
        children.contains("0101") && children.contains("0102"),
        "{children}"
    );
}

/// Losing this tells whoever reads a trace that a folder may be read by the holder, where the holder may delete what is in it.
#[test]
fn rules_are_called_as_what_they_protect_has_it() {
    let rules = "AB 10 800101 A406 830181 950108 800106 9700";
    for (descriptor, words) in [
        (
            "820138",
            "access rules: delete-child: pin 81; create-ef, create-df: never",
        ),
        (
            "820178",
            "access rules: delete-child: pin 81; create-ef, create-df: never",
        ),
        ("820101", "access rules: read: pin 81; update, write: never"),
        (
            "820501 0000 0000",
            "access rules: read: pin 81; update, write: never",
        ),
    ] {
        let length = hex(descriptor).len() + hex(rules).len();
        let parameters = format!("62 {length:02X} {descriptor} {rules}");
        let shown: String = object(&hex(&parameters))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
}

#[test]
fn status_words_of_other_cards_have_words_too() {
    for word in [
        0x6200, 0x6285, 0x6381, 0x6A83, 0x6A87, 0x6D00, 0x63C0, 0x6C10, 0x61FF,
    ] {
        assert!(!status_words(Status(word)).contains("not know"), "{word:04X}");
    }
    assert!(status_words(Status(0x1234)).contains("not know"));
}

#[test]
fn the_card_library_can_be_watched() {
    let mut explainer = Explainer::default();
    let command = Event::Command {
        name: "VERIFY",
        header: [0x00, 0x20, 0x00, 0x01],
        body: None,
    };
    assert_eq!(explainer.event(&command), None);
    let answer = Event::Answer {
        data: &[],
        status: Status::SUCCESS,
    };
    let text = explainer.event(&answer).unwrap().to_string();
    assert!(text.contains("user PIN") && text.contains("9000 done"), "{text}");
}

/// Losing this lets a log that somebody sends end the program, or fill the memory.
#[test]
fn no_bytes_and_no_text_panic() {
    // A fixed seed: the same bytes in every run.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    const PIECES: [&str; 16] = [
        "> ",
        "< ",
        "00A4",
        "0020",
        "9000",
        "6110",
        "6C02",
        "**",
        "\n",
        " ",
        "Outgoing APDU (9 bytes):\n",
        "Received (SW1=0x90, SW2=0x00):\n",
        "6F82",
        "7F2182FFFF",
        "é",
        "APDU: ",
    ];
    for round in 0..4000 {
        let mut text = String::new();
        let mut bytes = Vec::new();
        for _ in 0..next() % 60 {
            let [one, two, ..] = next().to_le_bytes();
            match one % 3 {
                0 => text.push_str(PIECES[usize::from(two) % PIECES.len()]),
                1 => text.push_str(&format!("{two:02X}")),
                _ => text.push(char::from(two)),
            }
            bytes.push(match round % 3 {
                0 => two,
                // Nested as deep as it goes.
                1 => [0x6F, 0x80, 0xA0, 0x30, 0x05, 0x00][usize::from(two) % 6],
                _ => [0x7F, 0x21, 0x82, 0xF0, 0xE7, 0x84, 0xFF][usize::from(two) % 7],
            });
        }
        let _ = shown(&text);
        let _ = object(&bytes);
        let [one, two, ..] = next().to_le_bytes();
        let _ = data_object(0x0100 | u16::from(one % 0x28), &bytes);
        let mut explainer = Explainer::default();
        let _ = explainer.command(&bytes, two % 2 == 0, 1);
        let _ = explainer.reply(&bytes, 2);
        let _ = explainer.finish().map(|exchange| exchange.to_string());
    }
    let deep: Vec<u8> = (0..20_000).flat_map(|_| [0x30, 0x80]).collect();
    let _ = object(&deep);
    let nested = (0..200).fold(vec![0x05, 0x00], |inner, _| {
        let length = u16::try_from(inner.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82, length[0], length[1]][..], &inner].concat()
    });
    assert!(object(&nested)[0].to_string().lines().count() < 50);
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// The command APDUs of the vectors that a card understands.
fn good_commands() -> Vec<Vec<u8>> {
    let vectors = include_str!("../../../apdu-spec/vectors/commands.json");
    let (_, good) = vectors.split_once("\"good\"").unwrap();
    good.lines()
        .filter_map(|line| line.trim().strip_prefix("\"apdu\": \"")?.split('"').next())
        .map(|digits| {
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
            (0..digits.len()).step_by(2).map(byte).collect()
        })
        .collect()
}

/// Losing this leaves a command that the card knows without a name or a word about it in every log.
#[test]
fn every_instruction_of_the_card_is_known_and_explained() {
    let commands = good_commands();
    for row in TABLE {
        let byte = row.instruction.to_byte();
        let header = Header {
            class: 0x00,
            instruction: byte,
            p1: 0x00,
            p2: 0x00,
        };
        assert_eq!(name(&header), row.name, "{byte:02X}");
        // Both codings of a command share their vectors.
        let named = |byte| Instruction::from_byte(byte).is_some_and(|one| one.name() == row.name);
        let of_it = commands.iter().filter(|command| named(command[1]));
        let mut count = 0;
        for command in of_it {
            count += 1;
            let apdu = CommandApdu::parse(command).unwrap();
            let (item, _) = explain(&apdu, false);
            let text = item.to_string();
            assert_eq!(item.label, Command::decode(&apdu).unwrap().name());
            // A structure as the compiler writes it is no explanation.
            assert!(!text.contains(" { ") && !text.contains("Some("), "{text}");
        }
        assert!(count > 0, "no vector for {}", row.name);
    }
}
