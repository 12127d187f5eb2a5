import { within } from './abort.js';
import { options as read } from './errors.js';
import { prepared } from './room.js';
import { init, raw } from './wasm.js';

/** Tests this browser's network and permissions, and these servers. */
export async function diagnose(given) {
  const { signal, ...options } = read(given);
  return within(() => init().then(() => raw.diagnose(prepared(options))), { signal });
}
