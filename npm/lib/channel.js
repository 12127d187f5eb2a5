import { within } from './abort.js';
import { DISPOSE, END, handlers } from './events.js';
import { Messages } from './messages.js';

/** What can be sent: text, a buffer, or any view of one. */
export const sendable = (data) => (ArrayBuffer.isView(data) && !(data instanceof Uint8Array) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data);

/** A channel to one peer. */
export class Channel extends Messages {
  #raw;
  #peer;
  /** All that are open in the room. */
  #open;

  constructor(raw, peer, open) {
    super((tell) => {
      raw.onmessage = tell && (({ data }) => tell(peer, data));
    });
    this.#raw = raw;
    this.#peer = peer;
    this.#open = open.add(this);
    raw.onclose = ({ reason }) => this[END](reason);
  }

  get peer() {
    return this.#peer;
  }

  get label() {
    return this.#raw.label;
  }

  get protocol() {
    return this.#raw.protocol;
  }

  get isOpen() {
    return this.#raw.isOpen;
  }

  get dropped() {
    return this.#raw.dropped;
  }

  send(data, options) {
    const send = () => this.#raw.send(sendable(data));
    return options ? within(send, options) : send();
  }

  flush(options) {
    return within(() => this.#raw.flush(), options);
  }

  finish(options) {
    return within(() => this.#raw.finish(), options);
  }

  close() {
    this.#raw.close();
  }

  get readable() {
    const reader = this[Symbol.asyncIterator]();
    return new ReadableStream({
      async pull(stream) {
        const { value, done } = await reader.next();
        if (done) stream.close();
        else stream.enqueue(value.data);
      },
      async cancel() {
        await reader.return();
      },
    }, { highWaterMark: 0 });
  }

  get writable() {
    return new WritableStream({
      write: (data) => this.send(data),
      close: () => this.finish(),
      abort: () => this.close(),
    });
  }

  /** It is closed, or the room was left, which ends it also where something is unread: the WebAssembly would hold it for good. */
  [END](reason = 'closed-local') {
    if (!this.#open.delete(this)) return;
    this.#raw.onclose = null;
    this.dispatchEvent(Object.assign(new Event('close'), { reason }));
    super[END]();
  }

  async [DISPOSE]() {
    if (this.isOpen) await this.finish();
  }
}

handlers(Channel, ['close']);
