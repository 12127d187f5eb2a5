/** What one `for await` has not read yet. It begins with the first `next()`, so that an iterator nobody uses takes nothing. */
export class Queue {
  #items = [];
  #waiting = [];
  #state = 'new';
  #begin;
  #taken;
  #end;

  /** `begin` is called with this queue, `taken` after each item, and `end` with what was not read. */
  constructor({ begin, taken, end }) {
    this.#begin = begin;
    this.#taken = taken;
    this.#end = end;
  }

  get length() {
    return this.#items.length;
  }

  push(item) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting({ value: item, done: false });
    else this.#items.push(item);
  }

  /** Without the oldest. */
  drop() {
    this.#items.shift();
  }

  /** Nothing more comes; what is there can be read. */
  finish() {
    this.#state = 'over';
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  next() {
    if (this.#state === 'new') {
      this.#state = 'open';
      this.#begin(this);
    }
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      this.#taken?.(this, value);
      return Promise.resolve({ value, done: false });
    }
    if (this.#state === 'over') return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(value) {
    this.finish();
    this.#end(this, this.#items.splice(0));
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
