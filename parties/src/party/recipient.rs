//! For which card a provider seals content.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::ProviderId;

use super::Party;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::evidence::judge_card;
use crate::package::Recipient;

impl Party {
    /// The card with certificate `rc` under the issuer's `irc`, both 7F21, as one for which this provider may seal content.
    /// Needs no key of the provider.
    ///
    /// # Errors
    /// [`Error::Denied`] for a card that is not good here: what is sealed for it could be anybody's to read.
    /// [`Error::Unfit`] for a party that is no provider or has no certificate; [`Error::Input`] for what is none.
    pub fn recipient(&self, rc: &[u8], irc: &[u8], today: Date) -> Result<Recipient> {
        self.demand(self.role == Role::Provider, "a provider")?;
        let (certificate, root, roots) = self.certified(self.certificate()?)?;
        let rc = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        let card = judge_card(&roots, root.digest(), &rc, irc, today)?;
        Ok(Recipient {
            card: sha256(rc.point),
            key_agreement: *card.key_agreement,
            provider: ProviderId {
                root: *root.digest(),
                name: certificate.view()?.holder.identity(),
            },
        })
    }
}
