//! Codes as the page draws them, as cameras see them; and pictures that nobody should take.

use std::time::{Duration, Instant};

use super::super::darkroom::{Numbers, Shot};
use super::super::pixels::Grey;
use super::Surroundings;
use crate::qr::version;

/// What the code on a picture says, as the scanner reads it: frame after frame.
fn text(picture: Grey) -> Option<String> {
    Surroundings::ALL
        .into_iter()
        .find_map(|surroundings| super::text(picture.clone(), surroundings))
}

/// A link of so many bytes, which is encoded in byte mode.
fn link(length: usize) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    filled("https://handclasp.example/#r=", letters, length)
}

/// A code in Base45, which is encoded in alphanumeric mode.
fn code(length: usize) -> String {
    filled(
        "HC:",
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:",
        length,
    )
}

fn filled(start: &str, letters: &[u8], length: usize) -> String {
    let mut numbers = Numbers::new(length as u64);
    let rest = (start.len()..length).map(|_| char::from(letters[numbers.below(letters.len())]));
    start.chars().chain(rest).collect()
}

/// Texts for each of the versions 3 to 10, as long as they hold, in both modes.
fn texts() -> impl Iterator<Item = String> {
    let lengths = [
        (42, 61),
        (62, 90),
        (84, 122),
        (106, 154),
        (122, 178),
        (152, 221),
        (180, 262),
        (213, 311),
    ];
    lengths
        .into_iter()
        .flat_map(|(bytes, characters)| [link(bytes), code(characters)])
}

#[test]
fn the_texts_are_of_the_versions_3_to_10() {
    let versions: Vec<_> = texts().filter_map(|text| version(&text)).collect();
    let expected: Vec<_> = (3..=10).flat_map(|version| [version; 2]).collect();
    assert_eq!(versions, expected);
}

/// Of how many photographs the text is read, and of how many there are. Each text is photographed once, in one of the ways.
fn read_of(shots: &[Shot]) -> (usize, usize) {
    let mut count = (0, 0);
    for (number, wanted) in texts().enumerate() {
        let shot = Shot {
            seed: number as u64,
            // So that each way has texts of both modes.
            ..shots[(number + number / 2) % shots.len()]
        };
        let read = text(shot.of(&wanted));
        assert!(
            read.is_none() || read.as_ref() == Some(&wanted),
            "misread: {shot:?}"
        );
        count.0 += usize::from(read.is_some());
        count.1 += 1;
    }
    count
}

/// All of these are to be read.
fn reads(shots: &[Shot]) {
    let (read, all) = read_of(shots);
    assert_eq!(read, all, "of {shots:?}");
}

/// Photographs as a camera takes them, which differ in one thing.
fn each(vary: impl Fn(&mut Shot, f64), values: &[f64]) -> Vec<Shot> {
    let shot = |value: &f64| {
        // A camera as it is: not quite sharp, a little noise, held by hand.
        let mut shot = Shot {
            blur: 0.6,
            noise: 5.0,
            roll: 1.7,
            ..Shot::GOOD
        };
        vary(&mut shot, *value);
        shot
    };
    values.iter().map(shot).collect()
}

#[test]
fn good_photographs() {
    reads(&[Shot::GOOD]);
}

#[test]
fn near_and_far() {
    let size = |shot: &mut Shot, module: f64| {
        (shot.width, shot.height, shot.module) = (640, 480, module);
    };
    reads(&each(size, &[2.0, 2.5, 4.0, 6.5]));
}

#[test]
fn turned_in_any_direction() {
    reads(&each(
        |shot, roll| shot.roll = roll,
        &[-12.0, 30.0, 45.0, 92.0, 178.0],
    ));
}

#[test]
fn seen_from_the_side() {
    let tilt = |shot: &mut Shot, angle: f64| (shot.yaw, shot.pitch) = (angle, angle / 2.0);
    reads(&each(tilt, &[8.0, -16.0, 24.0]));
}

