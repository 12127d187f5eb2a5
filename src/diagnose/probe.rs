//! What is tried: the STUN servers together, each TURN address by itself, and the signaling paths.

use futures_util::StreamExt;
use futures_util::future::join_all;
use handclasp_core::diagnosis::{
    BrokerFacts, BrokerOutcome, CandidateType, Gathering, MAX_BROKERS, MAX_RELAYS, Permission,
    RelayFacts, RelayOutcome, RelayTransport,
};
use handclasp_core::envelope::Keys;
use web_sys::RtcSdpType;

use super::attempt::Attempt;
use crate::crypto::WebCrypto;
use crate::options::{IceServer, configuration};
use crate::room::SignalingState;
use crate::signaling::{Broadcast, Signaling, SignalingError, SignalingEvent};
use crate::sys;
use crate::wakers::within;

/// How long gathering may take. A STUN or TURN server that has not answered by then does not; Chromium says so only after ten seconds, or
/// never.
const GATHER_DEADLINE_MS: u32 = 5000;

/// How long data may take through a relay. TLS to it, ICE, DTLS and SCTP are a dozen round trips.
const RELAY_DEADLINE_MS: u32 = 5000;

/// How long a signaling path may take. Its own first try takes no longer before it says why it failed.
const BROKER_DEADLINE_MS: u32 = 6000;

/// Gathers candidates with the STUN servers among `servers`.
pub(super) async fn gather(servers: &[IceServer]) -> Gathering {
    let stun = addresses(servers, |url| RelayTransport::of_url(url).is_none());
    let mut gathering = Gathering {
        servers: stun.len(),
        ..Gathering::default()
    };
    let Ok(attempt) = Attempt::new(&configuration(&stun, false)) else {
        return gathering;
    };
    within(GATHER_DEADLINE_MS, async {
        attempt.describe().await;
        attempt.until(Attempt::is_complete).await;
    })
    .await;
    gathering.complete = attempt.is_complete();
    gathering.reports_errors = attempt.reports_errors();
    gathering.errors = attempt.seen().errors.get();
    gathering.candidates = attempt.seen().candidates.take();
    gathering
}

/// Tries each TURN address among `servers`.
pub(super) async fn relays(servers: &[IceServer]) -> Vec<RelayFacts> {
    let mut turn = addresses(servers, |url| RelayTransport::of_url(url).is_some());
    turn.truncate(MAX_RELAYS);
    join_all(turn.into_iter().map(|server| async move {
        let url = server.urls.first().map_or("", String::as_str);
        RelayFacts {
            transport: RelayTransport::of_url(url).unwrap_or(RelayTransport::Udp),
            outcome: relay(server).await,
        }
    }))
    .await
}

/// Two connections of this page, both by way of the relay alone: what one sends, the other gets.
async fn relay(server: IceServer) -> RelayOutcome {
    let configuration = configuration(&[server], true);
    let ends = (Attempt::new(&configuration), Attempt::new(&configuration));
    let (Ok(near), Ok(far)) = ends else {
        return RelayOutcome::Nothing;
    };
    within(GATHER_DEADLINE_MS, async {
        near.describe().await;
        near.until(|near| has_relay(near) || near.is_complete())
            .await;
    })
    .await;
    if !has_relay(&near) {
        return match (near.seen().error.get(), near.is_complete()) {
            (Some(code), _) => RelayOutcome::of_error(code),
            (None, true) => RelayOutcome::Nothing,
            (None, false) => RelayOutcome::Unreachable,
        };
    }
    let through = within(RELAY_DEADLINE_MS, async {
        far.hear(&near, RtcSdpType::Offer).await?;
        far.describe().await?;
        far.until(has_relay).await;
        near.hear(&far, RtcSdpType::Answer).await?;
        near.until(Attempt::is_open).await;
        Some(())
    });
    match through.await.flatten() {
        Some(()) => RelayOutcome::Relays,
        None => RelayOutcome::Silent,
    }
}

fn has_relay(attempt: &Attempt) -> bool {
    attempt
        .seen()
        .candidates
        .borrow()
        .iter()
        .any(|candidate| candidate.kind == CandidateType::Relayed)
}

/// Those addresses of `servers` that are `wanted`, one to a server.
fn addresses(servers: &[IceServer], wanted: impl Fn(&str) -> bool) -> Vec<IceServer> {
    let mut found = Vec::new();
    for server in servers {
        for url in server.urls.iter().filter(|url| wanted(url)) {
            found.push(IceServer {
                urls: vec![url.clone()],
                ..server.clone()
            });
        }
    }
    found
}

/// Connects to each path, on a topic that nobody else has, and leaves again.
pub(super) async fn brokers(paths: &[Box<dyn Signaling>]) -> Vec<BrokerFacts> {
    let Ok(crypto) = WebCrypto::new() else {
        return Vec::new();
    };
    let secret: [u8; 16] = sys::random();
    let Ok(keys) = Keys::derive(&crypto, &secret, "", "").await else {
        return Vec::new();
    };
    join_all(paths.iter().take(MAX_BROKERS).map(|path| async {
        let mut events = path.subscribe(&keys.topic, Vec::new());
        let said = within(BROKER_DEADLINE_MS, async {
            loop {
                match events.next().await? {
                    SignalingEvent::Up => return Some(BrokerOutcome::Works),
                    SignalingEvent::Down(reason) => return Some(outcome(&reason)),
                    SignalingEvent::Message(_) => {}
                }
            }
        });
        broker(path.name(), said.await.flatten())
    }))
    .await
}

/// The paths of a room, as they are.
pub(super) fn known(paths: Vec<(String, SignalingState)>) -> Vec<BrokerFacts> {
    let fact = |(name, state)| {
        let outcome = match state {
            SignalingState::Connecting => None,
            SignalingState::Connected => Some(BrokerOutcome::Works),
            SignalingState::Reconnecting { reason } | SignalingState::Failed { reason } => {
                Some(outcome(&reason))
            }
        };
        broker(name, outcome)
    };
    paths.into_iter().take(MAX_BROKERS).map(fact).collect()
}

/// A path by its name, and how it is if that is known.
fn broker(name: String, outcome: Option<BrokerOutcome>) -> BrokerFacts {
    BrokerFacts {
        local: name == Broadcast::new().name(),
        name,
        outcome: outcome.unwrap_or(BrokerOutcome::Silent),
    }
}

/// What a reason comes to.
const fn outcome(reason: &SignalingError) -> BrokerOutcome {
    match reason {
        SignalingError::BadCredentials
        | SignalingError::NotAuthorized
        | SignalingError::Refused(_) => BrokerOutcome::Refused,
        SignalingError::Protocol => BrokerOutcome::Wrong,
        _ => BrokerOutcome::Unreachable,
    }
}

/// What the page may do, where the browser tells.
pub(super) async fn permission(name: &str) -> Permission {
    match sys::permission(name).await.as_deref() {
        Some("granted") => Permission::Granted,
        Some("prompt") => Permission::Prompt,
        Some("denied") => Permission::Denied,
        _ => Permission::Unknown,
    }
}
