//! From a text to the path of its QR code: the part of the page that is loaded when one is first shown.

use fast_qr::{ECL, QRBuilder, QRCode};

use super::QUIET_ZONE;

/// Path data of the dark modules of a text's code at level M; `None` for a text that fits no code.
pub(crate) fn draw(text: &str) -> Option<String> {
    let code = modules(text)?;
    Some(outline(code.size, |x, y| code[y][x].value()))
}

/// The code of a text. fast_qr takes the mode with the fewest bits that has all of the text's characters.
pub(crate) fn modules(text: &str) -> Option<QRCode> {
    QRBuilder::new(text).ecl(ECL::M).build().ok()
}

/// Path data of the dark modules, with the quiet zone around: one rectangle for each run in a row.
fn outline(size: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && is_dark(x, y) {
                x += 1;
            }
            if x > start {
                let length = x - start;
                // Writing to a string never fails.
                let _ = write!(
                    path,
                    "M{} {}h{length}v1h-{length}z",
                    start + QUIET_ZONE,
                    y + QUIET_ZONE
                );
            }
            x += 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_rectangles_inside_the_quiet_zone() {
        // #.##
        // ....
        let dark = [
            [true, false, true, true],
            [false; 4],
            [false; 4],
            [false, false, false, true],
        ];
        assert_eq!(
            outline(4, |x, y| dark[y][x]),
            "M4 4h1v1h-1zM6 4h2v1h-2zM7 7h1v1h-1z"
        );
    }

    #[test]
    fn a_text_too_long_for_any_code_has_none() {
        assert!(draw(&"a".repeat(2331)).is_some());
        assert!(draw(&"a".repeat(2332)).is_none());
    }
}
