//! Names from the other side: whatever they are, what comes out is safe.

use std::collections::BTreeSet;

use handclasp_core::transfer::path::{MAX_DEPTH, MAX_PART, MAX_PATH, distinct, safe};
use proptest::collection::vec;
use proptest::prelude::*;

/// What is offered, and what becomes of it.
const ATTACKS: &[(&str, &str)] = &[
    // Out of the folder.
    ("../../etc/passwd", "etc/passwd"),
    (
        "..\\..\\Windows\\System32\\evil.dll",
        "Windows/System32/evil.dll",
    ),
    ("/etc/passwd", "etc/passwd"),
    ("//server/share/x", "server/share/x"),
    ("\\\\server\\share\\x", "server/share/x"),
    ("\\\\?\\C:\\x", "_/C_/x"),
    ("\\\\.\\PhysicalDrive0", "PhysicalDrive0"),
    ("C:\\autoexec.bat", "C_/autoexec.bat"),
    ("c:autoexec.bat", "c_autoexec.bat"),
    ("file:///etc/passwd", "file_/etc/passwd"),
    ("a/../../b", "a/b"),
    ("a/./b", "a/b"),
    ("a//b", "a/b"),
    ("a/b/", "a/b"),
    (".", "file"),
    ("..", "file"),
    ("...", "file"),
    ("....//....//etc", "etc"),
    (".. /x", "x"),
    ("../", "file"),
    ("/", "file"),
    ("\\", "file"),
    ("", "file"),
    ("   ", "file"),
    (". . .", "file"),
    ("..\u{200b}/x", "x"),
    (".\u{0}./x", "x"),
    // Separators and dots in disguise.
    ("..\u{2215}..\u{2215}x", ".._.._x"),
    ("a\u{ff0f}b", "a_b"),
    ("a\u{ff3c}b", "a_b"),
    ("a\u{2044}b", "a_b"),
    ("\u{ff0e}\u{ff0e}/x", "__/x"),
    ("\u{2025}/x", "_/x"),
    ("\u{2024}\u{2024}/x", "__/x"),
    // Characters that are not seen.
    ("a\u{0}b.txt", "ab.txt"),
    ("a\nb\r\nc.txt", "a b c.txt"),
    ("a\tb.txt", "a b.txt"),
    ("a\u{1b}[31mb", "a[31mb"),
    ("a\u{7f}b", "ab"),
    ("a\u{85}b", "a b"),
    ("a\u{9b}b", "ab"),
    ("a\u{2028}b", "a b"),
    ("zero\u{200b}width\u{200d}joined\u{feff}", "zerowidthjoined"),
    ("soft\u{ad}hyphen", "softhyphen"),
    ("filler\u{3164}\u{115f}\u{2800}", "filler"),
    ("tag\u{e0041}\u{e007f}", "tag"),
    ("\u{202e}gpj.exe", "gpj.exe"),
    ("photo\u{202e}gpj.exe", "photogpj.exe"),
    ("a\u{2066}b\u{2069}\u{200f}.txt", "ab.txt"),
    ("a\u{61c}b", "ab"),
    (
        "picture.jpg                          .exe",
        "picture.jpg .exe",
    ),
    ("picture.jpg\u{3000}\u{3000}\u{a0}.exe", "picture.jpg .exe"),
    // Windows.
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("NUL.tar.gz", "_NUL.tar.gz"),
    ("Aux", "_Aux"),
    ("prn .txt", "_prn .txt"),
    ("COM1.tar", "_COM1.tar"),
    ("LPT9", "_LPT9"),
    ("com0", "_com0"),
    ("COM\u{b9}.txt", "_COM\u{b9}.txt"),
    ("CONIN$", "_CONIN$"),
    ("a/NUL/b", "a/_NUL/b"),
    ("nul\u{200b}", "_nul"),
    ("nul.", "_nul"),
    ("NUL ", "_NUL"),
    ("secret.txt:stream", "secret.txt_stream"),
    ("secret.txt::$DATA", "secret.txt__$DATA"),
    ("name.", "name"),
    ("name...", "name"),
    ("name. . ", "name"),
    (" name", "name"),
    ("evil.exe.", "evil.exe"),
    ("a<b>c|d?e*f\"g", "a_b_c_d_e_f_g"),
    // Good names stay.
    ("COM10.txt", "COM10.txt"),
    ("console.log", "console.log"),
    (".gitignore", ".gitignore"),
    ("Grüße aus Köln.jpg", "Grüße aus Köln.jpg"),
    ("写真/夏.jpg", "写真/夏.jpg"),
    ("🦀 crab (1).png", "🦀 crab (1).png"),
    ("%2e%2e%2fetc", "%2e%2e%2fetc"),
    ("~/x", "~/x"),
    ("-rf", "-rf"),
];

