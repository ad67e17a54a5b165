//! Certified data on the screen: what they are about and who is still missing.

use parties::certified::CertifiedStatus;

use crate::page::Page;

/// What is certified, for people, and who has to act next.
pub fn show(status: &CertifiedStatus, page: &mut Page) {
    page.field("operation", format!("{}, mode {}", status.operation, status.mode));
    page.field(
        "application",
        format!("{}, version {}", status.aid, status.version),
    );
    page.field("provider", &status.provider);
    page.field("good until", format!("{} by a card's date", status.expiry));
    page.optional("package digest", status.package_digest.as_deref());
    for refusal in &status.refusals {
        page.field(
            "refused by",
            format!("{}: {} ({})", refusal.who, refusal.text, refusal.reason),
        );
    }
    page.text(match status.next {
        None => "Next: holders have their cards ask for it (\"symbolon approval request --certified\")."
            .to_owned(),
        Some(who) => format!("Next: the {who} countersigns (\"symbolon registrar certify-data\")."),
    });
}
