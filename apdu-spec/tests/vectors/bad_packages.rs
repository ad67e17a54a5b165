//! Manifests, blocks and packages that nobody may accept.

use serde_json::Value;
use symbolon_apdu_spec::package::{Block, Manifest, Package};
use symbolon_apdu_spec::tlv::Error;

use super::packages::{blocks, full, package, records};
use super::tree::{Node, edited};
use super::{broken, refused};

pub fn bad() -> Vec<Value> {
    let good = full();
    let mut list = Vec::new();
    let mut add = |name: &str, encoded: &[u8]| {
        list.push(refused(name, "manifest", encoded, |input| {
            Manifest::parse(input).map(drop)
        }));
    };
    for (name, encoded) in broken(&good) {
        add(name, &encoded);
    }
    for (name, tag, value) in [
        ("format 02", 0x80, &[2][..]),
        ("AID of 4 bytes", 0x4F, &[0xA0; 4]),
        ("no label", 0x50, b""),
        ("a label of 33 bytes", 0x50, &[b'a'; 33]),
        ("a label with an escape", 0x50, b"\x1B[2J"),
        (
            "a label with a control character of two bytes",
            0x50,
            b"\xC2\x9B2J",
        ),
        ("a label that is not UTF-8", 0x50, b"\xFF"),
        ("files larger than the quota", 0x82, &68_815_u32.to_be_bytes()),
    ] {
        add(name, &edited(&good, |whole| whole.at(&[tag]).set(value)));
    }
    let mut change = |name: &str, change: &dyn Fn(&mut Node)| add(name, &edited(&good, change));
    change("no files", &|whole| drop(whole.remove(0xA4)));
    change("an empty list of PINs", &|whole| {
        whole.at(&[0xA5]).children().clear()
    });
    change("keys before PINs", &|whole| whole.swap(0xA5, 0xA6));
    change("a rule that is none", &|whole| {
        *whole.at(&[0xA3, 0xAB]) = Node::new(0x8B, &[1])
    });
    change("a rule with an unknown condition", &|whole| {
        whole.at(&[0xA3, 0xAB]).children()[1].rename(0x91)
    });
    change("33 rules", &|whole| {
        *whole.at(&[0xA3]).children() = vec![Node::parent(0xAB, &[]); 33]
    });
    change("nine PINs", &|whole| {
        *whole.at(&[0xA5]).children() = (0..9).map(pin_node).collect()
    });
    change("65 files", &|whole| {
        *whole.at(&[0xA4]).children() = (0..65).map(df_node).collect()
    });

    for (name, place, tag, value) in [
        ("a linear EF without records", 0, 0x82, &[2][..]),
        ("an EF of SIMPLE-TLV records", 0, 0x82, &[3]),
        ("file id 3F00", 0, 0x83, &[0x3F, 0x00]),
        ("file id 3FFF", 0, 0x83, &[0x3F, 0xFF]),
        ("file id 2F00", 0, 0x83, &[0x2F, 0x00]),
        ("file id 2F02", 0, 0x83, &[0x2F, 0x02]),
        ("file id FFFF", 0, 0x83, &[0xFF, 0xFF]),
        ("file id 0000", 0, 0x83, &[0x00, 0x00]),
        ("a file id twice in a DF", 3, 0x83, &[0xEF, 0x01]),
        ("short id 00", 0, 0x88, &[0]),
        ("short id 1F", 0, 0x88, &[0x1F]),
        ("a short id twice in a DF", 3, 0x88, &[1]),
        ("an EF as a parent", 2, 0x87, &[1]),
        ("a file in itself", 4, 0x87, &[5]),
        ("a DF after what lies in it", 1, 0x87, &[5]),
        ("a parent that is not there", 2, 0x87, &[200]),
        ("a rule that is not there", 0, 0x85, &[4]),
        ("on replace 03", 0, 0x86, &[3]),
        ("more initial content than size", 0, 0x81, &[0x02, 0x01]),
        ("a removed DF with files that stay", 1, 0x86, &[2]),
    ] {
        change(name, &|whole| {
            whole.at(&[0xA4]).children()[place].at(&[tag]).set(value)
        });
    }
    change("a DF at level 7", &|whole| {
        let deepest = whole.at(&[0xA4]).children();
        deepest[6] = deepest[5].clone();
        deepest[6].at(&[0x87]).set(&[6]);
    });
    change("a DF with a size", &|whole| {
        whole.at(&[0xA4]).children()[1].push(Node::new(0x80, &[0, 0]))
    });
    change("a DF with a short id", &|whole| {
        whole.at(&[0xA4]).children()[1]
            .children()
            .insert(3, Node::new(0x88, &[1]));
    });
    change("an EF without size", &|whole| {
        drop(whole.at(&[0xA4, 0xA0]).remove(0x80))
    });
    for (name, place, tag, value) in [
        ("PIN 80", 0, 0x83, &[0x80][..]),
        ("PIN 90", 0, 0x83, &[0x90]),
        ("a PIN twice", 1, 0x83, &[0x81]),
        ("minimum length 3", 0, 0x81, &[3]),
        ("minimum length 17", 0, 0x81, &[17]),
        ("no tries", 0, 0x82, &[0]),
        ("16 tries", 0, 0x82, &[16]),
        ("a PIN with a rule that is not there", 0, 0x85, &[4]),
        ("a transport value shorter than the minimum", 1, 0x84, b"7 bytes"),
        ("a transport value of 17 bytes", 0, 0x84, b"seventeen bytes17"),
    ] {
        change(name, &|whole| {
            whole.at(&[0xA5]).children()[place].at(&[tag]).set(value)
        });
    }
    for (name, place, tag, value) in [
        ("key 01", 0, 0x83, &[0x01][..]),
        ("a key twice", 1, 0x83, &[0x81]),
        ("key type 02", 0, 0x80, &[2]),
        ("a key that signs and agrees", 0, 0x81, &[3]),
        ("a key with a rule that is not there", 0, 0x85, &[4]),
    ] {
        change(name, &|whole| {
            whole.at(&[0xA6]).children()[place].at(&[tag]).set(value)
        });
    }
    for (name, list) in [("file", 0xA4), ("PIN", 0xA5), ("key", 0xA6)] {
        let name = format!("a {name} with an unknown element");
        change(&name, &|whole| {
            whole.at(&[list, 0xA0]).push(Node::new(0x8E, &[1]))
        });
    }
    change("an unknown element at the end", &|whole| {
        whole.push(Node::new(0x8E, &[1]))
    });
    let seal = || Node::parent(0xA7, &[Node::new(0x86, &[7; 32]), Node::new(0x88, &[4; 65])]);
    let sealed = |whole: &mut Node, place: usize, value: u8| {
        whole.at(&[0xA4]).children()[place].push(Node::new(0x89, &[value]));
    };
    change("a seal and nothing sealed", &|whole| whole.push(seal()));
    change("a sealed file and no seal", &|whole| sealed(whole, 0, 1));
    for (name, place, value) in [
        ("sealed 02", 0, 2),
        ("a sealed file without content", 6, 1),
        ("a sealed DF", 1, 1),
    ] {
        change(name, &|whole| {
            sealed(whole, place, value);
            sealed(whole, 2, 1);
            whole.push(seal());
        });
    }
    for (name, tag, value) in [
        ("a seal for a card of 31 bytes", 0x86, &[7; 31][..]),
        ("a seal with a compressed point", 0x88, &[2; 33]),
    ] {
        change(name, &|whole| {
            sealed(whole, 0, 1);
            whole.push(seal());
            whole.at(&[0xA7, tag]).set(value);
        });
    }
    let huge = |whole: &mut Node| {
        whole.at(&[0x82]).set(&u32::MAX.to_be_bytes());
        let files = whole.at(&[0xA4]).children();
        files[6].at(&[0x80]).set(&[0xFF, 0xFF]);
        files[6].at(&[0x81]).set(&[0xFF, 0xFF]);
    };
    change("more than 65,536 bytes with its content", &huge);
    change("longer than 1,900 bytes", &|whole| {
        whole.at(&[0x82]).set(&u32::MAX.to_be_bytes());
        let rule = whole.at(&[0xA3]).children()[2].clone();
        *whole.at(&[0xA3]).children() = vec![rule; 32];
        *whole.at(&[0xA4]).children() = (0..64).map(df_node).collect();
    });
    list.extend(bad_records());
    list.extend(bad_blocks());
    list
}

