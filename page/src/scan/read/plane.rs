//! Points, and the perspective under which a plane is seen.

/// A point of the picture, or of the code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

impl Point {
    pub(super) fn new(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    /// Nothing to calculate on with: not a number, or nowhere near a picture.
    pub(super) fn is_sane(self) -> bool {
        const FAR: f32 = 1e5;
        self.x.abs() < FAR && self.y.abs() < FAR
    }

    pub(super) fn distance(self, other: Point) -> f32 {
        (self - other).length()
    }

    pub(super) fn length(self) -> f32 {
        self.x.hypot(self.y)
    }

    /// Positive when `other` is clockwise of this (`y` points down).
    pub(super) fn cross(self, other: Point) -> f32 {
        self.x * other.y - self.y * other.x
    }
}

impl std::ops::Add for Point {
    type Output = Point;

    fn add(self, other: Point) -> Point {
        Point::new(self.x + other.x, self.y + other.y)
    }
}

impl std::ops::Sub for Point {
    type Output = Point;

    fn sub(self, other: Point) -> Point {
        Point::new(self.x - other.x, self.y - other.y)
    }
}

impl std::ops::Mul<f32> for Point {
    type Output = Point;

    fn mul(self, by: f32) -> Point {
        Point::new(self.x * by, self.y * by)
    }
}

/// Maps one plane to another as a camera does: straight lines stay straight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Perspective {
    rows: [[f32; 3]; 3],
}

impl Perspective {
    /// The one that maps the unit square (0, 0), (1, 0), (1, 1), (0, 1) to these corners; `None` if the last three of them are
    /// in a line.
    fn of_unit_square([a, b, c, d]: [Point; 4]) -> Option<Perspective> {
        let (p, q, r) = (b - c, d - c, a - b + c - d);
        let denominator = p.cross(q);
        if denominator.is_nan() || denominator.abs() <= f32::EPSILON {
            return None;
        }
        let (g, h) = (r.cross(q) / denominator, p.cross(r) / denominator);
        let rows = [
            [b.x - a.x + g * b.x, d.x - a.x + h * d.x, a.x],
            [b.y - a.y + g * b.y, d.y - a.y + h * d.y, a.y],
            [g, h, 1.0],
        ];
        Some(Perspective { rows })
    }

    /// The one that maps four points to four points; `None` if the last three of either are in a line.
    pub(super) fn between(from: [Point; 4], to: [Point; 4]) -> Option<Perspective> {
        let back = Perspective::of_unit_square(from)?.adjugate();
        Some(Perspective::of_unit_square(to)?.after(&back))
    }

    /// The inverse but for a factor, which makes no difference to a perspective.
    fn adjugate(&self) -> Perspective {
        let [[a, b, c], [d, e, f], [g, h, i]] = self.rows;
        let rows = [
            [e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ];
        Perspective { rows }
    }

    fn after(&self, first: &Perspective) -> Perspective {
        let cell = |row: [f32; 3], column: usize| {
            row[0] * first.rows[0][column]
                + row[1] * first.rows[1][column]
                + row[2] * first.rows[2][column]
        };
        Perspective {
            rows: self
                .rows
                .map(|row| [cell(row, 0), cell(row, 1), cell(row, 2)]),
        }
    }

    /// Where a point is seen; at the horizon that is no sane point.
    pub(super) fn map(&self, point: Point) -> Point {
        let [x, y, scale] = self
            .rows
            .map(|row| row[0] * point.x + row[1] * point.y + row[2]);
        Point::new(x / scale, y / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(all: [(f32, f32); 4]) -> [Point; 4] {
        all.map(|(x, y)| Point::new(x, y))
    }

    #[test]
    fn corners_are_mapped_to_corners_and_lines_to_lines() {
        let from = points([(3.5, 3.5), (53.5, 3.5), (50.5, 50.5), (3.5, 53.5)]);
        let to = points([
            (100.0, 90.0),
            (420.0, 120.0),
            (380.0, 400.0),
            (110.0, 380.0),
        ]);
        let seen = Perspective::between(from, to).expect("no three in a line");
        for (from, to) in from.into_iter().zip(to) {
            assert!(seen.map(from).distance(to) < 0.01, "{from:?}");
        }
        let [a, b, c] = [0.0, 13.0, 40.0].map(|at| seen.map(Point::new(at, at)));
        let bend = (b - a).cross(c - a).abs() / (c - a).length();
        assert!(bend < 0.01, "{bend}");
    }

    #[test]
    fn what_is_no_square_shows_no_plane() {
        let square = points([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]);
        let line = points([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]);
        for to in [line, points([(5.0, 5.0); 4]), points([(f32::NAN, 0.0); 4])] {
            assert!(Perspective::between(square, to).is_none(), "{to:?}");
        }
        // At the horizon there is no point.
        let steep = points([(0.0, 0.0), (100.0, 0.0), (90.0, 10.0), (10.0, 10.0)]);
        let seen = Perspective::between(square, steep).expect("no three in a line");
        let far = (0..400).map(|at| seen.map(Point::new(0.5, at as f32 / 8.0)));
        assert!(
            far.filter(|point| point.is_sane())
                .all(|point| point.y < 60.0)
        );
    }
}
