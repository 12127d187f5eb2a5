// The one place that knows of the WebAssembly, which is loaded by the first call that needs it.

import load, * as raw from './wasm/handclasp.js';
import { HandclaspError } from './errors.js';

export { raw };

let loading;

/** Loads the WebAssembly, once. A failure is not kept: the next call tries again. */
export function init({ wasm } = {}) {
  loading ??= start(wasm).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(wasm) {
  if (!globalThis.RTCPeerConnection) {
    throw new HandclaspError('there is no WebRTC here', {
      code: 'join-unsupported', hint: 'Use a current version of Chrome, Edge, Firefox or Safari. On a server, call this in the browser only.',
    });
  }
  try {
    await load(wasm && { module_or_path: wasm });
  } catch (cause) {
    throw new HandclaspError('the program could not be loaded', {
      code: 'load', hint: 'Check the connection to the internet, then try again.', cause,
    });
  }
  raw.setErrorClass(HandclaspError);
}
