//! Why it does not work, or that it does: facts about this network, and one verdict.

mod attempt;
mod probe;

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::future::{join, join3};
use handclasp_core::MemberId;
use handclasp_core::diagnosis::{Facts, Gathering, Verdict};

use crate::options::IceServer;
use crate::peer::Peer;
use crate::room::SignalingState;
use crate::signaling::Signaling;
use crate::sys;

/// What [`diagnose`] is to try. A builder.
#[must_use = "options do nothing until something is diagnosed with them"]
pub struct DiagnoseOptions {
    ice_servers: Vec<IceServer>,
    signaling: Vec<Box<dyn Signaling>>,
}

impl DiagnoseOptions {
    /// With [`IceServer::defaults`] and no signaling path.
    pub fn new() -> Self {
        Self {
            ice_servers: IceServer::defaults(),
            signaling: Vec::new(),
        }
    }

    /// Replaces the STUN and TURN servers. Of TURN addresses the first six are tried.
    pub fn ice_servers(mut self, servers: Vec<IceServer>) -> Self {
        self.ice_servers = servers;
        self
    }

    /// Adds a signaling path. Of these the first eight are tried.
    pub fn signaling(mut self, transport: impl Signaling + 'static) -> Self {
        self.signaling.push(Box::new(transport));
        self
    }
}

impl Default for DiagnoseOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DiagnoseOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiagnoseOptions")
            .field("ice_servers", &self.ice_servers)
            .finish_non_exhaustive()
    }
}

/// What a diagnosis found. `Debug` leaves addresses out; [`facts`](Self::facts) has them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What it comes to: a sentence, a code, and the next step.
    pub verdict: Verdict,
    /// What was seen.
    pub facts: Facts,
}

/// Tests this browser's network and permissions, and the servers; also before any call. Ready within about ten seconds.
///
/// It gathers candidates with the STUN servers, sends data through each TURN address, connects to each signaling path, and asks the browser
/// for its permissions, all at the same time. For that it makes one connection, and two for each TURN address; all are closed at
/// the end. Nobody is asked for anything, and no camera is used.
///
/// ```no_run
/// # async fn example() {
/// let diagnosis = handclasp::diagnose(handclasp::DiagnoseOptions::new()).await;
/// println!("{} {}", diagnosis.verdict, diagnosis.verdict.hint());
/// # }
/// ```
///
/// # Cancel safety
/// Dropping the future closes everything.
pub async fn diagnose(options: DiagnoseOptions) -> Diagnosis {
    let (mut facts, brokers) = join(
        network(&options.ice_servers),
        probe::brokers(&options.signaling),
    )
    .await;
    facts.brokers = brokers;
    facts.into()
}

impl From<Facts> for Diagnosis {
    fn from(facts: Facts) -> Self {
        Self {
            verdict: facts.verdict(),
            facts,
        }
    }
}

/// What a peer asks of its room: mostly for a diagnosis from within.
pub(crate) trait Surroundings {
    /// The servers in use.
    fn ice_servers(&self) -> Vec<IceServer>;
    /// The signaling paths by name, and how each is doing.
    fn signaling(&self) -> Vec<(String, SignalingState)>;
    /// Whether a member that was connected does not answer on any way.
    fn is_silent(&self, member: MemberId) -> bool;
    /// A peer's words are there.
    fn found_words(&self, peer: Peer);
}

/// Diagnoses within a room, and about a peer, if it is about one. What is known of the peer is looked at last: what one waits for may have
/// come meanwhile.
///
/// Boxed, so that its callers share one copy of the code.
pub(crate) fn within_room(
    room: Option<Rc<dyn Surroundings>>,
    peer: Option<Peer>,
) -> Pin<Box<dyn Future<Output = Diagnosis>>> {
    Box::pin(async move {
        let servers = room.as_ref().map(|room| room.ice_servers());
        let mut facts = network(&servers.unwrap_or_default()).await;
        facts.brokers = room
            .map(|room| probe::known(room.signaling()))
            .unwrap_or_default();
        if let Some(peer) = peer {
            facts.peer = Some(peer.facts().await);
        }
        facts.into()
    })
}

async fn network(servers: &[IceServer]) -> Facts {
    if !sys::has_webrtc() {
        return Facts {
            gathering: Gathering {
                complete: true,
                ..Gathering::default()
            },
            ..Facts::default()
        };
    }
    let permissions = async {
        let camera = probe::permission("camera").await;
        (camera, probe::permission("microphone").await)
    };
    let (gathering, relays, (camera, microphone)) =
        join3(probe::gather(servers), probe::relays(servers), permissions).await;
    Facts {
        online: sys::online(),
        gathering,
        relays,
        camera,
        microphone,
        ..Facts::default()
    }
}
