//! What may happen next, as proptest draws it.

use apdu_spec::object::{Mode, Operation};
use proptest::prelude::*;

use super::evidence::Kind;

#[derive(Clone, Copy, Debug)]
pub struct Draft {
    pub mode: Mode,
    pub operation: Operation,
    pub aid: usize,
    pub version: u32,
    pub owner: usize,
    pub long: bool,
    pub variant: u8,
}

#[derive(Clone, Copy, Debug)]
pub enum Load {
    Next,
    Rest,
    Again,
    Skip,
    Tampered,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Fresh,
    Stale,
    Damaged,
}

/// `which` is a place among the open requests, counted around them; 0 is none of them.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    Consent,
    Reset,
    Open(Draft),
    /// The whole of it, honestly: consent, request, evidence, consent, and what carries it out.
    Carry(Draft),
    Authorize {
        which: usize,
        kind: Kind,
    },
    Load {
        which: usize,
        step: Load,
    },
    Remove {
        which: usize,
    },
    Lower {
        which: usize,
    },
    Drop {
        which: usize,
    },
    Collect {
        right: bool,
    },
    Prove,
    Register {
        issuer: usize,
        rise: u32,
        policy: u16,
        released: bool,
    },
    Authenticate {
        provider: Option<usize>,
        answer: Answer,
    },
    List {
        number: u32,
        provider: Option<usize>,
        genuine: bool,
    },
    Switch {
        aid: usize,
        active: bool,
    },
    Later,
    Impostor(u8),
    Unblock {
        right: bool,
    },
}

impl Action {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Reset => "reset",
            Self::Open(_) => "open",
            Self::Carry(_) => "carry out",
            Self::Authorize { .. } => "authorize",
            Self::Load { .. } => "load",
            Self::Remove { .. } => "remove",
            Self::Lower { .. } => "lower a floor",
            Self::Drop { .. } => "drop",
            Self::Collect { .. } => "collect",
            Self::Prove => "prove",
            Self::Register { .. } => "register",
            Self::Authenticate { .. } => "authenticate",
            Self::List { .. } => "revocation list",
            Self::Switch { .. } => "switch",
            Self::Later => "later certificate",
            Self::Impostor(_) => "impostor",
            Self::Unblock { .. } => "unblock",
        }
    }
}

fn draft() -> impl Strategy<Value = Draft> {
    use Mode::{CertifiedData, ProviderAlone, RegistrarCertified, Registration, ViaIssuer, ViaProvider};
    let mode = prop_oneof![
        6 => Just(ViaIssuer), 4 => Just(ViaProvider), 3 => Just(ProviderAlone),
        2 => Just(CertifiedData), 2 => Just(RegistrarCertified), 1 => Just(Registration),
    ];
    let operation = prop_oneof![
        6 => Just(Operation::Store), 4 => Just(Operation::Replace),
        3 => Just(Operation::Delete), 2 => Just(Operation::LowerFloor),
    ];
    let version = prop_oneof![20 => 1_u32..5, 1 => Just(u32::MAX), 1 => Just(0)];
    (
        mode,
        operation,
        0_usize..6,
        version,
        0_usize..2,
        prop::bool::weighted(0.9),
        0_u8..2,
    )
        .prop_map(|(mode, operation, aid, version, owner, long, variant)| Draft {
            mode,
            operation,
            aid,
            version,
            owner,
            long,
            variant,
        })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        12 => Just(Kind::Honest), 1 => Just(Kind::Swapped), 1 => Just(Kind::OtherMode),
        1 => Just(Kind::OtherRequest), 1 => Just(Kind::WrongCount), 1 => Just(Kind::OneParty),
        1 => Just(Kind::Damaged), 1 => Just(Kind::Foreign), 1 => Just(Kind::OtherCard), 2 => Just(Kind::Heir),
    ]
}

pub fn action() -> impl Strategy<Value = Action> {
    let which = 0_usize..12;
    let load = prop_oneof![
        2 => Just(Load::Next), 8 => Just(Load::Rest), 1 => Just(Load::Again),
        1 => Just(Load::Skip), 1 => Just(Load::Tampered),
    ];
    let answer = prop_oneof![4 => Just(Answer::Fresh), 1 => Just(Answer::Stale), 1 => Just(Answer::Damaged)];
    let policies = prop::sample::select(vec![0x7F_u16, 0x027F, 0x27F, 0x17, 0x0206, 0x017F]);
    prop_oneof![
        24 => Just(Action::Consent),
        1 => Just(Action::Reset),
        14 => draft().prop_map(Action::Open),
        14 => draft().prop_map(Action::Carry),
        18 => (which.clone(), kind()).prop_map(|(which, kind)| Action::Authorize { which, kind }),
        20 => (which.clone(), load).prop_map(|(which, step)| Action::Load { which, step }),
        6 => which.clone().prop_map(|which| Action::Remove { which }),
        4 => which.clone().prop_map(|which| Action::Lower { which }),
        3 => which.prop_map(|which| Action::Drop { which }),
        5 => prop::bool::weighted(0.7).prop_map(|right| Action::Collect { right }),
        1 => Just(Action::Prove),
        1 => (0_usize..2, 0_u32..3, policies, any::<bool>()).prop_map(|(issuer, rise, policy, released)| {
            Action::Register { issuer, rise, policy, released }
        }),
        3 => (prop::option::of(0_usize..2), answer).prop_map(|(provider, answer)| Action::Authenticate { provider, answer }),
        1 => (1_u32..6, prop::option::weighted(0.3, 0_usize..2), prop::bool::weighted(0.8))
            .prop_map(|(number, provider, genuine)| Action::List { number, provider, genuine }),
        3 => (0_usize..6, any::<bool>()).prop_map(|(aid, active)| Action::Switch { aid, active }),
        1 => prop::bool::weighted(0.3).prop_map(|come| if come { Action::Later } else { Action::Prove }),
        1 => (0_u8..4).prop_map(Action::Impostor),
        1 => prop::bool::weighted(0.4).prop_map(|right| Action::Unblock { right }),
    ]
}
