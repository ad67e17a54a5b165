//! The file of a party's master key: what [`super::key_file`] is for its signing key.
//!
//! The same encryption around 32 bytes, labelled id-alg-hkdf-with-sha256 (RFC 8619), so that no program takes them for a
//! key that signs.

use std::path::Path;

use pkcs8::der::Encode;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::encrypted::{read_encrypted, write_encrypted};
use super::{Passphrase, WorkFactor};
use crate::error::{Error, Result};
use crate::shared_key::MasterKey;

/// id-alg-hkdf-with-sha256.
const HKDF_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.28");

/// Makes a new master key and writes it to `path`, readable by its owner alone. An existing file is never overwritten.
///
/// # Errors
/// [`Error::Exists`], [`Error::File`], [`Error::Cryptography`]; [`Error::Input`] for a short passphrase.
pub fn create(path: &Path, passphrase: &Passphrase, work: WorkFactor) -> Result<()> {
    let failed = Error::Cryptography("encode a key");
    let master = MasterKey::generate()?;
    let algorithm = AlgorithmIdentifierRef {
        oid: HKDF_SHA256,
        parameters: None,
    };
    let encoded = OctetStringRef::new(master.as_bytes())
        .and_then(|secret| PrivateKeyInfoRef::new(algorithm, secret).to_der())
        .map(Zeroizing::new);
    let Ok(der) = encoded else {
        return Err(failed);
    };
    write_encrypted(path, &der, passphrase, work)
}

/// Opens the master key in `path`.
///
/// # Errors
/// [`Error::File`]; [`Error::Input`] for a file that is no such key; [`Error::Passphrase`].
pub fn open(path: &Path, passphrase: &Passphrase) -> Result<MasterKey> {
    let document = read_encrypted(path, passphrase)?;
    let no_key = || Error::input(path.display().to_string(), "holds no master key");
    let info: PrivateKeyInfoRef<'_> = document.decode_msg().map_err(|_| no_key())?;
    if info.algorithm.oid != HKDF_SHA256 {
        return Err(no_key());
    }
    let mut secret = Zeroizing::new([0; MasterKey::LENGTH]);
    let bytes = info.private_key.as_bytes();
    if bytes.len() != secret.len() {
        return Err(no_key());
    }
    secret.copy_from_slice(bytes);
    Ok(MasterKey::from_bytes(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::EncryptedKeyFile;

    #[test]
    fn a_master_key_comes_back_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared.pem");
        let passphrase = Passphrase::new("correct horse");
        create(&path, &passphrase, WorkFactor::MINIMAL).unwrap();
        let key = |master: MasterKey| master.card_key(&[1; 32], 1).unwrap().mac(b"m").unwrap();
        let opened = key(open(&path, &passphrase).unwrap());
        assert_eq!(opened, key(open(&path, &passphrase).unwrap()));
        assert!(matches!(
            create(&path, &passphrase, WorkFactor::MINIMAL),
            Err(Error::Exists(_))
        ));
        assert!(matches!(
            open(&path, &Passphrase::new("correct horsf")),
            Err(Error::Passphrase(_))
        ));
        // Neither kind of key is taken for the other.
        assert!(matches!(
            EncryptedKeyFile::open(&path, &passphrase),
            Err(Error::Input(_))
        ));
        let signing = folder.path().join("key.pem");
        EncryptedKeyFile::create(&signing, &passphrase, WorkFactor::MINIMAL).unwrap();
        assert!(matches!(open(&signing, &passphrase), Err(Error::Input(_))));
    }
}
