//! What someone with the room's secret may write without being a member whom anyone knows: replays, lies and noise.

use handclasp_core::envelope::Header;
use handclasp_core::message::{Message, Signal};
use handclasp_core::rng::Rng;
use handclasp_core::session::{Candidate, Description, DescriptionKind};
use handclasp_core::{Attempt, MemberId};

use crate::world::World;

/// How many signals one assault has.
const SIGNALS: u64 = 12;

/// One assault.
pub(crate) fn signals(rng: &mut Rng, world: &World) -> Vec<Vec<u8>> {
    (0..SIGNALS).filter_map(|_| signal(rng, world)).collect()
}

fn signal(rng: &mut Rng, world: &World) -> Option<Vec<u8>> {
    let old = draw(rng, &world.traffic).cloned();
    match rng.next_u64() % 5 {
        // Said before, and now again.
        0 | 1 => old,
        // The same with a bit changed.
        2 => {
            let mut bytes = old?;
            let bit = usize::try_from(rng.next_u64()).ok()? % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            // In its own name: that a member can speak for another, and send it away, is a known limit.
            bytes
                .get_mut(..MemberId::LEN)?
                .copy_from_slice(stranger(rng).as_bytes());
            Some(bytes)
        }
        // Noise.
        3 => Some(
            (0..rng.next_u64() % 100)
                .map(|_| rng.next_u64().to_be_bytes()[0])
                .collect(),
        ),
        _ => {
            let recipient = draw(rng, &world.living()).map(|&of| world.nodes[of].id);
            let header = Header {
                sender: stranger(rng),
                recipient,
                attempt: Attempt::new(lie(rng)),
                sequence: 1 + rng.next_u64() % 100,
            };
            Some(invented(rng).encode(&header))
        }
    }
}

/// One of the few names that it goes by.
fn stranger(rng: &mut Rng) -> MemberId {
    let mut id = [7; MemberId::LEN];
    id[0] = rng.next_u64().to_be_bytes()[0] % 3;
    MemberId::from_bytes(id)
}

fn invented(rng: &mut Rng) -> Message {
    let kind = match rng.next_u64() % 2 {
        0 => DescriptionKind::Offer,
        _ => DescriptionKind::Answer,
    };
    let candidate = Candidate {
        candidate: "candidate:9".into(),
        sdp_mid: None,
        sdp_m_line_index: Some(7),
        username_fragment: Some("none".into()),
    };
    match rng.next_u64() % 6 {
        0 => Message::Hello,
        1 => Message::Presence,
        2 => Message::Full,
        3 => Message::Signal(Signal::Candidates(vec![candidate; 64])),
        _ => Message::Signal(Signal::Description {
            number: lie(rng),
            description: Description {
                kind,
                sdp: "v=0\r\na=ice-ufrag:none\r\n".into(),
            },
            candidates: vec![candidate],
        }),
    }
}

fn lie(rng: &mut Rng) -> u32 {
    match rng.next_u64() % 4 {
        0 => 0,
        1 => 1,
        2 => 2,
        _ => u32::MAX,
    }
}

fn draw<'a, T>(rng: &mut Rng, all: &'a [T]) -> Option<&'a T> {
    let index = rng.next_u64().checked_rem(all.len() as u64)?;
    all.get(usize::try_from(index).ok()?)
}
