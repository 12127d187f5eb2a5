//! What a connection has carried, and how, from `getStats()`.

use std::time::Duration;

use handclasp_core::diagnosis::{CandidateType, RelayTransport};
use js_sys::{Map, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::RtcPeerConnection;

use crate::error::StatsError;
use crate::sys;
use crate::wakers::within;

/// How long the browser may take. Firefox never answers when the connection is closed meanwhile.
const DEADLINE_MS: u32 = 3000;

/// Figures of one connection since it was built ([webrtc-stats](https://www.w3.org/TR/webrtc-stats/)). What a browser does not
/// tell is `None` or zero.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PeerStats {
    /// Round-trip time of the path in use.
    pub rtt: Option<Duration>,
    /// Whether the path in use leads over a TURN server, on either side.
    pub relayed: Option<bool>,
    /// `udp` or `tcp`, of this side's end of the path.
    pub protocol: Option<String>,
    /// The type of this side's end of the path.
    pub local_candidate: Option<CandidateType>,
    /// The type of the peer's end of the path.
    pub remote_candidate: Option<CandidateType>,
    /// How this side speaks to its TURN server, when its end of the path is one.
    pub relay_protocol: Option<RelayTransport>,
    /// What the congestion control thinks that the path takes, in bits per second.
    pub available_outgoing_bitrate: Option<f64>,
    /// Bytes sent on the path, headers of UDP and IP excluded.
    pub bytes_sent: u64,
    /// Bytes received on the path.
    pub bytes_received: u64,
    /// Audio packets received.
    pub audio_packets_received: u64,
    /// Video packets received.
    pub video_packets_received: u64,
    /// Media packets that did not arrive. A late one may lower it again.
    pub packets_lost: u64,
    /// The share of this side's media packets that did not arrive there lately, 0 to 1, of whichever stream has the largest; `None` without media.
    pub remote_loss: Option<f64>,
    /// Video frames decoded.
    pub frames_decoded: u64,
    /// Video frames encoded for this peer.
    pub frames_encoded: u64,
    /// Messages sent on all channels, the control channel included.
    pub messages_sent: u64,
    /// Messages received on all channels, the control channel included.
    pub messages_received: u64,
}

impl PeerStats {
    pub(crate) async fn of(pc: &RtcPeerConnection) -> Result<Self, StatsError> {
        let report = within(DEADLINE_MS, sys::settled(&pc.get_stats()))
            .await
            .flatten()
            .ok_or(StatsError::NotConnected)?
            .map_err(|error| StatsError::Other {
                name: sys::error_name(&error),
            })?;
        Ok(Self::read(report.unchecked_ref()))
    }

    /// Reads an `RTCStatsReport`, which is a map from id to dictionary.
    fn read(report: &Map) -> Self {
        let mut stats = Self::default();
        let mut selected = None;
        let mut nominated = None;
        report.for_each(&mut |entry, _| {
            let entry = Entry(&entry);
            match entry.text("type").as_deref() {
                Some("transport") => {
                    selected = selected.take().or(entry.text("selectedCandidatePairId"))
                }
                // Firefox has no transport entry of use; it marks the pair itself.
                Some("candidate-pair")
                    if entry.flag("nominated") && entry.is("state", "succeeded") =>
                {
                    nominated = entry.text("id");
                }
                Some("inbound-rtp") => stats.inbound(&entry),
                Some("remote-inbound-rtp") => {
                    let loss = entry.number("fractionLost").unwrap_or_default();
                    stats.remote_loss = Some(stats.remote_loss.map_or(loss, |most| most.max(loss)));
                }
                Some("outbound-rtp") => stats.frames_encoded += entry.count("framesEncoded"),
                Some("data-channel") => {
                    stats.messages_sent += entry.count("messagesSent");
                    stats.messages_received += entry.count("messagesReceived");
                }
                _ => {}
            }
        });
        if let Some(id) = selected.or(nominated) {
            stats.path(report, &id);
        }
        stats
    }

    fn inbound(&mut self, entry: &Entry<'_>) {
        // Firefox once counted it as a negative number.
        self.packets_lost += entry.count("packetsLost");
        let packets = entry.count("packetsReceived");
        if entry.is("kind", "video") {
            self.video_packets_received += packets;
            self.frames_decoded += entry.count("framesDecoded");
        } else {
            self.audio_packets_received += packets;
        }
    }

    fn path(&mut self, report: &Map, pair: &str) {
        let find = |id: &str| report.get(&JsValue::from_str(id));
        let pair = find(pair);
        let pair = Entry(&pair);
        self.rtt = pair
            .number("currentRoundTripTime")
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        self.available_outgoing_bitrate = pair.number("availableOutgoingBitrate");
        self.bytes_sent = pair.count("bytesSent");
        self.bytes_received = pair.count("bytesReceived");
        let ends = ["localCandidateId", "remoteCandidateId"].map(|end| pair.text(end));
        let types = ends.each_ref().map(|end| {
            let candidate = find(end.as_deref()?);
            CandidateType::parse(&Entry(&candidate).text("candidateType")?)
        });
        if types.iter().any(Option::is_some) {
            self.relayed = Some(types.contains(&Some(CandidateType::Relayed)));
        }
        [self.local_candidate, self.remote_candidate] = types;
        if let [Some(local), _] = &ends {
            let local = find(local);
            self.protocol = Entry(&local).text("protocol");
            self.relay_protocol = Entry(&local)
                .text("relayProtocol")
                .and_then(|word| RelayTransport::parse(&word));
        }
    }
}

/// One dictionary of the report. Every member is optional.
struct Entry<'a>(&'a JsValue);

impl Entry<'_> {
    fn value(&self, member: &str) -> JsValue {
        Reflect::get(self.0, &JsValue::from_str(member)).unwrap_or(JsValue::UNDEFINED)
    }

    fn text(&self, member: &str) -> Option<String> {
        self.value(member).as_string()
    }

    fn is(&self, member: &str, text: &str) -> bool {
        self.text(member).as_deref() == Some(text)
    }

    fn flag(&self, member: &str) -> bool {
        self.value(member).as_bool() == Some(true)
    }

    fn number(&self, member: &str) -> Option<f64> {
        self.value(member).as_f64()
    }

    /// Saturates: a negative number counts as none.
    fn count(&self, member: &str) -> u64 {
        self.number(member).unwrap_or(0.0) as u64
    }
}
