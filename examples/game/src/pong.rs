//! The rules, in whole numbers, so that every browser comes to the same: 16 units are a pixel of a field of 640 by 360.

/// One pixel.
const PIXEL: i32 = 16;
/// The field.
pub(crate) const WIDTH: i32 = 640 * PIXEL;
pub(crate) const HEIGHT: i32 = 360 * PIXEL;
/// A paddle, how far it is from its edge, and how far it goes in a step.
pub(crate) const PADDLE: [i32; 2] = [10 * PIXEL, 64 * PIXEL];
pub(crate) const MARGIN: i32 = 20 * PIXEL;
const PADDLE_SPEED: i32 = 5 * PIXEL;
/// The ball, which has a square shape, and its speed to the side when it is served, and at most.
pub(crate) const BALL: i32 = 10 * PIXEL;
const SERVE_SPEED: i32 = 3 * PIXEL;
const TOP_SPEED: i32 = 8 * PIXEL;
/// Steps between a point and the next serve.
const PAUSE: u8 = 60;

/// The flags of an input.
pub(crate) const UP: u8 = 1;
pub(crate) const DOWN: u8 = 2;

/// All there is, between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pong {
    step: i32,
    /// The upper edges.
    pub(crate) paddles: [i32; 2],
    /// The upper left corner.
    pub(crate) ball: [i32; 2],
    speed: [i32; 2],
    pause: u8,
    pub(crate) score: [u16; 2],
}

impl Pong {
    pub(crate) fn new() -> Self {
        let mut pong = Self {
            step: 0,
            paddles: [(HEIGHT - PADDLE[1]) / 2; 2],
            ball: [0; 2],
            speed: [0; 2],
            pause: 0,
            score: [0; 2],
        };
        pong.serve(1);
        pong
    }

    /// One step, a sixtieth of a second, with what each player holds down.
    pub(crate) fn step(&mut self, inputs: [u8; 2]) {
        self.step = self.step.wrapping_add(1);
        for (paddle, input) in self.paddles.iter_mut().zip(inputs) {
            let down = i32::from(input & DOWN != 0) - i32::from(input & UP != 0);
            *paddle = (*paddle + down * PADDLE_SPEED).clamp(0, HEIGHT - PADDLE[1]);
        }
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        self.ball[0] += self.speed[0];
        self.ball[1] += self.speed[1];
        if self.ball[1] < 0 || self.ball[1] > HEIGHT - BALL {
            self.ball[1] = self.ball[1].clamp(0, HEIGHT - BALL);
            self.speed[1] = -self.speed[1];
        }
        self.meet_paddles();
        if self.ball[0] < -BALL {
            self.point(1);
        } else if self.ball[0] > WIDTH {
            self.point(0);
        }
    }

    /// Off a paddle the ball goes faster, and up or down by where it was hit.
    fn meet_paddles(&mut self) {
        let left = MARGIN + PADDLE[0];
        let right = WIDTH - MARGIN - PADDLE[0] - BALL;
        let (player, at) = match self.ball[0] {
            x if self.speed[0] < 0 && (MARGIN..=left).contains(&x) => (0, left),
            x if self.speed[0] > 0 && (right..=right + PADDLE[0]).contains(&x) => (1, right),
            _ => return,
        };
        let offset = self.ball[1] + BALL / 2 - self.paddles[player] - PADDLE[1] / 2;
        if offset.abs() <= (PADDLE[1] + BALL) / 2 {
            let faster = (self.speed[0].abs() + PIXEL / 2).min(TOP_SPEED);
            self.speed = [faster * -self.speed[0].signum(), offset / 8];
            self.ball[0] = at;
        }
    }

    fn point(&mut self, player: usize) {
        self.score[player] = self.score[player].saturating_add(1);
        self.serve(player);
    }

    /// Towards the one who did not make the last point.
    fn serve(&mut self, from: usize) {
        self.ball = [(WIDTH - BALL) / 2, (HEIGHT - BALL) / 2];
        let side = if from == 0 { SERVE_SPEED } else { -SERVE_SPEED };
        self.speed = [side, (self.step % 5 - 2) * PIXEL];
        self.pause = PAUSE;
    }

    /// FNV-1a of everything: equal on both sides, or they do not play the same game.
    pub(crate) fn checksum(&self) -> u64 {
        let small = [self.pause.into(), self.score[0], self.score[1]].map(i32::from);
        let [[a, b], [c, d], [e, f]] = [self.paddles, self.ball, self.speed];
        let all = [[self.step, a, b, c, d, e, f].as_slice(), &small].concat();
        all.into_iter()
            .flat_map(i32::to_le_bytes)
            .fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_move_loses_points_and_the_ball_stays_on_the_field() {
        let mut pong = Pong::new();
        for _ in 0..60 * 60 {
            pong.step([UP, 0]);
            assert!((0..=HEIGHT - BALL).contains(&pong.ball[1]));
            assert!((-BALL - TOP_SPEED..=WIDTH + TOP_SPEED).contains(&pong.ball[0]));
        }
        assert_eq!(pong.paddles[0], 0);
        assert!(pong.score[1] > 0, "{pong:?}");
    }

    #[test]
    fn a_ball_that_is_met_comes_back_faster() {
        let mut pong = Pong::new();
        let mut fastest = 0;
        for _ in 0..60 * 20 {
            let inputs =
                pong.paddles.map(
                    |paddle| match pong.ball[1] + BALL / 2 - paddle - PADDLE[1] / 2 {
                        above if above < -PADDLE_SPEED => UP,
                        below if below > PADDLE_SPEED => DOWN,
                        _ => 0,
                    },
                );
            pong.step(inputs);
            fastest = fastest.max(pong.speed[0].abs());
        }
        assert_eq!(fastest, TOP_SPEED);
    }

    #[test]
    fn the_checksum_tells_states_apart() {
        let mut one = Pong::new();
        let other = one;
        assert_eq!(one.checksum(), other.checksum());
        one.step([0, 0]);
        assert_ne!(one.checksum(), other.checksum());
    }
}
