//! The documentation says what the code says: every error code has its row in `docs/troubleshooting.md`, and every link leads somewhere.
//!
//! Codes are read from the sources, not from the enums: those tell nobody how many variants they have, so that a new one would not be missed. That
//! is also why this is here, in the one crate that sees the whole repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where errors that reach programs are: the crates of the library, and the modules of the npm package, which are JavaScript.
const SOURCES: [&str; 3] = ["core/src", "src", "npm/src"];
const MODULES: &str = "npm/lib";

/// How the code of an error begins that no enum has: `Failure::new(why, code, hint)` of the npm package.
const MADE: &str = "Self::new(";

/// What answers the code of an error.
const ANSWERS: &str = "fn code(&self) -> &'static str {";

#[test]
fn every_error_code_and_nothing_else_is_in_troubleshooting() {
    let said = codes_in_tables(&read(&root().join("docs/troubleshooting.md")));
    let listed: BTreeSet<_> = said.iter().cloned().collect();
    assert_eq!(said.len(), listed.len(), "a code has two rows");
    let (mut sources, mut modules) = (Vec::new(), Vec::new());
    for folder in SOURCES {
        files(&root().join(folder), "rs", &mut sources);
    }
    files(&root().join(MODULES), "js", &mut modules);
    let in_rust = sources.iter().flat_map(|file| codes_in_source(&read(file)));
    let in_modules = modules.iter().flat_map(|file| codes_in_module(&read(file)));
    let coded: BTreeSet<_> = in_rust.chain(in_modules).collect();
    assert!(
        coded.len() > 100,
        "the sources say codes in another way now: {coded:?}"
    );
    let missing: Vec<_> = coded.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&coded).collect();
    assert!(
        missing.is_empty(),
        "not in docs/troubleshooting.md: {missing:?}"
    );
    assert!(
        gone.is_empty(),
        "in docs/troubleshooting.md alone: {gone:?}"
    );
}

#[test]
fn every_link_leads_somewhere() {
    let mut documents = Vec::new();
    files(&root(), "md", &mut documents);
    assert!(documents.len() > 10, "{documents:?}");
    let mut broken = Vec::new();
    for document in &documents {
        for link in links(&read(document)) {
            if !leads_somewhere(document, &link) {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The files of an extension in a folder and below, but for what is built or fetched.
fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_ours =
            !name.starts_with('.') && !["target", "node_modules", "dist", "pkg"].contains(&name);
        if path.is_dir() && is_ours {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
}

/// What stands in the first column of tables whose first column is headed `code`.
fn codes_in_tables(markdown: &str) -> Vec<String> {
    let mut codes = Vec::new();
    let mut is_of_codes = false;
    for line in markdown.lines() {
        let first = line
            .strip_prefix("| ")
            .and_then(|row| row.split(" |").next());
        match first {
            Some("code") => is_of_codes = true,
            Some(cell) if is_of_codes => codes.extend(quoted(cell, '`')),
            _ if line.starts_with('|') => {}
            _ => is_of_codes = false,
        }
    }
    codes
}

/// The texts in the bodies of functions that answer a code, and those that errors are made with by hand.
fn codes_in_source(source: &str) -> Vec<String> {
    let answered =
        after_each(source, ANSWERS).flat_map(|body| quoted(until_closed(body, '{', '}'), '"'));
    let made = after_each(source, MADE).filter_map(|arguments| {
        let arguments = quoted(until_closed(arguments, '(', ')'), '"');
        // Sentences have spaces.
        arguments.into_iter().find(|text| !text.contains(' '))
    });
    answered.chain(made).collect()
}

/// Those of `{ code: 'it' }`, and of tables whose lines are `'it': [sentence, hint]`.
fn codes_in_module(source: &str) -> Vec<String> {
    let given = after_each(source, "code: '").filter_map(|rest| rest.split('\'').next());
    let in_tables = source.lines().filter_map(|line| {
        let (key, rest) = line.trim_start().strip_prefix('\'')?.split_once('\'')?;
        rest.starts_with(": [").then_some(key)
    });
    given.chain(in_tables).map(str::to_owned).collect()
}

fn after_each<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(mark)
        .map(move |(at, _)| &text[at + mark.len()..])
}

/// Up to where the bracket is closed that was opened before.
fn until_closed(text: &str, open: char, close: char) -> &str {
    let mut depth = 1;
    let end = text.find(|char| {
        depth += i32::from(char == open) - i32::from(char == close);
        depth == 0
    });
    &text[..end.unwrap_or(text.len())]
}

fn quoted(text: &str, quote: char) -> Vec<String> {
    text.split(quote)
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Where links within the repository lead to.
fn links(markdown: &str) -> Vec<String> {
    let mut is_code = false;
    let text: String = markdown
        .lines()
        .filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        })
        .collect();
    let targets = after_each(&text, "](").filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

fn leads_somewhere(document: &Path, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => document.to_owned(),
        path => document.with_file_name("").join(path),
    };
    target.exists()
        && (anchor.is_empty() || headings(&read(&target)).any(|heading| heading == anchor))
}

/// The anchors of headings, as Git hosts make them.
fn headings(markdown: &str) -> impl Iterator<Item = String> {
    markdown
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|char| char.is_alphanumeric() || " -_".contains(*char))
                .map(|char| if char == ' ' { '-' } else { char })
                .collect()
        })
}
