//! The default keeper of a party's key: a file encrypted under a passphrase.
//!
//! RFC 5958 `EncryptedPrivateKeyInfo` in PEM; RFC 8018 PBES2 with scrypt (RFC 7914) and AES-256-CBC: what
//! `openssl pkey` reads and writes. docs/decisions/0004 tells why.

use std::fmt;
use std::path::{Path, PathBuf};

use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::pkcs5::{EncryptionScheme, pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};

use zeroize::Zeroizing;

use crate::crypto::{self, Point, Signature};
use crate::error::{Error, Position, Result};
use crate::file::{self, Existing};

use super::{MemorySigner, Passphrase, Signer};

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

/// A party's key, opened with its passphrase.
pub struct EncryptedKeyFile {
    path: PathBuf,
    signer: MemorySigner,
}

impl EncryptedKeyFile {
    /// Makes a new key and writes it to `path`, readable by its owner alone. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::File`], [`Error::Cryptography`]; [`Error::Input`] for a short passphrase.
    pub fn create(path: &Path, passphrase: &Passphrase, work: WorkFactor) -> Result<Self> {
        if passphrase.0.chars().count() < PASSPHRASE_MIN {
            return Err(Error::input(
                "passphrase",
                format!("shorter than {PASSPHRASE_MIN} characters"),
            ));
        }
        let signer = MemorySigner::generate()?;
        let pem = encrypt(&signer, passphrase, work)?;
        file::write(path, pem.as_bytes(), 0o600, Existing::Refuse)?;
        Ok(Self {
            path: path.to_path_buf(),
            signer,
        })
    }

    /// Opens the key in `path`.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] for a file that is no such key; [`Error::Passphrase`].
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self> {
        let name = || path.display().to_string();
        let bytes = file::read(path, FILE_MAX)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Error::at(name(), Position::Byte(error.valid_up_to()), "not text"))?;
        let (label, document) =
            SecretDocument::from_pem(text).map_err(|error| Error::input(name(), error))?;
        EncryptedPrivateKeyInfoRef::validate_pem_label(label).map_err(|_| {
            Error::input(
                name(),
                format!("a PEM file of type {label}, not an encrypted private key"),
            )
        })?;
        let info: EncryptedPrivateKeyInfoRef<'_> = document
            .decode_msg()
            .map_err(|error| Error::input(name(), error))?;
        check_work(&info.encryption_algorithm).map_err(|cause| Error::input(name(), cause))?;
        let key = info
            .decrypt(passphrase.as_bytes())
            .map_err(|_| Error::Passphrase(path.to_path_buf()))?;
        let signer = MemorySigner::from_pkcs8(key.as_bytes())
            .map_err(|_| Error::input(name(), "holds no P-256 key"))?;
        Ok(Self {
            path: path.to_path_buf(),
            signer,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn encrypt(signer: &MemorySigner, passphrase: &Passphrase, work: WorkFactor) -> Result<Zeroizing<String>> {
    let failed = Error::Cryptography("encrypt a key");
    let Ok(cost) = scrypt::Params::new(work.log_n, 8, u32::from(work.parallel)) else {
        return Err(failed);
    };
    let Ok(parameters) =
        pbes2::Parameters::generate_scrypt_aes256cbc(cost, &crypto::random::<16>()?, crypto::random()?)
    else {
        return Err(failed);
    };
    let der = signer.to_pkcs8()?;
    PrivateKeyInfoRef::try_from(der.as_slice())
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
        _ => return Err("an unknown key derivation".into()),
    };
    if cost > WorkFactor::LIMIT_COST {
        Err("demands more work than is allowed".into())
    } else {
        Ok(())
    }
}

impl Signer for EncryptedKeyFile {
    fn point(&self) -> &Point {
        self.signer.point()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        self.signer.sign(message)
    }
}

/// File and public half only.
impl fmt::Debug for EncryptedKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptedKeyFile({}, {:?})", self.path.display(), self.signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::verifies;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn passphrase() -> Passphrase {
        Passphrase::new("correct horse")
    }

    #[test]
    fn a_key_comes_back_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let made = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::MINIMAL).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let opened = EncryptedKeyFile::open(&path, &passphrase()).unwrap();
        assert_eq!(opened.point(), made.point());
        assert!(verifies(made.point(), b"m", &opened.sign(b"m").unwrap()));
        let error = EncryptedKeyFile::open(&path, &Passphrase::new("correct horsf")).unwrap_err();
        assert!(matches!(error, Error::Passphrase(_)), "{error}");
        let again = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::MINIMAL).unwrap_err();
        assert!(matches!(again, Error::Exists(_)), "{again}");
    }

    #[test]
    fn files_that_are_no_key_are_named_with_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let costly = pbes2::Parameters::generate_scrypt_aes256cbc(
            scrypt::Params::new(20, 8, 1).unwrap(),
            &[1; 16],
            [2; 16],
        )
        .unwrap();
        let costly = EncryptedPrivateKeyInfoRef {
            encryption_algorithm: costly.into(),
            encrypted_data: pkcs8::der::asn1::OctetStringRef::new(&[0; 32]).unwrap(),
        };
        let costly = SecretDocument::encode_msg(&costly).unwrap();
        let costly = costly
            .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .unwrap();
        let plain = MemorySigner::generate().unwrap().to_pkcs8().unwrap();
        let plain = SecretDocument::try_from(plain.as_slice()).unwrap();
        let plain = plain.to_pem("PRIVATE KEY", LineEnding::LF).unwrap();
        for (content, cause) in [
            (&b"\xFF\xFE"[..], "byte 0: not text"),
            (b"", "key.pem: "),
            (
                b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "key.pem: ",
            ),
            (plain.as_bytes(), "not an encrypted private key"),
            (costly.as_bytes(), "more work than is allowed"),
        ] {
            fs::write(&path, content).unwrap();
            let error = EncryptedKeyFile::open(&path, &passphrase()).unwrap_err();
            assert!(matches!(error, Error::Input(_)), "{error}");
            assert!(error.to_string().contains(cause), "{error}");
        }
    }

    #[test]
    fn openssl_reads_our_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::STANDARD).unwrap();
        let output = std::process::Command::new("openssl")
            .args(["pkey", "-noout", "-text", "-passin", "pass:correct horse", "-in"])
            .arg(&path)
            .output()
            .expect("openssl is installed");
        let text = String::from_utf8(output.stdout)
            .unwrap()
            .replace([':', ' ', '\n'], "");
        assert!(
            text.contains(&hex::encode(key.point())),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn neither_key_nor_passphrase_is_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = EncryptedKeyFile::create(&path, &passphrase(), WorkFactor::MINIMAL).unwrap();
        let der = hex::encode(key.signer.to_pkcs8().unwrap());
        let scalar = der.split("0420").nth(1).unwrap().get(..64).unwrap();
        let printed = format!("{key:?} {:?}", passphrase());
        assert!(
            !printed.contains(scalar) && !printed.contains("horse"),
            "{printed}"
        );
    }
}
