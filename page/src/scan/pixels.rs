//! Pictures without colour.

/// Longest side of a picture that is read. What is made of cameras and files is smaller already ([`super::aim`]); this
/// bounds the memory and the time whatever comes.
pub(super) const MOST: usize = 2_048;

/// A picture in shades of grey, row by row; 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Grey {
    /// A picture of these pixels; `None` if they are not as many as the sides say, or the sides are out of bounds.
    pub(super) fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Grey> {
        let is_bounded = (1..=MOST).contains(&width) && (1..=MOST).contains(&height);
        (is_bounded && pixels.len() == width * height).then_some(Grey {
            width,
            height,
            pixels,
        })
    }

    /// From what a canvas gives: red, green, blue and opacity of each pixel. What is transparent is white, like the page
    /// that a picture lies on.
    pub(super) fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Option<Grey> {
        let (pixels, rest) = rgba.as_chunks::<4>();
        if !rest.is_empty() {
            return None;
        }
        Grey::new(width, height, pixels.iter().map(luma).collect())
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}

/// How light a pixel is (ITU-R BT.601), over white.
fn luma(&[red, green, blue, opacity]: &[u8; 4]) -> u8 {
    let light = (77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) >> 8;
    let opacity = u32::from(opacity);
    // At most 255, both before and after.
    ((light * opacity + 255 * (255 - opacity)) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn green_is_lighter_than_red_and_red_lighter_than_blue() {
        let rgba = [
            255, 255, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 128,
            128, 128, 255,
        ];
        let grey = Grey::from_rgba(6, 1, &rgba).expect("six pixels");
        assert_eq!(grey.into_pixels(), [255, 0, 76, 149, 28, 128]);
    }

    #[test]
    fn what_is_transparent_is_white() {
        let grey = Grey::from_rgba(2, 1, &[0, 0, 0, 0, 0, 0, 0, 51]).expect("two pixels");
        assert_eq!(grey.into_pixels(), [255, 204]);
    }

    #[test]
    fn what_is_not_a_picture_is_refused() {
        assert_eq!(Grey::from_rgba(1, 1, &[0; 3]), None);
        assert_eq!(Grey::from_rgba(2, 2, &[0; 12]), None);
        assert_eq!(Grey::new(0, 0, Vec::new()), None);
        assert_eq!(Grey::new(MOST + 1, 1, vec![0; MOST + 1]), None);
        assert_eq!(Grey::new(usize::MAX, 2, Vec::new()), None);
        assert!(Grey::new(MOST, 1, vec![0; MOST]).is_some());
    }
}
