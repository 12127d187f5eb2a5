//! Which part of a picture is looked at, and at which size.

/// Longest side of what is looked at in one go, in pixels. Reading this much takes some hundredths of a second.
pub(super) const LONGEST: u32 = 800;

/// Shortest side of what can hold a code: the smallest has 21 modules, and takes a pixel for each.
const SHORTEST: u32 = 21;

/// A rectangle of a picture, and the size to which it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) drawn_width: u32,
    pub(super) drawn_height: u32,
}

impl View {
    /// All of a picture, no longer than `longest`. `None` for one that is too small or too narrow to hold a code.
    pub(super) fn whole(width: u32, height: u32, longest: u32) -> Option<View> {
        View::of(0, 0, width, height, longest)
    }

    /// What to look at in frame number `turn` of a video: in turn all of it and its middle, which shows small codes larger.
    pub(super) fn of_frame(width: u32, height: u32, turn: u32) -> Option<View> {
        if turn.is_multiple_of(2) || width.max(height) <= LONGEST {
            return View::whole(width, height, LONGEST);
        }
        let side = width.min(height).min(LONGEST);
        View::of((width - side) / 2, (height - side) / 2, side, side, LONGEST)
    }

    fn of(x: u32, y: u32, width: u32, height: u32, longest: u32) -> Option<View> {
        let scaled = |side: u32| {
            let long = u64::from(width.max(height).max(1));
            // Never larger than it is: that makes nothing sharper.
            let side = u64::from(side) * u64::from(longest).min(long) / long;
            u32::try_from(side).ok()
        };
        let view = View {
            x,
            y,
            width,
            height,
            drawn_width: scaled(width)?,
            drawn_height: scaled(height)?,
        };
        (view.drawn_width.min(view.drawn_height) >= SHORTEST).then_some(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(view: Option<View>) -> Option<(u32, u32)> {
        view.map(|view| (view.drawn_width, view.drawn_height))
    }

    #[test]
    fn large_pictures_are_made_smaller_and_small_ones_are_left() {
        for (width, height, expected) in [
            (1280, 720, (800, 450)),
            (720, 1280, (450, 800)),
            (640, 480, (640, 480)),
            (800, 600, (800, 600)),
            (4032, 3024, (800, 600)),
            (21, 21, (21, 21)),
        ] {
            assert_eq!(drawn(View::whole(width, height, LONGEST)), Some(expected));
        }
    }

    #[test]
    fn what_cannot_hold_a_code_is_not_looked_at() {
        for (width, height) in [(0, 0), (20, 20), (640, 0), (u32::MAX, 1), (10_000, 100)] {
            assert_eq!(
                View::whole(width, height, LONGEST),
                None,
                "{width}×{height}"
            );
            for turn in 0..2 {
                assert_eq!(View::of_frame(width, 0, turn), None, "{width}");
            }
        }
        assert_eq!(
            drawn(View::whole(u32::MAX, u32::MAX, LONGEST)),
            Some((LONGEST, LONGEST))
        );
    }

    #[test]
    fn every_other_frame_of_a_large_video_shows_its_middle_as_it_is() {
        let middle = View::of_frame(1280, 720, 1).expect("large enough");
        assert_eq!((middle.x, middle.y), (280, 0));
        assert_eq!((middle.width, middle.height), (720, 720));
        assert_eq!(drawn(Some(middle)), Some((720, 720)));
        let middle = View::of_frame(1920, 1080, 1).expect("large enough");
        assert_eq!((middle.x, middle.y), (560, 140));
        assert_eq!(drawn(Some(middle)), Some((800, 800)));
        assert_eq!(View::of_frame(640, 480, 1), View::of_frame(640, 480, 0));
        assert_eq!(View::of_frame(1280, 720, 2), View::of_frame(1280, 720, 0));
    }
}