#[test]
fn attacks_become_names() {
    assert!(ATTACKS.len() >= 60);
    for (offered, expected) in ATTACKS {
        assert_eq!(safe(offered), *expected, "{offered:?}");
        check(&safe(offered));
    }
}

#[test]
fn overlong_names_keep_their_extension_and_paths_their_end() {
    let long = ["x".repeat(5000), ".jpeg".into()].concat();
    let cut = safe(&long);
    assert!(cut.len() == MAX_PART && cut.ends_with("x.jpeg"));
    let wide = ["ß🦀".repeat(500), ".txt".into()].concat();
    let cut = safe(&wide);
    assert!(cut.len() <= MAX_PART && cut.ends_with(".txt"));
    let endless = ["a.", &"b".repeat(5000)].concat();
    assert_eq!(safe(&endless).len(), MAX_PART);
    let deep = ["deep/".repeat(500), "x.txt".into()].concat();
    let cut = safe(&deep);
    assert!(cut.matches('/').count() < MAX_DEPTH && cut.ends_with("deep/x.txt"));
    let vast = [format!("{}/", "v".repeat(200)).repeat(20), "x.txt".into()].concat();
    let cut = safe(&vast);
    assert!(cut.len() <= MAX_PATH && cut.ends_with("v/x.txt"));
}

#[test]
fn what_would_be_the_same_file_is_numbered() {
    let offered = [
        "a.txt",
        "A.TXT",
        "a.txt",
        "b",
        "b/c",
        "a (2).txt",
        "x/.rc",
        "X/.RC",
        "a.txt",
    ];
    let mut paths: Vec<_> = offered.iter().map(|path| safe(path)).collect();
    distinct(&mut paths);
    let expected = [
        "a.txt",
        "A (2).TXT",
        "a (3).txt",
        "b (2)",
        "b/c",
        "a (2) (2).txt",
        "x/.rc",
        "X/.RC (2)",
        "a (4).txt",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn many_of_the_same_name_take_no_time() {
    let mut paths = vec!["same.bin".to_owned(); 50_000];
    distinct(&mut paths);
    assert_eq!(paths[49_999], "same (50000).bin");
    let unique: BTreeSet<_> = paths.iter().collect();
    assert_eq!(unique.len(), 50_000);
}

/// Whatever the rules say, once more, and in other words than the code.
fn check(path: &str) {
    assert!(!path.is_empty() && path.len() <= MAX_PATH + 16, "{path:?}");
    let parts: Vec<_> = path.split('/').collect();
    assert!(parts.len() <= MAX_DEPTH);
    for part in parts {
        assert!(!part.is_empty() && part.len() <= MAX_PART, "{part:?}");
        assert!(part != "." && part != "..");
        assert!(!part.ends_with('.') && !part.ends_with(' ') && !part.starts_with(' '));
        let stem = part
            .split('.')
            .next()
            .unwrap_or(part)
            .trim_end()
            .to_uppercase();
        assert!(
            !["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str()),
            "{part:?}"
        );
        let is_port = stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT"));
        assert!(
            !is_port || !stem.ends_with(|last: char| last.is_ascii_digit()),
            "{part:?}"
        );
        for character in part.chars() {
            assert!(!character.is_control(), "{part:?}");
            assert!(!"\\<>:\"|?*".contains(character), "{part:?}");
            assert!(!('\u{200b}'..='\u{200f}').contains(&character));
            assert!(!('\u{202a}'..='\u{202e}').contains(&character));
            assert!(!('\u{2066}'..='\u{2069}').contains(&character));
            assert!(character == ' ' || !character.is_whitespace());
        }
    }
}

/// Pieces that bite, in any order.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "/", "\\", "..", ".", " ", "CON", "nul", "com1", "COM\u{b9}", ":", "\u{202e}", "\u{200b}", "\0",
            "\u{feff}", "x", "ß", "🦀", ".txt", "\u{ff0e}", "\u{2025}", "\n", "\u{3000}", "%2e", "\u{e0041}",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_is_offered_becomes_safe_and_stays_as_it_is(offered in nasty()) {
        let path = safe(&offered);
        check(&path);
        prop_assert_eq!(safe(&path), path);
    }

    #[test]
    fn no_two_are_the_same_and_all_are_safe(offered in vec(nasty(), 0..12), again in 1..4usize) {
        let mut paths: Vec<_> = offered.iter().map(|path| safe(path)).collect();
        paths = std::iter::repeat_n(paths, again).flatten().collect();
        distinct(&mut paths);
        let lower: BTreeSet<_> = paths.iter().map(|path| path.to_lowercase()).collect();
        prop_assert_eq!(lower.len(), paths.len());
        for path in &paths {
            check(path);
            let inside = path.to_lowercase() + "/";
            prop_assert!(!lower.iter().any(|other| other.starts_with(&inside)), "a file and a folder");
        }
    }
}
