//! A handshake by hand, step by step, with browsers that are played here.

use core::time::Duration;

use handclasp_core::card::{Card, CardError, Invites};
use handclasp_core::handshake::{
    CONNECT_DEADLINE, GATHER_AT_MOST, Handshake, HandshakeError, Output, REFRESH_AFTER,
};
use handclasp_core::link::{BrowserCommand, BrowserEvent, ConnectionState};
use handclasp_core::session::{Candidate, Description, DescriptionKind};
use handclasp_core::{MemberId, Time};

const MADE: u64 = 29_923_560;
const HOST: &str = "candidate:1 1 udp 2122260223 192.0.2.7 52018 typ host";
const SRFLX: &str =
    "candidate:2 1 udp 1686052607 198.51.100.4 40001 typ srflx raddr 0.0.0.0 rport 0";

fn sdp(kind: DescriptionKind, ufrag: &str) -> Description {
    let setup = match kind {
        DescriptionKind::Offer => "actpass",
        DescriptionKind::Answer => "passive",
    };
    let fingerprint = ["AB"; 32].join(":");
    let sdp = format!(
        "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:{ufrag}\r\n\
         a=ice-pwd:0123456789abcdefghijklmn\r\na=fingerprint:sha-256 {fingerprint}\r\n\
         a=setup:{setup}\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n"
    );
    Description { kind, sdp }
}

/// One side, with its browser.
struct Side {
    steps: Handshake,
    now: Time,
}

impl Side {
    fn invite() -> Self {
        let invites = Invites::new([7; 16], MemberId::from_bytes([9; 16]), 0, MADE);
        Self::of(Handshake::invite(&invites))
    }

    fn of(steps: Handshake) -> Self {
        Self {
            steps,
            now: Time::ZERO + Duration::from_secs(5),
        }
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.steps.poll()).collect()
    }

    fn browser(&mut self, event: BrowserEvent) -> Vec<Output> {
        self.steps.browser(event, self.now);
        self.outputs()
    }

    fn finds(&mut self, line: &str) {
        let found = self.browser(BrowserEvent::Candidate(Candidate {
            candidate: line.to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
            username_fragment: None,
        }));
        assert_eq!(found, []);
    }

    /// Lets time pass up to the next timeout.
    fn wait(&mut self) -> (Duration, Vec<Output>) {
        let at = self.steps.next_timeout().expect("something is due");
        let waited = at.since(self.now);
        self.now = at;
        self.steps.timeout(at);
        (waited, self.outputs())
    }

    fn works(&mut self) -> Vec<Output> {
        let mut outputs = self.browser(BrowserEvent::ControlOpen);
        let state = ConnectionState::Connected;
        outputs.extend(self.browser(BrowserEvent::Connection(state)));
        outputs
    }

    /// As far as its own code.
    fn shows(&mut self, description: Description) -> Card {
        self.outputs();
        self.browser(BrowserEvent::LocalDescription(description));
        self.finds(HOST);
        self.finds(SRFLX);
        match self.browser(BrowserEvent::Gathered).as_slice() {
            [Output::Ready(card)] => card.clone(),
            other => panic!("no code: {other:?}"),
        }
    }
}

fn inviter() -> (Side, Card) {
    let mut side = Side::invite();
    let card = side.shows(sdp(DescriptionKind::Offer, "host"));
    (side, card)
}

fn guest(invitation: &Card) -> (Side, Card) {
    let mut side = Side::of(Handshake::accept(invitation, MADE).expect("an invitation"));
    side.outputs();
    side.browser(BrowserEvent::RemoteDescriptionApplied);
    let card = side.shows(sdp(DescriptionKind::Answer, "guest"));
    (side, card)
}

