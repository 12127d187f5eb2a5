//! The three squares by which a code is found: across each, in any direction, dark and light follow one another as 1:1:3:1:1.

use super::plane::Point;
use super::shades::Shades;

/// Rows from one that is looked at to the next. The middle of a square is three modules high.
const ROWS: usize = 2;

/// Most squares that are kept. Wallpaper may have thousands, and what follows takes the longer the more there are.
const MOST: usize = 48;

/// Something that may be such a square.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finder {
    pub(super) middle: Point,
    /// The width of a module, in pixels along the picture's axes.
    pub(super) module: f32,
    /// How many rows met it.
    pub(super) count: u32,
}

/// All that may be such squares, those that most rows met first.
pub(super) fn finders(shades: &Shades) -> Vec<Finder> {
    let mut found: Vec<Finder> = Vec::new();
    for y in (0..shades.height()).step_by(ROWS) {
        let mut runs = Runs::default();
        // What is beyond the edge is light, so that a run ends there.
        let row = shades.row(y).chain(std::iter::once(false));
        for (x, is_dark) in row.enumerate() {
            let Some(five) = runs.next(is_dark) else {
                continue;
            };
            if !is_finder(five, TIGHT) {
                continue;
            }
            let behind = five[3] + five[4] + five[2] / 2 + 1;
            let middle = (x as i32 - behind as i32, y as i32);
            if let Some(finder) = confirmed(shades, middle) {
                keep(&mut found, finder);
            }
        }
    }
    found.sort_by_key(|finder| std::cmp::Reverse(finder.count));
    found
}

/// The lengths of the last five runs of a row.
#[derive(Default)]
struct Runs {
    lengths: [u32; 5],
    is_dark: bool,
}

impl Runs {
    /// Adds a pixel; the five runs, when that ends a dark one.
    fn next(&mut self, is_dark: bool) -> Option<[u32; 5]> {
        if is_dark == self.is_dark {
            self.lengths[4] = self.lengths[4].saturating_add(1);
            return None;
        }
        let five = self.lengths;
        self.is_dark = is_dark;
        self.lengths.rotate_left(1);
        self.lengths[4] = 1;
        (!is_dark).then_some(five)
    }
}

/// By how much of a module a run may be off: along an axis, and across the corners, where each pixel counts for more.
const TIGHT: f32 = 0.5;
const LOOSE: f32 = 0.75;

/// Whether the runs are as 1:1:3:1:1.
fn is_finder(runs: [u32; 5], tolerance: f32) -> bool {
    let total: u32 = runs.iter().sum();
    if total < 7 || runs.contains(&0) {
        return false;
    }
    let module = total as f32 / 7.0;
    // Edges lie on pixels, which matters where modules are not much larger.
    let off = module * tolerance + 0.5;
    runs.into_iter()
        .zip([1.0, 1.0, 3.0, 1.0, 1.0])
        .all(|(run, share)| (run as f32 - share * module).abs() <= off * share.min(2.0))
}

/// A crossing of a square: its whole length, and where its middle is, in steps from where it began.
struct Crossing {
    length: f32,
    middle: f32,
}

/// Walks both ways from a dark pixel inside a square, no further than `most` steps.
fn cross(
    shades: &Shades,
    from: (i32, i32),
    step: (i32, i32),
    most: u32,
    tolerance: f32,
) -> Option<Crossing> {
    // Runs of dark, light and dark; a pixel that is both ways is counted ahead.
    let walk = |direction: i32, first: i32| {
        let mut runs = [0_u32; 3];
        let mut at = first;
        for (run, is_dark) in runs.iter_mut().zip([true, false, true]) {
            let pixel = |at: i32| {
                (
                    from.0 + at * direction * step.0,
                    from.1 + at * direction * step.1,
                )
            };
            while *run <= most && {
                let (x, y) = pixel(at);
                shades.is_dark(x, y) == is_dark
            } {
                *run += 1;
                at += 1;
            }
        }
        runs
    };
    let (ahead, behind) = (walk(1, 0), walk(-1, 1));
    let runs = [
        behind[2],
        behind[1],
        behind[0] + ahead[0],
        ahead[1],
        ahead[2],
    ];
    if !is_finder(runs, tolerance) {
        return None;
    }
    // The mean of the middles of three squares, one in another.
    let mut edges = (0.0, 0.0);
    let mut middle = 0.0;
    for (ahead, behind) in ahead.into_iter().zip(behind) {
        edges.0 += ahead as f32;
        edges.1 += behind as f32;
        middle += (edges.0 - edges.1) / 2.0 / 3.0;
    }
    Some(Crossing {
        length: edges.0 + edges.1,
        middle,
    })
}

