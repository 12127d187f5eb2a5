// Starts the page's program.
//
// Both ways of building the page, `cargo xtask build` and trunk, write two links into the document: the program's
// script, to be preloaded as a module, and its wasm, to be preloaded by fetch. This reads them, so that no script has
// to be inline: the content security policy forbids that.

const script = document.querySelector('link[rel="modulepreload"]').href;
const wasm = document.querySelector('link[rel="preload"][as="fetch"]').href;
const { default: start } = await import(script);
await start({ module_or_path: wasm });
