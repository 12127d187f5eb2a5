//! Between the mesh and the signaling transports: sealing what goes out, opening what comes in, each strictly in order.

use std::rc::{Rc, Weak};

use futures_util::StreamExt;
use handclasp_core::crypto::Crypto;
use handclasp_core::envelope::{self, Keys};
use handclasp_core::mesh::Input;

use super::driver::Driver;
use super::latch::Latch;
use super::outgoing::ToSeal;
use crate::crypto::WebCrypto;
use crate::signaling::{Signaling, SignalingError, SignalingEvent, SignalingEvents};
use crate::sys;
use crate::task;

/// How a signaling path is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalingState {
    /// On the way, for the first time.
    Connecting,
    /// Signals travel.
    Connected,
    /// They do not at the moment; the transport keeps trying.
    Reconnecting {
        /// Why.
        reason: SignalingError,
    },
    /// They do not, and waiting is of no use.
    Failed {
        /// Why.
        reason: SignalingError,
    },
}

/// The transports of a room and what seals their signals. It does not know the room, and outlives it until the last goodbye
/// has been said.
pub(super) struct Outside {
    pub(super) transports: Vec<Box<dyn Signaling>>,
    pub(super) crypto: WebCrypto,
    pub(super) keys: Keys<<WebCrypto as Crypto>::Key>,
}

impl Outside {
    /// Sealed for everyone who has the room's secret; `None` when the browser refuses.
    pub(super) async fn seal(&self, plaintext: &[u8]) -> Option<Vec<u8>> {
        envelope::seal(&self.crypto, &self.keys.key, sys::random(), plaintext)
            .await
            .inspect_err(|error| tracing::warn!(%error, "a signal was not sealed"))
            .ok()
    }

    /// Subscribes everywhere, and serves until the outgoing queue is closed and empty. `wills` has one will for each transport.
    pub(super) fn serve(
        self: Rc<Self>,
        driver: &Weak<Driver>,
        wills: Vec<Vec<u8>>,
        outgoing: ToSeal,
        latch: &Latch,
    ) {
        let mut subscriptions = Vec::new();
        for (index, will) in wills.into_iter().enumerate() {
            let events = self.transports[index].subscribe(&self.keys.topic, will);
            let listening = listen(Weak::clone(driver), Rc::clone(&self), index, events);
            let (listening, subscription) = task::stoppable(listening);
            subscriptions.push(subscription);
            let hold = latch.hold();
            task::spawn(async move {
                listening.await;
                drop(hold);
            });
        }
        let hold = latch.hold();
        task::spawn(async move {
            self.publish_all(&outgoing).await;
            drop(subscriptions);
            drop(hold);
        });
    }

    async fn publish_all(&self, outgoing: &ToSeal) {
        while let Some(plaintext) = outgoing.next().await {
            if let Some(sealed) = self.seal(&plaintext).await {
                for transport in &self.transports {
                    transport.publish(&self.keys.topic, &sealed);
                }
            }
        }
    }
}

/// Hands what arrives on one path to the room. While a message is being opened the next ones wait in the transport's queue.
async fn listen(
    driver: Weak<Driver>,
    outside: Rc<Outside>,
    index: usize,
    mut events: SignalingEvents,
) {
    while let Some(event) = events.next().await {
        let state = match event {
            SignalingEvent::Up => SignalingState::Connected,
            SignalingEvent::Down(reason) if reason.is_permanent() => {
                SignalingState::Failed { reason }
            }
            SignalingEvent::Down(reason) => SignalingState::Reconnecting { reason },
            SignalingEvent::Message(sealed) => {
                let opened = envelope::open(&outside.crypto, &outside.keys.key, &sealed).await;
                match (opened, driver.upgrade()) {
                    (Ok(plaintext), Some(driver)) => driver.input(Input::Opened(plaintext)),
                    // Anyone may publish anything.
                    (Err(error), _) => tracing::debug!(%error, "dropped a signal"),
                    (Ok(_), None) => return,
                }
                continue;
            }
        };
        let Some(driver) = driver.upgrade() else {
            return;
        };
        driver.set_signaling(index, state);
    }
}
