//! Which objects each mode demands, in which order, and by whom: SPEC.md section 4.3.

use apdu_spec::certificate::Role;
use apdu_spec::object::{
    CERTIFIED_DATA, Digest, FIRST_AUTHORIZATION, Mode, NO_PREVIOUS, REGISTRAR_CERTIFIED_DATA,
    SECOND_AUTHORIZATION,
};
use apdu_spec::tlv::Tag;

/// One object of a request's evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Tag of its body.
    pub tag: Tag,
    /// Role of who signs it.
    pub role: Role,
    /// What it is, for people.
    pub name: &'static str,
    /// What its signer does, for people.
    pub what: &'static str,
}

const fn first(role: Role) -> Slot {
    Slot {
        tag: FIRST_AUTHORIZATION,
        role,
        name: "first authorization",
        what: "signs the first authorization",
    }
}

const fn second(role: Role) -> Slot {
    Slot {
        tag: SECOND_AUTHORIZATION,
        role,
        name: "second authorization",
        what: "signs the second authorization",
    }
}

const DATA: Slot = Slot {
    tag: CERTIFIED_DATA,
    role: Role::Provider,
    name: "certified data",
    what: "certifies the data",
};

/// The evidence that a mode demands, in the order of AUTHORIZE; none for the modes that store nothing.
#[must_use]
pub const fn slots(mode: Mode) -> &'static [Slot] {
    const ALONE: Slot = Slot {
        tag: SECOND_AUTHORIZATION,
        role: Role::Provider,
        name: "authorization",
        what: "authorizes it alone",
    };
    const VIA_ISSUER: &[Slot] = &[first(Role::Issuer), second(Role::Provider)];
    const VIA_PROVIDER: &[Slot] = &[first(Role::Provider), second(Role::Issuer)];
    const COUNTERSIGNED: Slot = Slot {
        tag: REGISTRAR_CERTIFIED_DATA,
        role: Role::DataCertifier,
        name: "registrar-certified data",
        what: "countersigns the data",
    };
    match mode {
        Mode::Registration | Mode::RegisteredIssuer => &[],
        Mode::ViaIssuer => VIA_ISSUER,
        Mode::ViaProvider => VIA_PROVIDER,
        Mode::ProviderAlone => &[ALONE],
        Mode::CertifiedData => &[DATA],
        Mode::RegistrarCertified => &[DATA, COUNTERSIGNED],
    }
}

impl Slot {
    /// Digest of the object that this one follows: the one before it, or else the request; certified data follow
    /// nothing, because they are for every card.
    #[must_use]
    pub fn previous(&self, request: &Digest, before: Option<&Digest>) -> Digest {
        match before {
            Some(before) => *before,
            None if self.tag == CERTIFIED_DATA => NO_PREVIOUS,
            None => *request,
        }
    }
}
