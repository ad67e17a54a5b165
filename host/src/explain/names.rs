//! What the tags are called: ISO/IEC 7816-4 and 7816-8, BSI TR-03110-3, and ours (SPEC.md sections 3 to 5 and 8).

mod rows;

use rows::{ROWS, TOP};

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
    RuleReference,
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
        Context::Top | Context::Foreign => row(TOP),
        _ => None,
    })
}
