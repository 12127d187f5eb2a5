//! The page: everything that `index.html` names, in one folder that any static host can serve.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::index_html::{Asset, Part, parse};
use super::wasm::{self, Module};
use super::{Profile, Tools};
use crate::hash::Fingerprint;
use crate::project::Project;
use crate::step::step;

/// What moves files. Its script has the name that trunk gives to what loads a worker.
const WORKER: Module = Module {
    name: "handclasp-worker",
    ..super::npm::WORKER
};

pub(super) const PAGE: Module = Module {
    package: "handclasp-page",
    artifact: "handclasp-page",
    name: "handclasp-page",
    library: false,
    in_parts: true,
    in_worker: false,
    first_part: None,
};

/// Builds the page and gives back its folder.
pub(crate) fn build(project: &Project, tools: &Tools, profile: Profile) -> Result<PathBuf> {
    let bound = wasm::build(project, tools, profile, PAGE)?;
    let worker = wasm::build(project, tools, profile, WORKER)?;
    let page = project.page();
    step("put the page together", |step| {
        // Made aside and swapped in, so that a server never sees half a page.
        let work = page.with_extension("tmp");
        remove(&work)?;
        fs::create_dir_all(&work)?;
        let smaller = |file: &Path| tools.shrinkers.smaller(file, &bound);
        let bound = Bound {
            page: &bound,
            worker: &worker,
        };
        assemble(&project.root, bound, &work, &smaller)?;
        remove(&page)?;
        fs::rename(&work, &page)?;
        step.note(page.display().to_string());
        Ok(())
    })?;
    Ok(page)
}

/// Gives back a file that does the same as this one: a smaller one, or this one.
type Smaller<'a> = &'a dyn Fn(&Path) -> Result<PathBuf>;

/// Where the programs lie.
#[derive(Clone, Copy)]
struct Bound<'a> {
    page: &'a Path,
    worker: &'a Path,
}

/// Writes the page that `root/index.html` describes into `page`, with its programs.
fn assemble(root: &Path, bound: Bound<'_>, page: &Path, smaller: Smaller<'_>) -> Result<()> {
    let html = fs::read_to_string(root.join("index.html")).context("index.html cannot be read.")?;
    let mut output = String::with_capacity(html.len() + 512);
    for part in parse(&html)? {
        match part {
            Part::Html(html) => output += html,
            Part::Asset(asset) => output += &place(&asset, root, bound, page, smaller)?,
        }
    }
    fs::write(page.join("index.html"), output)?;
    Ok(())
}

/// Puts an asset into the page's folder; gives back the HTML that takes its element's place.
fn place(
    asset: &Asset,
    root: &Path,
    bound: Bound<'_>,
    page: &Path,
    smaller: Smaller<'_>,
) -> Result<String> {
    match asset {
        Asset::Rust { manifest } => match manifest.as_str() {
            "page/Cargo.toml" => program(bound.page, page),
            "worker/Cargo.toml" => worker(bound.worker, page),
            _ => bail!("index.html: {manifest} is no package of the page."),
        },
        Asset::Linked { file, element } => {
            let file = smaller(&inside(root, file)?)?;
            Ok(element.refer_to(&hashed(&file, page)?))
        }
        Asset::CopyFile { file, folder } => {
            let source = inside(root, file)?;
            let folder = inside(page, folder)?;
            fs::create_dir_all(&folder)?;
            let name = source
                .file_name()
                .with_context(|| format!("index.html: {file} is no file."))?;
            fs::copy(&source, folder.join(name))
                .with_context(|| format!("{file} cannot be copied."))?;
            Ok(String::new())
        }
        Asset::CopyFolder { source, folder } => {
            copy_folder(&inside(root, source)?, &inside(page, folder)?)
                .with_context(|| format!("{source} cannot be copied."))?;
            Ok(String::new())
        }
    }
}

/// Copies the program; the links let the browser fetch the script and the first module at once, and tell `www/boot.js` their
/// names. The script knows the names of the other modules.
fn program(bound: &Path, page: &Path) -> Result<String> {
    let module = hashed(&bound.join(format!("{}_bg.wasm", PAGE.name)), page)?;
    let script = bound.join(format!("{}.js", PAGE.name));
    let mut content = fs::read_to_string(&script)?;
    for entry in bound.read_dir()? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".wasm") && content.contains(&*name) {
            content = content.replace(&*name, hashed(&file, page)?.trim_start_matches("./"));
        }
    }
    let script = write_hashed(&script, content.as_bytes(), page)?;
    let snippets = bound.join("snippets");
    if snippets.is_dir() {
        copy_folder(&snippets, &page.join("snippets"))?;
    }
    Ok(format!(
        "<link rel=\"modulepreload\" href=\"{script}\">\n  \
         <link rel=\"preload\" href=\"{module}\" as=\"fetch\" type=\"application/wasm\" crossorigin>"
    ))
}

