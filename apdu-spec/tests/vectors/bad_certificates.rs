//! Certificates and requests that nobody may accept.

use serde_json::Value;
use symbolon_apdu_spec::certificate::{Certificate, CertificateRequest};

use super::certificates::{resigned, unknown_extension};
use super::tree::{Node, edited};
use super::world::{self, complete, point};
use super::{broken, refused};

pub fn bad() -> Vec<Value> {
    let good = world::provider();
    let certificate = |name: &str, encoded: &[u8]| {
        refused(name, "certificate", encoded, |input| {
            Certificate::parse(input).map(drop)
        })
    };
    let mut list: Vec<_> = broken(&good)
        .iter()
        .map(|(name, encoded)| certificate(name, encoded))
        .collect();
    let mut add = |name, change: &dyn Fn(&mut Node)| {
        list.push(certificate(name, &resigned(2, &good, change)));
    };
    add("profile 01", &|body| body.at(&[0x5F29]).set(&[1]));
    add("CAR in lower case", &|body| {
        body.at(&[0x42]).set(b"frdatareg00001")
    });
    add("CAR of 17 bytes", &|body| {
        body.at(&[0x42]).set(b"FRDATAREGIST00001")
    });
    add("CHR without mnemonic", &|body| body.at(&[0x5F20]).set(b"GB00002"));
    add("CHR with a letter in the sequence", &|body| {
        body.at(&[0x5F20]).set(b"GBMUSEUM0000B")
    });
    add("no CHR", &|body| drop(body.remove(0x5F20)));
    add("CHR before the key", &|body| body.swap(0x7F49, 0x5F20));
    add("another algorithm", &|body| {
        body.at(&[0x7F49, 0x06])
            .set(b"\x04\x00\x7F\x00\x07\x02\x02\x02\x02\x05")
    });
    add("a compressed point", &|body| {
        body.at(&[0x7F49, 0x86])
            .set(&[&[2][..], &point(4)[1..33]].concat())
    });
    add("a point that begins with 06", &|body| {
        body.at(&[0x7F49, 0x86]).set(&[&[6][..], &point(4)[1..]].concat())
    });
    add("domain parameters outside a root", &|body| {
        *body.at(&[0x7F49]) = {
            let root = world::data_root();
            let mut root = edited_node(&root);
            root.at(&[0x7F4E, 0x7F49]).clone()
        };
    });
    add("another role identifier", &|body| {
        body.at(&[0x7F4C, 0x06])
            .set(b"\x04\x00\x7F\x00\x07\x03\x01\x02\x01")
    });
    add("role 00", &|body| body.at(&[0x7F4C, 0x53]).set(&[0, 0, 0, 0, 6]));
    add("role 07", &|body| body.at(&[0x7F4C, 0x53]).set(&[7, 0, 0, 0, 6]));
    add("a right for mode 8", &|body| {
        body.at(&[0x7F4C, 0x53]).set(&[4, 0, 0, 0, 0x86])
    });
    add("rights of three bytes", &|body| {
        body.at(&[0x7F4C, 0x53]).set(&[4, 0, 0, 6])
    });
    add("a date in packed digits", &|body| {
        body.at(&[0x5F25]).set(&[0x26, 0x03, 0x01])
    });
    add("30 February", &|body| body.at(&[0x5F24]).set(&[3, 1, 0, 2, 3, 0]));
    add("a digit above 9", &|body| {
        body.at(&[0x5F24]).set(&[3, 0, 1, 0, 0, 10])
    });
    add("dates exchanged", &|body| body.swap(0x5F25, 0x5F24));
    add("an empty list of extensions", &|body| {
        body.at(&[0x65]).children().clear()
    });
    add("the same extension twice", &|body| {
        let again = body.at(&[0x65, 0x73]).clone();
        body.at(&[0x65]).push(again);
    });
    add("critical 01", &|body| body.at(&[0x65, 0x73, 0x80]).set(&[1]));
    add("its extension not critical", &|body| {
        body.at(&[0x65, 0x73, 0x80]).set(&[0])
    });
    add("a prefix of 4 bytes", &|body| {
        body.at(&[0x65, 0x73, 0xA1, 0x81]).set(&[0xA0; 4])
    });
    add("no prefix", &|body| {
        body.at(&[0x65, 0x73, 0xA1]).children().clear()
    });
    add("nine prefixes", &|body| {
        *body.at(&[0x65, 0x73, 0xA1]).children() = vec![Node::new(0x81, &[0xA0; 5]); 9]
    });
    add("an unknown element", &|body| {
        body.push(Node::new(0x5F26, &[2, 6, 0, 1, 0, 1]))
    });

    for (name, path) in [
        ("an unknown element in the key", &[0x7F49][..]),
        ("an unknown element beside the role", &[0x7F4C]),
        ("an unknown element in an extension", &[0x65, 0x73]),
        (
            "an unknown element in the content of an extension",
            &[0x65, 0x73, 0xA1],
        ),
    ] {
        let encoded = resigned(2, &good, |body| body.at(path).push(Node::new(0x88, &[1])));
        list.push(certificate(name, &encoded));
    }
    let encoded = resigned(3, &world::card(), |body| {
        body.at(&[0x65, 0x73, 0xA1]).push(Node::new(0x88, &[1]))
    });
    list.push(certificate(
        "an unknown element in what RC says of its card",
        &encoded,
    ));
    list.push(certificate(
        "longer than 512 bytes",
        &resigned(2, &good, |body| {
            let mut large = unknown_extension(0);
            large.at(&[0xA1, 0x80]).set(&[0; 256]);
            body.at(&[0x65]).push(large);
        }),
    ));
    list.push(certificate(
        "a signature of 63 bytes",
        &edited(&good, |whole| whole.at(&[0x5F37]).set(&[1; 63])),
    ));
    list.push(certificate(
        "no signature",
        &edited(&good, |whole| drop(whole.remove(0x5F37))),
    ));
    list.push(certificate("a request", &world::party_request()));
    for (name, tag, value) in [
        ("a policy for mode 8", 0x83, &[0, 0x86][..]),
        ("a policy with bit 0400", 0x83, &[4, 0x06]),
        ("key origin 03", 0x84, &[3]),
        ("a key-agreement point of 64 bytes", 0x86, &[4; 64]),
    ] {
        let encoded = resigned(3, &world::card(), |body| {
            body.at(&[0x65, 0x73, 0xA1, tag]).set(value)
        });
        list.push(certificate(name, &encoded));
    }
    let root = world::data_root();
    list.push(certificate(
        "a root without domain parameters",
        &resigned(2, &root, |body| {
            let key = body.at(&[0x7F49]);
            key.children()
                .retain(|child| matches!(child.encode()[0], 0x06 | 0x86));
        }),
    ));
    list.push(certificate(
        "a root on another curve",
        &resigned(2, &root, |body| body.at(&[0x7F49, 0x83]).set(&[7; 32])),
    ));
    list.push(certificate(
        "a root without cofactor",
        &resigned(2, &root, |body| drop(body.at(&[0x7F49]).remove(0x87))),
    ));
    list.extend(bad_successors());
    list.extend(bad_requests());
    list
}

