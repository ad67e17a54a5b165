//! Rules 1 to 10 as plain data: what a card must know, and what it must refuse. Nothing of this looks like the card's own code:
//! maps, and for each command the set of rules that it breaks. A card must accept exactly what breaks none, and name one that is broken.

use std::collections::BTreeMap;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Policy;
use apdu_spec::date::Date;
use apdu_spec::limits;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;

/// A party of the game: an issuer or a provider by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Issuer(usize),
    Provider(usize),
}

/// What is to be stored: the storing data, but for digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub mode: Mode,
    pub operation: Operation,
    pub aid: Aid,
    pub version: u32,
    pub owner: usize,
    pub expiry: Date,
    /// Which of two packages with this AID and version.
    pub variant: u8,
}

impl Order {
    pub const fn stores(&self) -> bool {
        matches!(self.operation, Operation::Store | Operation::Replace)
    }

    /// Which certified data would be used for it.
    const fn package(&self) -> (u32, u8) {
        (self.version, self.variant)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub number: u32,
    pub order: Order,
    pub authorized: bool,
    /// By the one who succeeds its owner.
    pub by_heir: bool,
    /// Blocks kept.
    pub kept: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub owner: usize,
    pub package: (u32, u8),
    pub active: bool,
}

#[derive(Clone, Debug)]
pub struct Plain {
    pub issuer: usize,
    pub serial: u32,
    pub policy: Policy,
    pub date: Date,
    pub applications: BTreeMap<Aid, Application>,
    /// Owner and AID: version, and which package of that version may return.
    pub floors: BTreeMap<(usize, Aid), (u32, Option<u8>)>,
    pub requests: Vec<Request>,
    pub requests_used: u32,
    pub receipts: u32,
    pub collected: u32,
    pub content_counter: u32,
    pub list: u32,
    /// Providers whose (first) certificate is revoked.
    pub revoked: Vec<usize>,
    // What a reset forgets.
    pub consent: bool,
    pub authenticated: Option<Who>,
}

type Broken = Vec<Reason>;

fn when(broken: bool, reason: Reason) -> Option<Reason> {
    broken.then_some(reason)
}

impl Plain {
    pub fn reset(&mut self) {
        self.consent = false;
        self.authenticated = None;
    }

    pub fn request(&self, number: u32) -> Option<&Request> {
        self.requests.iter().find(|request| request.number == number)
    }

    fn waived(&self, order: &Order) -> bool {
        let concerned = match (order.mode, self.authenticated) {
            (Mode::ViaIssuer | Mode::ViaProvider, Some(Who::Issuer(_))) => true,
            (Mode::ViaIssuer | Mode::ViaProvider | Mode::ProviderAlone, Some(Who::Provider(who))) => {
                who == order.owner
            }
            _ => false,
        };
        concerned && self.policy.waives_consent()
    }

    fn receipts_full(&self) -> Option<Reason> {
        let waiting = self.receipts - self.collected;
        when(
            usize::try_from(waiting).unwrap() >= limits::RECEIPTS_KEPT,
            Reason::ReceiptsUncollected,
        )
    }

