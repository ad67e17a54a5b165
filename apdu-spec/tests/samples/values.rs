//! Values of every type that objects are made of, for property tests.

use proptest::collection::vec;
use proptest::prelude::*;
use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::certificate::{Mnemonic, Point, Reference, Role};
use symbolon_apdu_spec::date::Date;
use symbolon_apdu_spec::object::{
    Algorithm, Authorizers, Consent, Digest, Header, Mode, Operation, PackageDigests, ProviderId, Receipt,
    ReceiptContent, ReceiptOperation, Sdi, StoringRequest,
};

pub(crate) fn digest() -> impl Strategy<Value = Digest> {
    any::<Digest>()
}

pub(crate) fn date() -> impl Strategy<Value = Date> {
    (0..36_525_u32).prop_map(Date::from_days)
}

pub(crate) fn aid() -> impl Strategy<Value = Aid> {
    vec(any::<u8>(), 5..=16).prop_map(|bytes| Aid::new(&bytes).unwrap())
}

pub(crate) fn mnemonic() -> impl Strategy<Value = Mnemonic> {
    "[A-Z]{2}[A-Z0-9]{1,9}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn reference() -> impl Strategy<Value = Reference> {
    (mnemonic(), 0..100_000_u32).prop_map(|(name, number)| Reference::from_parts(name, number).unwrap())
}

pub(crate) fn point() -> impl Strategy<Value = Point> {
    vec(any::<u8>(), 64).prop_map(|rest| [&[4], &rest[..]].concat().try_into().unwrap())
}

pub(crate) fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

pub(crate) fn header(role: impl Strategy<Value = Role>) -> impl Strategy<Value = Header> {
    (one_of(Mode::ALL), role, digest(), digest()).prop_map(|(mode, role, certificate, previous)| Header {
        mode,
        role,
        certificate,
        previous,
        algorithm: Algorithm::EcdsaP256Sha256,
    })
}

pub(crate) fn card_header() -> impl Strategy<Value = Header> {
    header(Just(Role::Card))
}

pub(crate) fn sdi() -> impl Strategy<Value = Sdi> {
    let digests = (any::<u32>(), digest(), digest(), digest());
    let provider = (digest(), mnemonic()).prop_map(|(root, name)| ProviderId { root, name });
    (
        one_of(Operation::ALL),
        aid(),
        any::<u32>(),
        digests,
        provider,
        date(),
    )
        .prop_map(
            |(operation, aid, version, (size, package, manifest, first_block), provider, expiry)| {
                let stores = matches!(operation, Operation::Store | Operation::Replace);
                let package = stores.then_some(PackageDigests {
                    size,
                    package,
                    manifest,
                    first_block,
                });
                Sdi {
                    operation,
                    aid,
                    version,
                    package,
                    provider,
                    expiry,
                }
            },
        )
}

pub(crate) fn storing_request() -> impl Strategy<Value = StoringRequest> {
    let numbers = (any::<u32>(), any::<[u8; 16]>(), any::<u32>());
    (
        card_header(),
        sdi(),
        [digest(), digest(), digest()],
        numbers,
        one_of(Consent::ALL),
        date(),
    )
        .prop_map(
            |(
                header,
                sdi,
                [card, issuer_root, data_root],
                (number, nonce, content_counter),
                consent,
                date,
            )| {
                StoringRequest {
                    header,
                    sdi,
                    card,
                    issuer_root,
                    data_root,
                    number,
                    nonce,
                    consent,
                    date,
                    content_counter,
                }
            },
        )
}

pub(crate) fn receipt() -> impl Strategy<Value = Receipt> {
    let content = (one_of(Operation::ALL), aid(), any::<u32>(), digest(), digest());
    let authorizers = vec(digest(), 1..=4).prop_map(|digests| Authorizers::new(&digests).unwrap());
    // Receipt 0 has an element of its own.
    let number = prop_oneof![Just(0), any::<u32>()];
    let numbers = (number, any::<u32>(), any::<u32>(), 0..8_u8);
    (
        card_header(),
        prop::option::of(content),
        authorizers,
        numbers,
        digest(),
        date(),
        one_of(Consent::ALL),
    )
        .prop_map(
            |(header, content, authorizers, numbers, content_list, date, consent)| {
                let operation = content.map_or(ReceiptOperation::Registration, |content| {
                    ReceiptOperation::Storing(content.0)
                });
                let content = content.map(|(_, aid, version, package, storing_request)| ReceiptContent {
                    aid,
                    version,
                    package,
                    storing_request,
                });
                let (number, request, content_counter, flags) = numbers;
                Receipt {
                    header,
                    number,
                    request,
                    operation,
                    content,
                    authorizers,
                    content_counter,
                    content_list,
                    date,
                    consent,
                    flags,
                    files: (number == 0).then_some(content_list),
                }
            },
        )
}