/// Successors and links that cannot be read.
fn bad_successors() -> Vec<Value> {
    let mut list = Vec::new();
    for (name, at) in [("no predecessor", 0_usize), ("roots before the predecessor", 1)] {
        let encoded = resigned(1, &world::successor_issuer(), |body| {
            let content = body.at(&[0x65, 0x73, 0xA1]);
            let predecessor = content.remove(0x80);
            content.children().extend((at > 0).then_some(predecessor));
        });
        list.push(refused_certificate(name, &encoded));
    }
    let successor = |change: &dyn Fn(&mut Node)| {
        resigned(1, &world::successor_issuer(), |body| {
            change(body.at(&[0x65, 0x73, 0xA1]))
        })
    };
    list.push(refused_certificate(
        "a predecessor with a sequence",
        &successor(&|content| content.at(&[0x80]).set(b"DEBANK000000007")),
    ));
    list.push(refused_certificate(
        "a successor that binds five data registrars",
        &successor(&|content| content.children().extend(vec![Node::new(0x81, &[0xAA; 32]); 4])),
    ));
    list.push(refused_certificate(
        "a successor that binds a root of 31 bytes",
        &successor(&|content| content.at(&[0x81]).set(&[0xAA; 31])),
    ));
    list.push(refused_certificate(
        "an issuer and a successor in one",
        &resigned(1, &world::successor_issuer(), |body| {
            let ordinary = world::issuer();
            let own = edited_node(&ordinary).at(&[0x7F4E, 0x65, 0x73]).clone();
            body.at(&[0x65]).push(own);
        }),
    ));
    list.push(refused_certificate(
        "a link without domain parameters",
        &resigned(2, &world::data_link(), |body| {
            let key = body.at(&[0x7F49]);
            key.children()
                .retain(|child| matches!(child.encode()[0], 0x06 | 0x86));
        }),
    ));
    list
}

fn refused_certificate(name: &str, encoded: &[u8]) -> Value {
    refused(name, "certificate", encoded, |input| {
        Certificate::parse(input).map(drop)
    })
}

fn edited_node(bytes: &[u8]) -> Node {
    let mut found = None;
    edited(bytes, |node| found = Some(node.clone()));
    found.unwrap()
}

fn bad_requests() -> Vec<Value> {
    let request = |name: &str, encoded: &[u8]| {
        refused(name, "request", encoded, |input| {
            CertificateRequest::parse(input).map(drop)
        })
    };
    let again = |change: &dyn Fn(&mut Node)| {
        let good = world::request();
        complete(5, &edited(CertificateRequest::parse(&good).unwrap().body, change))
    };
    vec![
        request("a certificate", &world::provider()),
        request(
            "a request with CAR",
            &again(&|body| body.children().insert(1, Node::new(0x42, b"DEBANK00007"))),
        ),
        request(
            "a request without domain parameters",
            &again(&|body| {
                body.at(&[0x7F49])
                    .children()
                    .retain(|child| matches!(child.encode()[0], 0x06 | 0x86));
            }),
        ),
        request(
            "a request with another extension",
            &again(&|body| *body.at(&[0x65, 0x73]) = unknown_extension(0)),
        ),
        request(
            "a request with two extensions",
            &again(&|body| body.at(&[0x65]).push(unknown_extension(0))),
        ),
        request(
            "a nonce of 15 bytes",
            &again(&|body| body.at(&[0x65, 0x73, 0xA1, 0x80]).set(&[0; 15])),
        ),
        request(
            "a serial number of 9 bytes",
            &again(&|body| body.at(&[0x65, 0x73, 0xA1, 0x83]).set(&[0; 9])),
        ),
    ]
}
