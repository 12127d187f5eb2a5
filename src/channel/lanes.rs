//! Channels that a peer opens for the data of a transfer, and who waits for them.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use web_sys::RtcDataChannel;

/// Gets the channel within the browser's event that tells of it, the one moment in which it can be handed to a worker.
type Take = Rc<dyn Fn(RtcDataChannel)>;

/// Those who wait, by the protocol of the channel. Each is of a transfer, which bounds them.
#[derive(Default)]
pub(crate) struct Lanes(RefCell<Vec<(String, Take)>>);

impl Lanes {
    /// From now on one channel of this protocol is taken.
    pub(crate) fn expect(&self, protocol: &str, take: Take) {
        self.0.borrow_mut().push((protocol.to_owned(), take));
    }

    /// It is not any more.
    pub(crate) fn forget(&self, protocol: &str) {
        self.remove(protocol);
    }

    /// The peer opened a channel. One that nobody waits for is closed.
    pub(crate) fn take(&self, channel: RtcDataChannel, protocol: &str) {
        match self.remove(protocol) {
            Some(take) => take(channel),
            None => channel.close(),
        }
    }

    fn remove(&self, protocol: &str) -> Option<Take> {
        let mut waiting = self.0.borrow_mut();
        let at = waiting.iter().position(|(other, _)| other == protocol)?;
        Some(waiting.swap_remove(at).1)
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}
