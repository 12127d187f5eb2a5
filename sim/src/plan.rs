//! What goes wrong in a run, drawn from its seed.

use core::time::Duration;

use handclasp_core::Time;
use handclasp_core::rng::Rng;

use crate::network::Network;

/// Members are chosen among those who are there when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A member joins.
    Join,
    /// A member says goodbye.
    Leave,
    /// A member's process ends without a word; with or without a will. It comes back under a new id after a while.
    Crash {
        /// Whether the broker publishes its will.
        will: bool,
    },
    /// The path of a pair breaks for so long.
    Break(Duration),
    /// A browser says `disconnected` for so long although packets flow.
    Hiccup(Duration),
    /// The broker is gone for so long.
    BrokerGone(Duration),
    /// One member's socket to the broker is dead for so long.
    SocketDead {
        /// How long.
        duration: Duration,
        /// Whether the broker notices, and publishes the will.
        will: bool,
    },
    /// The broker publishes the will of a member who is there.
    FalseWill,
    /// A machine sleeps for so long; its clock goes on, or stands still.
    Sleep {
        /// How long.
        duration: Duration,
        /// Whether the clock stands still.
        clock_stops: bool,
    },
    /// A page is busy for so long.
    Stall(Duration),
    /// A clock jumps by so many milliseconds.
    Leap(i64),
    /// A device hints at a change of network, so many times.
    Hints(u32),
    /// Both sides of a pair, or one, add tracks.
    Renegotiate {
        /// Whether both do.
        both: bool,
        /// How often.
        times: u32,
    },
    /// A member sends another so many messages of so many bytes.
    Mail {
        /// How many.
        count: u32,
        /// Of how many bytes each.
        bytes: usize,
    },
    /// Someone with the room's secret writes what nobody should.
    Hostile,
    /// The outside path becomes like this.
    Weather(Network),
}

/// A run from its first moment to its last.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many members join in the first seconds.
    pub members: usize,
    /// How long things go wrong.
    pub chaos: Duration,
    /// What goes wrong, and when; in order.
    pub faults: Vec<(Time, Fault)>,
    /// The outside path at first.
    pub network: Network,
    /// Longest time of a browser operation, of each machine that joins in turn.
    pub slowness: Vec<Duration>,
}

/// Kinds of faults; each run has a choice of them, so that some runs are about one alone.
const KINDS: u64 = 15;

/// Largest room that is simulated.
pub const MAX_MEMBERS: usize = 6;

/// Longest that a page may be busy without others having reason to doubt it: a ping is to be answered within
/// [`PING_DEADLINE`](handclasp_core::link::PING_DEADLINE).
pub const TOLERATED_STALL: Duration = Duration::from_millis(1100);

impl Plan {
    /// The plan of a seed; of so many members, if that is said.
    pub fn draw(seed: u64, members: Option<usize>) -> Self {
        let mut rng = Rng::new(seed ^ 0x5eed);
        let drawn = 2 + pick(&mut rng, [0, 0, 0, 1, 1, 2, 3, 4]);
        let members = members.unwrap_or(drawn).clamp(2, MAX_MEMBERS);
        let chaos = Duration::from_secs(5) + rng.up_to(Duration::from_secs(75));
        let network = weather(&mut rng);
        let slow = pick(&mut rng, [10, 10, 100, 2000]);
        let slowness = (0..MAX_MEMBERS)
            .map(|_| Duration::from_millis(1 + rng.next_u64() % slow))
            .collect();
        let kinds: Vec<u64> = {
            let density = pick(&mut rng, [1, 2, 4, 8]);
            (0..KINDS)
                .filter(|_| rng.next_u64() % 8 < density)
                .collect()
        };
        let mut faults = Vec::new();
        let count = rng.next_u64() % pick(&mut rng, [6, 12, 30]);
        for _ in 0..count {
            let at = Time::ZERO + rng.up_to(chaos);
            // Messages are sent in every run: they are what it is all for.
            let kind = match kinds.len() as u64 {
                0 => 0,
                len => match rng.next_u64() % (len + 1) {
                    0 => 0,
                    kind => kinds[usize::try_from(kind - 1).unwrap_or(0)],
                },
            };
            faults.push((at, draw_fault(&mut rng, kind)));
        }
        // Joins come early, so that there is someone to whom things can happen.
        for _ in 1..members {
            let within = pick(&mut rng, [chaos / 2, Duration::from_secs(2)]);
            let at = Time::ZERO + rng.up_to(within);
            faults.push((at, Fault::Join));
        }
        faults.sort_by_key(|(at, _)| *at);
        Self {
            members,
            chaos,
            faults,
            network,
            slowness,
        }
    }
}

fn pick<T: Copy, const N: usize>(rng: &mut Rng, choices: [T; N]) -> T {
    let index = rng.next_u64() % N as u64;
    choices[usize::try_from(index).unwrap_or(0)]
}

fn weather(rng: &mut Rng) -> Network {
    let delay = Duration::from_millis(pick(rng, [1, 20, 20, 400, 2000]));
    pick(
        rng,
        [
            Network {
                loss: 0,
                duplication: 0,
                delay,
            },
            Network {
                loss: 0,
                duplication: 30,
                delay,
            },
            Network {
                loss: 10,
                duplication: 10,
                delay,
            },
            Network {
                loss: 40,
                duplication: 20,
                delay,
            },
        ],
    )
}

fn draw_fault(rng: &mut Rng, kind: u64) -> Fault {
    let short = Duration::from_millis(100) + rng.up_to(Duration::from_secs(4));
    let long = Duration::from_millis(500) + rng.up_to(Duration::from_secs(40));
    let either = pick(rng, [short, long]);
    let coin = rng.next_u64().is_multiple_of(2);
    match kind {
        1 => Fault::Leave,
        2 => Fault::Crash { will: coin },
        3 | 4 => Fault::Break(either),
        5 => Fault::Hiccup(short),
        6 => Fault::BrokerGone(either),
        7 => Fault::SocketDead {
            duration: either,
            will: coin,
        },
        8 => Fault::FalseWill,
        9 => Fault::Sleep {
            duration: either,
            clock_stops: coin,
        },
        10 => Fault::Stall(rng.up_to(Duration::from_secs(2))),
        11 => {
            let leap = pick(rng, [500, 5_000, 60_000, 3_600_000]);
            Fault::Leap(if coin { leap } else { -leap.min(5_000) })
        }
        12 => Fault::Hints(pick(rng, [1, 3, 50])),
        13 => Fault::Renegotiate {
            both: coin,
            times: pick(rng, [1, 1, 3, 10]),
        },
        14 if coin => Fault::Hostile,
        14 => Fault::Weather(weather(rng)),
        _ => Fault::Mail {
            count: pick(rng, [1, 5, 50, 600]),
            bytes: pick(rng, [0, 100, 10_000, 200_000]),
        },
    }
}
