//! What is written is read again as it was, and a buffer that is too small is an error at every length.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

#[path = "samples/values.rs"]
mod values;

use proptest::collection::vec;
use proptest::prelude::*;
use symbolon_apdu_spec::access::AccessRules;
use symbolon_apdu_spec::certificate::{
    CardExtension, Certificate, CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension,
    IssuerExtension, KeyOrigin, Policy, ProviderExtension, RequestExtension, Rights, Role,
    SuccessorExtension, assemble,
};
use symbolon_apdu_spec::file::FileKind;
use symbolon_apdu_spec::object::{
    Algorithm, Authentication, CertifiedData, FirstAuthorization, Header, Proof, Receipt, ReceiptHead,
    Refusal, RegistrarCertifiedData, Release, RevocationList, Sdi, SecondAuthorization, SharedKey, Signed,
    StoringRequest,
};
use symbolon_apdu_spec::package::{
    Block, FileEntry, KeyEntry, KeyType, KeyUsage, Manifest, ManifestBuilder, OnReplace, PinEntry, Seal,
};
use symbolon_apdu_spec::tlv::{ErrorKind, Result};

use values::{aid, date, digest, header, mnemonic, one_of, point, receipt, reference, sdi, storing_request};

/// What `write` writes; every shorter buffer must be refused.
fn written(write: impl Fn(&mut [u8]) -> Result<usize>) -> Vec<u8> {
    let mut out = vec![0; 4096];
    let length = write(&mut out).unwrap();
    out.truncate(length);
    for room in [0, 1, length / 2, length - 1] {
        let mut short = vec![0; room];
        assert_eq!(
            write(&mut short).unwrap_err().kind,
            ErrorKind::Overflow,
            "{room} of {length} bytes"
        );
    }
    out
}

