//! From three squares to the modules of a code: how many there are, where the fourth corner is, and which are dark.

use super::finder::{Corners, Finder};
use super::plane::{Perspective, Point};
use super::shades::Shades;

/// The middle of a finder pattern is so many modules from the edges of the code.
const FINDER: f32 = 3.5;

/// The middle of the last alignment pattern is so many modules from the edges of the code.
const ALIGNMENT: f32 = 6.5;

/// Of the timing patterns, which alternate, so much must be as it should.
const ENOUGH: f32 = 0.7;

/// Highest version that is looked for. What has more modules is not read off a screen, and takes much longer to be decoded.
const HIGHEST: f32 = 20.0;

/// Where the modules of a code are seen.
pub(super) struct Grid {
    /// Modules along a side.
    pub(super) size: usize,
    seen: Perspective,
}

impl Grid {
    /// Whether a module is dark: the mean of some points in its middle.
    pub(super) fn is_dark(&self, shades: &Shades, column: usize, row: usize) -> bool {
        const POINTS: [(f32, f32); 5] =
            [(0.5, 0.5), (0.3, 0.5), (0.7, 0.5), (0.5, 0.3), (0.5, 0.7)];
        let light: f32 = POINTS
            .into_iter()
            .map(|(x, y)| self.light_at(shades, column as f32 + x, row as f32 + y))
            .sum();
        light < 0.0
    }

    fn light_at(&self, shades: &Shades, x: f32, y: f32) -> f32 {
        shades.light_at(self.seen.map(Point::new(x, y)))
    }

    /// How much of the timing patterns is as it should be, from 0 to 1.
    fn timing(&self, shades: &Shades) -> f32 {
        let between = 8..self.size.saturating_sub(8);
        let total = 2 * between.len();
        let right = between
            .flat_map(|at| {
                [(at, 6), (6, at)].map(|(x, y)| self.is_dark(shades, x, y) == (at % 2 == 0))
            })
            .filter(|is_right| *is_right)
            .count();
        right as f32 / total.max(1) as f32
    }
}

/// The grids that the three squares may belong to, the likeliest first.
pub(super) fn grids(shades: &Shades, corners: &Corners) -> Vec<Grid> {
    let mut grids: Vec<(f32, Grid)> = Vec::new();
    for size in sizes(shades, corners) {
        for fourth in fourth_points(shades, corners, size) {
            grids.extend(
                grid(corners, size, fourth)
                    .map(|grid| (grid.timing(shades), grid))
                    .filter(|(timing, _)| *timing >= ENOUGH),
            );
        }
    }
    grids.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    grids.into_iter().map(|(_, grid)| grid).collect()
}

/// How many modules there are along a side: the two numbers that are nearest to what is measured.
fn sizes(shades: &Shades, corners: &Corners) -> impl Iterator<Item = usize> + use<> {
    let one = |a: &Finder, b: &Finder| {
        let way = b.middle - a.middle;
        let module = (extent(shades, a.middle, way)? + extent(shades, b.middle, way)?) / 14.0;
        Some(way.length() / module)
    };
    let Corners {
        top_left,
        top_right,
        bottom_left,
    } = corners;
    let measured = match (one(top_left, top_right), one(top_left, bottom_left)) {
        (Some(across), Some(down)) => Some((across + down) / 2.0),
        (one, other) => one.or(other),
    };
    // Version 1 has 21 modules, each further one four more.
    let version = measured.map_or(0.0, |between| (between + 2.0 * FINDER - 17.0) / 4.0);
    let nearest = version.round();
    let next = if version > nearest {
        nearest + 1.0
    } else {
        nearest - 1.0
    };
    [nearest, next]
        .into_iter()
        .filter(|version| (1.0..=HIGHEST).contains(version))
        .map(|version| 17 + 4 * version as usize)
}

