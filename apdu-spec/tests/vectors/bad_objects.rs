//! Signed objects that nobody may accept.

use serde_json::Value;

use super::objects::{read, unsigned};
use super::story::Story;
use super::tree::{Node, edited};
use super::{broken, refused};

pub fn bad(story: &Story) -> Vec<Value> {
    let mut list = Vec::new();
    let mut add = |name: &str, kind: &str, encoded: &[u8]| {
        list.push(refused(name, kind, encoded, |input| read(kind, input)));
    };
    let unsigned = unsigned(story);
    let sr = story.encoded("SR, mode 2 store");
    let sar = story.encoded("SAR, mode 2 store");
    let receipt = story.encoded("receipt 1, mode 2 store");
    let refusal = story.encoded("refusal of the issuer");
    for (name, encoded) in broken(sr) {
        add(name, "SR", &encoded);
    }
    let delete = &unsigned[1].2;
    let entry = &unsigned[4].2;
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
    edit("algorithm 02 and a signature", &head, 0x85, &[2]);
    edit("algorithm 03", &head, 0x85, &[3]);
    edit("operation 00", &sdi, 0x80, &[0]);
    edit("operation 05", &sdi, 0x80, &[5]);
    edit("store that says delete", &sdi, 0x80, &[3]);
    edit("store that says lower floor", &sdi, 0x80, &[4]);
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
        object.at(&body).rename(0xEB)
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
    change("receipt of a storing without SR", "receipt", receipt, &|object| {
        drop(object.at(&[0xE7]).remove(0x90))
    });
    change(
        "receipt with the SR before the package",
        "receipt",
        receipt,
        &|object| object.at(&[0xE7]).swap(0x8A, 0x90),
    );
    let registration = story.encoded("receipt 0, registration");
    change(
        "receipt of a registration with an SR",
        "receipt",
        registration,
        &|object| object.at(&[0xE7]).children().insert(4, Node::new(0x90, &[1; 32])),
    );
    change(
        "receipt 0 without the files found",
        "receipt",
        registration,
        &|object| {
            object.at(&[0xE7]).children().pop();
        },
    );
    change("receipt 1 with files found", "receipt", receipt, &|object| {
        object.at(&[0xE7]).push(Node::new(0x91, &[1; 32]))
    });
    change("receipt of operation 05", "receipt", receipt, &|object| {
        object.at(&[0xE7, 0x88]).set(&[5])
    });
    change("receipt that nobody authorized", "receipt", receipt, &|object| {
        object.at(&[0xE7, 0xA2]).children().clear()
    });
    change("receipt with five authorizers", "receipt", receipt, &|object| {
        *object.at(&[0xE7, 0xA2]).children() = vec![Node::new(0x80, &[1; 32]); 5];
    });
    change("receipt with an unknown flag", "receipt", receipt, &|object| {
        object.at(&[0xE7, 0x8F]).set(&[8])
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
        entry,
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
        entry,
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
    list.extend(bad_certified(story));
    list.extend(bad_small(story));
    list.extend(bad_proofs(story));
    list
}

/// A list of refused objects, each made of a good one.
struct Bad<'a> {
    story: &'a Story,
    list: Vec<Value>,
}

impl Bad<'_> {
    fn change(&mut self, name: &str, of: &str, change: &dyn Fn(&mut Node)) {
        let made = self.story.made.iter().find(|made| made.name == of).unwrap();
        let encoded = edited(&made.encoded, change);
        self.add(name, made.kind, &encoded);
    }

    /// Sets one element of the body.
    fn set(&mut self, name: &str, of: &str, path: &[u16], value: &[u8]) {
        self.change(name, of, &|object| object.children()[0].at(path).set(value));
    }

    fn add(&mut self, name: &str, kind: &str, encoded: &[u8]) {
        self.list
            .push(refused(name, kind, encoded, |input| read(kind, input)));
    }
}

fn bad_certified(story: &Story) -> Vec<Value> {
    let mut bad = Bad {
        story,
        list: Vec::new(),
    };
    let (sdci, again) = ("SDCI, mode 7 replace", "SDCI', mode 7 replace");
    bad.change("SDCI without SDI", sdci, &|object| {
        drop(object.at(&[0xE5]).remove(0xE1))
    });
    bad.change("SDCI with two SDI", sdci, &|object| {
        let twice = object.at(&[0xE5, 0xE1]).clone();
        object.at(&[0xE5]).push(twice);
    });
    bad.set("SDCI of a store that says lower floor", sdci, &[0xE1, 0x80], &[4]);
    bad.change("SDCI' without header", again, &|object| {
        drop(object.at(&[0xE6]).remove(0xA0))
    });
    // Every object as the one that it is most like; with the tag changed the reader may refuse it by what follows.
    for (kind, of, tag) in [
        ("SAR", sdci, 0xE3),
        ("SR", sdci, 0xE2),
        ("SDCI'", sdci, 0xE6),
        ("SDCI", "SR, mode 6 store", 0xE5),
        ("SDCI", "SAR, mode 2 store", 0xE5),
        ("SDCI", again, 0xE5),
        ("SA", "SAR, mode 2 store", 0xE4),
        ("SAR", "SA, mode 4 replace", 0xE3),
        ("SAR", again, 0xE3),
        ("SAR", "release of the issuer", 0xE3),
        ("receipt", "receipt head", 0xE7),
        ("receipt head", "receipt 0, registration", 0xE9),
        ("authentication", "shared key of the issuer", 0xEC),
        ("authentication", "release of the issuer", 0xEC),
        ("release", "authentication of the issuer", 0xEF),
        ("shared key", "authentication of the provider", 0xEA),
        ("refusal", "revocation list, empty", 0xE8),
        ("revocation list", "refusal of the issuer", 0xEE),
    ] {
        let object = story.encoded(of);
        bad.add(&format!("{of}, in the place of {kind}"), kind, object);
        let renamed = edited(object, |object| object.children()[0].rename(tag));
        bad.add(&format!("{of}, that says it is {kind}"), kind, &renamed);
    }
    bad.list
}

