//! Who is still missing. Nothing is verified here: this is what the file says.

use apdu_spec::certificate::Role;
use apdu_spec::object::{Refusal, Signed};
use apdu_spec::reason::Reason;
use serde::Serialize;

use super::{Approval, body};
use crate::error::Result;
use crate::evidence::{comparison, slots};

/// One step of an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Who takes it: `card`, `issuer`, `provider` or `data certifier`.
    pub who: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Whether it is taken.
    pub done: bool,
}

/// A refusal for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalDescription {
    /// Role of who refused.
    pub who: &'static str,
    /// Name of the reason.
    pub reason: String,
    /// Why, in words.
    pub text: String,
}

/// Where an approval stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Mode number.
    pub mode: u8,
    /// `store`, `replace`, `delete` or `lower floor`.
    pub operation: &'static str,
    /// Application identifier, hexadecimal.
    pub aid: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of the package, hexadecimal; absent for a delete.
    pub package_digest: Option<String>,
    /// The provider's name.
    pub provider: String,
    /// The card, hexadecimal.
    pub card: String,
    /// Number of the request on the card.
    pub number: u32,
    /// Last day, by the card's date.
    pub expiry: String,
    /// What every screen shows for this request.
    pub comparison_code: String,
    /// All steps in order.
    pub steps: Vec<Step>,
    /// Who has to act next; `None` when all is done.
    pub next: Option<&'static str>,
    /// Certificates that the card must be shown and that are not in the file.
    pub missing_certificates: Vec<&'static str>,
    /// Refusals, in the order they were given.
    pub refusals: Vec<RefusalDescription>,
}

impl Approval {
    /// Where it stands and who is still missing.
    ///
    /// # Errors
    /// None in fact: every object was readable when it was added.
    pub fn status(&self) -> Result<Status> {
        let request = self.storing_request()?;
        let sdi = &request.sdi;
        let mode = request.header.mode;
        let mut steps = vec![Step {
            who: Role::Card.name(),
            what: "asks for the operation",
            done: true,
        }];
        steps.extend(slots(mode).iter().enumerate().map(|(index, slot)| Step {
            who: slot.role.name(),
            what: slot.what,
            done: index < self.evidence.len(),
        }));
        steps.push(Step {
            who: Role::Card.name(),
            what: "carries it out and signs a receipt",
            done: self.receipt.is_some(),
        });
        Ok(Status {
            mode: mode.code(),
            operation: sdi.operation.name(),
            aid: sdi.aid.to_string(),
            version: sdi.version,
            package_digest: sdi.package.map(|package| hex::encode(package.package)),
            provider: sdi.provider.name.to_string(),
            card: hex::encode(request.card),
            number: request.number,
            expiry: sdi.expiry.to_string(),
            comparison_code: comparison(&self.request),
            next: steps.iter().find(|step| !step.done).map(|step| step.who),
            steps,
            missing_certificates: self.missing_certificates()?,
            refusals: self
                .refusals
                .iter()
                .map(|refusal| describe_refusal(refusal))
                .collect::<Result<_>>()?,
        })
    }
}

/// A refusal for people.
pub(crate) fn describe_refusal(encoded: &[u8]) -> Result<RefusalDescription> {
    let refusal: Refusal<'_> = body("refusal", encoded)?;
    let reason = Reason::from_code(refusal.reason);
    Ok(RefusalDescription {
        who: refusal.header.role.name(),
        reason: reason.map_or_else(
            || format!("{:02X}", refusal.reason),
            |reason| reason.name().to_owned(),
        ),
        text: refusal.text.to_owned(),
    })
}

/// Reads a refusal with its signature.
pub(crate) fn refusal<'a>(encoded: &'a [u8]) -> apdu_spec::tlv::Result<(Signed<'a>, Refusal<'a>)> {
    let signed = Signed::parse(encoded)?;
    let refusal = signed.refusal()?;
    Ok((signed, refusal))
}
