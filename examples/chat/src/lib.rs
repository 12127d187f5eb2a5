//! What the chats have in common, whatever framework draws them: the room that the page's address stands for, and words for people.

use std::collections::VecDeque;
use std::fmt;

use handclasp::{
    Broadcast, ChannelOptions, IceServer, JoinError, Mqtt, MqttUrlError, PeerState, Room,
    RoomChannel, RoomOptions, Secret, SecretError, SendError, SignalingError, SignalingState,
};
use web_sys::UrlSearchParams;

/// Smaller than the one of the standard library.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The label of the channel that messages go over.
const CHANNEL: &str = "chat";

/// How many lines are kept: a page that is open for days does not grow without end.
pub const MAX_LINES: usize = 500;

/// Joins the room that the page's address stands for.
///
/// # Errors
/// [`Problem`] when the address has a secret or a broker that is none, or the room cannot be joined.
pub async fn join() -> Result<(Room, RoomChannel), Problem> {
    let room = Room::join(options()?).await?;
    let channel = room.channel(CHANNEL).expect("declared in the options");
    Ok((room, channel))
}

/// What follows the address's `#` is the secret; without one a new one is made and put there.
///
/// The tabs of this browser meet without a server, everyone else by the MQTT broker of `?broker=wss://…`. With `?ice=none` no STUN server
/// is asked, which is enough within one network.
fn options() -> Result<RoomOptions, Problem> {
    let location = web_sys::window().expect("a page has a window").location();
    let fragment = location.hash().unwrap_or_default();
    let secret = match fragment.trim_start_matches('#') {
        "" => Secret::generate(),
        text => Secret::parse(text)?,
    };
    // Fails only for a page without an address, whose room nobody else can find.
    let _ = location.set_hash(&secret.to_base64url());
    let options = RoomOptions::new("handclasp.example.chat", "lobby", secret)
        .signaling(Broadcast::new())
        .channel(CHANNEL, ChannelOptions::reliable());

    let query = location.search().unwrap_or_default();
    let query = UrlSearchParams::new_with_str(&query).ok();
    let asked = |name: &str| query.as_ref().and_then(|query| query.get(name));
    let options = match asked("broker") {
        Some(broker) => options.signaling(Mqtt::new(&broker)?),
        None => options,
    };
    let servers = match asked("ice").as_deref() {
        Some("none") => Vec::new(),
        _ => IceServer::defaults(),
    };
    Ok(options.ice_servers(servers))
}

/// What there is to see of a room at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// One's own name; empty until one has joined.
    pub me: String,
    /// The others.
    pub people: Vec<Person>,
    /// What is wrong with a signaling path.
    pub problem: Option<Problem>,
}

/// Somebody else who is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name: what their id begins with.
    pub name: String,
    /// How it stands with the connection to them, in a word.
    pub state: &'static str,
}

impl Seen {
    /// To be looked at again after every event of the room.
    pub fn of(room: &Room) -> Self {
        let peers = room.peers().into_iter();
        let mut paths = room.signaling().into_iter();
        Self {
            me: room.id().to_string(),
            people: peers
                .map(|peer| Person {
                    name: peer.id().to_string(),
                    state: word(peer.state()),
                })
                .collect(),
            problem: paths.find_map(|(_, state)| match state {
                SignalingState::Reconnecting { reason } | SignalingState::Failed { reason } => {
                    Some(reason.into())
                }
                _ => None,
            }),
        }
    }

    /// Whether one is in, and as whom.
    pub fn status(&self) -> String {
        match self.me.as_str() {
            "" => "Joining…".to_owned(),
            me => format!("You are {me}. Whoever opens this page's address is in."),
        }
    }
}

fn word(state: PeerState) -> &'static str {
    match state {
        PeerState::Connecting => "connecting",
        PeerState::Connected => "connected",
        PeerState::Interrupted => "interrupted",
        PeerState::Reconnecting => "reconnecting",
    }
}

/// What has been said, the last lines of it.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    lines: VecDeque<Line>,
    next: u64,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// By which a framework tells it from others.
    pub number: u64,
    /// Who said it.
    pub who: String,
    /// What they said, as they wrote it: text, never markup.
    pub text: String,
}

impl Lines {
    /// Adds a line, in place of the oldest when there are too many.
    pub fn add(&mut self, who: String, text: String) {
        if self.lines.len() == MAX_LINES {
            self.lines.pop_front();
        }
        let number = self.next;
        self.next += 1;
        self.lines.push_back(Line { number, who, text });
    }

    /// The oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }
}

/// An error in words: what is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    what: String,
    hint: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = self.what.chars();
        let first = letters.next().unwrap_or_default().to_uppercase();
        write!(f, "{first}{}. {}", letters.as_str(), self.hint)
    }
}

macro_rules! problem_from {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self { what: error.to_string(), hint: error.hint() }
            }
        }
    )*};
}

problem_from!(
    SecretError,
    MqttUrlError,
    JoinError,
    SignalingError,
    SendError
);
