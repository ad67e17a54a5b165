//! Cryptography alone, in the same run: what the card's numbers must be judged by.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

use super::report::{Better, Report};
use super::{Effort, Result};

/// What is signed: about as long as a storing request.
const MESSAGE: [u8; 400] = [0x5A; 400];

/// Signatures and verifications a second of the two libraries, on one core.
///
/// # Errors
/// When a key cannot be made.
pub fn measure(effort: Effort, report: &mut Report) -> Result<()> {
    let key = SigningKey::from_slice(&[0x42; 32])?;
    let signature: Signature = key.sign(&MESSAGE);
    let point = VerifyingKey::from(&key);
    let sign = effort.seconds_each(|| {
        let _: Signature = key.sign(&MESSAGE);
        Ok(())
    })?;
    let verify = effort.seconds_each(|| Ok(point.verify(&MESSAGE, &signature)?))?;
    rates(report, "p256", sign, verify);

    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let random = SystemRandom::new();
    let signature = pair.sign(&random, &MESSAGE)?;
    let point = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    let sign = effort.seconds_each(|| Ok(pair.sign(&random, &MESSAGE).map(drop)?))?;
    let verify = effort.seconds_each(|| Ok(point.verify(&MESSAGE, signature.as_ref())?))?;
    rates(report, "aws_lc_rs", sign, verify);
    Ok(())
}

fn rates(report: &mut Report, library: &str, sign: f64, verify: f64) {
    report.plain(
        &format!("raw.{library}.sign.per_second"),
        sign.recip(),
        "1/s",
        Better::Higher,
    );
    report.plain(
        &format!("raw.{library}.verify.per_second"),
        verify.recip(),
        "1/s",
        Better::Higher,
    );
}
