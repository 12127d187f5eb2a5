//! What the terminal says when the server is up.

use std::fmt::Write as _;

use fast_qr::{QRBuilder, QRCode};

use crate::Urls;

/// LAN addresses that are listed; a machine may have dozens.
const LISTED: usize = 4;

/// Light modules around a QR code, on each side. The standard (ISO/IEC 18004 section 9.1) asks for four; terminals add their own margin.
const QUIET_ZONE: usize = 2;

/// Black on white whatever the terminal's own colours: scanners expect dark on light.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The first line, for programs that start the server: `listening on URL`, the URL without a slash at its end.
#[must_use]
pub fn first_line(urls: &Urls) -> String {
    format!("listening on {}", urls.local)
}

/// Everything after the first line, for people. `is_terminal` colours the QR code.
#[must_use]
pub fn rest(urls: &Urls, is_tls: bool, observe: bool, is_terminal: bool) -> String {
    let mut text = format!("\n  On this machine:   {}/\n", urls.local);
    for url in urls.lan.iter().take(LISTED) {
        // Writing to a String does not fail, here and below.
        let _ = writeln!(text, "  On your network:   {url}/");
    }
    if let Some(qr) = urls
        .lan
        .first()
        .and_then(|url| QRBuilder::new(format!("{url}/")).build().ok())
    {
        let _ = write!(text, "\n{}", draw(&qr, is_terminal));
    }
    if !urls.lan.is_empty() {
        text.push_str(if is_tls {
            "\n  Browsers warn about the certificate, which was made on this machine. Go on by \"Advanced\".\n"
        } else {
            "\n  Other machines need HTTPS for their cameras and microphones: start with --tls.\n"
        });
    }
    if observe {
        text.push_str(
            "\n  --observe: whoever can reach this server may subscribe to every topic.\n",
        );
    }
    text.push_str("\n  Stop with Ctrl+C.\n");
    text
}

/// Two modules a character, one above the other.
fn draw(qr: &QRCode, is_terminal: bool) -> String {
    let size = qr.size;
    let is_dark = |row: usize, column: usize| {
        let inside = |index: usize| index.checked_sub(QUIET_ZONE).filter(|&index| index < size);
        matches!((inside(row), inside(column)), (Some(row), Some(column)) if qr[row][column].value())
    };
    let full = size + 2 * QUIET_ZONE;
    let mut text = String::new();
    for row in (0..full).step_by(2) {
        text.push_str("  ");
        if is_terminal {
            text.push_str(BLACK_ON_WHITE);
        }
        for column in 0..full {
            // Without colours the terminal is taken to be dark, and what is printed is what is light.
            let [upper, lower] =
                [is_dark(row, column), is_dark(row + 1, column)].map(|dark| dark == is_terminal);
            text.push(match (upper, lower) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        text.push_str(if is_terminal { RESET } else { "" });
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        Urls {
            local: "http://127.0.0.1:8080".into(),
            lan: vec!["http://192.0.2.7:8080".into()],
        }
    }

    #[test]
    fn the_first_line_is_for_programs() {
        assert_eq!(first_line(&urls()), "listening on http://127.0.0.1:8080");
    }

    #[test]
    fn people_see_urls_a_code_and_what_cameras_need() {
        let text = rest(&urls(), false, false, false);
        assert!(text.contains("http://192.0.2.7:8080/"));
        assert!(text.contains("--tls"));
        assert!(!text.contains('\x1b'), "no colours in a file");
        assert!(rest(&urls(), true, false, true).contains("certificate"));
        let alone = Urls {
            lan: Vec::new(),
            ..urls()
        };
        assert!(
            !rest(&alone, false, false, true).contains('▀'),
            "no network, no code"
        );
    }

    #[test]
    fn the_code_is_the_module_matrix() {
        let qr = QRBuilder::new("http://192.0.2.7:8080/")
            .build()
            .expect("short");
        let drawn = draw(&qr, false);
        let rows: Vec<Vec<char>> = drawn
            .lines()
            .map(|line| line.chars().skip(2).collect())
            .collect();
        for row in 0..qr.size {
            for column in 0..qr.size {
                let (y, x) = (row + QUIET_ZONE, column + QUIET_ZONE);
                let printed = if y % 2 == 0 {
                    ['█', '▀']
                } else {
                    ['█', '▄']
                }
                .contains(&rows[y / 2][x]);
                assert_eq!(printed, !qr[row][column].value(), "module {row}, {column}");
            }
        }
    }
}