#[test]
fn out_of_focus() {
    reads(&each(|shot, blur| shot.blur = blur, &[1.0, 1.5]));
}

#[test]
fn a_noisy_sensor() {
    reads(&each(|shot, noise| shot.noise = noise, &[12.0, 20.0]));
}

#[test]
fn a_dim_screen() {
    reads(&each(|shot, light| shot.light = light, &[80.0, 140.0]));
    reads(&each(|shot, dark| shot.dark = dark, &[120.0, 160.0]));
}

#[test]
fn light_from_one_side() {
    reads(&each(|shot, shade| shot.shade = shade, &[0.4, 0.7]));
}

#[test]
fn a_mirrored_picture_is_read_too() {
    let shot = Shot {
        roll: 7.0,
        ..Shot::GOOD
    };
    let wanted = code(150);
    let picture = shot.of(&wanted);
    let (width, height) = (picture.width(), picture.height());
    let mut pixels = picture.into_pixels();
    pixels.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    let mirrored = Grey::new(width, height, pixels).expect("the same sides");
    assert_eq!(text(mirrored), Some(wanted));
}

#[test]
fn a_picture_without_a_code_says_nothing() {
    for shade in [0, 128, 255] {
        for (width, height) in [(640, 480), (1, 1), (1, 2048), (2048, 1), (7, 7), (21, 21)] {
            let plain = Grey::new(width, height, vec![shade; width * height]).expect("in bounds");
            assert_eq!(text(plain), None, "{width}×{height} of {shade}");
        }
    }
}

/// So many hostile pictures are read in every run; for longer, with another seed: `HANDCLASP_FUZZ_SECONDS`,
/// `HANDCLASP_FUZZ_SEED`.
const PICTURES: u64 = 100;

/// How long one may take. Without optimization; with it, the page allows a twentieth of a second for pictures ten times as large.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn no_picture_makes_it_panic_or_hang() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let seconds = number("HANDCLASP_FUZZ_SECONDS");
    let first = number("HANDCLASP_FUZZ_SEED")
        .unwrap_or(1)
        .wrapping_mul(1 << 32);
    let began = Instant::now();
    let (mut count, mut slowest) = (0, (Duration::ZERO, 0));
    let is_enough = |count| match seconds {
        Some(seconds) => began.elapsed().as_secs() >= seconds,
        None => count >= PICTURES,
    };
    while !is_enough(count) {
        let seed = first.wrapping_add(count);
        let picture = hostile(&mut Numbers::new(seed));
        let begin = Instant::now();
        // What it says does not matter.
        drop(text(picture));
        slowest = slowest.max((begin.elapsed(), seed));
        count += 1;
    }
    println!("{count} pictures; seed {} took {:?}", slowest.1, slowest.0);
    assert!(slowest.0 < PATIENCE, "seed {}: {:?}", slowest.1, slowest.0);
}

/// A picture to break a reader with.
fn hostile(numbers: &mut Numbers) -> Grey {
    let (width, height) = (1 + numbers.below(280), 1 + numbers.below(280));
    let pixels = match numbers.below(5) {
        0 => noise(numbers, width, height),
        1 => blocks(numbers, width, height),
        2 => squares(numbers, width, height),
        3 => damaged(numbers, width, height),
        _ => return tilted(numbers, width, height),
    };
    Grey::new(width, height, pixels).expect("as many as the sides say")
}

fn noise(numbers: &mut Numbers, width: usize, height: usize) -> Vec<u8> {
    (0..width * height).map(|_| numbers.next() as u8).collect()
}

/// Blocks of black and white.
fn blocks(numbers: &mut Numbers, width: usize, height: usize) -> Vec<u8> {
    let (side, share) = (1 + numbers.below(9), numbers.below(100));
    let cells: Vec<u8> = (0..(width / side + 1) * (height / side + 1))
        .map(|_| if numbers.below(100) < share { 0 } else { 255 })
        .collect();
    let cell = |at: usize| at / width / side * (width / side + 1) + at % width / side;
    (0..width * height).map(|at| cells[cell(at)]).collect()
}

