//! Pong between two tabs: the inputs go over a lossy channel of handclasp, and [GGRS](https://docs.rs/ggrs) keeps both sides in the same state.
//!
//! The room is that of the address: whoever opens the same link in another tab of this browser plays. There is no server but for the files.

mod controls;
mod game;
mod pong;
mod view;

use std::error::Error;

use futures_util::{FutureExt, StreamExt};
use handclasp::{
    Broadcast, ChannelOptions, Peer, PeerState, Room, RoomEvent, RoomEvents, RoomOptions, Secret,
};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Window;

use controls::Controls;
use game::{Game, Standing};
use view::View;

/// Smaller than the one of the standard library.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The label of the channel that inputs go over.
const CHANNEL: &str = "game";

fn main() {
    let Some(window) = web_sys::window() else {
        return;
    };
    spawn_local(async move {
        let Some(view) = window.document().and_then(|it| View::new(&it).ok()) else {
            return;
        };
        if let Err(error) = run(&window, &view).await {
            view.say("failed", &error.to_string());
        }
    });
}

/// One game after the other, with whoever comes.
async fn run(window: &Window, view: &View) -> Result<(), Box<dyn Error>> {
    let controls = Controls::new(window, view.canvas());
    let options = RoomOptions::new("handclasp.example.game", "pong", secret(window))
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
        let mut game = Game::new(&room, other.clone())?;
        while room.peers().contains(&other) {
            let now = next_frame(window).await;
            game.play(now, controls.held())?;
            show(view, &game);
            while let Some(event) = events.next().now_or_never() {
                event.ok_or("The game is over. Reload the page.")?;
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
            None => return Err("The game is over. Reload the page.".into()),
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

fn show(view: &View, game: &Game) {
    let side = ["left", "right"][game.me().min(1)];
    match game.standing() {
        Standing::Synchronizing => view.say("synchronizing", "Somebody is here. The game begins when both tabs can be seen."),
        Standing::Playing => view.say("playing", &format!("You are on the {side}.")),
        Standing::Interrupted => view.say("interrupted", "Nothing comes from the other player. Is their tab hidden?"),
        Standing::Desynchronized(frame) => view.say("desync", &format!("The two games are not the same any more, since frame {frame} at the latest. Reload both pages.")),
    }
    view.note("frame", &game.frame().to_string());
    let pong = game.pong();
    view.draw(pong, game.me());
    view.note("me", &game.me().to_string());
    view.note(
        "paddles",
        &format!("{} {}", pong.paddles[0], pong.paddles[1]),
    );
    let checks = game
        .checks()
        .map(|(frame, sum)| format!("{frame}:{sum:016x}"));
    view.note("checks", &checks.collect::<Vec<_>>().join(" "));
}

/// When the browser draws next, ms of the page's clock. Not while the tab is hidden.
async fn next_frame(window: &Window) -> f64 {
    let drawn = Promise::new(&mut |resolve, _| {
        let _ = window.request_animation_frame(&resolve);
    });
    let time = JsFuture::from(drawn).await.unwrap_or(JsValue::NULL);
    time.as_f64().unwrap_or_default()
}