/// Candidates that the browser is told.
fn told(outputs: &[Output]) -> Vec<&str> {
    let told = outputs.iter().filter_map(|output| match output {
        Output::Browser(BrowserCommand::AddIceCandidate(candidate)) => {
            Some(candidate.candidate.as_str())
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn two_codes_make_a_connection() {
    let (mut host, invitation) = inviter();
    let (mut guest, reply) = guest(&invitation);
    assert_eq!(
        host.steps
            .reply(&reply.to_text().expect("sound"), MADE + 30),
        Ok(())
    );
    let remote = host.outputs();
    assert!(
        matches!(remote.as_slice(), [Output::Browser(BrowserCommand::SetRemoteDescription(it))]
            if it.kind == DescriptionKind::Answer && it.sdp.contains("a=setup:passive"))
    );
    let candidates = host.browser(BrowserEvent::RemoteDescriptionApplied);
    assert_eq!(told(&candidates).len(), 2);
    assert_eq!(host.works(), [Output::Connected]);
    assert_eq!(guest.works(), [Output::Connected]);
    assert_eq!(host.steps.next_timeout(), None);
    assert_eq!(guest.steps.next_timeout(), None);
}

#[test]
fn the_guest_waits_for_the_inviter_to_begin_the_dtls_handshake() {
    let (_, invitation) = inviter();
    let mut guest = Handshake::accept(&invitation, MADE).expect("an invitation");
    let first = guest.poll().expect("something to do");
    assert!(
        matches!(&first, Output::Browser(BrowserCommand::SetRemoteDescription(it))
            if it.kind == DescriptionKind::Offer && it.sdp.contains("a=setup:active"))
    );
}

#[test]
fn a_code_is_shown_after_two_seconds_at_the_latest() {
    let mut side = Side::invite();
    side.outputs();
    side.browser(BrowserEvent::LocalDescription(sdp(
        DescriptionKind::Offer,
        "host",
    )));
    side.finds(HOST);
    let (waited, outputs) = side.wait();
    assert_eq!(waited, GATHER_AT_MOST);
    assert!(matches!(outputs.as_slice(), [Output::Ready(card)] if card.candidates.len() == 1));
    // What is found later is not in it, and no harm is done.
    side.finds(SRFLX);
    assert_eq!(side.browser(BrowserEvent::Gathered), []);
}

#[test]
fn a_device_without_an_address_says_so() {
    let mut side = Side::invite();
    side.outputs();
    side.browser(BrowserEvent::LocalDescription(sdp(
        DescriptionKind::Offer,
        "host",
    )));
    side.finds("candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active");
    let failed = side.browser(BrowserEvent::Gathered);
    assert_eq!(failed, [Output::Failed(HandshakeError::NoAddress)]);
}

/// The door in a NAT stays open only while something goes out.
#[test]
fn the_guest_goes_on_sending_for_as_long_as_it_takes() {
    let (_, invitation) = inviter();
    let (mut guest, _) = guest(&invitation);
    let mut seen = Vec::new();
    let began = guest.now;
    while guest.now.since(began) < Duration::from_secs(1800) {
        // Which Chromium says, and takes back.
        guest.browser(BrowserEvent::Connection(ConnectionState::Failed));
        let (waited, outputs) = guest.wait();
        assert!(waited <= REFRESH_AFTER);
        let lines = told(&outputs);
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].contains(" 192.0.2.7 52018 typ host"),
            "{}",
            lines[0]
        );
        assert!(
            lines.iter().all(|line| !seen.contains(&(*line).to_owned())),
            "always others"
        );
        seen.extend(lines.into_iter().map(str::to_owned));
    }
    assert_eq!(guest.works(), [Output::Connected]);
}

#[test]
fn an_inviter_without_a_reply_has_no_deadline_and_one_with_a_reply_has() {
    let (mut host, invitation) = inviter();
    assert_eq!(host.steps.next_timeout(), None);
    let (_, reply) = guest(&invitation);
    assert_eq!(
        host.steps.reply(&reply.to_text().expect("sound"), MADE),
        Ok(())
    );
    host.outputs();
    host.browser(BrowserEvent::RemoteDescriptionApplied);
    let began = host.now;
    loop {
        let (_, outputs) = host.wait();
        if let Some(Output::Failed(error)) = outputs.last() {
            assert_eq!(*error, HandshakeError::Unreachable);
            break;
        }
    }
    assert_eq!(host.now.since(began), CONNECT_DEADLINE);
    assert_eq!(host.steps.next_timeout(), None);
}

#[test]
fn a_wrong_code_changes_nothing() {
    let (mut host, invitation) = inviter();
    let (_, reply) = guest(&invitation);
    let (_, other) = {
        let (_, other) = inviter();
        guest(&Card {
            made: MADE + 1,
            ..other
        })
    };
    let text = |card: &Card| card.to_text().expect("sound");
    for (wrong, error) in [
        (text(&invitation), CardError::Own),
        (text(&other), CardError::OtherInvitation),
        ("hello".to_owned(), CardError::NotACode),
    ] {
        assert_eq!(host.steps.reply(&wrong, MADE), Err(error));
        assert_eq!(host.outputs(), []);
    }
    assert_eq!(
        host.steps.reply(&text(&reply), MADE + 24 * 60 + 1),
        Err(CardError::Stale)
    );
    assert_eq!(host.steps.reply(&text(&reply), MADE), Ok(()));
    assert_eq!(
        host.steps.reply(&text(&reply), MADE),
        Err(CardError::OtherInvitation),
        "once"
    );
    assert_eq!(
        Handshake::accept(&reply, MADE).err(),
        Some(CardError::IsReply)
    );
}

#[test]
fn whatever_a_browser_says_whenever_does_no_harm() {
    let events = [
        BrowserEvent::NegotiationNeeded,
        BrowserEvent::LocalDescription(sdp(DescriptionKind::Answer, "late")),
        BrowserEvent::RemoteDescriptionApplied,
        BrowserEvent::Gathered,
        BrowserEvent::ControlOpen,
        BrowserEvent::Connection(ConnectionState::Connected),
        BrowserEvent::Connection(ConnectionState::Disconnected),
        BrowserEvent::Connection(ConnectionState::Closed),
        BrowserEvent::ControlClosed,
        BrowserEvent::OperationFailed("InvalidStateError".to_owned()),
    ];
    let (_, invitation) = inviter();
    for first in &events {
        for second in &events {
            for third in &events {
                for mut side in [
                    Side::invite(),
                    Side::of(Handshake::accept(&invitation, MADE).expect("an invitation")),
                    inviter().0,
                    guest(&invitation).0,
                ] {
                    let mut ends = 0;
                    for event in [first, second, third] {
                        let outputs = side.browser(event.clone());
                        let is_end =
                            |it: &&Output| matches!(it, Output::Connected | Output::Failed(_));
                        ends += outputs.iter().filter(is_end).count();
                    }
                    assert!(ends <= 1, "it ends once");
                }
            }
        }
    }
}
