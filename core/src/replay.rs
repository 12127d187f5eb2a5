//! A sliding window over sequence numbers, so that each signal counts once (RFC 4303 §3.4.3, RFC 6479).

/// How far behind the newest a sequence number may arrive: transports reorder, and a burst of candidates is some dozens.
pub const WINDOW: u64 = 1024;

const WORDS: usize = (WINDOW / 64) as usize;

/// Which sequence numbers of one sender have been seen.
#[derive(Clone, Debug)]
pub struct Window {
    newest: u64,
    /// Bit `n % WINDOW` tells of sequence number `n`, for the last `WINDOW` of them.
    seen: [u64; WORDS],
}

impl Window {
    /// Nothing has been seen.
    pub const fn new() -> Self {
        Self {
            newest: 0,
            seen: [0; WORDS],
        }
    }

    /// Whether `sequence` is new. If so, it is not from then on. Numbers start at 1: 0 is never new.
    pub fn admit(&mut self, sequence: u64) -> bool {
        if sequence == 0 {
            return false;
        }
        if sequence > self.newest {
            if sequence - self.newest >= WINDOW {
                self.seen = [0; WORDS];
            } else {
                for skipped in self.newest + 1..sequence {
                    let (word, bit) = place(skipped);
                    self.seen[word] &= !bit;
                }
            }
            self.newest = sequence;
        } else if self.newest - sequence >= WINDOW {
            return false;
        } else {
            let (word, bit) = place(sequence);
            if self.seen[word] & bit != 0 {
                return false;
            }
        }
        let (word, bit) = place(sequence);
        self.seen[word] |= bit;
        true
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::new()
    }
}

const fn place(sequence: u64) -> (usize, u64) {
    let index = sequence % WINDOW;
    ((index / 64) as usize, 1 << (index % 64))
}
