//! Functions that resemble each other, side by side.
//!
//! gzip looks for repetitions in the last 32 KiB alone, and brotli finds those that are near with fewer bits. Generic code, compiled
//! anew for each type, stands all over a module; side by side it compresses to a thirtieth less. The module does the same as before.
//! Binaryen may have such a pass one day (WebAssembly/binaryen#8696).

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef,
};

/// How many bytes in a row are looked for in other functions.
const RUN: usize = 6;

/// What more functions than this have in common says nothing about any two of them.
const TOO_COMMON: usize = 400;

/// How many functions back something is a neighbour. Some 5 KiB.
const NEAR: usize = 40;

/// Of two functions that share as much with those before, the shorter one comes first; but one of a few bytes, which shares them all
/// with anything, is nobody's neighbour for that.
const SMALL: usize = 8;

/// Rearranges the module in this file.
pub(super) fn rearrange(file: &Path) -> Result<()> {
    let wasm = fs::read(file)?;
    let rearranged =
        rearranged(&wasm).with_context(|| format!("{} cannot be read.", file.display()))?;
    fs::write(file, rearranged)?;
    Ok(())
}

fn rearranged(wasm: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = order(&bodies);
    let mut places = vec![0; order.len()];
    for (place, &function) in (0..).zip(&order) {
        places[function] = place;
    }
    let mut module = Module::new();
    Arrangement {
        imported,
        order,
        places,
    }
    .parse_core_module(&mut module, Parser::new(0), wasm)
    .map_err(|error| anyhow!("{error}"))?;
    Ok(module.finish())
}

/// The functions by their number, each after those that it has most in common with, measured by its length. The longest is first.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let runs: Vec<HashSet<&[u8]>> = bodies
        .iter()
        .map(|body| body.windows(RUN).collect())
        .collect();
    let mut with: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (function, runs) in runs.iter().enumerate() {
        for run in runs {
            with.entry(run).or_default().push(function);
        }
    }
    with.retain(|_, functions| (2..=TOO_COMMON).contains(&functions.len()));

    // How many of a function's runs stand in the functions before.
    let mut shared = vec![0_usize; bodies.len()];
    let mut near: HashMap<&[u8], usize> = HashMap::new();
    let mut recent = VecDeque::new();
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    let mut next = left.iter().copied().max_by_key(|&it| bodies[it].len());
    while let Some(function) = next {
        left.retain(|&it| it != function);
        order.push(function);
        recent.push_back(function);
        for run in &runs[function] {
            let Some(functions) = with.get(run) else {
                continue;
            };
            let count = near.entry(run).or_default();
            *count += 1;
            if *count == 1 {
                functions.iter().for_each(|&it| shared[it] += 1);
            }
        }
        if recent.len() > NEAR
            && let Some(past) = recent.pop_front()
        {
            for run in &runs[past] {
                let Some(functions) = with.get(run) else {
                    continue;
                };
                let count = near.entry(run).or_default();
                *count -= 1;
                if *count == 0 {
                    functions.iter().for_each(|&it| shared[it] -= 1);
                }
            }
        }
        // As fractions, without the rounding of a division; the first of those that are alike.
        next = left.iter().copied().reduce(|best, it| {
            let (ours, theirs) = (runs[it].len() + SMALL, runs[best].len() + SMALL);
            if shared[it] * theirs > shared[best] * ours {
                it
            } else {
                best
            }
        });
    }
    order
}

/// Writes a module with its functions in another order.
struct Arrangement {
    /// How many functions come from outside. They are counted first, and stay.
    imported: u32,
    /// Which function is where.
    order: Vec<usize>,
    /// Where each function is.
    places: Vec<u32>,
}

type Outcome<T> = Result<T, reencode::Error>;

impl Reencode for Arrangement {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Outcome<u32> {
        Ok(match function.checked_sub(self.imported) {
            Some(own) => self.imported + self.places[own as usize],
            None => function,
        })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Outcome<()> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for &function in &self.order {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Outcome<()> {
        let bodies = section
            .into_iter()
            .collect::<Result<Vec<FunctionBody<'_>>, _>>()?;
        for function in self.order.clone() {
            self.parse_function_body(code, bodies[function].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        EntityType, ExportKind, ExportSection, Function, ImportSection, Instruction, TypeSection,
        ValType,
    };

    use super::*;

    #[test]
    fn what_is_alike_comes_together() {
        let bodies: [&[u8]; 5] = [
            b"abcdefghijkl+",
            b"0123456789/",
            b"abcdefghijkl-and more of it",
            b"0123456789:",
            b"",
        ];
        assert_eq!(order(&bodies), [2, 0, 1, 3, 4]);
        assert_eq!(order(&[]), [0_usize; 0]);
    }

    /// An imported function and two that call it and each other; the second is the longer one.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        imports.import("m", "f", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(0).function(1);
        let mut exports = ExportSection::new();
        exports.export("short", ExportKind::Func, 1);
        exports.export("long", ExportKind::Func, 2);
        let mut code = CodeSection::new();
        for calls in [&[0][..], &[1, 0, 0]] {
            let mut function = Function::new([]);
            for call in calls {
                function.instruction(&Instruction::Call(*call));
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&exports).section(&code);
        module.finish()
    }

    #[test]
    fn a_function_that_is_moved_is_found_by_those_who_call_it() {
        let wasm = rearranged(&module()).expect("a module");
        let (mut types, mut exports, mut calls) = (Vec::new(), Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(&wasm) {
            match payload.expect("a module") {
                Payload::FunctionSection(section) => {
                    types.extend(section.into_iter().map(|it| it.expect("a type")));
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.expect("an export");
                        exports.push((export.name, export.index));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().expect("operators");
                    calls.push(
                        operators
                            .into_iter()
                            .filter_map(|operator| match operator.expect("an operator") {
                                wasmparser::Operator::Call { function_index } => {
                                    Some(function_index)
                                }
                                _ => None,
                            })
                            .collect::<Vec<_>>(),
                    );
                }
                _ => {}
            }
        }
        assert_eq!(types, [1, 0]);
        assert_eq!(exports, [("short", 2), ("long", 1)]);
        assert_eq!(calls, [vec![2, 0, 0], vec![0]]);
    }
}
