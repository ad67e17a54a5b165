//! What parties sign for a request, honestly and otherwise.

use apdu_spec::object::{
    Algorithm, CertifiedData, FirstAuthorization, Header, Mode, NO_PREVIOUS, Operation,
    RegistrarCertifiedData, Sdi, SecondAuthorization,
};

use super::plain::Order;
use super::world::{Holder, World, sha256};

/// How evidence is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Honest,
    /// First and second party change places.
    Swapped,
    /// The headers name another mode.
    OtherMode,
    /// It is over another request.
    OtherRequest,
    /// One object where there must be two, or the reverse.
    WrongCount,
    /// The first party signs for the second as well.
    OneParty,
    /// A bit of the last signature is another.
    Damaged,
    /// Another provider signs.
    Foreign,
    /// The successor of provider 0 signs: honest where that one's application is deleted by joint authority.
    Heir,
    /// The first party signs what was meant for another card's RC.
    OtherCard,
}

/// Whose word it is.
pub struct Signers<'w> {
    pub issuer: &'w Holder,
    pub provider: &'w Holder,
    pub certifier: &'w Holder,
}

/// The objects for AUTHORIZE.
pub fn evidence(
    kind: Kind,
    mode: Mode,
    sdi: &Sdi,
    request: &[u8],
    card_certificate: &[u8; 32],
    signers: &Signers<'_>,
) -> (Vec<u8>, Option<Vec<u8>>) {
    let said = match (kind, mode) {
        (Kind::OtherMode, Mode::ViaIssuer) => Mode::ViaProvider,
        (Kind::OtherMode, _) => Mode::ViaIssuer,
        _ => mode,
    };
    let digest = if kind == Kind::OtherRequest {
        sha256(b"another request")
    } else {
        sha256(request)
    };
    let header = |holder: &Holder, previous| Header {
        mode: said,
        role: holder.role,
        certificate: holder.digest,
        previous,
        algorithm: Algorithm::EcdsaP256Sha256,
    };
    let (mut one, mut two) = match mode {
        Mode::ViaIssuer => (signers.issuer, signers.provider),
        Mode::RegistrarCertified => (signers.provider, signers.certifier),
        _ => (signers.provider, signers.issuer),
    };
    match kind {
        Kind::Swapped => std::mem::swap(&mut one, &mut two),
        Kind::OneParty => two = one,
        _ => {}
    }
    let certified = matches!(mode, Mode::CertifiedData | Mode::RegistrarCertified);
    let other = Sdi {
        version: sdi.version.wrapping_add(7),
        ..*sdi
    };
    let first = if certified {
        one.signed(&CertifiedData {
            header: header(one, NO_PREVIOUS),
            sdi: if matches!(kind, Kind::OtherRequest | Kind::OtherCard) {
                other
            } else {
                *sdi
            },
        })
    } else if mode == Mode::ProviderAlone {
        let previous = if kind == Kind::OtherCard {
            *card_certificate
        } else {
            digest
        };
        one.signed(&SecondAuthorization {
            header: header(one, previous),
        })
    } else {
        one.signed(&FirstAuthorization {
            header: header(one, digest),
            card_certificate: if kind == Kind::OtherCard {
                sha256(b"another card")
            } else {
                *card_certificate
            },
        })
    };
    let over = header(two, sha256(&first));
    let second = if mode == Mode::RegistrarCertified {
        two.signed(&RegistrarCertifiedData { header: over })
    } else {
        two.signed(&SecondAuthorization { header: over })
    };
    let joint = matches!(
        mode,
        Mode::ViaIssuer | Mode::ViaProvider | Mode::RegistrarCertified
    );
    let (mut first, mut second) = (first, (joint != (kind == Kind::WrongCount)).then_some(second));
    if kind == Kind::Damaged {
        *second.as_mut().unwrap_or(&mut first).last_mut().unwrap() ^= 1;
    }
    (first, second)
}

/// Whether this way to cheat is one in this mode.
pub fn cheats(kind: Kind, order: &Order) -> bool {
    let mode = order.mode;
    match kind {
        Kind::Honest => false,
        Kind::Heir => {
            let joint = matches!(mode, Mode::ViaIssuer | Mode::ViaProvider);
            !(joint && order.operation == Operation::Delete && order.owner == 0)
        }
        // One object has one signer.
        Kind::OneParty => matches!(
            mode,
            Mode::ViaIssuer | Mode::ViaProvider | Mode::RegistrarCertified
        ),
        _ => true,
    }
}

impl World {
    pub const fn signers(&self, issuer: usize, provider: usize) -> Signers<'_> {
        Signers {
            issuer: &self.issuers[issuer],
            provider: &self.providers[provider],
            certifier: &self.certifier,
        }
    }
}
