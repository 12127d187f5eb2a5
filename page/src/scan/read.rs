//! What the QR code on a picture says.
//!
//! Pictures come from anywhere, so nothing here indexes by what is on them, and every search has a bound. The bits are decoded
//! (format, mask, error correction, modes) by the crate rqrr. Its own search for codes is not used: it panics on photographs
//! (WanzenBug/rqrr#54), and its way to the alignment pattern has no end that would not depend on the picture.

mod finder;
mod grid;
mod plane;
mod shades;

use super::guard::{Trapped, guarded};
use super::pixels::Grey;
use grid::Grid;
use shades::Shades;
pub(super) use shades::Surroundings;

/// Longest text that is taken, in bytes: as much as a code of the highest version says of letters.
const LONGEST: usize = 1_200;

/// How many modules are decoded before a picture has no code: a dozen codes of version 10, four of version 20. It takes a
/// microsecond for each.
const MOST_MODULES: usize = 40_000;

/// [`text`], behind a guard.
pub(super) fn safely(grey: Grey, surroundings: Surroundings) -> Result<Option<String>, Trapped> {
    guarded(move || text(grey, surroundings))
}

/// What the first code says that can be read; `None` if there is none, or it says no text.
pub(super) fn text(grey: Grey, surroundings: Surroundings) -> Option<String> {
    let shades = Shades::of(grey, surroundings);
    let finders = finder::finders(&shades);
    let mut modules = 0;
    finder::triples(&finders)
        .iter()
        .flat_map(|corners| grid::grids(&shades, corners))
        .take_while(|grid| {
            modules += grid.size * grid.size;
            modules <= MOST_MODULES
        })
        .find_map(|grid| decoded(&shades, &grid))
}

fn decoded(shades: &Shades, grid: &Grid) -> Option<String> {
    let modules = rqrr::SimpleGrid::from_func(grid.size, |x, y| grid.is_dark(shades, x, y));
    let (_, text) = rqrr::Grid::new(modules).decode().ok()?;
    (1..=LONGEST).contains(&text.len()).then_some(text)
}

#[cfg(test)]
mod tests;
