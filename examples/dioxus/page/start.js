// A file of its own, because the server's content security policy forbids scripts inside the page.
import start from './dioxus.js';

await start({ module_or_path: 'dioxus_bg.wasm' });
