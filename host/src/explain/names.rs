//! What the tags are called: ISO/IEC 7816-4 and 7816-8, BSI TR-03110-3, and ours (SPEC.md sections 3 to 5 and 8).

/// Inside which object a tag stands: the same tag means another thing elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Top,
    Fci,
    Fcp,
    Management,
    Proprietary,
    Listed,
    Certificate,
    Body,
    PublicKey,
    Template,
    Extensions,
    Extension,
    Issuers,
    Prefixes,
    Card,
    Successor,
    Signed,
    Header,
    Sdi,
    Provider,
    StoringRequest,
    Authorization,
    Receipt,
    Digests,
    Refusal,
    Head,
    SharedKey,
    Authentication,
    Revocations,
    Release,
    Status,
    Request,
    Lengths,
    Platform,
    Block,
    /// Nobody's in particular.
    Foreign,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bytes,
    Number,
    Text,
    Aid,
    Date,
    Identifier,
    Version,
    Descriptor,
    FileId,
    ShortId,
    LifeCycle,
    Rules,
    Role,
    RoleAndRights,
    Modes,
    Mode,
    Operation,
    Consent,
    Algorithm,
    Reason,
    Origin,
    RequestState,
    YesNo,
    Flags,
    TransportPins,
    Inside(Context),
}

use Context as C;
use Kind as K;

/// What a tag is called in a context.
pub(super) fn name(context: Context, tag: u32) -> Option<(&'static str, Kind)> {
    let rows = ROWS
        .iter()
        .find(|(each, _)| *each == context)
        .map(|(_, rows)| *rows);
    let row = |rows: &[(u32, &'static str, Kind)]| {
        rows.iter()
            .find(|(each, ..)| *each == tag)
            .map(|(_, name, kind)| (*name, *kind))
    };
    rows.and_then(row).or_else(|| match context {
        // What is inside an object of ours is one of its own, and nothing that looks like it.
        C::Top | C::Foreign => row(TOP),
        _ => None,
    })
}

type Rows = &'static [(u32, &'static str, Kind)];

const TOP: Rows = &[
    (0x6F, "file control information", K::Inside(C::Fci)),
    (0x62, "file control parameters", K::Inside(C::Fcp)),
    (0x64, "file management data", K::Inside(C::Management)),
    (0x61, "application", K::Inside(C::Listed)),
    (0x7F21, "certificate", K::Inside(C::Certificate)),
    (0x7F4E, "certificate body", K::Inside(C::Body)),
    (0x5F37, "signature", K::Bytes),
    (0x7F49, "public key", K::Inside(C::PublicKey)),
    (0xF0, "signed object", K::Inside(C::Signed)),
    (0xE1, "storing data information (SDI)", K::Inside(C::Sdi)),
    (0xED, "block of a package", K::Inside(C::Block)),
    (0x4F, "AID", K::Aid),
    (0x50, "label", K::Text),
    (0x5A, "serial number", K::Bytes),
    (0x43, "card service data", K::Bytes),
    (0x47, "card capabilities", K::Bytes),
    (0x7F66, "longest APDUs", K::Inside(C::Lengths)),
    (0x06, "object identifier", K::Identifier),
    (0x0C, "text", K::Text),
    (0x13, "text", K::Text),
    (0x16, "text", K::Text),
    (0x17, "time", K::Text),
    (0x18, "time", K::Text),
    (0x30, "sequence", K::Inside(C::Foreign)),
    (0x31, "set", K::Inside(C::Foreign)),
    (0x02, "integer", K::Bytes),
    (0x03, "bit string", K::Bytes),
    (0x04, "octet string", K::Bytes),
    (0x53, "discretionary data", K::Bytes),
    (0x73, "discretionary data objects", K::Inside(C::Foreign)),
    (0x7C, "dynamic authentication data", K::Inside(C::Foreign)),
    (0x83, "reference", K::Bytes),
    (0x84, "key or DF name", K::Bytes),
];

