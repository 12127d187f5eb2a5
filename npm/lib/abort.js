import { wrong } from './errors.js';

/** `signal`, if it is one; throws its reason if that is past. */
export function alive(signal) {
  if (signal === undefined || signal === null) return undefined;
  if (!(signal instanceof AbortSignal)) throw wrong('signal', 'an AbortSignal');
  signal.throwIfAborted();
  return signal;
}

/** What comes of `promise`, or the reason of `signal` if that is earlier. Then `undo` is given what comes after all. */
export function abortable(promise, signal, undo) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(signal.reason);
      promise.then(undo, () => {});
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    const settled = (settle) => (value) => {
      signal.removeEventListener('abort', stop);
      settle(value);
    };
    promise.then(settled(resolve), settled(reject));
  });
}

/** What comes of `begin()`, or the reason of `signal` if that is earlier. What was begun goes on. */
export async function within(begin, { signal } = {}) {
  const living = alive(signal);
  return abortable(begin(), living);
}

/** Calls `stop` when `signal` is aborted, unless `over` is earlier. */
export const onAbort = (signal, stop, over) => signal?.addEventListener('abort', stop, { once: true, signal: over });
