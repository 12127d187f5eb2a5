// One end of a link: what the harness asks of a page, whichever contestant is in it.

import { Checksum, Content, expected } from './content.js';
import { bytesOf, inPieces } from './pieces.js';

/** Everything that arrives of a plan, counted and summed. */
class Arrival {
  #plan;
  #sum = new Checksum();
  #finished;
  bytes = 0;
  messages = 0;

  constructor(plan) {
    this.#plan = plan;
    /** Resolves with when it was complete, ms, and how many messages it was. */
    this.finished = new Promise((resolve, reject) => { this.#finished = { resolve, reject }; });
  }

  take(message) {
    const { total, size, kept } = this.#plan;
    this.bytes += message.length;
    this.messages += 1;
    try {
      if (kept && message.length !== size) throw new Error(`a message of ${size} bytes came as one of ${message.length}`);
      if (this.bytes > total) throw new Error(`${this.bytes} bytes came of ${total}`);
      this.#sum.add(message);
    } catch (error) {
      return this.#finished.reject(error);
    }
    if (this.bytes === total) this.#finished.resolve({ ended: Date.now(), messages: this.messages });
  }

  /** Throws unless it is all that was sent. Not while it is timed. */
  verify(content) {
    if (this.#sum.value !== expected(content, this.#plan.total)) throw new Error('what came is not what was sent');
  }
}

/** Puts an end of `connect`'s links within reach of the harness, as `window.end`. */
export function offerEnd(connect) {
  const content = new Content();
  const early = [];
  const signal = { send: (what) => window.carry(JSON.stringify(what)), onmessage: undefined };
  let link;
  let arrival;

  window.end = {
    /** What the other end wants this one to know. */
    signal(text) {
      const what = JSON.parse(text);
      if (signal.onmessage) signal.onmessage(what);
      else early.push(what);
    },

    /** Makes the link; resolves when it is open. */
    async open(options) {
      const opening = connect({
        ...options,
        signal: {
          send: signal.send,
          set onmessage(listener) {
            signal.onmessage = listener;
            for (const what of early.splice(0)) listener(what);
          },
        },
      });
      link = await opening;
    },

    /** Makes ready for what is coming. */
    receive(plan) {
      arrival = link.expect?.(plan) ?? new Arrival(plan);
      arrival.finished.catch(() => {}); // asked for later
      if (link.expect) return;
      const from = plan.split ? (link.joined ??= inPieces(link, plan.size)) : link;
      from.onmessage = (data) => arrival.take(bytesOf(data));
    },

    /** Resolves when all of it is here and right, with when that was, ms. */
    async received() {
      const what = await arrival.finished;
      arrival.verify?.(content);
      return what;
    },

    /** How many bytes have come. */
    progress: () => arrival?.bytes ?? 0,

    /** Sends all of it; resolves with when it began, ms, once the link has taken the last of it. */
    async send(plan) {
      if (link.sendAll) return link.sendAll(plan);
      const { total, size, split } = plan;
      const to = split ? (link.joined ??= inPieces(link, size)) : link;
      const began = Date.now();
      for (let offset = 0; offset < total; offset += size) {
        const room = to.send(content.at(offset, Math.min(size, total - offset)));
        if (room) await room;
      }
      return began;
    },

    visibility: () => document.visibilityState,
  };
}
