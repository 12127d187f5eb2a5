//! One wasm module cut into several that share their memory: what every visitor needs, and what is loaded when somebody
//! first asks for it.
//!
//! The functions marked with `wasm_split` say where to cut. Which functions only they need is read off the linker's relocations. The
//! first module gets its JavaScript from wasm-bindgen; the others import from its exports and from nowhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::merged;

/// The flag that makes the linker leave its relocations in the module.
pub(super) const LINK_ARGUMENT: &str = "-Clink-arg=--emit-relocs";

/// The module by which the first part imports the loading of the others. [`Parts::load_in`] puts its content in its place.
const LOADERS: &str = "handclasp:parts";

/// The loader of one file, which has a minute. A failure is not kept, so that the next try is one.
const LOADER: &str = "\
const __part = url => {
    let loaded;
    return () => loaded ??= fetch(url, { signal: AbortSignal.timeout?.(60000) })
        .then(response => response.arrayBuffer())
        .then(bytes => WebAssembly.instantiate(bytes, { __wasm_split: wasm }))
        .catch(error => { loaded = undefined; throw error; });
};
const __loads = parts => (callback, data) => Promise.all(parts.map(part => part())).then(() => true, () => false)
    .then(done => wasm.__indirect_function_table.get(callback)(data, done));
";

/// A module in parts.
#[derive(Debug)]
pub(super) struct Parts {
    /// The first part, for wasm-bindgen.
    pub(super) main: PathBuf,
    /// The files of the others, and the name that each is to have.
    files: BTreeMap<String, PathBuf>,
    /// For each place of cutting the files that it needs.
    needs: BTreeMap<String, Vec<String>>,
}

/// Cuts the module into parts called after `name`, in `folder`.
pub(super) fn split(compiled: &Path, folder: &Path, name: &str) -> Result<Parts> {
    let input = fs::read(compiled)?;
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LOADERS;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{error:#}"))
        .with_context(|| format!("{} cannot be split.", compiled.display()))?;
    let named = |stem: &str| format!("{name}_{}.wasm", stem.trim_start_matches("split_"));
    let stem = |path: &PathBuf| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let files = split.split_modules.into_iter();
    Ok(Parts {
        main,
        files: files.map(|file| (named(&stem(&file)), file)).collect(),
        needs: split
            .prefetch_map
            .into_iter()
            .map(|(part, stems)| (part, stems.iter().map(|stem| named(stem)).collect()))
            .collect(),
    })
}

impl Parts {
    /// Puts into one file each what parts have in common with the one called `first`, and what they have in common without it: otherwise there is
    /// a file for every set of parts that have something in common, most of them tiny.
    pub(super) fn gather(&mut self, folder: &Path, first: &str, wasm_merge: &Path) -> Result<()> {
        let of_first = self.needs.get(first).cloned().unwrap_or_default();
        let is_common = |file: &&String| file.contains("_chunk_");
        let common: Vec<String> = self.files.keys().filter(is_common).cloned().collect();
        let (with_first, without): (Vec<String>, Vec<String>) =
            common.into_iter().partition(|file| of_first.contains(file));
        for (members, name) in [(with_first, "common"), (without, "more")] {
            self.unite(&members, folder, name, wasm_merge)?;
        }
        Ok(())
    }

    /// Puts these files into one of this name.
    fn unite(
        &mut self,
        members: &[String],
        folder: &Path,
        name: &str,
        wasm_merge: &Path,
    ) -> Result<()> {
        let Some((module, _)) = members.first().and_then(|file| file.split_once("_chunk_")) else {
            return Ok(());
        };
        let united = format!("{module}_{name}.wasm");
        let file = folder.join(&united);
        let files: Vec<PathBuf> = members
            .iter()
            .filter_map(|member| self.files.remove(member))
            .collect();
        merged::merge(wasm_merge, &files, &file)?;
        self.files.insert(united.clone(), file);
        for needed in self.needs.values_mut() {
            let before = needed.len();
            needed.retain(|file| !members.contains(file));
            if needed.len() < before {
                needed.insert(0, united.clone());
            }
        }
        Ok(())
    }

    /// Copies the other parts beside the first one; gives back their paths.
    pub(super) fn place(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let place = |(name, file): (&String, &PathBuf)| {
            let placed = folder.join(name);
            fs::copy(file, &placed)?;
            Ok(placed)
        };
        self.files.iter().map(place).collect()
    }

    /// The first part's JavaScript, able to load the others. Each file is named as bundlers look for it.
    pub(super) fn load_in(&self, script: &str) -> Result<String> {
        if self.needs.is_empty() {
            return Ok(script.to_owned());
        }
        // wasm-bindgen imports a module anew for each thing from it.
        let from = format!(" from \"{LOADERS}\"");
        let (imports, kept): (Vec<&str>, Vec<&str>) =
            script.lines().partition(|line| line.contains(&from));
        let names: Option<Vec<&str>> = imports
            .iter()
            .map(|line| line.strip_prefix("import * as ")?.split(' ').next())
            .collect();
        let names = names
            .filter(|names| !names.is_empty())
            .with_context(|| format!("wasm-bindgen imports {LOADERS} in another way"))?;
        let mut loading = LOADER.to_owned();
        let variable = |file: &str| {
            let at = self.files.keys().position(|name| name == file);
            format!("__part{}", at.unwrap_or_default())
        };
        for file in self.files.keys() {
            loading += &format!(
                "const {} = __part(new URL(\"{file}\", import.meta.url));\n",
                variable(file)
            );
        }
        loading += "const __loaders = {\n";
        for (part, files) in &self.needs {
            let files: Vec<String> = files.iter().map(|file| variable(file)).collect();
            let files = files.join(", ");
            loading += &format!("    __wasm_split_load_{part}: __loads([{files}]),\n");
        }
        loading += "};\n";
        for name in names {
            loading += &format!("const {name} = __loaders;\n");
        }
        Ok(format!("{}\n{loading}", kept.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        let files = ["a_chunk_2.wasm", "a_one.wasm"];
        let shared = || "a_chunk_2.wasm".to_owned();
        Parts {
            main: PathBuf::new(),
            files: files.map(|name| (name.to_owned(), PathBuf::new())).into(),
            needs: [
                ("one".to_owned(), vec![shared(), "a_one.wasm".to_owned()]),
                ("two".to_owned(), vec![shared()]),
            ]
            .into(),
        }
    }

    #[test]
    fn the_loaders_take_the_place_of_their_imports() {
        let script = "import * as import1 from \"handclasp:parts\"\nimport * as import2 from \"handclasp:parts\"\n\
            use({ \"handclasp:parts\": import1, \"handclasp:parts\": import2 });\n";
        let script = parts().load_in(script).expect("imports as they are");
        assert!(!script.contains("import *"), "{script}");
        for line in [
            // Bundlers look for exactly this.
            "new URL(\"a_one.wasm\", import.meta.url)",
            "__wasm_split_load_one: __loads([__part0, __part1])",
            "__wasm_split_load_two: __loads([__part0])",
            "const import1 = __loaders;",
            "const import2 = __loaders;",
        ] {
            assert!(script.contains(line), "{line} is missing in {script}");
        }
    }

    #[test]
    fn another_form_of_import_is_not_overlooked() {
        assert!(parts().load_in("import x from 'handclasp:parts'").is_err());
        let whole = Parts {
            main: PathBuf::new(),
            files: BTreeMap::new(),
            needs: BTreeMap::new(),
        };
        assert_eq!(
            whole.load_in("unchanged").expect("nothing to do"),
            "unchanged"
        );
    }
}
