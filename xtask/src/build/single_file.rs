//! The page as one HTML file of everything, for a static host, an attachment, or a disk: it needs no server, and no JavaScript modules,
//! which browsers do not load from `file:` addresses.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::index_html::{Asset, Part, parse};
use super::page::PAGE;
use super::wasm::{self, Module};
use super::{Profile, SHRINK_LIMIT, Tools};
use crate::command::Program;
use crate::project::Project;
use crate::step::step;

/// In one piece: there is nowhere to load parts from.
const WHOLE: Module = Module {
    in_parts: false,
    ..PAGE
};

/// Starts the program that is in the document. Where `DecompressionStream` is missing there is no WebRTC that would do either.
const BOOT: &str = "\
import start from './handclasp-page.js';
const text = document.getElementById('program').textContent;
const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
new Response(unpacked).arrayBuffer().then((module) => start({ module_or_path: module }));
";

/// Lines of `index.html` that name files which are not there.
const LEFT_OUT: [&str; 2] = ["rel=\"apple-touch-icon\"", "rel=\"manifest\""];

/// Builds it, into `file`.
pub(crate) fn build(project: &Project, tools: &Tools, file: &Path) -> Result<()> {
    let Some(esbuild) = &tools.shrinkers.esbuild else {
        bail!(
            "A page of one file needs esbuild. Run `npm install esbuild` to see why it is not there."
        );
    };
    let bound = wasm::build(project, tools, Profile::Release, WHOLE)?;
    step("put the page into one file", |step| {
        let boot = bound.join("boot.js");
        fs::write(&boot, BOOT)?;
        let script = bundle(esbuild, &boot)?;
        let module = fs::read(bound.join(format!("{}_bg.wasm", WHOLE.name)))?;
        let smaller = |file: &Path| tools.shrinkers.smaller(file, &bound);
        let html = assemble(&project.root, &script, &module, &smaller)?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, &html)?;
        step.note(format!("{} ({} bytes)", file.display(), html.len()));
        Ok(())
    })
}

/// One script without imports or exports.
fn bundle(esbuild: &Path, entry: &Path) -> Result<String> {
    let bundled = entry.with_file_name("bundled.js");
    let outfile = format!("--outfile={}", bundled.display());
    Program::new("node")
        .arg(esbuild)
        .arg(entry)
        .args(["--bundle", "--minify", "--format=iife", "--log-level=error"])
        .arg(&outfile)
        .limit(SHRINK_LIMIT)
        .output()?;
    Ok(fs::read_to_string(bundled)?)
}

fn assemble(
    root: &Path,
    script: &str,
    module: &[u8],
    smaller: &dyn Fn(&Path) -> Result<PathBuf>,
) -> Result<String> {
    let index =
        fs::read_to_string(root.join("index.html")).context("index.html cannot be read.")?;
    let (mut head, mut styles) = (String::new(), Vec::new());
    for part in parse(&index)? {
        match part {
            Part::Html(html) => head += html,
            // The program comes at the end, when there is a document to show it in.
            Part::Asset(Asset::Rust { .. }) => {}
            Part::Asset(Asset::Linked { file, element }) => {
                let path = smaller(&root.join(&file))?;
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("css") => {
                        let style = fs::read_to_string(&path)?.trim().to_owned();
                        head += &format!("<style>{style}</style>");
                        styles.push(style);
                    }
                    Some("svg") => {
                        let data = BASE64.encode(fs::read(&path)?);
                        head += &element.refer_to(&format!("data:image/svg+xml;base64,{data}"));
                    }
                    // What starts the program is part of the script.
                    Some("js") => {}
                    _ => bail!("index.html: nobody said how {file} becomes part of one file."),
                }
            }
            // Icons for the home screen, on which a file cannot be put.
            Part::Asset(Asset::CopyFile { .. } | Asset::CopyFolder { .. }) => {}
        }
    }
    let lines = head.lines().filter(|line| {
        !line.trim().is_empty() && !LEFT_OUT.iter().any(|left_out| line.contains(left_out))
    });
    let head = lines.collect::<Vec<_>>().join("\n");
    let script = script.trim();
    if script.contains("</script") || styles.iter().any(|style| style.contains("</style")) {
        bail!("The script or a style sheet would end its own element.");
    }
    let policy = policy(script, &styles);
    let head = head.replacen(
        "<meta charset=\"utf-8\">",
        &format!(
            "<meta charset=\"utf-8\">\n  <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"
        ),
        1,
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(module)?;
    let packed = BASE64.encode(packed.finish()?);
    let program = format!(
        "<script type=\"application/wasm+gzip;base64\" id=\"program\">{packed}</script>\n<script>{script}</script>\n</body>"
    );
    if !head.contains(&policy) || !head.contains("</body>") {
        bail!("index.html has no charset or no body where the page's parts would go.");
    }
    Ok(head.replacen("</body>", &program, 1) + "\n")
}

/// What the page may do: run and be styled by what is in it, and nothing else that is inline, so that a name or a message that gets into it
/// as markup does nothing. The server's policy otherwise.
fn policy(script: &str, styles: &[String]) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)));
    let styles: Vec<String> = styles.iter().map(|style| hash(style)).collect();
    format!(
        "default-src 'none'; script-src {} 'wasm-unsafe-eval'; style-src {}; img-src 'self' data: blob:; \
         media-src 'self' blob: mediastream:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'",
        hash(script),
        styles.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_in_one_file() {
        let root = std::env::temp_dir().join(format!("handclasp-single-{}", std::process::id()));
        fs::create_dir_all(root.join("www")).expect("a folder");
        let index = "<!doctype html>\n<head>\n<meta charset=\"utf-8\">\n\
            <link data-trunk rel=\"rust\" href=\"page/Cargo.toml\">\n<link data-trunk rel=\"css\" href=\"www/a.css\">\n\
            <link data-trunk rel=\"icon\" href=\"www/i.svg\">\n<link rel=\"manifest\" href=\"m\">\n\
            <link data-trunk rel=\"copy-file\" href=\"www/i.png\">\n\
            <script data-trunk type=\"module\" src=\"www/boot.js\"></script>\n</head>\n<body><p>x</p>\n</body>\n";
        for (file, content) in [
            ("index.html", index),
            ("www/a.css", "a{}"),
            ("www/i.svg", "<svg/>"),
            ("www/boot.js", ""),
        ] {
            fs::write(root.join(file), content).expect("a file");
        }
        let same = |file: &Path| Ok(file.to_path_buf());
        let html = assemble(&root, "run()\n", b"module", &same).expect("a page");
        for there in [
            "<style>a{}</style>",
            "data:image/svg+xml;base64,",
            "<script>run()</script>",
            "'sha256-",
        ] {
            assert!(html.contains(there), "{there}");
        }
        for gone in [
            "src=\"www",
            "href=\"www",
            "href=\"m\"",
            "data-trunk",
            "i.png",
        ] {
            assert!(!html.contains(gone), "{gone}");
        }
        assert!(assemble(&root, "'</script>'", b"", &same).is_err());
        fs::remove_dir_all(root).expect("it was made above");
    }
}
