//! Storing requests: open, authorize, load or remove, drop. SPEC.md section 6.

use apdu_spec::command::Command;
use apdu_spec::data::{self, RequestEntry, RequestSelector};
use apdu_spec::object::{Digest, Mode, Sdi, Signed};
use apdu_spec::package::Block;

use super::{Session, receipt};
use crate::error::{Error, Fault, Result};

/// How far loading is: blocks kept, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Blocks the card has.
    pub done: usize,
    /// Blocks there are.
    pub total: usize,
}

/// What came of loading or removing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The receipt, a complete F0. Its signature is not checked here.
    pub receipt: Vec<u8>,
    /// Whether it had been done before, so that nothing was sent this time.
    pub before: bool,
}

impl Session<'_> {
    /// Opens a storing request and gives the card's SR, a complete F0. The holder must have consented in this session;
    /// while a request with the same mode and data is open, its SR comes back.
    ///
    /// # Errors
    /// When the card refuses, or its SR is about something else.
    pub fn open_request(&mut self, mode: Mode, sdi: &Sdi) -> Result<Vec<u8>> {
        self.step("open a storing request");
        let mut buffer = [0; Sdi::MAX];
        let length = sdi
            .write_body(&mut buffer)
            .map_err(|error| self.invalid(error.to_string()))?;
        let command = Command::OpenRequest {
            mode,
            sdi: *sdi,
            sdi_encoded: buffer.get(..length).unwrap_or_default(),
        };
        let reply = self.run(&command)?;
        let request = Signed::parse(&reply)
            .and_then(|signed| signed.storing_request())
            .map_err(self.malformed("storing request"))?;
        if request.sdi == *sdi && request.header.mode == mode {
            Ok(reply)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// The open requests.
    ///
    /// # Errors
    /// When the card refuses or answers something else.
    pub fn requests(&mut self) -> Result<Vec<RequestEntry>> {
        let value = self.data_object(data::OPEN_REQUESTS)?;
        let requests = data::requests(&value).map_err(self.malformed("list of requests"))?;
        Ok(requests.collect())
    }

    /// The SR of an open request, a complete F0.
    ///
    /// # Errors
    /// 6A88 when no such request is open.
    pub fn storing_request(&mut self, number: u32) -> Result<Vec<u8>> {
        let object = self.data_object_of(data::STORING_REQUEST, &RequestSelector(number).to_bytes())?;
        let request = Signed::parse(&object)
            .and_then(|signed| signed.storing_request())
            .map_err(self.malformed("storing request"))?;
        if request.number == number {
            Ok(object)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// Gives the card the mode's evidence, one or two complete F0 objects. The certificates it is signed under must have been
    /// shown in this session, except the card's own issuer's. Doing it again does no harm.
    ///
    /// # Errors
    /// When the card does not accept them; the reason says why.
    pub fn authorize(&mut self, number: u32, first: &[u8], second: Option<&[u8]>) -> Result<()> {
        self.step(format!("authorize request {number}"));
        let command = Command::Authorize {
            number,
            first,
            second,
        };
        self.run(&command).map(drop)
    }

    /// Drops a request, and makes sure that it is gone. The holder must have consented in this session, or, where the
    /// card's policy waives that, the issuer or the request's provider have authenticated.
    ///
    /// # Errors
    /// When the card refuses, or still lists the request.
    pub fn drop_request(&mut self, number: u32) -> Result<()> {
        let step = self.step(format!("drop request {number}"));
        self.run(&Command::DropRequest { number })?;
        match self.next_block(number)? {
            None => Ok(()),
            Some(_) => Err(Error::NotAsWritten { step, position: 0 }),
        }
    }

    /// Loads a package: all its blocks, complete ED objects, from block 0. Starts at the block the card waits for, so
    /// that after an interruption the same call goes on; when everything had been done, the receipt is read. `request` is
    /// SHA-256 of the SR.
    ///
    /// # Errors
    /// When the card refuses a block, or answers a receipt about something else. What it kept stays kept.
    pub fn load<B: AsRef<[u8]>>(
        &mut self,
        number: u32,
        request: &Digest,
        blocks: impl ExactSizeIterator<Item = B>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Loaded> {
        let total = blocks.len();
        let Some(first) = self.next_block(number)? else {
            return self.done_before(number, request);
        };
        self.step(format!("load package of request {number}"));
        // A card that has them all was interrupted before it committed, or asked for consent: the last one again makes it.
        let first = if first == total {
            first.saturating_sub(1)
        } else {
            first
        };
        if first >= total {
            return Err(self.fault(Fault::OutOfStep));
        }
        progress(Progress { done: first, total });
        for (position, block) in blocks.enumerate().skip(first) {
            self.step(format!("load block {position} of {total}"));
            let parsed =
                Block::parse(block.as_ref()).map_err(|error| self.invalid(format!("no block: {error}")))?;
            let last = position + 1 == total;
            if usize::from(parsed.index) != position || parsed.next.is_none() != last {
                return Err(self.invalid("the blocks are not those of one package in order"));
            }
            let reply = self.run(&Command::LoadBlock {
                index: parsed.index,
                last,
                number,
                block: block.as_ref(),
            })?;
            progress(Progress {
                done: position + 1,
                total,
            });
            if last {
                return self.done_now(number, request, reply);
            }
        }
        Err(self.invalid("the package has fewer blocks than it said"))
    }

    /// Removes the application that a request names; `request` is SHA-256 of the SR. The holder must have consented in
    /// this session; when it had been done before, the receipt is read.
    ///
    /// # Errors
    /// When the card refuses.
    pub fn remove(&mut self, number: u32, request: &Digest) -> Result<Loaded> {
        if self.next_block(number)?.is_none() {
            return self.done_before(number, request);
        }
        self.step(format!("remove application of request {number}"));
        let reply = self.run(&Command::RemoveApplication { number })?;
        self.done_now(number, request, reply)
    }

    /// Lowers the version floor that a request names, as [`Self::remove`] removes.
    ///
    /// # Errors
    /// When the card refuses.
    pub fn lower_floor(&mut self, number: u32, request: &Digest) -> Result<Loaded> {
        if self.next_block(number)?.is_none() {
            return self.done_before(number, request);
        }
        self.step(format!("lower the floor of request {number}"));
        let reply = self.run(&Command::LowerFloor { number })?;
        self.done_now(number, request, reply)
    }

    /// The block that comes next; `None` if no such request is open.
    fn next_block(&mut self, number: u32) -> Result<Option<usize>> {
        let requests = self.requests()?;
        let request = requests.iter().find(|request| request.number == number);
        Ok(request.map(|request| usize::from(request.next_block)))
    }

    fn done_before(&mut self, number: u32, request: &Digest) -> Result<Loaded> {
        self.step(format!("look for the receipt of request {number}"));
        match self.receipt_of(request)? {
            Some(receipt) => Ok(Loaded {
                receipt,
                before: true,
            }),
            None => Err(self.invalid(format!(
                "the card has no open request {number} and no receipt about it"
            ))),
        }
    }

    /// Checks that the receipt is about this request and is the one the card keeps.
    fn done_now(&mut self, number: u32, request: &Digest, receipt: Vec<u8>) -> Result<Loaded> {
        let content = receipt::read(&receipt).map_err(self.malformed("receipt"))?;
        let about = content.content.map(|content| content.storing_request);
        if content.request != number || about != Some(*request) {
            return Err(self.fault(Fault::OutOfStep));
        }
        let step = self.step("read the receipt back");
        let kept = self.receipt_of(request)?.unwrap_or_default();
        super::compare(&step, &receipt, &kept)?;
        Ok(Loaded {
            receipt,
            before: false,
        })
    }
}