    /// Rules 3 and 6, and that the mode is allowed.
    fn against_content(&self, order: &Order, prefixes: bool) -> Broken {
        let present = self.applications.get(&order.aid);
        let own = present.filter(|application| application.owner == order.owner);
        let floor = self.floors.get(&(order.owner, order.aid));
        let floors = self
            .floors
            .keys()
            .filter(|(owner, _)| *owner == order.owner)
            .count();
        let shadows = self.applications.iter().any(|(aid, application)| {
            let (a, b) = (aid.as_bytes(), order.aid.as_bytes());
            application.owner != order.owner && (a.starts_with(b) || b.starts_with(a))
        });
        let mut broken = Broken::new();
        broken.extend(when(order.expiry < self.date, Reason::Expired));
        broken.extend(when(!self.policy.allows(order.mode), Reason::PolicyForbids));
        match order.operation {
            Operation::Store => {
                broken.extend(when(present.is_some(), Reason::AidTaken));
                broken.extend(when(shadows && present.is_none(), Reason::AidNotAllowed));
            }
            Operation::Replace => {
                broken.extend(when(own.is_none(), Reason::NoSuchApplication));
                let old = own.is_some_and(|own| own.package.0 >= order.version);
                broken.extend(when(old, Reason::VersionTooOld));
            }
            Operation::Delete => {
                let other = own.is_none_or(|own| own.package.0 != order.version);
                broken.extend(when(other, Reason::NoSuchApplication));
            }
            Operation::LowerFloor => {
                broken.extend(when(own.is_some(), Reason::AidTaken));
                broken.extend(when(floor.is_none(), Reason::NoSuchApplication));
                let high = floor.is_some_and(|floor| order.version >= floor.0);
                broken.extend(when(high, Reason::VersionNotLower));
            }
        }
        if order.stores() {
            let below = floor.is_some_and(|&(version, variant)| {
                order.version < version || (order.version == version && variant != Some(order.variant))
            });
            broken.extend(when(below, Reason::VersionTooOld));
            let full = floor.is_none() && floors >= limits::PROVIDER_FLOORS;
            broken.extend(when(full, Reason::FloorsFull));
        }
        broken.extend(when(!prefixes, Reason::AidNotAllowed));
        broken
    }

    /// Whether the same request is open: then its SR comes back, and nothing changes.
    pub fn same(&self, order: &Order) -> Option<u32> {
        let same = |request: &&Request| request.order == *order;
        self.requests.iter().find(same).map(|request| request.number)
    }

    pub fn opening(&self, order: &Order) -> Broken {
        let certified = matches!(order.mode, Mode::CertifiedData | Mode::RegistrarCertified);
        let joint = matches!(order.mode, Mode::ViaIssuer | Mode::ViaProvider);
        let impossible = match order.operation {
            Operation::Store | Operation::Replace => false,
            Operation::Delete => certified,
            Operation::LowerFloor => !joint,
        };
        // Two modes are ways to register, not to store.
        let registers = matches!(order.mode, Mode::Registration | Mode::RegisteredIssuer);
        let mut broken = Broken::new();
        broken.extend(when(registers, Reason::PolicyForbids));
        broken.extend(when(impossible, Reason::WrongOperation));
        broken.extend(when(!self.policy.allows(order.mode), Reason::PolicyForbids));
        if self.same(order).is_some() && broken.is_empty() {
            return broken;
        }
        broken.extend(when(!self.consent && !self.waived(order), Reason::ConsentMissing));
        broken.extend(self.receipts_full());
        // Prefixes are in DPR, which nobody has shown yet.
        broken.extend(self.against_content(order, true));
        let live = self
            .requests
            .iter()
            .filter(|request| request.order.expiry >= self.date);
        let own = live
            .clone()
            .filter(|request| request.order.owner == order.owner)
            .count();
        broken.extend(when(own >= limits::PROVIDER_REQUESTS, Reason::ProviderSlotsFull));
        broken.extend(when(
            live.count() >= limits::OPEN_REQUESTS,
            Reason::RequestSlotsFull,
        ));
        broken
    }

    pub fn opened(&mut self, order: &Order) {
        if self.requests.len() == limits::OPEN_REQUESTS {
            let place = self
                .requests
                .iter()
                .position(|request| request.order.expiry < self.date);
            self.requests.remove(place.unwrap());
        }
        self.consent = false;
        self.requests_used += 1;
        self.requests.push(Request {
            number: self.requests_used,
            order: *order,
            authorized: false,
            by_heir: false,
            kept: 0,
        });
    }

