//! Who is there.

use futures_util::StreamExt;
use handclasp::{Peer, PeerState, Room, RoomEvent};
use wasm_bindgen::JsError;

/// The first other member that is connected.
pub(crate) async fn connected(room: &Room) -> Result<Peer, JsError> {
    let mut events = room.events();
    let here = room.peers().into_iter();
    let mut connected = here.filter(|peer| peer.state() == PeerState::Connected);
    if let Some(peer) = connected.next() {
        return Ok(peer);
    }
    while let Some(event) = events.next().await {
        if let RoomEvent::PeerState {
            peer,
            state: PeerState::Connected,
        } = event
        {
            return Ok(peer);
        }
    }
    Err(JsError::new("the room has ended"))
}
