//! The words that both sides show: see [`handclasp_core::words`].

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::time::Duration;

use handclasp_core::card::fingerprint_of;
use handclasp_core::message::Frame;
use handclasp_core::words::{Certificates, HASH, Step, Words, commit};
use js_sys::{Array, ArrayBuffer, Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcCertificate, RtcConfiguration, RtcPeerConnection};

use crate::channel::Carrier;
use crate::connection::Connection;
use crate::crypto::WebCrypto;
use crate::peer::Peer;
use crate::wakers::Wakers;
use crate::{sys, task};

/// Most steps that wait; the exchange has three.
const MAX_STEPS: usize = 4;

/// What two people compare, and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) words: Words,
    /// Names the two certificates.
    pub(crate) pair: [u8; 16],
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What it takes to find words. By pointers, so that programs that do not want words are without it.
pub(crate) struct Finder {
    /// Begins to find the words for a connection whose control channel is open; whether this side has the lower id.
    pub(crate) begin: fn(&Peer, &Rc<Connection>, bool),
    /// Has all connections use one certificate: the given one, if it is good.
    pub(crate) keep_certificate: fn(RtcConfiguration, Option<RtcCertificate>) -> Task,
}

pub(crate) const FINDER: Finder = Finder {
    begin,
    keep_certificate: |configuration, given| Box::pin(keep_certificate(configuration, given)),
};

/// What a peer knows of the steps that come over its connection.
pub(crate) trait Mailbox {
    fn take(&self, step: Step);

    /// There will be no more.
    fn end(&self);
}

/// The steps that came over one connection.
#[derive(Debug, Default)]
struct Steps {
    waiting: RefCell<VecDeque<Step>>,
    over: Cell<bool>,
    wakers: Wakers,
}

impl Mailbox for Steps {
    fn take(&self, step: Step) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() < MAX_STEPS {
            waiting.push_back(step);
        }
        drop(waiting);
        self.wakers.wake();
    }

    fn end(&self) {
        self.over.set(true);
        self.wakers.wake();
    }
}

impl Steps {
    async fn next(&self) -> Option<Step> {
        self.wakers
            .until(|| self.over.get() || !self.waiting.borrow().is_empty())
            .await;
        self.waiting.borrow_mut().pop_front()
    }
}

fn begin(peer: &Peer, connection: &Rc<Connection>, is_lower: bool) {
    let steps = Rc::<Steps>::default();
    peer.set_mailbox(Some(Rc::clone(&steps) as Rc<dyn Mailbox>));
    let connection = Rc::downgrade(connection);
    let peer = peer.clone();
    task::spawn(async move {
        if let Some(found) = exchange(connection, steps, is_lower).await {
            peer.set_compared(found);
        }
    });
}

/// Carries the exchange out over a connection whose control channel is open. `None` when the connection ends meanwhile, the other side does
/// not keep to the exchange, or the browser does not tell the certificates.
async fn exchange(
    connection: Weak<Connection>,
    steps: Rc<Steps>,
    is_lower: bool,
) -> Option<Compared> {
    let crypto = WebCrypto::new().ok()?;
    let say = |step| {
        if let Some(connection) = connection.upgrade() {
            connection.say(&Frame::Trust(step));
        }
    };
    let own = sys::random();
    let theirs = if is_lower {
        say(Step::Commitment(commit(&crypto, &own).await.ok()?));
        let Some(Step::Nonce(theirs)) = steps.next().await else {
            return None;
        };
        say(Step::Nonce(own));
        theirs
    } else {
        let Some(Step::Commitment(commitment)) = steps.next().await else {
            return None;
        };
        say(Step::Nonce(own));
        let Some(Step::Nonce(theirs)) = steps.next().await else {
            return None;
        };
        if commit(&crypto, &theirs).await != Ok(commitment) {
            tracing::warn!("a member did not keep to what it had committed to");
            return None;
        }
        theirs
    };
    let (mine, remote) = certificates(&crypto, &connection).await?;
    let (certificates, numbers) = if is_lower {
        let certificates = Certificates {
            lower: mine,
            higher: remote,
        };
        (certificates, [own, theirs])
    } else {
        let certificates = Certificates {
            lower: remote,
            higher: mine,
        };
        (certificates, [theirs, own])
    };
    let [lower, higher] = &numbers;
    Some(Compared {
        words: certificates.words(&crypto, lower, higher).await.ok()?,
        pair: certificates.pair(&crypto).await.ok()?,
    })
}

/// The fingerprints of this side's certificate and of the other's.
async fn certificates(
    crypto: &WebCrypto,
    connection: &Weak<Connection>,
) -> Option<([u8; HASH], [u8; HASH])> {
    let (local, remote, seen) = {
        let connection = connection.upgrade()?;
        let pc = connection.pc();
        let seen = pc.sctp().and_then(|sctp| sctp.transport());
        let seen = seen.and_then(|dtls| dtls.remote_certificates().ok());
        (
            fingerprint_of(&pc.local_description()?.sdp())?,
            fingerprint_of(&pc.remote_description()?.sdp()),
            seen.and_then(|list| list.get(0).dyn_into::<ArrayBuffer>().ok()),
        )
    };
    let remote = match seen {
        // As it came in the DTLS handshake.
        Some(certificate) => crypto.sha256(&certificate).await.ok()?,
        // Firefox does not show it, and lets no other certificate than the described one pass (RFC 8122 §6.2).
        None => remote?,
    };
    Some((local, remote))
}

/// So that whoever has compared words with someone need not do so again when a connection is built anew. Where the browser refuses to make one, each connection has its own.
async fn keep_certificate(configuration: RtcConfiguration, given: Option<RtcCertificate>) {
    let certificate = match given {
        // With one that has expired there would be no connection.
        Some(certificate) if certificate.expires() > js_sys::Date::now() => Some(certificate),
        _ => new_certificate(None).await,
    };
    if let Some(certificate) = certificate {
        configuration.set_certificates(&Array::of1(&certificate));
    }
}

/// A certificate for [`RoomOptions::words`](crate::RoomOptions::words), good for so long; unless told, for as long as the browser thinks fit, a
/// month mostly. Browsers take no more than a year. `None` when the browser refuses.
///
/// ECDSA on P-256, what browsers use by themselves (<https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-generatecertificate>).
///
/// # Cancel safety
/// Dropping the future has no effect.
pub async fn new_certificate(life: Option<Duration>) -> Option<RtcCertificate> {
    let algorithm = Object::new();
    for (name, value) in [("name", "ECDSA"), ("namedCurve", "P-256")] {
        Reflect::set(&algorithm, &name.into(), &value.into()).ok()?;
    }
    if let Some(life) = life {
        let millis = life.as_secs_f64() * 1e3;
        Reflect::set(&algorithm, &"expires".into(), &millis.into()).ok()?;
    }
    let making = RtcPeerConnection::generate_certificate_with_object(&algorithm).ok()?;
    JsFuture::from(making).await.ok()?.dyn_into().ok()
}
