//! GGRS's messages as bytes: those of bincode 1, as over GGRS's own UDP socket.
//!
//! GGRS believes what it is given: its decoder of inputs ends the program on a length that is cut off (an index out of bounds) or that promises more than
//! there is memory. So nothing is given to it that has not been measured here.

use ggrs::Message;

/// Largest packet in bytes: as large as the buffer of GGRS's own UDP socket.
pub(super) const MAX_PACKET: usize = 4096;

/// Most bytes that the inputs of one packet may have after decompression: half a kilobyte for each of the 128 frames that GGRS keeps.
const MAX_INPUTS: usize = 64 * 1024;

/// Where the kind is, behind the number of the sender's session.
const KIND: usize = 2;

/// The kind of the one message with something compressed in it.
const INPUT: [u8; 4] = 2_u32.to_le_bytes();

/// Bytes of one player's connection status: whether it is gone, and its last frame.
const STATUS: usize = 1 + 4;

/// What is between the statuses and the inputs: whether the sender wants to end it, its first frame, and the last one that it has.
const FRAMES: usize = 1 + 4 + 4;

/// Writes a message over what was in `packet`; returns whether it fits.
pub(super) fn encode(message: &Message, packet: &mut Vec<u8>) -> bool {
    packet.clear();
    bincode::serialize_into(&mut *packet, message).is_ok() && packet.len() <= MAX_PACKET
}

/// Reads a message; `None` for what is none, or would harm GGRS.
pub(super) fn decode(packet: &[u8]) -> Option<Message> {
    if packet.len() > MAX_PACKET {
        return None;
    }
    let (kind, body) = packet.get(KIND..)?.split_first_chunk()?;
    if *kind == INPUT {
        let (statuses, rest) = counted(body)?;
        let (_, rest) = rest.split_at_checked(statuses.checked_mul(STATUS)?)?;
        let (inputs, rest) = counted(rest.get(FRAMES..)?)?;
        is_sound(rest.get(..inputs)?).then_some(())?;
    }
    bincode::deserialize(packet).ok()
}

/// A count of eight bytes, and what follows it.
fn counted(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (count, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u64::from_le_bytes(*count)).ok()?, rest))
}

/// Whether these are runs as `bitfield_rle` writes them: a number whose lowest bit says whether so many equal bytes are meant, in its other bits but
/// one, or as many bytes as follow.
fn is_sound(mut runs: &[u8]) -> bool {
    let mut decoded = 0;
    while !runs.is_empty() {
        let Some((head, rest)) = number(runs) else {
            return false;
        };
        let (length, literal) = match head & 1 {
            1 => (head >> 2, 0),
            _ => (head >> 1, head >> 1),
        };
        let Some(rest) = rest.get(literal..) else {
            return false;
        };
        decoded += length;
        if decoded > MAX_INPUTS {
            return false;
        }
        runs = rest;
    }
    true
}

