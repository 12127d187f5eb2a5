//! Photographs of QR codes, for tests: drawn by the crate that draws them on the page, seen by a camera that is none too good.

use super::pixels::Grey;
use crate::qr::QUIET_ZONE;
use crate::qr::draw::modules;

/// Numbers that look random and are the same each time (SplitMix64).
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of `0..count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    /// Around 0, mostly between -1 and 1.
    fn bell(&mut self) -> f64 {
        (0..6).map(|_| self.unit()).sum::<f64>() - 3.0
    }
}

/// How a code is photographed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shot {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels to a module, where it is nearest.
    pub(super) module: f64,
    /// How it is held, in degrees: turned in its plane, and away from the camera to the side and to the back.
    pub(super) roll: f64,
    pub(super) yaw: f64,
    pub(super) pitch: f64,
    /// Out of focus or in motion: pixels.
    pub(super) blur: f64,
    /// Of the sensor, in shades.
    pub(super) noise: f64,
    /// Shades of the dark and of the light modules.
    pub(super) dark: f64,
    pub(super) light: f64,
    /// How much less light there is at the left than at the right: from 0 to 1.
    pub(super) shade: f64,
    pub(super) seed: u64,
}

impl Shot {
    /// A good one: straight, sharp, evenly lit.
    pub(super) const GOOD: Shot = Shot {
        width: 480,
        height: 360,
        module: 4.0,
        roll: 0.0,
        yaw: 0.0,
        pitch: 0.0,
        blur: 0.0,
        noise: 0.0,
        dark: 20.0,
        light: 235.0,
        shade: 0.0,
        seed: 1,
    };

    /// The photograph of the code of a text.
    pub(super) fn of(&self, text: &str) -> Grey {
        let code = modules(text).expect("the text fits a code");
        let side = code.size as f64;
        let scene = Scene::new(self, side);
        let mut numbers = Numbers::new(self.seed);
        // The room: blotches, as of books and leaves.
        let blotches: Vec<f64> = (0..64).map(|_| 60.0 + 120.0 * numbers.unit()).collect();
        let shade_of = |x: f64, y: f64| {
            let zone = QUIET_ZONE as f64;
            match scene.on_plane(x, y) {
                Some((u, v))
                    if (-zone..side + zone).contains(&u) && (-zone..side + zone).contains(&v) =>
                {
                    let is_inside = (0.0..side).contains(&u) && (0.0..side).contains(&v);
                    match is_inside && code[v as usize][u as usize].value() {
                        true => self.dark,
                        false => self.light,
                    }
                }
                _ => blotches[(x as usize / 37 + y as usize / 29 * 7) % blotches.len()],
            }
        };
        /// Points to a side of a pixel that are looked at.
        const FINE: usize = 2;
        let mut shades = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            for x in 0..self.width {
                let mut sum = 0.0;
                for point in 0..FINE * FINE {
                    let at = |pixel: usize, step: usize| {
                        pixel as f64 + (step as f64 + 0.5) / FINE as f64
                    };
                    sum += shade_of(at(x, point % FINE), at(y, point / FINE));
                }
                let lit = 1.0 - self.shade * (1.0 - x as f64 / self.width as f64);
                shades.push(sum / (FINE * FINE) as f64 * lit);
            }
        }
        let shades = blurred(&shades, self.width, self.height, self.blur);
        let pixels = shades
            .iter()
            .map(|shade| {
                (shade + self.noise * numbers.bell())
                    .round()
                    .clamp(0.0, 255.0) as u8
            })
            .collect();
        Grey::new(self.width, self.height, pixels).expect("sides within bounds")
    }
}

/// Where in the room the code is.
struct Scene {
    turn: [[f64; 2]; 3],
    scale: f64,
    distance: f64,
    middle: (f64, f64),
    side: f64,
}

impl Scene {
    fn new(shot: &Shot, side: f64) -> Scene {
        let (roll, yaw, pitch) = (
            shot.roll.to_radians(),
            shot.yaw.to_radians(),
            shot.pitch.to_radians(),
        );
        // Two columns of a rotation: what is right and what is down on the plane.
        let spin = |[x, y, z]: [f64; 3]| {
            let [x, y] = [
                x * roll.cos() - y * roll.sin(),
                x * roll.sin() + y * roll.cos(),
            ];
            let [x, z] = [x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin()];
            [
                x,
                y * pitch.cos() - z * pitch.sin(),
                y * pitch.sin() + z * pitch.cos(),
            ]
        };
        let (right, down) = (spin([1.0, 0.0, 0.0]), spin([0.0, 1.0, 0.0]));
        Scene {
            turn: [0, 1, 2].map(|axis| [right[axis], down[axis]]),
            scale: shot.module,
            // As one holds a phone: two and a half widths of the code away.
            distance: 2.5 * side,
            middle: (
                shot.width as f64 / 2.0 + 3.3,
                shot.height as f64 / 2.0 - 2.7,
            ),
            side,
        }
    }

    /// The point of the code's plane that is seen there, in modules.
    fn on_plane(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (a, b) = (
            (x - self.middle.0) / self.scale,
            (y - self.middle.1) / self.scale,
        );
        let [across, along, deep] = self.turn;
        let row = |point: f64, axis: [f64; 2]| {
            [
                axis[0] - point * deep[0] / self.distance,
                axis[1] - point * deep[1] / self.distance,
            ]
        };
        let ([p, q], [r, s]) = (row(a, across), row(b, along));
        let determinant = p * s - q * r;
        if determinant.abs() < 1e-9 {
            return None;
        }
        let (u, v) = ((a * s - q * b) / determinant, (p * b - a * r) / determinant);
        let is_in_front = 1.0 + (deep[0] * u + deep[1] * v) / self.distance > 0.1;
        is_in_front.then_some((u + self.side / 2.0, v + self.side / 2.0))
    }
}

/// Blurred as by a lens out of focus (Gauss, of this standard deviation).
fn blurred(shades: &[f64], width: usize, height: usize, sigma: f64) -> Vec<f64> {
    if sigma <= 0.0 {
        return shades.to_vec();
    }
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|at| (-(at * at) as f64 / (2.0 * sigma * sigma)).exp())
        .collect();
    let total: f64 = weights.iter().sum();
    let pass = |from: &[f64], step: (isize, isize)| -> Vec<f64> {
        let near = |at: usize, by: isize, count: usize| at.saturating_add_signed(by).min(count - 1);
        (0..width * height)
            .map(|pixel| {
                let (x, y) = (pixel % width, pixel / width);
                let sum: f64 = (-reach..=reach)
                    .zip(&weights)
                    .map(|(at, weight)| {
                        weight
                            * from
                                [near(y, at * step.1, height) * width + near(x, at * step.0, width)]
                    })
                    .sum();
                sum / total
            })
            .collect()
    };
    pass(&pass(shades, (1, 0)), (0, 1))
}
