//! Certificates that can be read, and what a verifier makes of them.

use symbolon_apdu_spec::certificate::Role;

use super::certificates::{resigned, unknown_extension};
use super::tree::Node;
use super::world;

/// Link certificates under roots: the reason why not, or none.
pub fn judged_links() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let (link, root) = (world::data_link(), world::data_root());
    let at = |change: fn(&mut Node)| resigned(2, &world::data_link(), change);
    let named = |holder: &str| world::link(12, "FRDATAREG00001", holder, Role::DataRegistrar, 2);
    let narrow = resigned(2, &root, |body| body.at(&[0x7F4C, 0x53]).set(&[2, 0, 0, 0, 6]));
    let third = world::link(13, "FRDATAREG00002", "FRDATAREG00003", Role::DataRegistrar, 12);
    vec![
        ("link under its root", link.clone(), root.clone()),
        ("link under a link", third, link.clone()),
        (
            "link with the sequence of its root",
            named("FRDATAREG00001"),
            root.clone(),
        ),
        (
            "link with a lower sequence",
            named("FRDATAREG00000"),
            root.clone(),
        ),
        ("link of another registrar", named("FRDATAREH00002"), root.clone()),
        ("link of another country", named("DEDATAREG00002"), root.clone()),
        (
            "link under another root",
            world::data_link(),
            world::root(2, "FRDATAREG00002", Role::DataRegistrar),
        ),
        (
            "link of the other role",
            world::link(12, "FRDATAREG00001", "FRDATAREG00002", Role::IssuerRegistrar, 2),
            root.clone(),
        ),
        ("link with more rights than its root", link, narrow),
        ("DPR as a link", world::provider(), root.clone()),
        (
            "link with an extension",
            at(|body| {
                let prefixes = Node::parent(0xA1, &[Node::new(0x81, &[0xA0; 5])]);
                let identifier =
                    b"\x69\x84\xA1\xF4\xD2\x94\xDC\xDA\xBD\xC7\x9C\xC0\x9C\xC5\x92\xDE\x8B\x9D\x32\x02\x02";
                let template = [Node::new(0x06, identifier), Node::new(0x80, &[0xFF]), prefixes];
                body.push(Node::parent(0x65, &[Node::parent(0x73, &template)]));
            }),
            root.clone(),
        ),
        (
            "link that ends before it begins",
            at(|body| body.at(&[0x5F24]).set(&[2, 6, 0, 1, 3, 1])),
            root,
        ),
    ]
}

/// Certificates under authorities: the reason why not, or none.
pub fn judged() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let (issuer, provider, root) = (world::issuer(), world::provider(), world::data_root());
    let at = |change: fn(&mut Node)| resigned(2, &world::provider(), change);
    vec![
        ("DPR under its root", provider.clone(), root.clone()),
        ("RC under its IRC", world::card(), issuer.clone()),
        ("DPR under the wrong root", provider.clone(), world::issuer_root()),
        (
            "DPR under a root of the same name with another role",
            at(|body| body.at(&[0x42]).set(b"DEISSUREG00001")),
            world::issuer_root(),
        ),
        ("a root under a root", root.clone(), root.clone()),
        (
            "RC with more rights than its IRC",
            resigned(3, &world::card(), |body| {
                body.at(&[0x7F4C, 0x53]).set(&[5, 0, 0, 0, 0x7F])
            }),
            issuer,
        ),
        (
            "DPR without its extension",
            at(|body| drop(body.remove(0x65))),
            root.clone(),
        ),
        (
            "DPR with an unknown critical extension",
            at(|body| body.at(&[0x65]).push(unknown_extension(0xFF))),
            root.clone(),
        ),
        (
            "DPR with an unknown extension",
            at(|body| body.at(&[0x65]).push(unknown_extension(0x00))),
            root.clone(),
        ),
        (
            "DPR that ends before it begins",
            at(|body| body.at(&[0x5F24]).set(&[2, 6, 0, 2, 2, 8])),
            root.clone(),
        ),
        (
            "link under its root, as any certificate",
            world::data_link(),
            root.clone(),
        ),
        ("IRC under a link", world::next_issuer(), world::issuer_link()),
        (
            "DPR of a successor under its root",
            world::successor_provider(),
            root.clone(),
        ),
        (
            "IRC of a successor under its root",
            world::successor_issuer(),
            world::issuer_root(),
        ),
        (
            "DPR of a successor with roots",
            resigned(2, &world::successor_provider(), |body| {
                body.at(&[0x65, 0x73, 0xA1]).push(Node::new(0x81, &[1; 32]))
            }),
            root,
        ),
        (
            "IRC of a successor without roots",
            resigned(1, &world::successor_issuer(), |body| {
                drop(body.at(&[0x65, 0x73, 0xA1]).remove(0x81))
            }),
            world::issuer_root(),
        ),
    ]
}
