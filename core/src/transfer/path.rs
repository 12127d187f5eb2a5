//! Names of files from the other side: never trusted, always made safe.
//!
//! A name is cleaned, not refused, so that a good file with an unlucky name arrives all the same. What comes out is relative, has no part
//! that any of the usual file systems takes for something else than a name, and shows on a screen as what it is.

use std::collections::BTreeMap;

/// Longest part of a path in bytes. File systems allow 255 bytes or UTF-16 units; the rest is for what browsers append while they save.
pub const MAX_PART: usize = 240;

/// Longest path in bytes, but for a number that makes it [`distinct`]. Systems allow 4096, and Windows 260 units unless told otherwise; the rest is the person's own folder.
pub const MAX_PATH: usize = 1000;

/// Most parts of a path: no folder of a person is deeper.
pub const MAX_DEPTH: usize = 32;

/// Longest extension that is kept when a name is cut.
const MAX_EXTENSION: usize = 24;

/// What a file without a name is called.
const NAMELESS: &str = "file";

/// The path made safe. What is safe already stays as it is.
pub fn safe(path: &str) -> String {
    let mut parts: Vec<String> = path
        .split(['/', '\\'])
        .map(safe_part)
        .filter(|part| !part.is_empty())
        .collect();
    // The end says what the file is, the beginning only where it was.
    while parts.len() > MAX_DEPTH || length(&parts) > MAX_PATH {
        parts.remove(0);
    }
    if parts.is_empty() {
        return NAMELESS.to_owned();
    }
    parts.join("/")
}

fn length(parts: &[String]) -> usize {
    parts.iter().map(|part| part.len() + 1).sum::<usize>()
}

/// Numbers those that are the same as an earlier one, or as a folder, on a file system that does not tell upper from lower case. The
/// paths are [`safe`], and remain so.
pub fn distinct(paths: &mut [String]) {
    /// Stands for a folder, or a name that is given out.
    const FIRST: u32 = 2;
    let mut taken = BTreeMap::<String, u32>::new();
    for path in paths.iter() {
        let lower = path.to_lowercase();
        for (end, _) in lower.match_indices('/') {
            taken.insert(lower[..end].to_owned(), FIRST);
        }
    }
    for path in paths {
        let key = path.to_lowercase();
        let Some(mut number) = taken.get(&key).copied() else {
            taken.insert(key, FIRST);
            continue;
        };
        let (numbered, lower) = loop {
            let numbered = with_number(path, number);
            let lower = numbered.to_lowercase();
            number = number.saturating_add(1);
            if !taken.contains_key(&lower) {
                break (numbered, lower);
            }
        };
        taken.insert(key, number);
        taken.insert(lower, FIRST);
        *path = numbered;
    }
}

fn with_number(path: &str, number: u32) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, extension) = split_extension(name);
    let suffix = [" (", number.to_string().as_str(), ")"].concat();
    let stem = cut(stem, MAX_PART - suffix.len() - extension.len());
    let name = [stem.trim_end_matches(['.', ' ']), &suffix, extension].concat();
    if folder.is_empty() {
        name
    } else {
        [folder, "/", &name].concat()
    }
}

/// One part, possibly empty.
fn safe_part(part: &str) -> String {
    let mut name = String::with_capacity(part.len());
    for character in part.chars() {
        match character {
            _ if is_invisible(character) => {}
            // A long gap hides the extension.
            _ if character.is_whitespace() => {
                if !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            _ if is_syntax(character) => name.push('_'),
            _ => name.push(character),
        }
    }
    let mut name = tidy(&name).to_owned();
    if is_reserved(&name) {
        name.insert(0, '_');
    }
    if name.len() > MAX_PART {
        let (stem, extension) = split_extension(&name);
        let stem = cut(stem, MAX_PART - extension.len());
        name = [stem.trim_end_matches(['.', ' ']), extension].concat();
    }
    name
}

/// Windows drops dots and spaces at the end; a space in front is not seen.
fn tidy(name: &str) -> &str {
    name.trim_start_matches(' ').trim_end_matches(['.', ' '])
}

/// The name without its extension, and the extension with its dot; empty when there is none, or one that is too long for one.
fn split_extension(name: &str) -> (&str, &str) {
    let is_name = |stem: &str| !stem.trim_end_matches(['.', ' ']).is_empty();
    match name.rfind('.') {
        Some(at) if is_name(&name[..at]) && name.len() - at <= MAX_EXTENSION => name.split_at(at),
        _ => (name, ""),
    }
}

/// The longest beginning of at most `max` bytes.
fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What is not seen, or turns what is seen around: control characters, marks of direction, zero-width characters, fillers, tags.
const fn is_invisible(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// What some system takes for more than a letter: wildcards, redirections, alternate data streams, drives; and what looks or is turned
/// into a separator or a dot by the best-fit tables of Windows or by compatibility normalization.
const fn is_syntax(character: char) -> bool {
    matches!(
        character,
        '<' | '>'
            | ':'
            | '"'
            | '|'
            | '?'
            | '*'
            | '/'
            | '\\'
            | '\u{2024}'
            | '\u{2025}'
            | '\u{2026}'
            | '\u{2044}'
            | '\u{2215}'
            | '\u{2216}'
            | '\u{29f5}'
            | '\u{29f8}'
            | '\u{29f9}'
            | '\u{fe52}'
            | '\u{fe55}'
            | '\u{fe68}'
            | '\u{ff0e}'
            | '\u{ff0f}'
            | '\u{ff1a}'
            | '\u{ff3c}'
    )
}

/// Names of devices, which Windows finds in every folder, and with any extension
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
    let device = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
    if device
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
    {
        return true;
    }
    let mut characters = stem.chars();
    let port: String = characters.by_ref().take(3).collect();
    let is_port = port.eq_ignore_ascii_case("com") || port.eq_ignore_ascii_case("lpt");
    let number = characters.next();
    is_port
        && number.is_some_and(|number| number.is_ascii_digit() || matches!(number, '¹' | '²' | '³'))
        && characters.next().is_none()
}