/// Copies the worker's program, under the names that the page knows.
fn worker(bound: &Path, page: &Path) -> Result<String> {
    let name = WORKER.name;
    for (from, to) in [
        (format!("{name}.js"), format!("{name}_loader.js")),
        (format!("{name}_bg.wasm"), format!("{name}_bg.wasm")),
    ] {
        let file = bound.join(&from);
        fs::copy(&file, page.join(to))
            .with_context(|| format!("{} cannot be copied.", file.display()))?;
    }
    Ok(String::new())
}

/// Copies a file under a name that says what is in it; gives back the reference to it.
fn hashed(file: &Path, page: &Path) -> Result<String> {
    let content = fs::read(file).with_context(|| format!("{} cannot be read.", file.display()))?;
    write_hashed(file, &content, page)
}

/// The same for what `file` is to contain there.
fn write_hashed(file: &Path, content: &[u8], page: &Path) -> Result<String> {
    let (stem, extension) = match (file.file_stem(), file.extension()) {
        (Some(stem), Some(extension)) => (stem.to_string_lossy(), extension.to_string_lossy()),
        _ => bail!(
            "{} has no extension, so no server would know what it is.",
            file.display()
        ),
    };
    let name = format!("{stem}-{}.{extension}", Fingerprint::of([content]));
    fs::write(page.join(&name), content)?;
    // Relative, so that the page works in any folder of a host.
    Ok(format!("./{name}"))
}

pub(super) fn copy_folder(source: &Path, destination: &Path) -> Result<()> {
    fs::create_dir_all(destination)?;
    for entry in source.read_dir()? {
        let entry = entry?;
        let to = destination.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// `base/path`, unless that would lead out of `base`.
fn inside(base: &Path, path: &str) -> Result<PathBuf> {
    use std::path::Component;
    if Path::new(path)
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
    {
        Ok(base.join(path))
    } else {
        bail!("index.html: {path} leads out of the project.")
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("{} cannot be removed.", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_put_together() {
        let top = std::env::temp_dir().join(format!("handclasp-page-{}", std::process::id()));
        let (root, bound, page) = (top.join("root"), top.join("bound"), top.join("page"));
        for folder in [&root.join("www/icons"), &bound, &page] {
            fs::create_dir_all(folder).expect("a folder");
        }
        let html = "<head><link data-trunk rel=\"rust\" href=\"page/Cargo.toml\"><link data-trunk rel=\"css\" href=\"www/a.css\">\
            <link data-trunk rel=\"copy-dir\" href=\"www/icons\"></head>";
        for (file, content) in [
            (root.join("index.html"), html),
            (root.join("www/a.css"), "a{}"),
            (root.join("www/icons/i.svg"), "<svg/>"),
            (bound.join("handclasp-page.js"), "js"),
            (bound.join("handclasp-page_bg.wasm"), "wasm"),
        ] {
            fs::write(file, content).expect("a file");
        }
        let smaller = |file: &Path| Ok(file.to_path_buf());
        let both = Bound {
            page: &bound,
            worker: &bound,
        };
        assemble(&root, both, &page, &smaller).expect("a page");
        let index = fs::read_to_string(page.join("index.html")).expect("an index");
        assert!(!index.contains("data-trunk"), "{index}");
        let references = index
            .split("=\"./")
            .skip(1)
            .map(|rest| rest.split('"').next().expect("a quote"));
        let references: Vec<&str> = references.collect();
        assert_eq!(references.len(), 3, "{index}");
        for reference in references {
            assert!(page.join(reference).is_file(), "{reference} is missing");
        }
        assert!(page.join("icons/i.svg").is_file());
        fs::remove_dir_all(top).expect("cleaned up");
    }

    #[test]
    fn no_path_leads_out() {
        for path in ["../secret", "/etc/passwd", "www/../../x"] {
            assert!(inside(Path::new("/project"), path).is_err(), "{path}");
        }
        assert!(inside(Path::new("/project"), "./www/a.css").is_ok());
    }
}