/// The width of a finder pattern along a line through its middle, in pixels; `None` if it does not look like one there.
fn extent(shades: &Shades, middle: Point, way: Point) -> Option<f32> {
    /// Pixels.
    const STEP: f32 = 0.25;
    let step = way * (STEP / way.length());
    if !step.is_sane() {
        return None;
    }
    // No finder pattern is wider than its distance to the next.
    let most = (way.length() / STEP) as u32;
    let half = |step: Point| {
        let (mut at, mut steps) = (middle, 0);
        for is_dark in [true, false, true] {
            while (shades.light_at(at) < 0.0) == is_dark {
                at = at + step;
                steps += 1;
                if steps > most {
                    return None;
                }
            }
        }
        Some(steps as f32 * STEP)
    };
    Some(half(step)? + half(step * -1.0)?)
}

/// A point of the code beside the three middles, and where it is seen.
#[derive(Clone, Copy)]
struct Fourth {
    /// Both coordinates, in modules.
    at: f32,
    seen: Point,
}

/// The last alignment pattern, where there is one; and the corner that would make a parallelogram.
fn fourth_points(
    shades: &Shades,
    corners: &Corners,
    size: usize,
) -> impl Iterator<Item = Fourth> + use<> {
    let size = size as f32;
    let between = size - 2.0 * FINDER;
    let origin = corners.top_left.middle;
    let across = (corners.top_right.middle - origin) * (1.0 / between);
    let down = (corners.bottom_left.middle - origin) * (1.0 / between);
    let parallel = |at: f32| Fourth {
        at,
        seen: origin + (across + down) * (at - FINDER),
    };
    let alignment =
        (size > 21.0).then(|| alignment(shades, parallel(size - ALIGNMENT), across, down, size));
    [alignment, Some(parallel(size - FINDER))]
        .into_iter()
        .flatten()
}

/// Looks for the alignment pattern around where it would be if the code were not tilted.
fn alignment(shades: &Shades, expected: Fourth, across: Point, down: Point, size: f32) -> Fourth {
    // Tilted by thirty degrees, close to the camera, it is an eighth of the code further.
    let reach = (size / 8.0).clamp(3.0, 9.0);
    let look = |from: (f32, f32), reach: f32, step: f32| {
        let steps = (reach / step) as i32;
        let mut best = (f32::NEG_INFINITY, from);
        for i in -steps..=steps {
            for j in -steps..=steps {
                let at = (from.0 + i as f32 * step, from.1 + j as f32 * step);
                let middle = expected.seen + across * at.0 + down * at.1;
                let likeness =
                    likeness(shades, middle, across, down) * (1.0 - 0.02 * at.0.hypot(at.1));
                if likeness > best.0 {
                    best = (likeness, at);
                }
            }
        }
        best.1
    };
    let coarse = look((0.0, 0.0), reach, 0.5);
    let fine = look(coarse, 0.5, 0.125);
    Fourth {
        at: expected.at,
        seen: expected.seen + across * fine.0 + down * fine.1,
    }
}

/// How much lighter the light modules of an alignment pattern would be than its dark ones, if its middle were there.
fn likeness(shades: &Shades, middle: Point, across: Point, down: Point) -> f32 {
    /// A lamp's reflection counts no more than a light module.
    const MOST: f32 = 60.0;
    let (mut light, mut dark) = (0.0, 0.0);
    for row in -2_i32..=2 {
        for column in -2_i32..=2 {
            let at = middle + across * column as f32 + down * row as f32;
            let shade = shades.light_at(at).clamp(-MOST, MOST);
            if row.abs().max(column.abs()) == 1 {
                light += shade;
            } else {
                dark += shade;
            }
        }
    }
    light / 8.0 - dark / 17.0
}

fn grid(corners: &Corners, size: usize, fourth: Fourth) -> Option<Grid> {
    let far = size as f32 - FINDER;
    let from = [
        (FINDER, FINDER),
        (far, FINDER),
        (fourth.at, fourth.at),
        (FINDER, far),
    ];
    let to = [
        corners.top_left.middle,
        corners.top_right.middle,
        fourth.seen,
        corners.bottom_left.middle,
    ];
    let seen = Perspective::between(from.map(|(x, y)| Point::new(x, y)), to)?;
    // All of the code is to be seen, in front of the camera.
    let edge = size as f32;
    let outer = [(0.0, 0.0), (edge, 0.0), (edge, edge), (0.0, edge)];
    outer
        .into_iter()
        .all(|(x, y)| seen.map(Point::new(x, y)).is_sane())
        .then_some(Grid { size, seen })
}
