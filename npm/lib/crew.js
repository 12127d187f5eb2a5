/** A worker that moves files, so that a busy page does not slow them, and the address of its program. Where none can be made they are moved in the page. */
export function hire() {
  const worker = new Worker(new URL('./worker.js', import.meta.url));
  return [worker, new URL('./worker_bg.wasm', import.meta.url).href];
}
