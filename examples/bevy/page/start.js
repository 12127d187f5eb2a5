// A file of its own, because the server's content security policy forbids scripts inside the page.
import start from './bevy.js';

await start({ module_or_path: 'bevy_bg.wasm' });
