//! What one MQTT client sends, measured: packet sizes and rates.
//!
//! A pure state machine. Bytes go in as they arrive, cut anywhere; time is an argument.

use std::time::{Duration, Instant};

use crate::limits;

/// The packet type of DISCONNECT (MQTT 5 section 2.1.2).
const DISCONNECT: u8 = 14;

/// Follows the packets in a client's byte stream and says how long to wait before reading on.
#[derive(Debug)]
pub struct Meter {
    position: Position,
    first_packet_done: bool,
    is_goodbye: bool,
    goodbye_done: bool,
    messages: Bucket,
    packets: Bucket,
    bytes: Bucket,
}

/// Where in the stream the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// At a packet's first byte.
    Start,
    /// In the Remaining Length (MQTT 3.1.1 section 2.2.3, MQTT 5 section 2.1.4): value so far, bytes of it so far.
    Length { value: usize, read: u32 },
    /// In the body, with so many bytes to come.
    Body(usize),
}

/// Why a client is not listened to any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeterError {
    /// A packet is larger than [`limits::PACKET`].
    #[error("an MQTT packet is larger than {} bytes", limits::PACKET)]
    TooLarge,
    /// A length that takes more than four bytes: this is not MQTT.
    #[error("not MQTT")]
    Malformed,
}

impl Meter {
    /// A meter for a client that has sent nothing yet.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            position: Position::Start,
            first_packet_done: false,
            is_goodbye: false,
            goodbye_done: false,
            messages: Bucket::new(limits::MESSAGES_PER_SECOND, limits::MESSAGE_BURST, now),
            packets: Bucket::new(limits::PACKETS_PER_SECOND, limits::PACKET_BURST, now),
            bytes: Bucket::new(limits::BYTES_PER_SECOND, limits::BYTE_BURST, now),
        }
    }

    /// Takes the next bytes of the stream, which came in one WebSocket message; none for a message that carries no MQTT. Returns how long to wait before more is read; zero as long as the client keeps to its rate.
    ///
    /// # Errors
    ///
    /// [`MeterError`]: the connection is to be closed, and the bytes not passed on.
    pub fn take(&mut self, bytes: &[u8], now: Instant) -> Result<Duration, MeterError> {
        let mut packets = 0;
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            match self.position {
                Position::Start => {
                    packets += 1;
                    self.is_goodbye = byte >> 4 == DISCONNECT;
                    self.position = Position::Length { value: 0, read: 0 };
                    rest = tail;
                }
                Position::Length { value, read } => {
                    let value = value | usize::from(byte & 0x7f) << (7 * read);
                    if byte & 0x80 != 0 {
                        if read == 3 {
                            return Err(MeterError::Malformed);
                        }
                        self.position = Position::Length {
                            value,
                            read: read + 1,
                        };
                    } else if value > limits::PACKET {
                        return Err(MeterError::TooLarge);
                    } else {
                        self.enter_body(value);
                    }
                    rest = tail;
                }
                Position::Body(left) => {
                    let here = left.min(rest.len());
                    rest = &rest[here..];
                    self.enter_body(left - here);
                }
            }
        }
        let waits = [
            self.messages.spend(1, now),
            self.packets.spend(packets, now),
            self.bytes.spend(bytes.len(), now),
        ];
        Ok(waits.into_iter().max().unwrap_or_default())
    }

    /// Whether a whole packet has passed, which is the client's CONNECT.
    #[must_use]
    pub fn first_packet_done(&self) -> bool {
        self.first_packet_done
    }

    /// Whether a whole DISCONNECT has passed, after which neither side sends anything (MQTT 3.1.1 section 3.14.4, MQTT 5 section 3.14.4).
    #[must_use]
    pub fn goodbye_done(&self) -> bool {
        self.goodbye_done
    }

    fn enter_body(&mut self, left: usize) {
        if left == 0 {
            self.first_packet_done = true;
            self.goodbye_done |= self.is_goodbye;
            self.position = Position::Start;
        } else {
            self.position = Position::Body(left);
        }
    }
}