/// Up to a wall of finder patterns, askew, over one another, of all sizes.
fn squares(numbers: &mut Numbers, width: usize, height: usize) -> Vec<u8> {
    let mut pixels = vec![255; width * height];
    let same = numbers.below(2) == 0;
    let module = 1.0 + 5.0 * numbers.unit();
    for _ in 0..numbers.below(200) {
        let module = if same {
            module
        } else {
            1.0 + 5.0 * numbers.unit()
        };
        let (left, top) = (numbers.below(width) as f64, numbers.below(height));
        let skew = 0.6 * numbers.unit() - 0.3;
        let side = (9.0 * module) as usize;
        for y in 0..side.min(height - top) {
            for x in 0..side {
                let at = (left + x as f64 + skew * y as f64) as usize;
                if at < width {
                    let [u, v] = [x, y].map(|pixel| (pixel as f64 / module) as i32 - 4);
                    let ring = u.abs().max(v.abs());
                    pixels[(top + y) * width + at] = if ring == 3 || ring <= 1 { 0 } else { 255 };
                }
            }
        }
    }
    salted(pixels, numbers)
}

/// A code with modules turned over, and bars across it.
fn damaged(numbers: &mut Numbers, width: usize, height: usize) -> Vec<u8> {
    let length = 1 + numbers.below(300);
    let said: String = (0..length)
        .map(|_| char::from(32 + numbers.below(90) as u8))
        .collect();
    let code = crate::qr::draw::modules(&said).expect("it fits");
    let (module, left, top) = (1 + numbers.below(5), numbers.below(20), numbers.below(20));
    let mut dark: Vec<bool> = (0..code.size * code.size)
        .map(|at| code[at / code.size][at % code.size].value())
        .collect();
    for _ in 0..numbers.below(150) {
        let at = numbers.below(dark.len());
        dark[at] ^= true;
    }
    let mut pixels = vec![255; width * height];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let [x, y] = [
            (at % width).checked_sub(left),
            (at / width).checked_sub(top),
        ];
        if let [Some(x), Some(y)] = [x, y].map(|at| Some(at? / module).filter(|at| *at < code.size))
        {
            *pixel = if dark[y * code.size + x] { 0 } else { 255 };
        }
    }
    for _ in 0..numbers.below(8) {
        let (from, count) = (numbers.below(height), numbers.below(12));
        let shade = if numbers.below(2) == 0 { 0 } else { 255 };
        let end = (from + count).min(height);
        pixels[from * width..end * width].fill(shade);
    }
    match numbers.below(2) {
        0 => pixels,
        _ => salted(pixels, numbers),
    }
}

/// A photograph that is none: nearly from behind, black in black, blurred.
fn tilted(numbers: &mut Numbers, width: usize, height: usize) -> Grey {
    let mut between = |from: f64, to: f64| from + (to - from) * numbers.unit();
    let shot = Shot {
        width,
        height,
        module: between(1.0, 6.0),
        roll: between(0.0, 360.0),
        yaw: between(-75.0, 75.0),
        pitch: between(-75.0, 75.0),
        blur: between(0.0, 2.0),
        noise: between(0.0, 30.0),
        dark: between(0.0, 140.0),
        light: between(100.0, 255.0),
        shade: between(0.0, 1.0),
        seed: between(0.0, 1e9) as u64,
    };
    let length = between(4.0, 280.0) as usize;
    shot.of(&code(length))
}

/// With specks.
fn salted(mut pixels: Vec<u8>, numbers: &mut Numbers) -> Vec<u8> {
    for _ in 0..numbers.below(pixels.len() / 10 + 1) {
        let at = numbers.below(pixels.len());
        pixels[at] = numbers.next() as u8;
    }
    pixels
}