/// Files of records that are none.
fn bad_records() -> Vec<Value> {
    let good = records();
    let mut list = Vec::new();
    for (name, place, tag, value) in [
        ("records of no bytes", 0, 0x8A, &[0, 5][..]),
        ("no records", 0, 0x8A, &[20, 0]),
        ("255 records", 4, 0x8A, &[1, 255]),
        ("a format of one byte", 0, 0x8A, &[20]),
        ("records of one length with another size", 0, 0x80, &[0, 101]),
        ("less content than whole records", 0, 0x81, &[0, 59]),
        ("more content than cyclic records hold", 2, 0x81, &[0, 32]),
        ("a size that no variable record fits", 1, 0x80, &[0, 254]),
        ("a size that variable records cannot fill", 4, 0x80, &[0, 255]),
        ("lengths that are not the content's", 1, 0x8B, &[1, 254, 7]),
        ("a record of no bytes", 1, 0x8B, &[1, 0, 255, 7]),
        ("a record longer than the longest", 4, 0x81, &[0, 2]),
        ("a transparent EF with records", 0, 0x82, &[1]),
        ("a DF with records", 0, 0x82, &[0x38]),
        ("fixed records with lengths", 1, 0x82, &[2]),
    ] {
        let encoded = edited(&good, |whole| {
            let file = &mut whole.at(&[0xA4]).children()[place];
            file.at(&[tag]).set(value);
            if place == 4 && tag == 0x81 {
                file.push(Node::new(0x8B, &[2]));
            }
        });
        list.push(refused(name, "manifest", &encoded, |input| {
            read("manifest", input)
        }));
    }
    list
}

