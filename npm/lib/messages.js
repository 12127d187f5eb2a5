import { END } from './events.js';
import { Queue } from './queue.js';

/** How far one reader may be behind before its sender is paused: messages, and bytes or letters. And where it goes on. */
const MAX_WAITING = 64;
const MAX_WAITING_SIZE = 1 << 20;
const GO_ON = MAX_WAITING / 4;

/** For this package alone: whether anybody reads. */
export const WANTED = Symbol('wanted');

/**
 * What arrives on a channel: by `onmessage`, as events, and by `for await`. As long as nobody reads, or somebody is behind, nothing is taken from the
 * WebAssembly, whose bounds then pause the senders.
 */
export class Messages extends EventTarget {
  /** Starts to read, given what to call with each message, or stops, given nothing. */
  #read;
  #onmessage = null;
  #listened = false;
  /** Who reads by `for await`, and how much waits there. */
  #queues = new Map();
  /** What the last one who read by `for await` left: the first for the next. */
  #unread = [];
  #reading = false;
  #ended = false;

  constructor(read) {
    super();
    this.#read = read;
  }

  get onmessage() {
    return this.#onmessage;
  }

  set onmessage(listener) {
    this.#onmessage = typeof listener === 'function' ? listener : null;
    this.#adjust();
  }

  addEventListener(type, ...listener) {
    super.addEventListener(type, ...listener);
    if (type === 'message') {
      this.#listened = true;
      this.#adjust();
    }
  }

  [Symbol.asyncIterator]() {
    return new Queue({
      begin: (queue) => {
        this.#queues.set(queue, 0);
        if (this.#ended) {
          for (const message of this.#unread.splice(0)) queue.push(message);
          queue.finish();
        }
        this.#adjust();
      },
      taken: (queue, { data }) => {
        this.#queues.set(queue, this.#queues.get(queue) - size(data));
        if (!this.#reading && queue.length <= GO_ON) this.#adjust();
      },
      end: (queue, unread) => {
        this.#queues.delete(queue);
        if (!this[WANTED]) this.#unread.push(...unread);
        this.#adjust();
      },
    });
  }

  /** Whether anybody reads, be it slowly. */
  get [WANTED]() {
    return this.#onmessage !== null || this.#listened || this.#queues.size > 0;
  }

  #adjust() {
    let reading = this[WANTED] && !this.#ended;
    // What was put back can be read after the end, too.
    if (this.#ended && this.#unread.length > 0) queueMicrotask(() => this.#tellUnread());
    for (const [queue, waiting] of this.#queues) reading &&= queue.length < MAX_WAITING && waiting < MAX_WAITING_SIZE;
    if (reading === this.#reading) return;
    this.#reading = reading;
    // In a microtask of its own, before anything that the WebAssembly tells.
    if (reading && this.#unread.length > 0) queueMicrotask(() => this.#tellUnread());
    this.#read(reading ? (from, data) => this.#tell({ from, data }) : null);
  }

  #tellUnread() {
    while ((this.#reading || (this.#ended && this[WANTED])) && this.#unread.length > 0) this.#tell(this.#unread.shift());
  }

  /** One object for each message, and an event only where there are listeners: this is where time goes. */
  #tell(message) {
    if (this.#queues.size > 0) {
      for (const [queue, waiting] of this.#queues) {
        const before = queue.length;
        queue.push(message);
        if (queue.length > before) this.#queues.set(queue, waiting + size(message.data));
      }
      this.#adjust();
    }
    if (this.#listened) this.dispatchEvent(Object.assign(new Event('message'), message));
    this.#onmessage?.(message);
  }

  /** Nothing more will come. */
  [END]() {
    if (this.#ended) return;
    this.#ended = true;
    for (const queue of this.#queues.keys()) queue.finish();
    this.#adjust();
  }
}

const size = (data) => data.length;