/// Crosses what a row met in the other directions.
fn confirmed(shades: &Shades, (x, y): (i32, i32)) -> Option<Finder> {
    let most = shades.width().max(shades.height()) as u32 / 2;
    let down = cross(shades, (x, y), (0, 1), most, TIGHT)?;
    let middle_y = y as f32 + down.middle;
    let y = middle_y as i32;
    let across = cross(shades, (x, y), (1, 0), most, TIGHT)?;
    let middle_x = x as f32 + across.middle;
    // Seen from the side, one is shorter.
    let ratio = across.length / down.length;
    if !(0.4..2.5).contains(&ratio) {
        return None;
    }
    let middle = (middle_x as i32, y);
    cross(shades, middle, (1, 1), most, LOOSE)?;
    cross(shades, middle, (1, -1), most, LOOSE)?;
    Some(Finder {
        middle: Point::new(middle_x, middle_y),
        module: (across.length + down.length) / 14.0,
        count: 1,
    })
}

/// Adds a square, or makes one that is there more certain.
fn keep(found: &mut Vec<Finder>, new: Finder) {
    let same = found.iter_mut().find(|old| {
        let is_near = old.middle.distance(new.middle) < 2.0 * old.module.max(new.module);
        is_near && (0.5..2.0).contains(&(old.module / new.module))
    });
    if let Some(old) = same {
        let (count, total) = (old.count as f32, (old.count + 1) as f32);
        old.middle = (old.middle * count + new.middle) * (1.0 / total);
        old.module = (old.module * count + new.module) / total;
        old.count += 1;
    } else if found.len() < MOST {
        found.push(new);
    } else if let Some(least) = found.iter_mut().find(|old| old.count == 1) {
        *least = new;
    }
}

/// Three squares that may be those of one code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corners {
    pub(super) top_left: Finder,
    pub(super) top_right: Finder,
    pub(super) bottom_left: Finder,
}

/// Of how many squares triples are made, and how many of these are tried.
const MOST_IN_TRIPLES: usize = 12;
const MOST_TRIPLES: usize = 6;

/// The triples that look most like the corners of one square.
pub(super) fn triples(finders: &[Finder]) -> Vec<Corners> {
    let best = &finders[..finders.len().min(MOST_IN_TRIPLES)];
    let mut triples: Vec<(f32, Corners)> = Vec::new();
    for (i, a) in best.iter().enumerate() {
        for (j, b) in best.iter().enumerate().skip(i + 1) {
            triples.extend(best.iter().skip(j + 1).filter_map(|c| corners(*a, *b, *c)));
        }
    }
    triples.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    triples.truncate(MOST_TRIPLES);
    triples.into_iter().map(|(_, corners)| corners).collect()
}

/// Which is which, and how odd it would be; `None` for what no camera sees.
fn corners(a: Finder, b: Finder, c: Finder) -> Option<(f32, Corners)> {
    let apart = |one: Finder, other: Finder| one.middle.distance(other.middle);
    let sides = [
        (apart(b, c), a, b, c),
        (apart(a, c), b, a, c),
        (apart(a, b), c, a, b),
    ];
    // The longest side is opposite of the corner between the others.
    let (_, top_left, one, other) = sides
        .into_iter()
        .max_by(|(a, ..), (b, ..)| a.total_cmp(b))?;
    let (to_one, to_other) = (one.middle - top_left.middle, other.middle - top_left.middle);
    let turn = to_one.cross(to_other);
    let (top_right, bottom_left) = if turn > 0.0 {
        (one, other)
    } else {
        (other, one)
    };

    let (right, down) = (to_one.length(), to_other.length());
    let sine = turn.abs() / (right * down);
    let uneven = (right / down).ln().abs();
    let sizes = [a.module, b.module, c.module];
    let smallest = sizes.into_iter().fold(f32::INFINITY, f32::min);
    let largest = sizes.into_iter().fold(0.0, f32::max);
    // The smallest code has fourteen modules between the middles of two squares; turned, a module is longer along the axes.
    let is_apart = right.min(down) > 9.0 * smallest;
    let is_code = sine > 0.6 && uneven < 0.8 && largest < 1.8 * smallest && is_apart;
    let odd = (1.0 - sine) * 2.0 + uneven + (largest / smallest).ln();
    is_code.then_some((
        odd,
        Corners {
            top_left,
            top_right,
            bottom_left,
        },
    ))
}
