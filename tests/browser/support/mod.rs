//! What the browser tests share.

// Every test file uses its own part of it.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod guard;
pub mod parcels;
mod party_line;

use std::future::Future;

use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use gloo_timers::future::TimeoutFuture;
use handclasp::{
    Broadcast, Channel, ChannelOptions, Peer, PeerState, RemoteMedia, Room, RoomEvent, RoomOptions,
    Secret, Signaling,
};

pub use guard::Guard;
pub use party_line::PartyLine;

/// How long a thing may take before the test says that it does not happen.
const DEADLINE_MS: u32 = 20_000;

/// The outcome of `future`, or a failure that says what was waited for.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match select(Box::pin(future), TimeoutFuture::new(DEADLINE_MS)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => panic!("waited in vain: {what}"),
    }
}

/// The first item for which `pick` gives something.
pub async fn first<S, T>(
    what: &str,
    stream: &mut S,
    mut pick: impl FnMut(S::Item) -> Option<T>,
) -> T
where
    S: Stream + Unpin,
{
    soon(what, async {
        loop {
            let item = stream
                .next()
                .await
                .unwrap_or_else(|| panic!("ended before: {what}"));
            if let Some(picked) = pick(item) {
                return picked;
            }
        }
    })
    .await
}

/// Options for a room that only those with `secret` meet in, with a channel named `data`.
pub fn options(secret: &Secret) -> RoomOptions {
    options_on(secret, Broadcast::new())
}

/// The same on another path.
pub fn options_on(secret: &Secret, path: impl Signaling + 'static) -> RoomOptions {
    RoomOptions::new("test", "room", secret.clone())
        .signaling(path)
        .ice_servers(Vec::new())
        .channel("data", ChannelOptions::reliable())
}

pub async fn join(secret: &Secret) -> Room {
    Room::join(options(secret))
        .await
        .expect("the options are good")
}

/// The only peer, once it is connected.
pub async fn connected(room: &Room) -> Peer {
    let mut all = connected_to(room, 1).await;
    all.pop().expect("there is one")
}

/// All peers, once `count` are connected.
pub async fn connected_to(room: &Room, count: usize) -> Vec<Peer> {
    let mut events = room.events();
    let connected = || {
        let mut peers = room.peers();
        peers.retain(|peer| peer.state() == PeerState::Connected);
        (peers.len() >= count).then_some(peers)
    };
    if let Some(peers) = connected() {
        return peers;
    }
    first("peers connect", &mut events, |_| connected()).await
}

/// Two members of a new room, connected with each other.
pub struct Pair {
    pub a: Room,
    pub b: Room,
    /// `b` as `a` sees it.
    pub b_at_a: Peer,
    /// `a` as `b` sees it.
    pub a_at_b: Peer,
}

impl Pair {
    pub async fn meet() -> Self {
        let secret = Secret::generate();
        let (a, b) = (join(&secret).await, join(&secret).await);
        let (b_at_a, a_at_b) = (connected(&a).await, connected(&b).await);
        assert_eq!((b_at_a.id(), a_at_b.id()), (b.id(), a.id()));
        Self {
            a,
            b,
            b_at_a,
            a_at_b,
        }
    }

    /// A channel that `a` opens, at both ends.
    pub async fn open(&self, label: &str, options: ChannelOptions) -> (Channel, Channel) {
        let mut events = self.b.events();
        let near = self.b_at_a.open_channel(label, options).expect("connected");
        let far = first("the channel arrives", &mut events, |event| match event {
            RoomEvent::Channel { channel, peer } if peer == self.a_at_b => Some(channel),
            _ => None,
        })
        .await;
        assert_eq!((near.label(), far.label()), (label, label));
        (near, far)
    }

    /// Both leave, and everything is closed.
    pub async fn part(self) {
        both_leave(self.a, self.b).await;
    }
}

/// Both rooms are left, one after the other.
pub async fn both_leave(a: Room, b: Room) {
    soon("both leave", async {
        a.leave().await;
        b.leave().await;
    })
    .await;
}

/// What `peer` sends, once `fits` says that it is as wanted.
pub async fn media(
    what: &str,
    room: &Room,
    peer: &Peer,
    mut fits: impl FnMut(&[RemoteMedia]) -> bool,
) -> Vec<RemoteMedia> {
    let mut events = room.events();
    let media = peer.media();
    if fits(&media) {
        return media;
    }
    first(what, &mut events, |event| {
        let media =
            matches!(event, RoomEvent::PeerMedia(ref of) if of == peer).then(|| peer.media())?;
        fits(&media).then_some(media)
    })
    .await
}