fn pin_node(number: u8) -> Node {
    let parts = [
        (0x83, &[0x81 + number][..]),
        (0x81, &[4]),
        (0x82, &[3]),
        (0x85, &[0]),
        (0x86, &[0]),
        (0x84, b"0000"),
    ];
    Node::parent(0xA0, &parts.map(|(tag, value)| Node::new(tag, value)))
}

fn df_node(number: u8) -> Node {
    let parts = [
        (0x82, &[0x38][..]),
        (0x83, &[0xDF, number]),
        (0x87, &[0]),
        (0x85, &[0]),
        (0x86, &[0]),
    ];
    Node::parent(0xA0, &parts.map(|(tag, value)| Node::new(tag, value)))
}

fn bad_blocks() -> Vec<Value> {
    let good = blocks(&package(&full())).remove(1);
    let mut list = Vec::new();
    let mut add = |name: &str, kind: &str, encoded: &[u8]| {
        list.push(refused(name, kind, encoded, |input| read(kind, input)));
    };
    for (name, encoded) in broken(&good) {
        add(name, "block", &encoded);
    }
    let mut change = |name: &str, change: &dyn Fn(&mut Node)| add(name, "block", &edited(&good, change));
    change("index of one byte", &|block| block.at(&[0x80]).set(&[1]));
    change("a digest of 31 bytes", &|block| block.at(&[0x82]).set(&[0; 31]));
    change("data before the digest", &|block| block.swap(0x82, 0x83));
    change("an unknown element in a block", &|block| {
        block.push(Node::new(0x8E, &[1]))
    });
    change("no data", &|block| block.at(&[0x83]).set(&[]));
    change("1,901 bytes of data", &|block| block.at(&[0x83]).set(&[0; 1901]));
    let package = package(&full());
    add(
        "a byte of content missing",
        "package",
        &package[..package.len() - 1],
    );
    add(
        "a byte of content too many",
        "package",
        &[&package[..], &[0]].concat(),
    );
    list
}

pub fn read(kind: &str, input: &[u8]) -> Result<(), Error> {
    match kind {
        "manifest" => Manifest::parse(input).map(drop),
        "block" => Block::parse(input).map(drop),
        "package" => Package::parse(input).map(drop),
        other => panic!("nothing is called {other}"),
    }
}
