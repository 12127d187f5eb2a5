//! See `core/tests/fuzzed/mod.rs`.
#![no_main]

#[path = "../../core/tests/fuzzed/mod.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::transfer(bytes));