const ROWS: &[(Context, Rows)] = &[
    (
        C::Fci,
        &[
            (0x62, "file control parameters", K::Inside(C::Fcp)),
            (0x64, "file management data", K::Inside(C::Management)),
            (0x84, "name", K::Aid),
            (0xA5, "proprietary", K::Inside(C::Foreign)),
            (0x50, "label", K::Text),
        ],
    ),
    (
        C::Fcp,
        &[
            (0x80, "size", K::Number),
            (0x81, "size with structure", K::Number),
            (0x82, "kind", K::Descriptor),
            (0x83, "file id", K::FileId),
            (0x84, "name", K::Aid),
            (0x85, "proprietary", K::Bytes),
            (0x86, "security attributes", K::Bytes),
            (0x88, "short id", K::ShortId),
            (0x8A, "life cycle", K::LifeCycle),
            (0x8B, "access rules in EF.ARR", K::Bytes),
            (0x8C, "access rules, compact", K::Bytes),
            (0xAB, "access rules", K::Rules),
            (0xA5, "proprietary", K::Inside(C::Proprietary)),
        ],
    ),
    (C::Management, &[(0x50, "label", K::Text)]),
    (C::Proprietary, &[(0x81, "version", K::Number)]),
    (
        C::Listed,
        &[
            (0x4F, "AID", K::Aid),
            (0x50, "label", K::Text),
            (0x51, "path", K::Bytes),
            (0x81, "version", K::Number),
            (0x83, "package digest", K::Bytes),
            (0xA6, "provider", K::Inside(C::Provider)),
            (0x8C, "content salt", K::Bytes),
        ],
    ),
    (
        C::Certificate,
        &[
            (0x7F4E, "body", K::Inside(C::Body)),
            (0x5F37, "signature", K::Bytes),
        ],
    ),
    (
        C::Body,
        &[
            (0x5F29, "profile", K::Number),
            (0x42, "certified by (CAR)", K::Text),
            (0x7F49, "public key", K::Inside(C::PublicKey)),
            (0x5F20, "holder (CHR)", K::Text),
            (0x7F4C, "authorization (CHAT)", K::Inside(C::Template)),
            (0x5F25, "valid from", K::Date),
            (0x5F24, "valid until", K::Date),
            (0x65, "extensions", K::Inside(C::Extensions)),
        ],
    ),
    (
        C::PublicKey,
        &[
            (0x06, "algorithm", K::Identifier),
            (0x81, "prime or modulus", K::Bytes),
            (0x82, "coefficient a or exponent", K::Bytes),
            (0x83, "coefficient b", K::Bytes),
            (0x84, "base point", K::Bytes),
            (0x85, "order", K::Bytes),
            (0x86, "point", K::Bytes),
            (0x87, "cofactor", K::Number),
        ],
    ),
    (
        C::Template,
        &[
            (0x06, "kind", K::Identifier),
            (0x53, "role and modes", K::RoleAndRights),
        ],
    ),
    (C::Extensions, &[(0x73, "extension", K::Inside(C::Extension))]),
    (
        C::Extension,
        &[
            (0x06, "kind", K::Identifier),
            (0x80, "critical", K::YesNo),
            (0xA1, "content", K::Inside(C::Foreign)),
        ],
    ),
    (
        C::Issuers,
        &[(0x81, "data registrar's root it may bind", K::Bytes)],
    ),
    (C::Prefixes, &[(0x81, "AID prefix", K::Bytes)]),
    (
        C::Card,
        &[
            (0x80, "serial", K::Number),
            (0x81, "issuer registrar's root", K::Bytes),
            (0x82, "data registrar's root", K::Bytes),
            (0x83, "content policy", K::Modes),
            (0x84, "registration key made by", K::Origin),
            (0x85, "platform version", K::Version),
            (0x86, "key-agreement point", K::Bytes),
            (0x87, "salted digest of the user information", K::Bytes),
        ],
    ),
    (
        C::Successor,
        &[
            (0x80, "succeeds", K::Text),
            (0x81, "data registrar's root it may bind", K::Bytes),
        ],
    ),
    (
        C::Signed,
        &[
            (0xE2, "storing request (SR)", K::Inside(C::StoringRequest)),
            (0xE3, "first authorization (SAR)", K::Inside(C::Authorization)),
            (0xE4, "second authorization (SA)", K::Inside(C::Authorization)),
            (0xE5, "certified data (SDCI)", K::Inside(C::Authorization)),
            (
                0xE6,
                "registrar-certified data (SDCI')",
                K::Inside(C::Authorization),
            ),
            (0xE7, "receipt", K::Inside(C::Receipt)),
            (0xE8, "refusal", K::Inside(C::Refusal)),
            (0xE9, "receipt head", K::Inside(C::Head)),
            (0xEA, "shared key", K::Inside(C::SharedKey)),
            (0xEC, "authentication", K::Inside(C::Authentication)),
            (0xEE, "revocation list", K::Inside(C::Revocations)),
            (0xEF, "release", K::Inside(C::Release)),
            (0x5F37, "signature or MAC", K::Bytes),
        ],
    ),
    (
        C::Header,
        &[
            (0x80, "format", K::Number),
            (0x81, "mode", K::Mode),
            (0x82, "signer's role", K::Role),
            (0x83, "signer's certificate", K::Bytes),
            (0x84, "object before", K::Bytes),
            (0x85, "algorithm", K::Algorithm),
        ],
    ),
    (
        C::Sdi,
        &[
            (0x80, "operation", K::Operation),
            (0x4F, "AID", K::Aid),
            (0x81, "version", K::Number),
            (0x82, "size", K::Number),
            (0x83, "package digest", K::Bytes),
            (0x84, "manifest digest", K::Bytes),
            (0x85, "first block's digest", K::Bytes),
            (0xA6, "provider", K::Inside(C::Provider)),
            (0x87, "expires", K::Date),
        ],
    ),
    (C::Provider, &[(0x80, "root", K::Bytes), (0x81, "name", K::Text)]),
    (
        C::StoringRequest,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0xE1, "storing data information (SDI)", K::Inside(C::Sdi)),
            (0x86, "card", K::Bytes),
            (0x87, "issuer registrar's root", K::Bytes),
            (0x88, "data registrar's root", K::Bytes),
            (0x89, "request number", K::Number),
            (0x8A, "nonce", K::Bytes),
            (0x8B, "consent", K::Consent),
            (0x8C, "card's date", K::Date),
            (0x8D, "content counter", K::Number),
        ],
    ),
    (
        C::Authorization,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0xE1, "storing data information (SDI)", K::Inside(C::Sdi)),
            (0x86, "card's certificate (RC)", K::Bytes),
        ],
    ),
    (
        C::Receipt,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "receipt number", K::Number),
            (0x87, "request number", K::Number),
            (0x88, "operation", K::Operation),
            (0x4F, "AID", K::Aid),
            (0x89, "version", K::Number),
            (0x8A, "package digest", K::Bytes),
            (0x90, "storing request (SR)", K::Bytes),
            (0xA2, "authorized by the certificates", K::Inside(C::Digests)),
            (0x8B, "content counter", K::Number),
            (0x8C, "content list", K::Bytes),
            (0x8D, "card's date", K::Date),
            (0x8E, "consent", K::Consent),
            (0x8F, "flags", K::Flags),
            (0x91, "digest of the files", K::Bytes),
        ],
    ),
    (C::Digests, &[(0x80, "digest", K::Bytes)]),
    (
        C::Refusal,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "reason", K::Reason),
            (0x87, "text", K::Text),
        ],
    ),
    (
        C::Head,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "receipts written", K::Number),
            (0x8A, "nonce", K::Bytes),
            (0x8D, "card's date", K::Date),
        ],
    ),
    (
        C::SharedKey,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "card", K::Bytes),
            (0x87, "key version", K::Number),
            (0x88, "ephemeral point", K::Bytes),
            (0x89, "sealed key", K::Bytes),
        ],
    ),
    (
        C::Authentication,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "card", K::Bytes),
            (0x8A, "challenge", K::Bytes),
        ],
    ),
    (
        C::Revocations,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "number", K::Number),
            (0x87, "date", K::Date),
            (0xA3, "revoked", K::Inside(C::Digests)),
        ],
    ),
    (
        C::Release,
        &[
            (0xA0, "header", K::Inside(C::Header)),
            (0x86, "card", K::Bytes),
            (0xA6, "new issuer", K::Inside(C::Provider)),
        ],
    ),
    (
        C::Status,
        &[
            (0x80, "wire format", K::Version),
            (0x81, "platform version", K::Version),
            (0x82, "life cycle", K::LifeCycle),
            (0x83, "card's date", K::Date),
            (0x84, "content counter", K::Number),
            (0x85, "receipts written", K::Number),
            (0x86, "request numbers used", K::Number),
            (0x87, "content policy", K::Modes),
            (0x88, "free bytes", K::Number),
            (0x89, "serial number", K::Bytes),
            (0x8A, "damaged", K::YesNo),
            (0x8B, "receipts not collected", K::Number),
            (0x8C, "registration key made by", K::Origin),
            (0x8D, "transport PINs", K::TransportPins),
        ],
    ),
    (
        C::Request,
        &[
            (0x89, "number", K::Number),
            (0x81, "mode", K::Mode),
            (0x80, "operation", K::Operation),
            (0x4F, "AID", K::Aid),
            (0x8A, "state", K::RequestState),
            (0x8B, "next block", K::Number),
        ],
    ),
    (C::Lengths, &[(0x02, "bytes", K::Number)]),
    (
        C::Platform,
        &[
            (0x81, "platform version", K::Version),
            (0x82, "room for objects", K::Number),
        ],
    ),
];
