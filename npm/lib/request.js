// Questions and answers: each side that asks opens one channel to the other, and is answered on it.
//
// A message is a JSON array: [0, id, name, payload] asks, [1, id, payload] answers, [2, id, code, text] fails, [3, id] asks no more. With bytes as
// the payload it is binary: the length of the array without them, in two bytes, the array, and the bytes.

import { alive, onAbort } from './abort.js';
import { HandclaspError, wrong } from './errors.js';
import { sendable } from './channel.js';

/** The label of the channel. Part of the wire format. */
export const REQUESTS = 'handclasp.request';

/** Most requests that one side has open with another: a handler that never answers holds no more than this. */
const MAX_OPEN = 256;

/** Most letters of what a handler threw that are told to who asked. */
const MAX_REASON = 1024;

/** How long an answer may take unless told, in ms. */
const TIMEOUT = 30_000;
/** Longer than this no timer of a browser goes. */
const MAX_TIMEOUT = 2 ** 31 - 1;

const [ASK, ANSWER, FAILURE, NEVER_MIND] = [0, 1, 2, 3];

const FAILURES = {
  'request-failed': ['the other side could not answer', 'See the message, which is theirs.'],
  'request-unknown': ['the other side knows no such request', 'Register it there with `room.handle`.'],
  'request-busy': ['too many requests are open', 'Wait until earlier ones have been answered.'],
  'request-timeout': ['there was no answer in time', 'Try again, or give it a longer `timeout`.'],
  'request-lost': ['the peer has left', 'Ask somebody else, or wait until they join again.'],
};

function failure(code, text, cause) {
  const [message, hint] = FAILURES[code] ?? FAILURES['request-failed'];
  return new HandclaspError(text || message, { code: code in FAILURES ? code : 'request-failed', hint, cause });
}

/** The message of `frame` and its payload. */
function encode(frame, payload) {
  const bytes = payload instanceof ArrayBuffer ? new Uint8Array(payload) : sendable(payload);
  if (!(bytes instanceof Uint8Array)) return JSON.stringify(payload === undefined ? frame : [...frame, payload]);
  const head = new TextEncoder().encode(JSON.stringify(frame));
  const message = new Uint8Array(2 + head.length + bytes.length);
  new DataView(message.buffer).setUint16(0, head.length);
  message.set(head, 2);
  message.set(bytes, 2 + head.length);
  return message;
}

/** The array, payload included. Throws at what is none. */
function decode(data) {
  let frame;
  if (typeof data === 'string') {
    frame = JSON.parse(data);
  } else {
    const end = 2 + new DataView(data.buffer, data.byteOffset, data.length).getUint16(0);
    frame = JSON.parse(new TextDecoder().decode(data.subarray(2, end)));
    frame.push(data.subarray(end));
  }
  if (!Array.isArray(frame) || !Number.isSafeInteger(frame[1])) throw wrong('message', 'a request');
  return frame;
}

/** What this side asks one peer. */
export class Caller {
  #peer;
  #channel;
  #next = 0;
  #open = new Map();

  constructor(peer) {
    this.#peer = peer;
  }

  async request(name, payload, { signal, timeout = TIMEOUT } = {}) {
    alive(signal);
    if (typeof name !== 'string' || !name || name.length > 256) throw wrong('name', 'a text of 1 to 256 letters');
    if (typeof timeout !== 'number' || !(timeout > 0)) throw wrong('timeout', 'a positive number');
    if (this.#open.size >= MAX_OPEN) throw failure('request-busy');
    const id = this.#next++;
    const over = new AbortController();
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#open.set(id, { resolve, reject });
        const stop = (reason) => {
          reject(reason);
          this.#channel?.send(encode([NEVER_MIND, id])).catch(() => {});
        };
        if (timeout <= MAX_TIMEOUT) timer = setTimeout(() => stop(failure('request-timeout')), timeout);
        onAbort(signal, () => stop(signal.reason), over.signal);
        this.#ask(encode([ASK, id, name], payload), over.signal).catch(reject);
      });
    } finally {
      clearTimeout(timer);
      over.abort();
      this.#open.delete(id);
    }
  }

  async #ask(message, over) {
    try {
      await this.#peer.connected({ signal: over });
      this.#channel ??= this.#connect();
      await this.#channel.send(message);
    } catch (cause) {
      const lost = ['peer-left', 'send-closed', 'open-channel-not-connected'].includes(cause?.code);
      throw lost ? failure('request-lost', undefined, cause) : cause;
    }
  }

  #connect() {
    const channel = this.#peer.openChannel(REQUESTS);
    channel.onmessage = ({ data }) => {
      try {
        this.#answered(decode(data));
      } catch {
        channel.close();
      }
    };
    channel.onclose = () => {
      this.#channel = undefined;
      for (const { reject } of this.#open.values()) reject(failure('request-lost'));
    };
    return channel;
  }

  #answered([kind, id, payload, text]) {
    const waiting = this.#open.get(id);
    if (kind === ANSWER) waiting?.resolve(payload);
    if (kind === FAILURE) waiting?.reject(failure(payload, text));
  }
}

/** Answers what `channel`'s peer asks, until it closes. */
export async function serve(channel, handlers) {
  const open = new Map();
  try {
    for await (const { from, data } of channel) {
      const [kind, id, name, payload] = decode(data);
      if (kind === NEVER_MIND) {
        open.get(id)?.abort(failure('request-timeout', 'the other side waits no longer'));
      } else if (kind === ASK && open.size < MAX_OPEN && !open.has(id)) {
        const stop = new AbortController();
        open.set(id, stop);
        answer(handlers.get(name), payload, { from, signal: stop.signal }, id)
          .then((message) => channel.send(message))
          .catch(() => {})
          .finally(() => open.delete(id));
      } else if (kind === ASK) {
        // Who asks more than that is read no faster than it is told so.
        await channel.send(encode([FAILURE, id, 'request-busy']));
      }
    }
  } catch {
    // What is no request comes from a program that is none of ours.
    channel.close();
  } finally {
    for (const stop of open.values()) stop.abort(failure('request-lost'));
  }
}

async function answer(handler, payload, context, id) {
  if (!handler) return encode([FAILURE, id, 'request-unknown']);
  try {
    return encode([ANSWER, id], await handler(payload, context));
  } catch (error) {
    return encode([FAILURE, id, 'request-failed', String(error?.message ?? error).slice(0, MAX_REASON)]);
  }
}
