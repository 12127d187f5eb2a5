//! The worker that moves the files of a page: [`handclasp::transfer::serve`], as a program of its own. The package and the page each have it beside them.

/// A quarter of the size of the one that the standard library brings.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    handclasp::transfer::serve();
}
