//! Several parts in one file, so that a part that is needed with others is one more request and not many.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ImportSection, Module};
use wasmparser::{Import, ImportSectionReader, Parser, TypeRef};

use super::SHRINK_LIMIT;
use super::wasm::FEATURES;
use crate::command::Program;

/// Writes to `merged` what all of `files` have, by binaryen's `wasm-merge`. They import from the first part and from nowhere else.
pub(super) fn merge(wasm_merge: &Path, files: &[PathBuf], merged: &Path) -> Result<()> {
    let mut node = Program::new("node").arg(wasm_merge);
    for (number, file) in files.iter().enumerate() {
        node = node.arg(file).arg(format!("part{number}"));
    }
    // It imports the one memory once for each file.
    node.args(FEATURES)
        .args(["--enable-multimemory", "--output"])
        .arg(merged)
        .limit(SHRINK_LIMIT)
        .output()?;
    let united = united(&fs::read(merged)?)
        .with_context(|| format!("{} cannot be read.", merged.display()))?;
    fs::write(merged, united)?;
    Ok(())
}

/// The module with each memory, table and global imported once.
fn united(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut uniting = Uniting::default();
    let mut module = Module::new();
    uniting
        .parse_core_module(&mut module, Parser::new(0), wasm)
        .map_err(|error| anyhow!("{error}"))?;
    Ok(module.finish())
}

/// For each import the name by which it came first.
#[derive(Default)]
struct Uniting {
    memories: Names,
    tables: Names,
    globals: Names,
}

#[derive(Default)]
struct Names {
    /// Those that stay.
    kept: Vec<String>,
    /// Which of them each import is.
    places: Vec<u32>,
}

impl Names {
    /// Whether it came for the first time.
    fn is_new(&mut self, import: &Import<'_>) -> bool {
        let name = format!("{} {}", import.module, import.name);
        let known = self.kept.iter().position(|kept| *kept == name);
        self.places.push(known.unwrap_or(self.kept.len()) as u32);
        if known.is_none() {
            self.kept.push(name);
        }
        known.is_none()
    }

    /// Where it is now. What is not imported comes after what is.
    fn place(&self, index: u32) -> u32 {
        let place = self.places.get(index as usize).copied();
        place.unwrap_or_else(|| index - self.places.len() as u32 + self.kept.len() as u32)
    }
}

type Outcome<T> = Result<T, reencode::Error>;

impl Reencode for Uniting {
    type Error = std::convert::Infallible;

    fn memory_index(&mut self, memory: u32) -> Outcome<u32> {
        Ok(self.memories.place(memory))
    }

    fn table_index(&mut self, table: u32) -> Outcome<u32> {
        Ok(self.tables.place(table))
    }

    fn global_index(&mut self, global: u32) -> Outcome<u32> {
        Ok(self.globals.place(global))
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Outcome<()> {
        for import in section.into_imports() {
            let import = import?;
            let stays = match import.ty {
                TypeRef::Memory(_) => self.memories.is_new(&import),
                TypeRef::Table(_) => self.tables.is_new(&import),
                TypeRef::Global(_) => self.globals.is_new(&import),
                _ => true,
            };
            if stays {
                self.parse_import(imports, import)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, EntityType, Function, FunctionSection, GlobalType, Instruction, MemArg,
        MemoryType, TypeSection, ValType,
    };

    use super::*;

    #[test]
    fn what_is_imported_twice_is_imported_once() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        let global = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        for _ in 0..2 {
            imports.import("m", "memory", EntityType::Memory(memory));
            imports.import("m", "stack", EntityType::Global(global));
        }
        imports.import("m", "other", EntityType::Global(global));
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut function = Function::new([]);
        let at = MemArg {
            offset: 0,
            align: 0,
            memory_index: 1,
        };
        for instruction in [
            Instruction::GlobalGet(1),
            Instruction::GlobalGet(2),
            Instruction::I32Store8(at),
            Instruction::End,
        ] {
            function.instruction(&instruction);
        }
        let mut code = CodeSection::new();
        code.function(&function);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&code);
        let wasm = united(&module.finish()).expect("a module");

        let (mut names, mut seen) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(&wasm) {
            match payload.expect("a module") {
                wasmparser::Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        names.push(import.expect("an import").name);
                    }
                }
                wasmparser::Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().expect("operators") {
                        match operator.expect("an operator") {
                            wasmparser::Operator::GlobalGet { global_index } => {
                                seen.push(global_index);
                            }
                            wasmparser::Operator::I32Store8 { memarg } => seen.push(memarg.memory),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        assert_eq!(names, ["memory", "stack", "other"]);
        assert_eq!(seen, [0, 1, 0]);
    }
}
