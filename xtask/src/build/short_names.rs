//! Short names for what the module takes from its JavaScript, and for how that calls closures.
//!
//! wasm-bindgen calls each import by its meaning and 16 hexadecimal digits, and what calls a closure by all of its types, so that
//! parts made apart cannot clash. Both files are made here, at once; digits do not compress; and there are some hundreds of
//! them in either file.

use std::collections::HashMap;

use wasm_bindgen_cli_support::Output;

/// The short name of each import and export that has one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ShortNames(HashMap<String, String>);

impl ShortNames {
    /// Renames in the module; [`replace_in`](Self::replace_in) does so in its JavaScript.
    pub(super) fn give(output: &mut Output) -> ShortNames {
        let mut names = ShortNames::default();
        let all = output.wasm_mut().imports.iter_mut();
        for import in all.filter(|import| import.module.ends_with("_bg.js")) {
            import.name = names.of(&import.name);
        }
        let all = output.wasm_mut().exports.iter_mut();
        for export in all.filter(|export| export.name.starts_with("wasm_bindgen_")) {
            export.name = names.of(&export.name);
        }
        names
    }

    /// The short name for `long`. Nobody reads it but as a key of the object of imports or exports, so it clashes with nothing.
    fn of(&mut self, long: &str) -> String {
        let next = format!("i{}", self.0.len());
        self.0.entry(long.to_owned()).or_insert(next).clone()
    }

    /// The same JavaScript with short names.
    pub(super) fn replace_in(&self, script: &str) -> String {
        let in_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let mut replaced = String::with_capacity(script.len());
        let mut rest = script;
        while !rest.is_empty() {
            let length = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(length);
            replaced += self.0.get(word).map_or(word, String::as_str);
            let length = after.find(in_name).unwrap_or(after.len());
            replaced += &after[..length];
            rest = &after[length..];
        }
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_are_replaced_and_nothing_else() {
        let mut names = ShortNames::default();
        assert_eq!(names.of("__wbg_get_ab"), "i0");
        assert_eq!(names.of("__wbg_get_abc"), "i1");
        assert_eq!(names.of("__wbg_get_ab"), "i0");
        let script = "(__wbg_get_abc: function(é) { wasm.__wbg_get_ab_free(\"__wbg_get_ab\") }";
        assert_eq!(
            names.replace_in(script),
            "(i1: function(é) { wasm.__wbg_get_ab_free(\"i0\") }"
        );
        assert_eq!(names.replace_in(""), "");
    }
}
