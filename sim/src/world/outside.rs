//! The outside path: a broker, and the members' sockets to it.

use core::time::Duration;

use handclasp_core::mesh::Input;
use handclasp_core::message::Message;

use super::{Happening, World};

/// A dead socket is noticed within this: the ping interval and timeout of the MQTT client.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

impl World {
    /// The outside path of one member goes down or comes back, and it knows at once.
    pub fn outside(&mut self, of: usize, up: bool) {
        let up = up && self.broker;
        self.say(|| format!("{of} socket {}", if up { "up" } else { "down" }));
        self.nodes[of].cut_off = !up;
        self.nodes[of].sockets += 1;
        if up {
            // Each subscription has a will of its own.
            self.nodes[of].will = self.nodes[of].mesh.will();
            self.input(of, Input::SignalingUp);
        } else {
            self.input(of, Input::SignalingDown);
        }
    }

    /// The socket of a member dies, which it notices later; and comes back after so long.
    pub fn lose_socket(&mut self, of: usize, for_so_long: Duration) {
        self.nodes[of].cut_off = true;
        self.nodes[of].sockets += 1;
        let number = self.nodes[of].sockets;
        self.say(|| format!("{of} socket dies"));
        let noticed = self.rng.up_to(NOTICED_WITHIN.min(for_so_long));
        let down = Happening::Socket {
            of,
            number,
            up: false,
        };
        self.after(noticed, down);
        // Noticing counts as a change.
        let up = Happening::Socket {
            of,
            number: number + 1,
            up: true,
        };
        self.after(for_so_long, up);
    }

    /// The broker is gone, or back. Members notice at once and reconnect within four seconds.
    pub fn set_broker(&mut self, up: bool) {
        self.say(|| format!("broker {}", if up { "up" } else { "down" }));
        self.broker = up;
        for of in self.living() {
            if up {
                self.nodes[of].sockets += 1;
                let number = self.nodes[of].sockets;
                let wait = self.rng.up_to(Duration::from_secs(4));
                self.after(
                    wait,
                    Happening::Socket {
                        of,
                        number,
                        up: true,
                    },
                );
            } else {
                self.nodes[of].cut_off = true;
                self.nodes[of].sockets += 1;
                let number = self.nodes[of].sockets;
                let wait = self.rng.up_to(Duration::from_secs(2));
                self.after(
                    wait,
                    Happening::Socket {
                        of,
                        number,
                        up: false,
                    },
                );
            }
        }
    }

    /// Everyone has a socket again, at once.
    pub fn restore_outside(&mut self) {
        self.broker = true;
        for of in self.living() {
            if self.nodes[of].cut_off {
                self.outside(of, true);
            }
        }
    }

    /// The broker publishes the will of a member, dead or not.
    pub fn will(&mut self, of: usize) {
        let will = self.nodes[of].will.clone();
        if !will.is_empty() && self.broker {
            self.say(|| format!("broker publishes the will of {of}"));
            self.distribute(of, &will);
        }
    }

    /// Someone outside gives a member this to read.
    pub fn deliver(&mut self, to: usize, plaintext: Vec<u8>) {
        self.input(to, Input::Opened(plaintext));
    }

    /// Someone with the room's secret publishes this.
    pub fn inject(&mut self, plaintext: &[u8]) {
        for to in self.living() {
            let plaintext = plaintext.to_vec();
            let wait = self.rng.up_to(self.network.delay);
            self.after(wait, Happening::Signal { to, plaintext });
        }
    }

    pub(super) fn publish(&mut self, from: usize, plaintext: &[u8]) {
        self.say(|| {
            let told = Message::decode(plaintext).map(|(header, message)| {
                let to = header
                    .recipient
                    .map_or_else(|| "all".into(), |id| id.to_string());
                format!("to {to} {} {message:?}", header.attempt.number())
            });
            format!("{from} publishes {}", told.unwrap_or_default())
        });
        if self.nodes[from].cut_off {
            return self.say(|| format!("{from} is not heard"));
        }
        self.distribute(from, plaintext);
    }

    fn distribute(&mut self, from: usize, plaintext: &[u8]) {
        self.traffic.push(plaintext.to_vec());
        for to in self.living() {
            let lost = self.rng.next_u64() % 100 < self.network.loss;
            if to == from || self.nodes[to].cut_off || lost {
                continue;
            }
            let copies = 1 + u64::from(self.rng.next_u64() % 100 < self.network.duplication);
            for _ in 0..copies {
                let wait = Duration::from_millis(1) + self.rng.up_to(self.network.delay);
                let plaintext = plaintext.to_vec();
                self.after(wait, Happening::Signal { to, plaintext });
            }
        }
    }
}
