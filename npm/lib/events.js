import { Queue } from './queue.js';

/** Most events that wait for a listener, or for one `for await`: beyond it the oldest go. */
const MAX_WAITING = 1024;

/** For this package alone: `target[EMIT](type, members)`, and `target[END]()`. */
export const EMIT = Symbol('emit');
export const END = Symbol('end');

/** What `await using` calls, also in browsers that have not heard of it. */
export const DISPOSE = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** An `EventTarget` whose events are also an async iterable. With `keep`, nothing that happened before the first listener is lost. */
export class Emitter extends EventTarget {
  #queues = new Set();
  #kept;
  #ended = false;

  constructor({ keep = false } = {}) {
    super();
    if (keep) this.#kept = [];
  }

  addEventListener(...listener) {
    super.addEventListener(...listener);
    this.#heard();
  }

  /** Someone listens: in a microtask, so that those who are added in one go all hear the same. */
  #heard() {
    if (!this.#kept) return;
    queueMicrotask(() => {
      const kept = this.#kept ?? [];
      this.#kept = undefined;
      for (const event of kept) this.#tell(event);
    });
  }

  #tell(event) {
    for (const queue of this.#queues) {
      if (queue.length >= MAX_WAITING) queue.drop();
      queue.push(event);
    }
    this.dispatchEvent(event);
  }

  [EMIT](type, members) {
    const event = Object.assign(new Event(type), members);
    if (!this.#kept) return this.#tell(event);
    if (this.#kept.length >= MAX_WAITING) this.#kept.shift();
    this.#kept.push(event);
  }

  /** Nothing more will happen. */
  [END]() {
    this.#ended = true;
    for (const queue of this.#queues) queue.finish();
  }

  [Symbol.asyncIterator]() {
    return new Queue({
      begin: (queue) => {
        this.#queues.add(queue);
        this.#heard();
        if (this.#ended) queue.finish();
      },
      end: (queue) => this.#queues.delete(queue),
    });
  }
}

/** Gives the class `on…` for these events, as the browser's own have it. */
export function handlers({ prototype }, names) {
  for (const name of names) {
    const kept = Symbol(name);
    Object.defineProperty(prototype, `on${name}`, {
      configurable: true,
      get() {
        return this[kept]?.handler ?? null;
      },
      set(handler) {
        if (!this[kept]) {
          const entry = { handler: null };
          this[kept] = entry;
          this.addEventListener(name, (event) => entry.handler?.call(this, event));
        }
        this[kept].handler = typeof handler === 'function' ? handler : null;
      },
    });
  }
}
