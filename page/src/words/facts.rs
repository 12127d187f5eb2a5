//! The facts of a diagnosis in words, without any address.

use handclasp::diagnosis::{
    BrokerOutcome, CandidateLine, CandidateType, Facts, NatMapping, PeerFacts, Permission, Reach,
    RelayOutcome, TransportState,
};

/// All that is worth telling of `facts`, a line for each, in the order of a person's interest.
pub(crate) fn facts(facts: &Facts) -> String {
    let mut told = String::new();
    let mut say = |name: &str, what: &str| told.extend([name, ": ", what, "\n"]);
    for broker in facts.brokers.iter().filter(|broker| !broker.local) {
        let how = match broker.outcome {
            BrokerOutcome::Works => "works",
            BrokerOutcome::Silent => "does not answer",
            BrokerOutcome::Unreachable => "cannot be reached",
            BrokerOutcome::Wrong => "is something else",
            BrokerOutcome::Refused => "refuses",
        };
        // Without its name, which may be an address.
        say("Server", how);
    }
    let udp = match facts.udp() {
        Reach::Open => "gets through",
        Reach::Blocked => "blocked",
        Reach::Unknown => "not tested",
    };
    say("Direct traffic (UDP)", udp);
    let nat = match facts.gathering.mapping() {
        NatMapping::EndpointIndependent => "same port for everyone: direct calls work",
        NatMapping::EndpointDependent => "a port for each: needs a relay at times",
        NatMapping::Unknown => "not known",
    };
    say("Router (NAT)", nat);
    for relay in &facts.relays {
        let how = match relay.outcome {
            RelayOutcome::Relays => "works".to_owned(),
            RelayOutcome::Silent => "answers, passes nothing on".to_owned(),
            RelayOutcome::Refused(code) => ["refuses, code ", &code.to_string()].concat(),
            RelayOutcome::Unreachable => "cannot be reached".to_owned(),
            RelayOutcome::Nothing => "gives no address".to_owned(),
        };
        say(
            "Relay (TURN)",
            &[relay.transport.as_str(), ": ", &how].concat(),
        );
    }
    if facts.relays.is_empty() {
        say("Relay (TURN)", "none configured");
    }
    let names = if facts.gathering.is_mdns_only() {
        ", names only (mDNS)"
    } else {
        ""
    };
    let found = candidates(&facts.gathering.candidates);
    say("Candidates here", &[&found, names].concat());
    say("Camera", permission(facts.camera));
    say("Microphone", permission(facts.microphone));
    if let Some(peer) = &facts.peer {
        of_peer(peer, &mut say);
    }
    told
}

fn of_peer(peer: &PeerFacts, say: &mut dyn FnMut(&str, &str)) {
    let attempt = &peer.attempt;
    say("Candidates there", &candidates(&attempt.remote));
    say("ICE", transport(attempt.ice));
    say("DTLS", transport(attempt.dtls));
    say("Failed attempts", &peer.failures.to_string());
    if let Some(pair) = peer.pair {
        let protocol = if pair.tcp { ", tcp" } else { ", udp" };
        let relay = pair.relay.map_or("", |relay| relay.as_str());
        let by = if relay.is_empty() { "" } else { ", relay by " };
        let path = [
            pair.local.as_str(),
            " to ",
            pair.remote.as_str(),
            protocol,
            by,
            relay,
        ];
        say("Path", &path.concat());
    }
    if let Some(rtt) = peer.rtt {
        say(
            "Round trip",
            &[&rtt.as_millis().to_string(), " ms"].concat(),
        );
    }
}

/// How many there are of each type.
fn candidates(lines: &[CandidateLine]) -> String {
    let mut told = Vec::new();
    for kind in CandidateType::ALL {
        let count = lines.iter().filter(|line| line.kind == kind).count();
        if count > 0 {
            told.push([kind.as_str(), " ", &count.to_string()].concat());
        }
    }
    if told.is_empty() {
        told.push("none".to_owned());
    }
    told.join(", ")
}

fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::Granted => "allowed",
        Permission::Prompt => "will be asked",
        Permission::Denied => "blocked",
        Permission::Unknown => "not known",
    }
}

fn transport(state: TransportState) -> &'static str {
    match state {
        TransportState::New => "not begun",
        TransportState::Connecting => "on its way",
        TransportState::Connected => "connected",
        TransportState::Failed => "failed",
        TransportState::Closed => "closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_told() {
        let line = CandidateLine::parse(
            "candidate:1 1 udp 1 203.0.113.7 4444 typ srflx raddr 10.1.0.2 rport 5555",
        )
        .expect("a candidate");
        let mut found = Facts::default();
        found.gathering.candidates.push(line);
        let told = facts(&found);
        assert!(told.contains("srflx 1"));
        for secret in ["203", "4444", "10.1", "5555"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
