//! Files that a passphrase opens: `EncryptedPrivateKeyInfo` around whatever is kept.
//!
//! RFC 5958 and RFC 8018 as docs/decisions/0004 tells. What does not belong here: what is inside.

use std::path::Path;

use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::pkcs5::{EncryptionScheme, pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use super::Passphrase;
use crate::crypto;
use crate::error::{Error, Position, Result};
use crate::file::{self, Existing};

/// Longest key file that is read, in bytes; ours have about 400.
const FILE_MAX: usize = 8192;
/// Shortest passphrase, in characters.
pub const PASSPHRASE_MIN: usize = 8;

/// How much work one guess of a passphrase costs: scrypt's N (as its binary logarithm) and p, with r = 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkFactor {
    log_n: u8,
    parallel: u16,
}

impl WorkFactor {
    /// OWASP's choice for 16 MiB of memory; OpenSSL refuses to use more than 32 MiB.
    pub const STANDARD: Self = Self {
        log_n: 14,
        parallel: 5,
    };
    /// For tests: no protection.
    pub const MINIMAL: Self = Self {
        log_n: 1,
        parallel: 1,
    };

    /// The most a file may demand when it is opened.
    const LIMIT_COST: u64 = 1 << 22;
}

/// Encrypts a `PrivateKeyInfo` in DER and writes it to `path`, readable by its owner alone. An existing file is never
/// overwritten.
pub(super) fn write_encrypted(
    path: &Path,
    der: &[u8],
    passphrase: &Passphrase,
    work: WorkFactor,
) -> Result<()> {
    if passphrase.0.chars().count() < PASSPHRASE_MIN {
        return Err(Error::input(
            "passphrase",
            format!("shorter than {PASSPHRASE_MIN} characters"),
        ));
    }
    let pem = encrypt(der, passphrase, work)?;
    file::write(path, pem.as_bytes(), 0o600, Existing::Refuse)
}

/// The `PrivateKeyInfo` in `path`, DER.
pub(super) fn read_encrypted(path: &Path, passphrase: &Passphrase) -> Result<SecretDocument> {
    let name = || path.display().to_string();
    let bytes = file::read(path, FILE_MAX)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Error::at(name(), Position::Byte(error.valid_up_to()), "not text"))?;
    let (label, document) = SecretDocument::from_pem(text)
        .map_err(|error| Error::input(name(), format!("not a key file: {error}")))?;
    EncryptedPrivateKeyInfoRef::validate_pem_label(label).map_err(|_| {
        Error::input(
            name(),
            format!("a PEM file of type {label}, not an encrypted private key"),
        )
    })?;
    let info: EncryptedPrivateKeyInfoRef<'_> = document
        .decode_msg()
        .map_err(|error| Error::input(name(), format!("not an encrypted private key: {error}")))?;
    check_work(&info.encryption_algorithm).map_err(|cause| Error::input(name(), cause))?;
    info.decrypt(passphrase.as_bytes())
        .map_err(|_| Error::Passphrase(path.to_path_buf()))
}

fn encrypt(der: &[u8], passphrase: &Passphrase, work: WorkFactor) -> Result<Zeroizing<String>> {
    let failed = Error::Cryptography("encrypt a key");
    let Ok(cost) = scrypt::Params::new(work.log_n, 8, u32::from(work.parallel)) else {
        return Err(failed);
    };
    let Ok(parameters) =
        pbes2::Parameters::generate_scrypt_aes256cbc(cost, &crypto::random::<16>()?, crypto::random()?)
    else {
        return Err(failed);
    };
    PrivateKeyInfoRef::try_from(der)
        .and_then(|info| info.encrypt_with_params(parameters, passphrase.as_bytes()))
        .ok()
        .and_then(|document| {
            document
                .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
                .ok()
        })
        .ok_or(failed)
}

/// A hostile file must not make us compute for hours or take all memory.
fn check_work(scheme: &EncryptionScheme) -> std::result::Result<(), String> {
    let Some(parameters) = scheme.pbes2() else {
        return Err("not encrypted with PBES2".into());
    };
    let cost = match &parameters.kdf {
        pbes2::Kdf::Scrypt(scrypt) => scrypt
            .cost_parameter
            .saturating_mul(u64::from(scrypt.block_size))
            .saturating_mul(u64::from(scrypt.parallelization)),
        pbes2::Kdf::Pbkdf2(pbkdf2) => u64::from(pbkdf2.iteration_count),
        _ => return Err("the way its key follows from the passphrase is not known here".into()),
    };
    if cost > WorkFactor::LIMIT_COST {
        Err("opening it demands more work than is allowed".into())
    } else {
        Ok(())
    }
}
