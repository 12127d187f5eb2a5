//! What our users download, and how much of it there may be.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::build::npm::Package;
use crate::report::Counts;

/// The npm package's default entry: wasm and JavaScript that joining a room, calling and channels take, as a bundler makes it, in bytes after
/// gzip. What it weighs and 1 %: what another machine's linker puts in another order may compress by a few hundred bytes less well.
///
/// All budgets are for a build with the standard library that is made for its size: with the compiler's own, which weighs
/// about an eighth more, all are passed, and the measurement says so.
const LIBRARY_BUDGET: usize = 109_500;

/// The same and what it loads as soon as a room is joined by way of a broker, in bytes after gzip. What it weighs and 1.5 %, so
/// that it cannot grow unnoticed.
const BROKER_BUDGET: usize = 128_500;

/// All that a browser loads before the page is there, in bytes after gzip. Likewise.
const PAGE_BUDGET: usize = 155_000;

/// What follows in the background, for the call itself, in bytes after gzip. Likewise.
const CALL_BUDGET: usize = 229_000;

/// Sizes of some files, each compressed by itself as a server does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// Prints what the two builds weigh; a build above its budget counts as failed.
pub(crate) fn report(package: &Package, page: &Path) -> Result<Counts> {
    let library = [package.bundle.clone(), package.module()];
    let glue = package.glue();
    let script =
        fs::read_to_string(&glue).with_context(|| format!("{} cannot be read.", glue.display()))?;
    let mut with_broker = library.to_vec();
    let broker = needs(&script, "mqtt").context("The library does not load MQTT as a part.")?;
    with_broker.extend(broker.into_iter().map(|name| package.wasm().join(name)));
    let first_load = first_load(page)?;
    let call = call(page, &first_load)?;
    let mut counts = Counts::default();
    let mut counted = Vec::new();
    println!(
        "{:<34} {:>10} {:>10} {:>10} {:>10}",
        "bytes", "raw", "gzip", "brotli", "budget"
    );
    for (name, files, budget) in [
        ("npm (wasm + JavaScript)", library.to_vec(), LIBRARY_BUDGET),
        ("npm, to use a broker", with_broker, BROKER_BUDGET),
        ("page, first load", first_load, PAGE_BUDGET),
        ("page, the call", call, CALL_BUDGET),
    ] {
        let mut total = Sizes::default();
        for file in &files {
            let sizes = if counted.contains(file) {
                measure(&fs::read(file)?)?
            } else {
                print_file(file)?
            };
            total.raw += sizes.raw;
            total.gzip += sizes.gzip;
            total.brotli += sizes.brotli;
        }
        counted.extend(files);
        println!(
            "{name:<34} {:>10} {:>10} {:>10} {budget:>10}",
            total.raw, total.gzip, total.brotli
        );
        match over(total, budget) {
            None => counts.passed += 1,
            Some(sentence) => {
                println!("{name}: {sentence}");
                counts.failed += 1;
            }
        }
    }
    println!("loaded when somebody asks for it");
    let modules = [modules(&package.wasm())?, modules(page)?].concat();
    for file in modules.iter().filter(|file| !counted.contains(file)) {
        print_file(file)?;
    }
    Ok(counts)
}

/// A file's line in the table.
fn print_file(file: &Path) -> Result<Sizes> {
    let content = fs::read(file).with_context(|| format!("{} cannot be read.", file.display()))?;
    let sizes = measure(&content)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!(
        "  {name:<32} {:>10} {:>10} {:>10}",
        sizes.raw, sizes.gzip, sizes.brotli
    );
    Ok(sizes)
}

/// A sentence if the sizes are above the budget.
fn over(sizes: Sizes, budget: usize) -> Option<String> {
    let excess = sizes
        .gzip
        .checked_sub(budget)
        .filter(|excess| *excess > 0)?;
    Some(format!(
        "{} bytes after gzip are {excess} more than the budget of {budget}.",
        sizes.gzip
    ))
}

fn measure(content: &[u8]) -> Result<Sizes> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(content)?;
    let mut brotli = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &content[..], &mut brotli, &parameters)?;
    Ok(Sizes {
        raw: content.len(),
        gzip: gzip.finish()?.len(),
        brotli: brotli.len(),
    })
}

/// index.html, and the files in the page's folder that it refers to.
fn first_load(page: &Path) -> Result<Vec<PathBuf>> {
    let index = page.join("index.html");
    let html = fs::read_to_string(&index)
        .with_context(|| format!("{} cannot be read.", index.display()))?;
    let mut files = vec![index];
    files.extend(
        references(&html)
            .into_iter()
            .map(|name| page.join(name))
            .filter(|file| file.is_file()),
    );
    let snippets = page.join("snippets");
    if snippets.is_dir() {
        files_below(&snippets, &mut files)?;
    }
    Ok(files)
}