/// A number in groups of seven bits, the lowest first, and what follows it. Three groups hold every length that is not too large.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(3).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    use ggrs::{
        Config, DesyncDetection, GgrsEvent, GgrsRequest, NonBlockingSocket, P2PSession, PlayerType,
        PredictRepeatLast, SessionBuilder, SessionState,
    };

    use super::*;

    /// Small numbers from a seed.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).unwrap_or_default() % sides
        }
    }

    struct Game;

    impl Config for Game {
        type Input = u32;
        type InputPredictor = PredictRepeatLast;
        type State = u64;
        type Address = u8;
    }

    type Line = Rc<RefCell<VecDeque<Vec<u8>>>>;

    /// Loses a packet of five and lets another of five overtake.
    struct Socket {
        out: Line,
        inward: Line,
        dice: Dice,
        seen: Rc<RefCell<Vec<Vec<u8>>>>,
    }

    impl NonBlockingSocket<u8> for Socket {
        fn send_to(&mut self, message: &Message, _: &u8) {
            let mut packet = Vec::new();
            assert!(encode(message, &mut packet));
            self.seen.borrow_mut().push(packet.clone());
            match self.dice.roll(5) {
                0 => {}
                1 => self.out.borrow_mut().push_front(packet),
                _ => self.out.borrow_mut().push_back(packet),
            }
        }

        fn receive_all_messages(&mut self) -> Vec<(u8, Message)> {
            let packets = self.inward.take();
            let read = |packet: &Vec<u8>| (0, decode(packet).expect("GGRS wrote it"));
            packets.iter().map(read).collect()
        }
    }

    struct Side {
        session: P2PSession<Game>,
        state: u64,
    }

    impl Side {
        fn new(me: usize, socket: Socket) -> Self {
            let mut builder = SessionBuilder::<Game>::new()
                .with_desync_detection_mode(DesyncDetection::On { interval: 5 });
            for handle in 0..2 {
                let player = match handle {
                    handle if handle == me => PlayerType::Local,
                    _ => PlayerType::Remote(0),
                };
                builder = builder.add_player(player, handle).expect("free");
            }
            let session = builder.start_p2p_session(socket).expect("complete");
            Self { session, state: 0 }
        }

        fn step(&mut self, input: u32) {
            self.session.poll_remote_clients();
            for event in self.session.events() {
                assert!(!matches!(event, GgrsEvent::DesyncDetected { .. }));
            }
            if self.session.current_state() != SessionState::Running {
                return;
            }
            for handle in self.session.local_player_handles() {
                self.session.add_local_input(handle, input).expect("mine");
            }
            for request in self.session.advance_frame().unwrap_or_default() {
                match request {
                    GgrsRequest::SaveGameState { cell, frame } => {
                        cell.save(frame, Some(self.state), Some(self.state.into()));
                    }
                    GgrsRequest::LoadGameState { cell, .. } => {
                        self.state = cell.load().expect("saved");
                    }
                    GgrsRequest::AdvanceFrame { inputs } => {
                        for (input, _) in inputs {
                            self.state = self.state.wrapping_mul(31).wrapping_add(input.into());
                        }
                    }
                }
            }
        }
    }

    /// Every packet of a game of some seconds.
    fn play() -> (Vec<Vec<u8>>, i32) {
        let (there, back, seen) = (Line::default(), Line::default(), Rc::default());
        let socket = |out: &Line, inward: &Line, seed| Socket {
            out: Rc::clone(out),
            inward: Rc::clone(inward),
            dice: Dice(seed),
            seen: Rc::clone(&seen),
        };
        let mut a = Side::new(0, socket(&there, &back, 1));
        let mut b = Side::new(1, socket(&back, &there, 2));
        let mut dice = Dice(3);
        // GGRS asks again by the clock while it synchronizes, so that a lost packet there is a wait.
        for _ in 0..1_000_000 {
            let inputs = [(); 2].map(|()| u32::try_from(dice.roll(1 << 20)).unwrap_or_default());
            a.step(inputs[0]);
            b.step(inputs[1]);
            if a.session.current_frame().min(b.session.current_frame()) > 300 {
                break;
            }
        }
        let frames = a.session.confirmed_frame();
        drop((a, b));
        (Rc::into_inner(seen).expect("mine").into_inner(), frames)
    }

    #[test]
    fn a_game_goes_on_over_packets_that_are_lost_and_overtaken() {
        let (packets, frames) = play();
        assert!(frames > 250, "{frames} frames");
        assert!(packets.iter().any(|packet| packet[KIND..KIND + 4] == INPUT));
    }

    /// A message of inputs with these runs in it.
    fn with_runs(runs: &[u8]) -> Vec<u8> {
        let mut packet = vec![7, 0];
        packet.extend(INPUT);
        packet.extend(2_u64.to_le_bytes());
        packet.extend([0; 2 * STATUS + FRAMES]);
        packet.extend((runs.len() as u64).to_le_bytes());
        packet.extend(runs);
        packet
    }

    #[test]
    fn what_would_harm_ggrs_is_not_given_to_it() {
        assert!(decode(&with_runs(&[])).is_some());
        assert!(decode(&with_runs(&[4 << 2 | 1, 2 << 1, 8, 9])).is_some());
        let more_than_memory = [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        for runs in [&[0x80][..], &[6, 1], &more_than_memory, &[0xfd, 0xff, 0x7f]] {
            assert_eq!(decode(&with_runs(runs)), None, "{runs:x?}");
        }
        // What it would come to; when it does not any more, nothing has to be measured here.
        assert!(std::panic::catch_unwind(|| bitfield_rle::decode([0x80])).is_err());
        let whole = with_runs(&[5]);
        for end in 0..whole.len() {
            assert_eq!(decode(&whole[..end]), None, "cut at {end}");
        }
        let mut promises = whole.clone();
        promises[6..14].fill(0xff);
        assert_eq!(decode(&promises), None);
        assert_eq!(decode(&vec![0; MAX_PACKET + 1]), None);
    }

    #[test]
    fn ggrs_decodes_whatever_is_sound_without_a_panic() {
        let mut dice = Dice(4);
        let mut sound = 0;
        for _ in 0..200_000 {
            let length = dice.roll(12);
            let runs: Vec<u8> = (0..length)
                .map(|_| u8::try_from(dice.roll(256)).unwrap_or_default())
                .collect();
            if is_sound(&runs) {
                sound += 1;
                let decoded = bitfield_rle::decode(&runs).expect("sound");
                assert!(decoded.len() <= MAX_INPUTS);
            }
        }
        assert!(sound > 10_000, "{sound} were sound");
    }

    #[test]
    fn damage_to_a_packet_makes_it_another_or_none() {
        let (packets, _) = play();
        let mut dice = Dice(5);
        for _ in 0..100_000 {
            let mut packet = packets[dice.roll(packets.len())].clone();
            for _ in 0..=dice.roll(3) {
                let place = dice.roll(packet.len());
                packet[place] = u8::try_from(dice.roll(256)).unwrap_or_default();
            }
            packet.truncate(packet.len() - dice.roll(packet.len()).min(dice.roll(4)));
            // None of it ends the program; the rest is GGRS's.
            let _ = decode(&packet);
        }
    }
}
