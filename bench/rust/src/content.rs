//! What is sent, the same bytes as `bench/page/content.js` makes.

/// After so many bytes they repeat: eight times a prime, so that no two pieces near each other begin alike, whatever their size.
const PERIOD: usize = 8 * 131_171;

/// The largest message, bytes.
const LONGEST: usize = 1024 * 1024;

/// The bytes of a run.
pub(crate) struct Content(Vec<u8>);

impl Content {
    pub(crate) fn new() -> Content {
        let mut state = 0x9e37_79b9_u32; // xorshift32: any start but 0 will do
        let mut block = Vec::with_capacity(PERIOD + LONGEST);
        while block.len() < PERIOD {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            block.extend_from_slice(&state.to_le_bytes());
        }
        block.extend_from_within(..LONGEST);
        Content(block)
    }

    /// `length` bytes, at most [`LONGEST`], from the `offset`th.
    pub(crate) fn at(&self, offset: usize, length: usize) -> &[u8] {
        &self.0[offset % PERIOD..][..length]
    }

    /// The sum of the first `total` bytes.
    pub(crate) fn expected(&self, total: usize) -> u32 {
        let mut sum = Checksum::default();
        for offset in (0..total).step_by(LONGEST) {
            sum.add(self.at(offset, LONGEST.min(total - offset)));
        }
        sum.0
    }
}

/// A sum over bytes in their order: FNV-1a, by words.
#[derive(Clone, Copy)]
pub(crate) struct Checksum(pub(crate) u32);

impl Default for Checksum {
    fn default() -> Self {
        Checksum(0x811c_9dc5)
    }
}

impl Checksum {
    /// Takes the next bytes, a multiple of four.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for word in bytes.as_chunks().0 {
            self.0 = (self.0 ^ u32::from_le_bytes(*word)).wrapping_mul(0x0100_0193);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected(content, 3_000_000)` of `bench/page/content.js`, and one of its tests has it too.
    const OF_THREE_MILLION: u32 = 395_141_513;

    #[test]
    fn it_is_what_javascript_makes() {
        assert_eq!(Content::new().expected(3_000_000), OF_THREE_MILLION);
    }
}