fn bad_small(story: &Story) -> Vec<Value> {
    let mut bad = Bad {
        story,
        list: Vec::new(),
    };
    let (head, key, list) = (
        "receipt head",
        "shared key of the issuer",
        "revocation list, 48 certificates",
    );
    let (authentication, release) = ("authentication of the issuer", "release of the issuer");
    bad.set("receipt head by an issuer", head, &[0xA0, 0x82], &[3]);
    bad.set("receipt head with a nonce of 8 bytes", head, &[0x8A], &[0; 8]);
    bad.set(
        "receipt head with 30 February",
        head,
        &[0x8D],
        &[2, 6, 0, 2, 3, 0],
    );
    bad.set("sealed key of 15 bytes", key, &[0x89], &[0; 15]);
    bad.set("sealed key of 32 bytes", key, &[0x89], &[0; 32]);
    bad.set("a compressed ephemeral point", key, &[0x88], &[2; 33]);
    bad.set("an ephemeral point that begins with 06", key, &[0x88], &[6; 65]);
    bad.set("key version of 2 bytes", key, &[0x87], &[0; 2]);
    bad.set("challenge of 8 bytes", authentication, &[0x8A], &[0; 8]);
    bad.set("card of 20 bytes", authentication, &[0x86], &[0; 20]);
    bad.set(
        "new issuer's name in lower case",
        release,
        &[0xA6, 0x81],
        b"ATbank",
    );
    bad.change("release to nobody", release, &|object| {
        drop(object.at(&[0xEF]).remove(0xA6))
    });
    bad.set("a revoked digest of 31 bytes", list, &[0xA3, 0x80], &[0; 31]);
    bad.set(
        "revocation list of the 13th month",
        list,
        &[0x87],
        &[2, 6, 1, 3, 0, 1],
    );
    let entries = [0xEE, 0xA3];
    bad.change("revocation list with 49 certificates", list, &|object| {
        object.at(&entries).push(Node::new(0x80, &[0xFF; 32]))
    });
    bad.change("revocation list out of order", list, &|object| {
        object.at(&entries).children().swap(3, 4)
    });
    bad.change("revocation list with one certificate twice", list, &|object| {
        let twice = object.at(&entries).children()[7].clone();
        object.at(&entries).children().insert(7, twice);
    });
    bad.change("revocation list without a list", list, &|object| {
        drop(object.at(&[0xEE]).remove(0xA3))
    });
    bad.change(
        "revocation list with an unknown element in the list",
        list,
        &|object| object.at(&entries).push(Node::new(0x81, &[0xFF; 32])),
    );
    for of in [
        head,
        key,
        authentication,
        release,
        list,
        "SDCI, mode 6 store",
        "SDCI', mode 7 replace",
    ] {
        bad.change(&format!("{of}, with an unknown element"), of, &|object| {
            object.children()[0].push(Node::new(0x9E, &[1]))
        });
    }
    bad.list
}

/// A MAC where the header says signature, the reverse, and MACs of objects that have none.
fn bad_proofs(story: &Story) -> Vec<Value> {
    let mut bad = Bad {
        story,
        list: Vec::new(),
    };
    let (mac, signed) = ("SAR, mode 2 replace by MACs", "SAR, mode 2 store");
    bad.set("a MAC, signature said", mac, &[0xA0, 0x85], &[1]);
    bad.set("a signature, MAC said", signed, &[0xA0, 0x85], &[2]);
    for length in [8, 15, 17, 32, 48] {
        bad.change(&format!("a MAC of {length} bytes"), mac, &|object| {
            object.at(&[0x5F37]).set(&vec![1; length])
        });
    }
    for of in [
        "SR, mode 2 store",
        "receipt 1, mode 2 store",
        "SDCI, mode 6 store",
        "SDCI', mode 7 replace",
        "refusal of the issuer",
        "receipt head",
        "shared key of the issuer",
        "authentication of the issuer",
        "revocation list, empty",
        "release of the issuer",
    ] {
        bad.change(&format!("{of}, with a MAC"), of, &|object| {
            object.children()[0].at(&[0xA0, 0x85]).set(&[2]);
            object.at(&[0x5F37]).set(&[1; 16]);
        });
    }
    bad.list
}
