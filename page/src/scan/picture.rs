//! A code on a picture that the person chooses: for whom no camera works, or who was sent one.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ImageBitmap};

use super::aim::{self, View};
use super::frames::{Canvas, Picture};
use super::read::{self, Surroundings};
use crate::browser;

/// Largest file that is opened, in bytes. Photos of phones have a tenth of that.
const LARGEST: f64 = 64.0 * 1024.0 * 1024.0;

/// Longest sides at which a picture is looked at, in pixels: small first, which is quicker and takes away the noise and the
/// stripes of photographed screens; then larger, where a code that takes a small part of the picture still has its squares.
const SIZES: [u32; 2] = [aim::LONGEST, 1_600];

/// Why there is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PictureError {
    /// The file is too large to be opened.
    TooLarge,
    /// The browser does not know it as a picture.
    Unreadable,
    /// Nothing on it is a code that can be read.
    NoCode,
}

impl PictureError {
    /// The code of a notice.
    pub(super) fn code(self) -> &'static str {
        match self {
            PictureError::TooLarge => "picture-too-large",
            PictureError::Unreadable => "picture-unreadable",
            PictureError::NoCode => "picture-no-code",
        }
    }
}

/// What the code on a picture says.
pub(super) async fn text_on(file: &File) -> Result<String, PictureError> {
    if file.size() > LARGEST {
        return Err(PictureError::TooLarge);
    }
    let opening = browser::window()
        .create_image_bitmap_with_blob(file)
        .map_err(|_| PictureError::Unreadable)?;
    let bitmap: ImageBitmap = JsFuture::from(opening)
        .await
        .ok()
        .and_then(|bitmap| bitmap.dyn_into().ok())
        .ok_or(PictureError::Unreadable)?;
    let text = read_from(&bitmap);
    // It may be a hundred megabytes.
    bitmap.close();
    text
}

fn read_from(bitmap: &ImageBitmap) -> Result<String, PictureError> {
    let canvas = Canvas::new().ok_or(PictureError::Unreadable)?;
    let (width, height) = (bitmap.width(), bitmap.height());
    for longest in SIZES {
        let Some(view) = View::whole(width, height, longest) else {
            continue;
        };
        let grey = canvas.grey(&Picture::Bitmap(bitmap), view);
        let grey = grey.ok_or(PictureError::Unreadable)?;
        for surroundings in Surroundings::ALL {
            if let Ok(Some(text)) = read::safely(grey.clone(), surroundings) {
                return Ok(text);
            }
        }
        if width.max(height) <= longest {
            break;
        }
    }
    Err(PictureError::NoCode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_words() {
        for error in [
            PictureError::TooLarge,
            PictureError::Unreadable,
            PictureError::NoCode,
        ] {
            assert!(crate::words::error(error.code()).is_some(), "{error:?}");
        }
    }
}
