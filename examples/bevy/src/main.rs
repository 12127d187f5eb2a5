//! A game between two tabs with Bevy: `bevy_ggrs` saves, loads and repeats what its systems do, and inputs go over a lossy channel of handclasp.
//!
//! The room is that of the address: whoever opens the same link in another tab of this browser plays. There is no server but for the files.

mod game;
mod keys;
mod rules;
mod view;

use std::error::Error;
use std::rc::Rc;

use futures_util::{FutureExt, StreamExt};
use handclasp::{
    Broadcast, ChannelOptions, Peer, PeerState, Room, RoomEvent, RoomEvents, RoomOptions, Secret,
};
use js_sys::Promise;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Window;

use keys::Keys;
use view::View;

/// Smaller than the one of the standard library.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The label of the channel that inputs go over.
const CHANNEL: &str = "game";

/// What an error says that only a bug or a lost page causes.
const OVER: &str = "The game is over. Reload the page.";

fn main() {
    let Some(window) = web_sys::window() else {
        return;
    };
    spawn_local(async move {
        let Some(view) = window.document().and_then(|it| View::new(&it).ok()) else {
            return;
        };
        let view = Rc::new(view);
        if let Err(error) = run(&window, &view).await {
            view.say("failed", &error.to_string());
        }
    });
}

/// One game after the other, with whoever comes.
async fn run(window: &Window, view: &Rc<View>) -> Result<(), Box<dyn Error>> {
    let keys = Rc::new(Keys::of(window));
    let options = RoomOptions::new("handclasp.example.bevy", "coins", secret(window))
        .signaling(Broadcast::new())
        .ice_servers(Vec::new())
        .max_peers(1)
        .channel(CHANNEL, ChannelOptions::lossy());
    let room = Room::join(options).await?;
    let mut events = room.events();
    view.say(
        "waiting",
        "Open this page's address in another tab, side by side with this one.",
    );
    loop {
        let other = opponent(&room, &mut events, view).await?;
        // Each game is an app of its own: nothing that GGRS counts is left from the one before.
        let mut app = game::app(&room, other.clone(), Rc::clone(view), Rc::clone(&keys))?;
        while room.peers().contains(&other) {
            next_frame(window).await;
            app.update();
            while let Some(event) = events.next().now_or_never() {
                event.ok_or(OVER)?;
            }
        }
        view.say(
            "left",
            "The other player has left. Whoever opens this address next plays.",
        );
    }
}

/// Waits until somebody is connected.
async fn opponent(
    room: &Room,
    events: &mut RoomEvents,
    view: &View,
) -> Result<Peer, Box<dyn Error>> {
    loop {
        let mut peers = room.peers().into_iter();
        if let Some(peer) = peers.find(|peer| peer.state() == PeerState::Connected) {
            return Ok(peer);
        }
        match events.next().await {
            Some(RoomEvent::Refused) => view.say(
                "refused",
                "Two are playing here already. Take the # and what follows off the address.",
            ),
            Some(_) => {}
            None => return Err(OVER.into()),
        }
    }
}

/// The secret that the address has, or a new one, which is put there.
fn secret(window: &Window) -> Secret {
    let fragment = window.location().hash().unwrap_or_default();
    Secret::parse(fragment.trim_start_matches('#')).unwrap_or_else(|_| {
        let secret = Secret::generate();
        // Only a page without an address has none to set, and then nobody else can come.
        let _ = window.location().set_hash(&secret.to_base64url());
        secret
    })
}

/// Ready when the browser draws next. Not while the tab is hidden.
async fn next_frame(window: &Window) {
    let drawn = Promise::new(&mut |resolve, _| {
        let _ = window.request_animation_frame(&resolve);
    });
    // Nothing rejects it.
    let _ = JsFuture::from(drawn).await;
}
