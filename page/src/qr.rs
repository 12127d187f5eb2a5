//! QR codes on the page.
//!
//! What draws them is a part of its own ([`draw`]), fetched when the first is shown. How large a code will be is known
//! without it, so the place is there at once, and a text that is too long can be refused before.

pub(crate) mod draw;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::again::Again;
use crate::dynamic::{effect, part, text as shown};
use crate::later::{self, NotLoaded};
use crate::words;

/// Light modules around a code that readers need (ISO/IEC 18004, 9.1).
pub(crate) const QUIET_ZONE: usize = 4;

/// Data codewords of the versions 1 to 40 at error correction level M (ISO/IEC 18004, table 7).
const DATA_CODEWORDS: [usize; 40] = [
    16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669,
    714, 782, 860, 914, 1000, 1062, 1128, 1193, 1267, 1373, 1455, 1541, 1631, 1725, 1812, 1914,
    1992, 2102, 2216, 2334,
];

/// How the characters of a text become bits: by the first of these that has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Digits.
    Numeric,
    /// Digits, capital letters, space and `$%*+-./:`.
    Alphanumeric,
    /// Any bytes.
    Byte,
}

impl Mode {
    fn of(text: &str) -> Mode {
        let is_alphanumeric = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':');
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            Mode::Numeric
        } else if text.bytes().all(is_alphanumeric) {
            Mode::Alphanumeric
        } else {
            Mode::Byte
        }
    }

    /// How many bits say how many characters follow (table 3).
    fn count_bits(self, version: u32) -> usize {
        let by_size = match self {
            Mode::Numeric => [10, 12, 14],
            Mode::Alphanumeric => [9, 11, 13],
            Mode::Byte => [8, 16, 16],
        };
        by_size[match version {
            ..=9 => 0,
            10..=26 => 1,
            _ => 2,
        }]
    }

    fn data_bits(self, length: usize) -> usize {
        match self {
            Mode::Numeric => length / 3 * 10 + [0, 4, 7][length % 3],
            Mode::Alphanumeric => length / 2 * 11 + length % 2 * 6,
            Mode::Byte => length * 8,
        }
    }
}

/// The version (1 to 40) of the code that a text needs at error correction level M; `None` for a text that is too long for any.
///
/// The higher the version, the smaller the squares: cameras of laptops read up to version 10 off another screen.
pub(crate) fn version(text: &str) -> Option<u32> {
    /// Bits that name the mode.
    const MODE_BITS: usize = 4;
    let mode = Mode::of(text);
    let data = MODE_BITS + mode.data_bits(text.len());
    (1..)
        .zip(DATA_CODEWORDS)
        .find(|(version, codewords)| data + mode.count_bits(*version) <= codewords * 8)
        .map(|(version, _)| version)
}

/// Modules along a side of a version's code, with the quiet zone.
fn side(version: u32) -> usize {
    17 + 4 * version as usize + 2 * QUIET_ZONE
}

/// A QR code: dark on light in any theme, as readers expect, and as wide as its place allows.
#[component]
pub(crate) fn QrCode(
    /// What the code says.
    #[prop(into)]
    text: Signal<String>,
    /// For screen readers.
    label: &'static str,
) -> impl IntoView {
    // Empty until the code is drawn.
    let path = RwSignal::new(String::new());
    let is_lost = RwSignal::new(false);
    let tries = RwSignal::new(0_u32);
    effect(move || {
        tries.track();
        let wanted = text.get();
        path.set(String::new());
        is_lost.set(false);
        spawn_local(async move {
            let draw = later::drawing().await;
            // Meanwhile another text may be wanted, or none at all.
            if text.try_get_untracked().as_ref() != Some(&wanted) {
                return;
            }
            match draw {
                Ok(draw) => drop(path.try_set(draw(&wanted).unwrap_or_default())),
                Err(NotLoaded) => drop(is_lost.try_set(true)),
            }
        });
    });
    let again = Callback::new(move |()| tries.update(|tries| *tries = tries.wrapping_add(1)));
    part(move || {
        if is_lost.get() {
            return view! { <Again sentence=words::QR_NOT_LOADED again/> }.into_any();
        }
        let Some(version) = text.with(|text| version(text)) else {
            return view! { <p class="again" data-testid="qr-too-long">{words::QR_TOO_LONG}</p> }
                .into_any();
        };
        let side = side(version);
        view! {
            <svg
                class="qr" data-testid="qr" role="img" aria-label=label
                viewBox=format!("0 0 {side} {side}") shape-rendering="crispEdges"
            >
                <rect class="qr-light" width=side height=side></rect>
                <path class="qr-dark" d=shown(move || path.get())></path>
            </svg>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_texts_of_a_version_are_those_of_the_standard() {
        // ISO/IEC 18004, table 7, level M: characters that a version holds in each mode.
        for (number, numeric, alphanumeric, bytes) in [
            (1, 34, 20, 14),
            (2, 63, 38, 26),
            (9, 432, 262, 180),
            (10, 513, 311, 213),
            (26, 2544, 1542, 1059),
            (27, 2701, 1637, 1125),
            (40, 5596, 3391, 2331),
        ] {
            for (character, most) in [("7", numeric), ("A", alphanumeric), ("a", bytes)] {
                assert_eq!(version(&character.repeat(most)), Some(number));
                let next = (number < 40).then_some(number + 1);
                assert_eq!(version(&character.repeat(most + 1)), next, "{character}");
            }
        }
    }

    #[test]
    fn the_version_is_that_of_the_code_which_is_drawn() {
        let texts = ["7", "HC:", "%*+-./: $", "https://", "é", "a"];
        for (text, times) in texts
            .iter()
            .flat_map(|text| (0..60).map(move |n| (text, n * 7)))
        {
            let text = text.repeat(times);
            let drawn = draw::modules(&text).map(|code| code.size + 2 * QUIET_ZONE);
            assert_eq!(version(&text).map(side), drawn, "{text}");
        }
    }

    #[test]
    fn a_link_fits_a_code_that_phones_read_easily() {
        let link = format!("https://handclasp.example.org/call/#r={}", "A".repeat(22));
        assert!(version(&link).expect("it fits") <= 5);
    }
}
