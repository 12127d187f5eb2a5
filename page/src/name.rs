//! Display names: what may be shown of a name that somebody else chose.
//!
//! A name comes from another person's browser and ends up beside other names. So it is one line, short, and cannot
//! reorder or hide the text around it.

/// Longest name in characters. A tile label has room for about half of it; the rest is cut with an ellipsis.
pub(crate) const MAX_NAME: usize = 64;

/// Combining marks allowed in a row. Real scripts stack two or three; longer piles paint over their neighbours.
const MAX_MARKS: usize = 3;

/// How many tints the stylesheet defines for the circles behind initials (`.tint-0` and up).
pub(crate) const TINTS: u32 = 6;

/// The name as it may be shown and sent: one line without control, direction and invisible characters, white space
/// collapsed, at most [`MAX_NAME`] characters. May be empty.
pub(crate) fn clean(text: &str) -> String {
    let mut name = String::new();
    let (mut length, mut marks, mut gap) = (0, 0, false);
    for c in text.chars() {
        if c.is_whitespace() {
            gap = length > 0;
            continue;
        }
        if c.is_control() || is_invisible(c) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if length + needed > MAX_NAME {
            break;
        }
        if gap {
            name.push(' ');
            gap = false;
        }
        name.push(c);
        length += needed;
    }
    name
}

/// One or two letters that stand for the name where there is no picture. The stylesheet makes them capitals.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split(' ').filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).collect()
}

/// Which of the [`TINTS`] a person has. The same for everyone who sees the same `key`.
pub(crate) fn tint(key: &str) -> u32 {
    // FNV-1a: short, and spreads neighbouring ids well enough for a colour.
    let hash = key.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash >> 16) % TINTS
}

/// Characters that show nothing, or change the direction of what stands around them. The zero-width joiner and the
/// variation selectors stay: emoji are made with them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{3164}' | '\u{FFA0}' | '\u{FEFF}'
        | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}')
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}'
        | '\u{0483}'..='\u{0489}'
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "Ada",
            "Ada Lovelace",
            "José",
            "Łukasz Żółć",
            "張偉",
            "👩‍🚀 Mae",
            "O’Neill-Smith",
        ] {
            assert_eq!(clean(name), name);
        }
    }

    #[test]
    fn white_space_is_collapsed_and_lines_are_joined() {
        assert_eq!(clean("  Ada \t\r\n  Lovelace\u{2028}x "), "Ada Lovelace x");
        assert_eq!(clean(" \n\t "), "");
    }

    #[test]
    fn control_and_direction_characters_are_gone() {
        assert_eq!(clean("Ada\u{202E}gpj.exe\u{0007}\u{2066}"), "Adagpj.exe");
        assert_eq!(clean("\u{200F}\u{200B}\u{FEFF}\u{E0041}"), "");
        assert_eq!(clean("a\u{0000}\u{009F}b"), "ab");
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let cut = clean(&"é".repeat(500));
        assert_eq!(cut.chars().count(), MAX_NAME);
        let spaced = clean(&"é ".repeat(500));
        assert!(spaced.chars().count() <= MAX_NAME && !spaced.ends_with(' '));
    }

    #[test]
    fn piles_of_marks_are_flattened() {
        let pile = format!("a{}b", "\u{0301}".repeat(40));
        assert_eq!(
            clean(&pile).chars().filter(|c| is_mark(*c)).count(),
            MAX_MARKS
        );
    }

    #[test]
    fn cleaning_twice_changes_nothing_more() {
        for text in [
            "  a  b ",
            "a\u{202E}b",
            &"x ".repeat(90),
            "a\u{0301}\u{0301}\u{0301}\u{0301}\u{0301}",
        ] {
            let once = clean(text);
            assert_eq!(clean(&once), once);
        }
    }

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("Ada"), "A");
        assert_eq!(initials("ada king lovelace"), "al");
        assert_eq!(initials(""), "");
        assert_eq!(initials("李 小龙"), "李小");
    }

    #[test]
    fn tints_are_stable_and_in_range() {
        assert_eq!(tint("3f9a01bc"), tint("3f9a01bc"));
        assert!((0..200).all(|n| tint(&n.to_string()) < TINTS));
        let used: std::collections::BTreeSet<_> = (0..200).map(|n| tint(&n.to_string())).collect();
        assert_eq!(used.len(), TINTS as usize);
    }
}
