//! What is dark and what is light: each pixel against the mean of its surroundings, so that shadows and dim screens do not matter.

use super::super::pixels::Grey;
use super::plane::Point;

/// What each pixel is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Surroundings {
    /// Far around: for codes that are close, whose finder patterns have middles three wide modules across.
    Wide,
    /// Near: for dim codes in a bright room, of which a wide view would see too much.
    Near,
}

impl Surroundings {
    /// Every one, the first of which reads most.
    pub(in super::super) const ALL: [Surroundings; 2] = [Surroundings::Wide, Surroundings::Near];

    /// How far they reach in each direction, in a picture whose longer side is so long.
    fn reach(self, longer: usize) -> usize {
        let part = match self {
            Surroundings::Wide => 12,
            Surroundings::Near => 36,
        };
        (longer / part).max(4)
    }
}

/// A pixel is dark if it is darker than this many hundredths of the mean, and darker by so many shades: else the noise of the
/// sensor would make patterns on plain walls.
const DARK: u32 = 95;
const NOISE: u32 = 6;

/// A picture whose pixels are dark or light.
pub(super) struct Shades {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    /// Below this, each pixel is dark.
    limits: Vec<u8>,
}

impl Shades {
    pub(super) fn of(grey: Grey, surroundings: Surroundings) -> Shades {
        let (width, height) = (grey.width(), grey.height());
        let pixels = grey.into_pixels();
        let reach = surroundings.reach(width.max(height));
        let limits = limits(&pixels, width, height, reach);
        Shades {
            width,
            height,
            pixels,
            limits,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Whether the pixel is dark; beyond the picture everything is light.
    pub(super) fn is_dark(&self, x: i32, y: i32) -> bool {
        self.index(x, y)
            .is_some_and(|at| self.pixels.get(at) < self.limits.get(at))
    }

    /// How much lighter than its limit the picture is at a point, in shades: between pixels, what is between them.
    pub(super) fn light_at(&self, point: Point) -> f32 {
        let (x, y) = (point.x - 0.5, point.y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right_part, low_part) = (x - left, y - top);
        // Casts saturate, and what is beyond the picture is as its edge.
        let (left, top) = (left as i32, top as i32);
        let at = |x: i32, y: i32| {
            let x = x.clamp(0, self.width as i32 - 1);
            let y = y.clamp(0, self.height as i32 - 1);
            self.index(x, y).map_or(0.0, |at| {
                let byte = |of: &[u8]| of.get(at).copied().map_or(0.0, f32::from);
                byte(&self.pixels) - byte(&self.limits)
            })
        };
        let row = |y: i32| {
            let (a, b) = (at(left, y), at(left.saturating_add(1), y));
            a + (b - a) * right_part
        };
        let (a, b) = (row(top), row(top.saturating_add(1)));
        a + (b - a) * low_part
    }

    /// The darkness of a row, from left to right; of none below the picture.
    pub(super) fn row(&self, y: usize) -> impl Iterator<Item = bool> {
        let pixels = self.pixels.chunks_exact(self.width).nth(y);
        let limits = self.limits.chunks_exact(self.width).nth(y);
        let both = pixels
            .into_iter()
            .flatten()
            .zip(limits.into_iter().flatten());
        both.map(|(pixel, limit)| pixel < limit)
    }

    fn index(&self, x: i32, y: i32) -> Option<usize> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        (x < self.width && y < self.height).then_some(y * self.width + x)
    }
}

/// The limit between dark and light at each pixel.
fn limits(pixels: &[u8], width: usize, height: usize, reach: usize) -> Vec<u8> {
    // Sums of the pixels above and to the left; sums of 2048² bytes fit.
    let stride = width + 1;
    let mut sums = vec![0_u32; stride * (height + 1)];
    for (y, row) in pixels.chunks_exact(width).enumerate() {
        let (above, below) = sums.split_at_mut(stride * (y + 1));
        let above = &above[stride * y..];
        let mut sum = 0;
        for (x, pixel) in row.iter().enumerate() {
            sum += u32::from(*pixel);
            below[x + 1] = above[x + 1] + sum;
        }
    }
    let mut limits = Vec::with_capacity(pixels.len());
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
        let (above, below) = (&sums[stride * top..], &sums[stride * bottom..]);
        for x in 0..width {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
            let count = ((right - left) * (bottom - top)) as u32;
            // The four corners of a rectangle: the differences are never negative, the sums in between fit.
            let sum = (below[right] - below[left]) - (above[right] - above[left]);
            let mean = sum / count;
            limits.push((mean * DARK / 100).min(mean.saturating_sub(NOISE)) as u8);
        }
    }
    limits
}
