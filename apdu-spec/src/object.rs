//! Signed objects of the storing protocol: SPEC.md section 4.
//!
//! Every object is a *body*, which is what gets signed, and a signature around it: [`Signed`]. A body starts with a
//! [`Header`] that names mode, signer and the object before, so that no object can be taken for another. What belongs
//! here: reading and writing these objects. What does not: hashing, signing, and who may sign what when.

mod authentication;
mod authorization;
mod certified;
mod comparison;
mod content;
mod header;
mod inventory;
mod receipt;
mod receipt_head;
mod refusal;
mod release;
mod revocation;
mod sdi;
mod shared_key;
mod signed;
mod sr;

pub use authentication::Authentication;
pub use authorization::{FirstAuthorization, SecondAuthorization};
pub use certified::{CertifiedData, RegistrarCertifiedData};
pub use comparison::{COMPARISON_PREFIX, comparison_code};
pub use content::{CONTENT_ENTRY_MAX, ContentEntry, SALT_LENGTH};
pub use header::Header;
pub use inventory::FoundFile;
pub use receipt::{
    Authorizers, FLAG_KEY_MADE_BY_ISSUER, FLAG_MAC, FLAG_RESCUE, Receipt, ReceiptContent, ReceiptOperation,
};
pub use receipt_head::ReceiptHead;
pub use refusal::{REFUSAL_TEXT_MAX, Refusal};
pub use release::Release;
pub use revocation::RevocationList;
pub use sdi::{PackageDigests, ProviderId, Sdi};
pub use shared_key::{SHARED_KEY_LABEL, SharedKey};
pub use signed::{Body, Proof, Signed};
pub use sr::StoringRequest;

pub use crate::fields::Digest;
use crate::fields::coded;
use crate::tlv::Tag;

/// A signature: r `||` s, 32 bytes each, big-endian.
pub type Signature = [u8; 64];

/// A MAC: AES-128-CMAC, whole.
pub type Mac = [u8; 16];

/// Digest of the object before, where there is none.
pub const NO_PREVIOUS: Digest = [0; 32];

/// What is hashed before a receipt (F0) to show that one holds it: its plain digest is told by whatever follows it.
pub const COLLECTION_PREFIX: &[u8] = b"symbolon receipt collected 1";

/// A signed object: a body and its signature.
pub const SIGNED: Tag = Tag(0xF0);
/// Storing data information, SDI.
pub const SDI: Tag = Tag(0xE1);
/// Body of a storing request, SR.
pub const STORING_REQUEST: Tag = Tag(0xE2);
/// Body of a first authorization, SAR.
pub const FIRST_AUTHORIZATION: Tag = Tag(0xE3);
/// Body of a second authorization, SA.
pub const SECOND_AUTHORIZATION: Tag = Tag(0xE4);
/// Body of certified data, SDCI.
pub const CERTIFIED_DATA: Tag = Tag(0xE5);
/// Body of registrar-certified data, SDCI'.
pub const REGISTRAR_CERTIFIED_DATA: Tag = Tag(0xE6);
/// Body of a receipt.
pub const RECEIPT: Tag = Tag(0xE7);
/// Body of a refusal.
pub const REFUSAL: Tag = Tag(0xE8);
/// Body of a receipt head.
pub const RECEIPT_HEAD: Tag = Tag(0xE9);
/// Body of a shared key.
pub const SHARED_KEY: Tag = Tag(0xEA);
/// Body of an authentication.
pub const AUTHENTICATION: Tag = Tag(0xEC);
/// Body of a revocation list.
pub const REVOCATION_LIST: Tag = Tag(0xEE);
/// Body of a release.
pub const RELEASE: Tag = Tag(0xEF);

/// A signature's data object.
pub(crate) const SIGNATURE: Tag = Tag(0x5F37);
/// An application identifier's data object.
pub(crate) const AID: Tag = Tag(0x4F);

coded! {
    /// The seven ways to change what is on a card: DESIGN.md section 3.
    Mode {
        /// The card registers with its issuer.
        Registration = 0x01, "registration";
        /// The issuer authorizes first, the provider second.
        ViaIssuer = 0x02, "via the issuer";
        /// The provider authorizes first, the issuer second.
        ViaProvider = 0x03, "via the provider";
        /// The provider authorizes alone.
        ProviderAlone = 0x04, "provider alone";
        /// The card registers with an issuer whose key was certified before.
        RegisteredIssuer = 0x05, "registered issuer";
        /// Data that its provider signed.
        CertifiedData = 0x06, "certified data";
        /// Data that a data registrar's certifier signed.
        RegistrarCertified = 0x07, "registrar-certified data";
    }
}

coded! {
    /// What is to happen to an application.
    Operation {
        /// Create it.
        Store = 0x01, "store";
        /// Replace it by another version.
        Replace = 0x02, "replace";
        /// Delete it.
        Delete = 0x03, "delete";
        /// Lower the floor under its versions.
        LowerFloor = 0x04, "lower floor";
    }
}

coded! {
    /// How the holder consented.
    Consent {
        /// Not at all.
        None = 0x00, "none";
        /// By the consent PIN.
        Pin = 0x01, "PIN";
    }
}

coded! {
    /// How an object is signed.
    Algorithm {
        /// ECDSA over P-256 with SHA-256.
        EcdsaP256Sha256 = 0x01, "ECDSA P-256 SHA-256";
        /// AES-128-CMAC under a key that the card and the party share: authorizations only.
        AesCmac = 0x02, "AES-128 CMAC";
    }
}
