//! What the games have in common, whatever the rules: the room that the page's address stands for, one game after the other with whoever comes, and what
//! the page says of it.
//!
//! Whoever opens the same link in another tab of this browser plays. There is no server but for the files.

mod held;
mod screen;
mod session;

use std::error::Error;
use std::rc::Rc;

use futures_util::{FutureExt, StreamExt};
use handclasp::{
    Broadcast, ChannelOptions, Peer, PeerState, Room, RoomEvent, RoomEvents, RoomOptions, Secret,
};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Window;

pub use held::Held;
pub use screen::Screen;
pub use session::{CHECKED_EVERY, Checks, Standing, Watch, session};

/// Smaller than the one of the standard library.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The label of the channel that inputs go over.
const CHANNEL: &str = "game";

/// What an error says that only a bug or a lost page causes.
const OVER: &str = "The game is over. Reload the page.";

/// What goes wrong, in words.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A game, called whenever the browser draws, with the time, ms of the page's clock.
pub type Game = Box<dyn FnMut(f64) -> Outcome<()>>;

/// Plays one game after the other with whoever comes, in the room of these names. `prepare` is called once, with what the page has, and what it gives
/// back begins a game with the other player.
pub fn play<B>(
    app: &'static str,
    room: &'static str,
    prepare: impl FnOnce(&Window, &Rc<Screen>) -> B + 'static,
) where
    B: FnMut(&Room, Peer) -> Outcome<Game> + 'static,
{
    let Some(window) = web_sys::window() else {
        return;
    };
    spawn_local(async move {
        let Some(screen) = window.document().and_then(|it| Screen::new(&it).ok()) else {
            return;
        };
        let screen = Rc::new(screen);
        let begin = prepare(&window, &screen);
        let options = RoomOptions::new(app, room, secret(&window))
            .signaling(Broadcast::new())
            .ice_servers(Vec::new())
            .max_peers(1)
            .channel(CHANNEL, ChannelOptions::lossy());
        if let Err(error) = games(&window, &screen, options, begin).await {
            screen.say("failed", &error.to_string());
        }
    });
}

async fn games(
    window: &Window,
    screen: &Screen,
    options: RoomOptions,
    mut begin: impl FnMut(&Room, Peer) -> Outcome<Game>,
) -> Outcome<()> {
    let room = Room::join(options).await?;
    let mut events = room.events();
    screen.say(
        "waiting",
        "Open this page's address in another tab, side by side with this one.",
    );
    loop {
        let other = opponent(&room, &mut events, screen).await?;
        let mut game = begin(&room, other.clone())?;
        while room.peers().contains(&other) {
            game(next_frame(window).await)?;
            while let Some(event) = events.next().now_or_never() {
                event.ok_or(OVER)?;
            }
        }
        screen.say(
            "left",
            "The other player has left. Whoever opens this address next plays.",
        );
    }
}

/// Waits until somebody is connected.
async fn opponent(room: &Room, events: &mut RoomEvents, screen: &Screen) -> Outcome<Peer> {
    loop {
        let mut peers = room.peers().into_iter();
        if let Some(peer) = peers.find(|peer| peer.state() == PeerState::Connected) {
            return Ok(peer);
        }
        match events.next().await {
            Some(RoomEvent::Refused) => screen.say(
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

/// When the browser draws next, ms of the page's clock. Not while the tab is hidden.
async fn next_frame(window: &Window) -> f64 {
    let drawn = Promise::new(&mut |resolve, _| {
        let _ = window.request_animation_frame(&resolve);
    });
    let time = JsFuture::from(drawn).await.unwrap_or(JsValue::NULL);
    time.as_f64().unwrap_or_default()
}