/// A token bucket that may go into debt: what has arrived has arrived, and is paid for by waiting.
#[derive(Debug)]
struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Self {
            per_second: f64::from(per_second),
            burst,
            tokens: burst,
            filled: now,
        }
    }

    fn spend(&mut self, cost: usize, now: Instant) -> Duration {
        let earned = now.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        self.filled = self.filled.max(now);
        self.tokens = (self.tokens + earned).min(self.burst) - cost as f64;
        Duration::from_secs_f64((-self.tokens / self.per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PUBLISH of `body` bytes after the fixed header.
    fn packet(body: usize) -> Vec<u8> {
        let mut bytes = vec![0x30];
        let mut left = body;
        loop {
            let low = (left & 0x7f) as u8;
            left >>= 7;
            bytes.push(if left == 0 { low } else { low | 0x80 });
            if left == 0 {
                break;
            }
        }
        bytes.resize(bytes.len() + body, 0xff);
        bytes
    }

    #[test]
    fn packets_are_followed_however_they_are_cut() {
        let now = Instant::now();
        let stream: Vec<u8> = [
            packet(0),
            packet(1),
            packet(127),
            packet(128),
            packet(20_000),
        ]
        .concat();
        for cut in [1, 2, 3, 7, 128, stream.len()] {
            let mut meter = Meter::new(now);
            for piece in stream.chunks(cut) {
                meter.take(piece, now).expect("within the bounds");
            }
            assert_eq!(meter.position, Position::Start, "cut every {cut}");
            let spent = f64::from(limits::PACKET_BURST) - meter.packets.tokens;
            assert!(
                (spent - 5.0).abs() < 1e-9,
                "cut every {cut}: {spent} packets"
            );
        }
    }

    #[test]
    fn a_packet_over_the_bound_is_refused_at_its_header() {
        let now = Instant::now();
        let largest = packet(limits::PACKET);
        assert!(Meter::new(now).take(&largest, now).is_ok());
        let header: Vec<u8> = packet(limits::PACKET + 1).into_iter().take(4).collect();
        assert_eq!(
            Meter::new(now).take(&header, now),
            Err(MeterError::TooLarge)
        );
        assert_eq!(
            Meter::new(now).take(&[0x10, 0xff, 0xff, 0xff, 0xff], now),
            Err(MeterError::Malformed)
        );
    }

    #[test]
    fn the_first_packet_counts_when_it_is_whole() {
        let now = Instant::now();
        let mut meter = Meter::new(now);
        let connect = packet(12);
        meter.take(&connect[..13], now).expect("a part");
        assert!(!meter.first_packet_done());
        meter.take(&connect[13..], now).expect("the rest");
        assert!(meter.first_packet_done());
    }

    #[test]
    fn a_goodbye_counts_when_it_is_whole() {
        let now = Instant::now();
        let mut meter = Meter::new(now);
        let mut bytes = packet(200);
        bytes.fill(0xe0);
        bytes[..3].copy_from_slice(&packet(200)[..3]);
        meter.take(&bytes, now).expect("small");
        assert!(!meter.goodbye_done(), "a body is not looked into");
        // MQTT 5, with a reason code and no properties.
        for (byte, done) in [(0xe0, false), (2, false), (0, false), (0, true)] {
            meter.take(&[byte], now).expect("small");
            assert_eq!(meter.goodbye_done(), done);
        }
    }

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let now = Instant::now();
        let mut meter = Meter::new(now);
        let ping = [0xc0, 0];
        for _ in 0..limits::PACKET_BURST {
            assert_eq!(meter.take(&ping, now), Ok(Duration::ZERO));
        }
        let wait = meter.take(&ping, now).expect("small");
        let one = Duration::from_secs(1) / limits::PACKETS_PER_SECOND;
        assert!(wait > Duration::ZERO && wait <= one, "{wait:?}");
        assert_eq!(
            meter.take(&[], now + wait),
            Ok(Duration::ZERO),
            "waiting pays the debt"
        );
        let later = now + Duration::from_secs(3600);
        for _ in 0..limits::PACKET_BURST {
            assert_eq!(
                meter.take(&ping, later),
                Ok(Duration::ZERO),
                "silence earns a burst, not more"
            );
        }
        assert!(meter.take(&ping, later).expect("small") > Duration::ZERO);
    }

    #[test]
    fn empty_messages_and_crumbs_are_limited_too() {
        let now = Instant::now();
        for crumb in [&[][..], &[0xff]] {
            let mut meter = Meter::new(now);
            meter
                .take(&packet(limits::PACKET)[..4], now)
                .expect("a header");
            let waits = (0..limits::MESSAGE_BURST).map(|_| meter.take(crumb, now).expect("small"));
            assert!(waits.last() > Some(Duration::ZERO));
        }
    }

    #[test]
    fn bytes_are_limited_too() {
        let now = Instant::now();
        let mut meter = Meter::new(now);
        let large = packet(limits::PAYLOAD);
        let mut waited = Duration::ZERO;
        for _ in 0..20 {
            waited = waited.max(meter.take(&large, now).expect("within the bounds"));
        }
        assert!(waited > Duration::from_millis(500), "{waited:?}");
    }
}
