//! The back end made of RustCrypto's crates: p256, sha2, aes and cmac.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use p256::NistP256;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{NonZeroScalar, ProjectivePoint, PublicKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::crypto::{Crypto, CryptoError, Hash, PrivateKey};

/// RustCrypto behind [`Crypto`].
#[derive(Clone, Copy, Debug, Default)]
pub struct RustCrypto;

impl Hash for Sha256 {
    fn update(&mut self, data: &[u8]) {
        Digest::update(self, data);
    }

    fn finish(self) -> [u8; 32] {
        self.finalize().into()
    }
}

fn scalar(key: &PrivateKey) -> Result<NonZeroScalar, CryptoError> {
    NonZeroScalar::try_from(key.0.as_slice()).map_err(|_| CryptoError)
}

impl Crypto for RustCrypto {
    type Hash = Sha256;

    fn sha256(&self) -> Sha256 {
        Sha256::new()
    }

    fn p256_public(&self, key: &PrivateKey) -> Result<[u8; 65], CryptoError> {
        let point = PublicKey::from_secret_scalar(&scalar(key)?).to_sec1_point(false);
        <[u8; 65]>::try_from(point.as_bytes()).map_err(|_| CryptoError)
    }

    fn p256_sign(&self, key: &PrivateKey, digest: &[u8; 32]) -> Result<[u8; 64], CryptoError> {
        let scalar = scalar(key)?;
        // The hazmat entry takes the scalar as it is; SigningKey would compute its public point first, at the price
        // of another multiplication. RFC 6979 takes the nonce from key and digest.
        let (signature, _) = ecdsa::hazmat::sign_prehashed_rfc6979::<NistP256, Sha256>(&scalar, digest, &[]);
        Ok(signature.to_bytes().into())
    }

    fn p256_verify(
        &self,
        point: &[u8; 65],
        digest: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), CryptoError> {
        let public = PublicKey::from_sec1_bytes(point).map_err(|_| CryptoError)?;
        let signature = p256::ecdsa::Signature::from_slice(signature).map_err(|_| CryptoError)?;
        let point = ProjectivePoint::from(*public.as_affine());
        ecdsa::hazmat::verify_prehashed::<NistP256>(&point, digest, &signature).map_err(|_| CryptoError)
    }

    fn p256_agree(&self, key: &PrivateKey, point: &[u8; 65]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let public = PublicKey::from_sec1_bytes(point).map_err(|_| CryptoError)?;
        let shared = ProjectivePoint::from(*public.as_affine()) * *scalar(key)?;
        Ok(Zeroizing::new(shared.to_affine().x().into()))
    }

    fn aes_cmac_verify(&self, key: &[u8; 16], message: &[u8], mac: &[u8; 16]) -> bool {
        let mut state = <Cmac<Aes128> as KeyInit>::new(key.into());
        state.update(message);
        state.verify(mac.into()).is_ok()
    }
}