/// The parts of the program that the page loads by itself after the `first`, for the call.
fn call(page: &Path, first: &[PathBuf]) -> Result<Vec<PathBuf>> {
    for file in first
        .iter()
        .filter(|file| file.extension().is_some_and(|it| it == "js"))
    {
        let script = fs::read_to_string(file)?;
        if let Some(parts) = needs(&script, "call") {
            return Ok(parts.into_iter().map(|name| page.join(name)).collect());
        }
    }
    bail!("The page does not load the call as a part.")
}

/// The files that a part needs, as the script says that loads them, in small or not.
fn needs<'a>(script: &'a str, part: &str) -> Option<Vec<&'a str>> {
    let (_, loader) = script.split_once(&format!("__wasm_split_load_{part}:"))?;
    let (_, list) = loader.split_once('[')?;
    let (list, _) = list.split_once(']')?;
    let file = |variable: &str| {
        let mut urls = script.match_indices("new URL(\"").filter(|(at, _)| {
            let assigned = script[..*at].rsplit_once('=').map(|(before, _)| before);
            let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let name = assigned.and_then(|before| before.trim_end().rsplit(|c| !word(c)).next());
            name == Some(variable)
        });
        let (at, matched) = urls.next()?;
        script[at + matched.len()..].split('"').next()
    };
    list.split(',')
        .map(|variable| file(variable.trim()))
        .collect()
}

/// All wasm files in a folder.
fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    files_below(folder, &mut files)?;
    files.retain(|file| file.extension().is_some_and(|it| it == "wasm"));
    files.sort();
    Ok(files)
}

/// The relative references of an HTML text that a browser follows at once, each once. An icon for the home screen and
/// the manifest it comes from are asked for only when somebody wants the page there.
fn references(html: &str) -> BTreeSet<&str> {
    let later = ["rel=\"apple-touch-icon\"", "rel=\"manifest\"", "<a "];
    let tags = html
        .split_inclusive('>')
        .filter(|tag| !later.iter().any(|later| tag.contains(later)));
    let values = tags.flat_map(|tag| {
        ["href=\"", "src=\""]
            .into_iter()
            .filter_map(|name| tag.split(name).nth(1))
    });
    let names = values.filter_map(|value| value.split('"').next());
    names
        .map(|name| name.trim_start_matches("./"))
        .filter(|name| !name.is_empty() && !name.starts_with('/') && !name.contains(':'))
        .collect()
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_may_be_met_but_not_passed() {
        let sizes = |gzip| Sizes {
            gzip,
            ..Sizes::default()
        };
        assert_eq!(over(sizes(90_000), 90_000), None);
        let sentence = over(sizes(90_001), 90_000).expect("one byte too many");
        assert!(sentence.contains("1 more"), "{sentence}");
    }

    #[test]
    fn what_a_part_needs_is_read_off_the_script() {
        for script in [
            "const __part0 = __part(new URL(\"a.wasm\", import.meta.url));\n\
            const __part1 = __part(new URL(\"b.wasm\", import.meta.url));\n\
            const __loaders = {\n    __wasm_split_load_one: __loads([__part1, __part0]),\n\
            __wasm_split_load_two: __loads([__part1]),\n};",
            "const q=f(new URL(\"a.wasm\",import.meta.url)),$b=f(new URL(\"b.wasm\",import.meta.url)),\
            c={__wasm_split_load_one:g([$b,q]),__wasm_split_load_two:g([$b])};",
        ] {
            assert_eq!(needs(script, "one"), Some(vec!["b.wasm", "a.wasm"]));
            assert_eq!(needs(script, "two"), Some(vec!["b.wasm"]));
            assert_eq!(needs(script, "three"), None);
        }
    }

    #[test]
    fn compression_is_measured() {
        let sizes = measure(&[b'a'; 10_000]).expect("memory does not fail");
        assert_eq!(sizes.raw, 10_000);
        assert!(sizes.gzip < 100 && sizes.brotli < 100, "{sizes:?}");
    }

    #[test]
    fn the_first_load_is_what_the_index_names() {
        let html = "<link href=\"./a.css\"><script src=\"b.js\"></script><a href=\"c.html\"></a><script src=\"data:,\"></script>\
            <link rel=\"manifest\" href=\"d\"><link href=\"./a.css\">";
        let found: Vec<&str> = references(html).into_iter().collect();
        assert_eq!(found, ["a.css", "b.js"]);
    }
}
