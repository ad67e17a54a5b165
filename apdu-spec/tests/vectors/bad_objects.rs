//! Signed objects that nobody may accept.

use serde_json::Value;

use super::exchange::{entry, exchange};
use super::objects::{read, unsigned};
use super::tree::{Node, edited};
use super::{broken, refused};

pub fn bad() -> Vec<Value> {
    let mut list = Vec::new();
    let mut add = |name: &str, kind: &str, encoded: &[u8]| {
        list.push(refused(name, kind, encoded, |input| read(kind, input)));
    };
    let exchange = exchange();
    let good = |name: &str| &exchange.iter().find(|made| made.0 == name).unwrap().3;
    let sr = good("SR, store via the issuer");
    let sar = good("SAR of the issuer");
    let receipt = good("receipt 1, of the storing");
    let refusal = good("refusal of the issuer");
    for (name, encoded) in broken(sr) {
        add(name, "SR", &encoded);
    }
    let delete = &unsigned()[1].2;
    for (name, encoded) in broken(delete) {
        add(name, "SDI", &encoded);
    }
    let body = [0xE2];
    let sdi = [0xE2, 0xE1];
    let head = [0xE2, 0xA0];
    let mut edit = |name: &str, path: &[u16], tag: u16, value: &[u8]| {
        let encoded = edited(sr, |object| object.at(path).at(&[tag]).set(value));
        add(name, "SR", &encoded);
    };
    edit("format 02", &head, 0x80, &[2]);
    edit("mode 00", &head, 0x81, &[0]);
    edit("mode 08", &head, 0x81, &[8]);
    edit("SR by an issuer", &head, 0x82, &[3]);
    edit("role 07", &head, 0x82, &[7]);
    edit("certificate digest of 31 bytes", &head, 0x83, &[0; 31]);
    edit("algorithm 02", &head, 0x85, &[2]);
    edit("operation 00", &sdi, 0x80, &[0]);
    edit("operation 04", &sdi, 0x80, &[4]);
    edit("store that says delete", &sdi, 0x80, &[3]);
    edit("AID of 4 bytes", &sdi, 0x4F, &[0xA0; 4]);
    edit("AID of 17 bytes", &sdi, 0x4F, &[0xA0; 17]);
    edit("version of 3 bytes", &sdi, 0x81, &[0, 0, 1]);
    edit("expiry 2026-13-01", &sdi, 0x87, &[2, 6, 1, 3, 0, 1]);
    edit(
        "provider's name in lower case",
        &[0xE2, 0xE1, 0xA6],
        0x81,
        b"GBmuseum",
    );
    edit("nonce of 8 bytes", &body, 0x8A, &[0; 8]);
    edit("consent 02", &body, 0x8B, &[2]);
    edit("request number of 5 bytes", &body, 0x89, &[0; 5]);
    let mut change = |name: &str, kind: &str, from: &[u8], change: &dyn Fn(&mut Node)| {
        add(name, kind, &edited(from, change));
    };
    change("no header", "SR", sr, &|object| {
        drop(object.at(&body).remove(0xA0))
    });
    change("header behind SDI", "SR", sr, &|object| {
        object.at(&body).swap(0xA0, 0xE1)
    });
    change("an unknown element in the header", "SR", sr, &|object| {
        object.at(&head).push(Node::new(0x86, &[1]))
    });
    change("an unknown element at the end", "SR", sr, &|object| {
        object.at(&body).push(Node::new(0x8E, &[1]))
    });
    change("no signature", "SR", sr, &|object| drop(object.remove(0x5F37)));
    change("a signature of 65 bytes", "SR", sr, &|object| {
        object.at(&[0x5F37]).set(&[1; 65])
    });
    change("two signatures", "SR", sr, &|object| {
        object.push(Node::new(0x5F37, &[1; 64]))
    });
    change("signature before the body", "SR", sr, &|object| {
        object.swap(0xE2, 0x5F37)
    });
    change("a body of unknown tag", "SR", sr, &|object| {
        object.at(&body).rename(0xE5)
    });
    change("a SAR in an SR's place", "SR", sar, &|_| ());
    change("a SAR that says it is an SA", "SA", sar, &|object| {
        object.at(&[0xE3]).rename(0xE4)
    });
    change("a SAR without RC", "SAR", sar, &|object| {
        drop(object.at(&[0xE3]).remove(0x86))
    });
    change("receipt by an issuer", "receipt", receipt, &|object| {
        object.at(&[0xE7, 0xA0, 0x82]).set(&[3])
    });
    change(
        "receipt of a registration with an AID",
        "receipt",
        receipt,
        &|object| object.at(&[0xE7, 0x88]).set(&[0]),
    );
    change(
        "receipt of a storing without AID",
        "receipt",
        receipt,
        &|object| drop(object.at(&[0xE7]).remove(0x4F)),
    );
    change("receipt that nobody authorized", "receipt", receipt, &|object| {
        object.at(&[0xE7, 0xA2]).children().clear()
    });
    change("receipt with five authorizers", "receipt", receipt, &|object| {
        *object.at(&[0xE7, 0xA2]).children() = vec![Node::new(0x80, &[1; 32]); 5];
    });
    change("receipt with an unknown flag", "receipt", receipt, &|object| {
        object.at(&[0xE7, 0x8F]).set(&[2])
    });
    change("refusal with 121 bytes of text", "refusal", refusal, &|object| {
        object.at(&[0xE8, 0x87]).set(&[b'a'; 121])
    });
    change("refusal with a line break", "refusal", refusal, &|object| {
        object.at(&[0xE8, 0x87]).set(b"a\nb")
    });
    change("refusal that is not UTF-8", "refusal", refusal, &|object| {
        object.at(&[0xE8, 0x87]).set(&[0xC3])
    });
    change("delete that says store", "SDI", delete, &|sdi| {
        sdi.at(&[0x80]).set(&[1])
    });
    change(
        "content entry without provider",
        "content entry",
        &entry(),
        &|entry| drop(entry.remove(0xA6)),
    );
    let extra = || Node::new(0x8E, &[1]);
    change("SDI with an unknown element", "SDI", delete, &|sdi| {
        sdi.push(extra())
    });
    change("provider with an unknown element", "SDI", delete, &|sdi| {
        sdi.at(&[0xA6]).push(extra())
    });
    change(
        "content entry with an unknown element",
        "content entry",
        &entry(),
        &|entry| entry.push(extra()),
    );
    change("SAR with an unknown element", "SAR", sar, &|object| {
        object.at(&[0xE3]).push(extra())
    });
    change("receipt with an unknown element", "receipt", receipt, &|object| {
        object.at(&[0xE7]).push(extra())
    });
    change("refusal with an unknown element", "refusal", refusal, &|object| {
        object.at(&[0xE8]).push(extra())
    });
    list
}