proptest! {
    #[test]
    fn signed_objects(
        sdi in sdi(),
        request in storing_request(),
        receipt in receipt(),
        header in header(one_of(Role::ALL)),
        card_certificate in digest(),
        reason in any::<u8>(),
        text in "\\PC{0,30}",
    ) {
        prop_assert_eq!(Sdi::read_body(&written(|out| sdi.write_body(out))), Ok(sdi));
        prop_assert_eq!(StoringRequest::read_body(&written(|out| request.write_body(out))), Ok(request));
        prop_assert_eq!(Receipt::read_body(&written(|out| receipt.write_body(out))), Ok(receipt));
        let first = FirstAuthorization { header, card_certificate };
        prop_assert_eq!(FirstAuthorization::read_body(&written(|out| first.write_body(out))), Ok(first));
        let second = SecondAuthorization { header };
        prop_assert_eq!(SecondAuthorization::read_body(&written(|out| second.write_body(out))), Ok(second));
        let refusal = Refusal { header, reason, text: &text };
        let encoded = written(|out| refusal.write_body(out));
        prop_assert_eq!(Refusal::read_body(&encoded), Ok(refusal));
        let certified = CertifiedData { header, sdi };
        prop_assert_eq!(CertifiedData::read_body(&written(|out| certified.write_body(out))), Ok(certified));
        let again = RegistrarCertifiedData { header };
        prop_assert_eq!(RegistrarCertifiedData::read_body(&written(|out| again.write_body(out))), Ok(again));
        let release = Release { header, card: request.card, issuer: sdi.provider };
        prop_assert_eq!(Release::read_body(&written(|out| release.write_body(out))), Ok(release));
        let head = ReceiptHead {
            header: request.header, receipts: receipt.number, nonce: request.nonce, date: request.date,
        };
        prop_assert_eq!(ReceiptHead::read_body(&written(|out| head.write_body(out))), Ok(head));
        let authentication = Authentication { header, card: request.card, challenge: request.nonce };
        let encoded = written(|out| authentication.write_body(out));
        prop_assert_eq!(Authentication::read_body(&encoded), Ok(authentication));
    }

    #[test]
    fn shared_keys(
        header in header(one_of(Role::ALL)), card in digest(), version in any::<u32>(), ephemeral in point(),
        sealed in any::<[u8; 16]>(),
    ) {
        let key = SharedKey { header, card, version, ephemeral: &ephemeral, sealed: &sealed };
        let encoded = written(|out| key.write_body(out));
        prop_assert_eq!(SharedKey::read_body(&encoded), Ok(key));
    }

    #[test]
    fn revocation_lists(
        header in header(one_of(Role::ALL)), number in any::<u32>(), date in date(), revoked in vec(digest(), 0..52),
        sorted in prop::bool::weighted(0.8), asked in digest(),
    ) {
        let mut revoked = revoked;
        if sorted {
            revoked.sort_unstable();
        }
        let mut buffer = [0; 52 * 34];
        let made = RevocationList::new(header, number, date, &revoked, &mut buffer);
        let right = revoked.len() <= 48 && revoked.is_sorted_by(|one, other| one < other);
        prop_assert_eq!(made.is_ok(), right);
        if let Ok(list) = made {
            let encoded = written(|out| list.write_body(out));
            let read = RevocationList::read_body(&encoded);
            prop_assert_eq!(read, Ok(list));
            prop_assert_eq!(list.revoked().copied().collect::<Vec<_>>(), &revoked[..]);
            prop_assert!(revoked.iter().all(|digest| list.names(digest)));
            prop_assert_eq!(list.names(&asked), revoked.contains(&asked));
        }
    }

    #[test]
    fn proofs(header in header(one_of(Role::ALL)), signature in vec(any::<u8>(), 64), mac: bool, says_mac: bool) {
        let algorithm = if says_mac { Algorithm::AesCmac } else { Algorithm::EcdsaP256Sha256 };
        let second = SecondAuthorization { header: Header { algorithm, ..header } };
        let body = written(|out| second.write_body(out));
        let (short, long) = (signature[..16].try_into().unwrap(), signature[..].try_into().unwrap());
        let encoded = if mac {
            written(|out| Signed::assemble_mac(&body, &short, out))
        } else {
            written(|out| Signed::assemble(&body, &long, out))
        };
        let signed = Signed::parse(&encoded).unwrap();
        prop_assert_eq!(signed.proof, if mac { Proof::Mac(&short) } else { Proof::Signature(&long) });
        prop_assert_eq!(signed.proof.signature().is_some(), !mac);
        // A MAC that passes for a signature, or the reverse, would be checked by the wrong key.
        prop_assert_eq!(signed.second_authorization().is_ok(), mac == says_mac);
        let certified = RegistrarCertifiedData { header: second.header };
        let body = written(|out| certified.write_body(out));
        let encoded = written(|out| Signed::assemble_mac(&body, &short, out));
        prop_assert!(Signed::parse(&encoded).is_err());
    }

    #[test]
    fn certificates(
        (authority, holder, point) in (reference(), reference(), point()),
        (rights, policy, how) in (0..0x80_u32, 0..0x80_u16, 0..4_u16),
        (predecessor, successor) in (mnemonic(), any::<bool>()),
        role in one_of(Role::ALL),
        (effective, expiration) in (date(), date()),
        roots in vec(digest(), 1..=4),
        prefixes in vec(aid(), 1..=8),
        (serial, platform_version, key_origin) in (any::<u32>(), any::<u16>(), one_of(KeyOrigin::ALL)),
        signature in any::<[u8; 64]>(),
    ) {
        let mut buffer = [0; 144];
        let extension = match role {
            Role::Issuer if successor => Extension::Successor(SuccessorExtension::of_issuer(
                predecessor,
                IssuerExtension::encode(&roots, &mut buffer).unwrap(),
            )),
            Role::Provider if successor => Extension::Successor(SuccessorExtension::of_provider(predecessor)),
            Role::Issuer => Extension::Issuer(IssuerExtension::encode(&roots, &mut buffer).unwrap()),
            Role::Provider => Extension::Provider(ProviderExtension::encode(&prefixes, &mut buffer).unwrap()),
            Role::Card => Extension::Card(CardExtension {
                serial,
                issuer_root: &roots[0],
                data_root: roots.last().unwrap(),
                policy: Policy::from_bits(policy | how << 8).unwrap(),
                key_origin,
                platform_version,
                key_agreement: &point,
                user_information: &roots[0],
            }),
            _ => Extension::None,
        };
        let rights = Rights::from_bits(rights).unwrap();
        let builder = CertificateBuilder { authority, holder, point: &point, role, rights, effective, expiration, extension };
        let body = written(|out| builder.write_body(out));
        let encoded = written(|out| assemble(&body, &signature, out));
        let certificate = Certificate::parse(&encoded).unwrap();
        prop_assert_eq!(CertificateBuilder::from(&certificate), builder);
        prop_assert_eq!((certificate.body, certificate.signature), (&body[..], &signature));
        prop_assert!(certificate.has_extension_of_role() && !certificate.has_unknown_critical_extension());
        if let Extension::Provider(extension) = &certificate.extension {
            prop_assert_eq!(extension.prefixes().collect::<Vec<_>>(), prefixes);
        }
        if let Extension::Successor(extension) = &certificate.extension {
            let expected = if role == Role::Issuer { &roots[..] } else { &[] };
            prop_assert_eq!(extension.data_registrar_roots().copied().collect::<Vec<_>>(), expected);
            prop_assert_eq!(extension.predecessor, predecessor);
        }
        if let Extension::Issuer(extension) = &certificate.extension {
            prop_assert_eq!(extension.data_registrar_roots().copied().collect::<Vec<_>>(), roots);
        }
    }

    #[test]
    fn requests(
        (holder, point, key_agreement) in (reference(), point(), point()),
        card in any::<bool>(),
        (nonce, platform_version, serial_number) in any::<([u8; 16], u16, [u8; 8])>(),
        signature in any::<[u8; 64]>(),
    ) {
        let card = card.then_some(RequestExtension {
            nonce: &nonce,
            key_agreement: &key_agreement,
            platform_version,
            serial_number: &serial_number,
        });
        let builder = CertificateRequestBuilder { holder, point: &point, card };
        let body = written(|out| builder.write_body(out));
        let encoded = written(|out| assemble(&body, &signature, out));
        let request = CertificateRequest::parse(&encoded).unwrap();
        prop_assert_eq!(CertificateRequestBuilder::from(&request), builder);
    }

    #[test]
    fn blocks(index in any::<u16>(), next in prop::option::of(digest()), data in vec(any::<u8>(), 1..=1900)) {
        let block = Block { index, next: next.as_ref(), data: &data };
        let encoded = written(|out| block.write(out));
        prop_assert_eq!(Block::parse(&encoded), Ok(block));
    }

    #[test]
    fn manifests(
        (aid, version, label) in (aid(), any::<u32>(), "[ -~]{1,32}"),
        files in vec((1..4_u16, 0..3_u8, 0..2000_u16, any::<prop::sample::Index>()), 0..20),
        pins in vec((4..=16_u8, 1..=15_u8, one_of(OnReplace::ALL), vec(any::<u8>(), 16)), 0..=8),
        keys in vec((one_of(KeyUsage::ALL), one_of(OnReplace::ALL), any::<[u8; 32]>()), 0..=8),
        seal in prop::option::of((digest(), any::<[[u8; 5]; 13]>().prop_map(|point| <[u8; 65]>::try_from(point.concat()).unwrap()))),
    ) {
        let rules = [AccessRules::NONE, AccessRules::ALWAYS_READ];
        // A DF first, then files that lie in the application's DF or in that one.
        let first = FileEntry {
            position: 1, kind: FileKind::Dedicated, id: 0xDF00, parent: 0, short_id: None, rule: 1,
            replace: OnReplace::Keep, size: 0, initial: 0, lengths: &[], sealed: false,
        };
        let rest = files.iter().zip(2_u8..).map(|((rule, kind, size, initial), position)| FileEntry {
            position,
            id: u16::from(position),
            parent: position % 2,
            rule: u8::try_from(rule % 2).unwrap(),
            kind: if *kind == 0 { FileKind::Dedicated } else { FileKind::Transparent },
            short_id: (*kind == 2).then_some(position),
            replace: OnReplace::ALL[initial.index(3)],
            size: if *kind == 0 { 0 } else { *size },
            initial: if *kind == 0 { 0 } else { u16::try_from(initial.index(usize::from(*size) + 1)).unwrap() },
            lengths: &[],
            sealed: false,
        });
        let mut files: Vec<_> = std::iter::once(first).chain(rest).collect();
        for file in files.iter_mut().filter(|file| seal.is_some() && file.initial > 0) {
            file.sealed = file.initial % 2 == 0;
        }
        let seal = seal.as_ref().filter(|_| files.iter().any(|file| file.sealed));
        let seal = seal.map(|(card, ephemeral)| Seal { card, ephemeral });
        let pins: Vec<_> = pins.iter().zip(0x81..).map(|((minimum, tries, replace, value), reference)| PinEntry {
            reference, minimum: *minimum, tries: *tries, rule: 0, replace: *replace,
            transport: &value[..usize::from(*minimum)],
        }).collect();
        let keys: Vec<_> = keys.iter().zip(0x81..).map(|((usage, replace, value), reference)| {
            let kind = *KeyType::ALL.iter().find(|kind| kind.allows(*usage)).unwrap();
            let sealed = seal.is_some() && reference % 2 == 0;
            KeyEntry {
                reference, kind, usage: *usage, tries: usage.has_tries().then_some(reference & 0x0F), rule: 1,
                replace: *replace, sealed: sealed.then_some(&value[..kind.secret_length()]),
            }
        }).collect();
        let quota = files.iter().map(|file| u32::from(file.size)).sum();
        let builder = ManifestBuilder {
            aid, version, label: &label, quota, rules: &rules, files: &files, pins: &pins, keys: &keys, seal,
        };
        let encoded = written(|out| builder.write(out));
        let manifest = Manifest::parse(&encoded).unwrap();
        prop_assert_eq!((manifest.aid(), manifest.version(), manifest.label()), (aid, version, &label[..]));
        prop_assert_eq!(&manifest.files().collect::<Vec<_>>(), &files);
        prop_assert_eq!(&manifest.pins().collect::<Vec<_>>(), &pins);
        prop_assert_eq!(&manifest.keys().collect::<Vec<_>>(), &keys);
        prop_assert_eq!(manifest.rules().collect::<Vec<_>>(), rules);
        prop_assert_eq!(manifest.seal(), seal);
        if seal.is_some() {
            let builder = ManifestBuilder { seal: None, ..builder };
            prop_assert!(builder.write(&mut [0; 4096]).is_err());
        }
        if quota > 0 {
            let builder = ManifestBuilder { quota: quota - 1, ..builder };
            prop_assert!(builder.write(&mut [0; 4096]).is_err());
        }
    }
}