    /// Honest evidence for a request, with the owner's certificate; `prefixes`: its DPR allows the AID.
    pub fn authorizing(&self, number: u32, prefixes: bool, heir: bool) -> Broken {
        let Some(request) = self.request(number) else {
            return vec![Reason::NoSuchRequest];
        };
        let order = &request.order;
        let mut broken = Broken::new();
        broken.extend(when(!self.policy.allows(order.mode), Reason::PolicyForbids));
        broken.extend(when(order.expiry < self.date, Reason::Expired));
        if heir {
            return broken;
        }
        broken.extend(when(self.revoked.contains(&order.owner), Reason::Revoked));
        broken.extend(when(!prefixes, Reason::AidNotAllowed));
        broken
    }

    /// What a commit checks once more, and that there is room for its receipt.
    pub fn committing(&self, request: &Request, operation_matches: bool) -> Broken {
        let order = &request.order;
        let mut broken = Broken::new();
        broken.extend(when(!operation_matches, Reason::WrongOperation));
        broken.extend(when(!request.authorized, Reason::RequestNotAuthorized));
        broken.extend(self.receipts_full());
        let revoked = !request.by_heir && self.revoked.contains(&order.owner);
        broken.extend(when(revoked, Reason::Revoked));
        broken.extend(self.against_content(order, true));
        broken.extend(when(
            self.asks_again(order) && !self.consent,
            Reason::ConsentMissing,
        ));
        broken
    }

    /// Deleting, lowering a floor, and replacing with a loss ask once more. Even versions reset what odd ones keep.
    fn asks_again(&self, order: &Order) -> bool {
        match order.operation {
            Operation::Store => false,
            Operation::Replace => order.version.is_multiple_of(2),
            Operation::Delete | Operation::LowerFloor => true,
        }
    }

    pub fn committed(&mut self, number: u32) {
        self.consent = false;
        let place = self
            .requests
            .iter()
            .position(|request| request.number == number)
            .unwrap();
        let order = self.requests.remove(place).order;
        self.receipts += 1;
        match order.operation {
            Operation::Store | Operation::Replace => {
                let active = self.applications.get(&order.aid).is_none_or(|old| old.active);
                let application = Application {
                    owner: order.owner,
                    package: order.package(),
                    active,
                };
                self.applications.insert(order.aid, application);
                let floor = (order.version, Some(order.variant));
                self.floors.insert((order.owner, order.aid), floor);
            }
            Operation::Delete => {
                self.applications.remove(&order.aid);
            }
            Operation::LowerFloor => {
                self.floors
                    .insert((order.owner, order.aid), (order.version, None));
            }
        }
        if order.operation != Operation::LowerFloor {
            self.content_counter += 1;
        }
    }

    pub fn dropping(&self, number: u32) -> Broken {
        let Some(request) = self.request(number) else {
            return vec![Reason::NoSuchRequest];
        };
        let mut broken = Broken::new();
        broken.extend(when(
            !self.consent && !self.waived(&request.order),
            Reason::ConsentMissing,
        ));
        broken
    }

    /// A later RC from `issuer`, released to it or not.
    pub fn registering(&self, issuer: usize, serial: u32, policy: Policy, released: bool) -> Broken {
        let other = issuer != self.issuer;
        let wider = !policy.is_subset_of(self.policy);
        let mut broken = Broken::new();
        broken.extend(when(serial <= self.serial, Reason::SerialTooOld));
        broken.extend(when(other && !released, Reason::NotReleased));
        broken.extend(when((other || wider) && !self.consent, Reason::ConsentMissing));
        broken.extend(self.receipts_full());
        broken
    }

    pub fn registered(&mut self, issuer: usize, serial: u32, policy: Policy) {
        (self.issuer, self.serial, self.policy) = (issuer, serial, policy);
        self.requests.clear();
        self.receipts += 1;
        self.reset();
    }

    pub fn switching(&self, aid: &Aid) -> Broken {
        let mut broken = Broken::new();
        broken.extend(when(!self.consent, Reason::ConsentMissing));
        broken.extend(when(
            !self.applications.contains_key(aid),
            Reason::NoSuchApplication,
        ));
        broken
    }
}
