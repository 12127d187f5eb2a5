import { alive, onAbort, within } from './abort.js';
import { hire } from './crew.js';
import { wrong } from './errors.js';
import { DISPOSE, EMIT, END, Emitter, handlers } from './events.js';
import { rawOf } from './peer.js';
import { raw } from './wasm.js';

/** The label of the channel of a transfer. Part of the wire format. */
export const FILES = 'handclasp.files';

/** States after which nothing changes. */
const OVER = new Set(['done', 'declined', 'cancelled', 'failed']);

/** Files on their way to a peer, or from one. */
export class Transfer extends Emitter {
  #raw;
  #progress;
  #over = false;

  constructor(handle, peer) {
    super();
    this.#raw = handle;
    this.peer = peer;
    this.id = handle.call('id');
    this.sending = handle.call('sending');
    this.#progress = handle.call('progress');
    this.done = handle.call('done');
    // It may be that nobody asks how it went.
    const ended = () => {
      this.#over = true;
      this.#look();
      this[END]();
    };
    this.done.then(ended, ended);
    this.#watch();
  }

  get files() {
    return this.#raw.call('files');
  }

  get progress() {
    return this.#over ? this.#progress : this.#raw.call('progress');
  }

  get state() {
    return this.progress.state;
  }

  get lanes() {
    return this.#raw.call('lanes');
  }

  set lanes(lanes) {
    this.#raw.call('setLanes', lanes);
  }

  accept() {
    this.#raw.call('accept');
  }

  decline() {
    this.#raw.call('decline');
  }

  pause() {
    this.#raw.call('pause');
  }

  resume() {
    this.#raw.call('resume');
  }

  cancel() {
    this.#raw.call('cancel');
  }

  async discard() {
    await this.#raw.call('discard');
  }

  /** Each file as soon as it is there, those that are there already first. */
  get received() {
    return this.#receive();
  }

  async *#receive() {
    for (let next = 0; ;) {
      const over = this.#over;
      const files = this.#raw.call('received');
      if (next < files.length) yield files[next++];
      else if (over) return this.done;
      else await new Promise((resolve) => this.addEventListener('progress', resolve, { once: true }));
    }
  }

  /** The bytes of the first file, once it is there and verified. */
  get readable() {
    const files = this.#receive();
    const { readable, writable } = new TransformStream();
    files.next().then(({ value }) => value.file.stream().pipeTo(writable)).catch((error) => writable.abort(error)).catch(() => {});
    return readable;
  }

  async [DISPOSE]() {
    this.cancel();
  }

  async #watch() {
    while (!this.#over && !OVER.has(this.#progress.state)) {
      await this.#raw.call('changed');
      if (!this.#over) this.#look();
    }
  }

  /** Tells what has changed. */
  #look() {
    const before = this.#progress;
    this.#progress = this.#raw.call('progress');
    if (this.#progress.state !== before.state) this[EMIT]('state', { state: this.#progress.state });
    this[EMIT]('progress', this.#progress);
  }
}

handlers(Transfer, ['progress', 'state']);

/** Offers files to a peer, and does not wait for more than that. */
export async function offerFiles(peer, files, { path, signal, onprogress } = {}) {
  alive(signal);
  const sources = await read(files, path);
  await peer.connected({ signal });
  const handle = await within(() => raw.offerFiles(rawOf(peer), sources, hire), { signal });
  const transfer = new Transfer(handle, peer);
  if (onprogress) transfer.onprogress = onprogress;
  onAbort(signal, () => transfer.cancel());
  return transfer;
}

/** Offers files, and resolves when the other side has them, verified. */
export async function sendFiles(peer, files, options) {
  const transfer = await offerFiles(peer, files, options);
  try {
    await transfer.done;
  } catch (error) {
    options?.signal?.throwIfAborted();
    throw error;
  }
  return transfer;
}

/** Files as the WebAssembly takes them, and as this takes them again. */
export function read(files, path) {
  const list = files?.[Symbol.iterator] ? [...files] : [files];
  return Promise.all(list.map((item) => source(item, path)));
}

/** One of them. A stream is read to its end first: what is sent has a size, and can be read again where a connection breaks. */
async function source(item, named) {
  const content = item?.file ?? item;
  const blob = content instanceof ReadableStream ? await new Response(content).blob() : content;
  if (!(blob instanceof Blob)) throw wrong('files', 'of Blobs, Files or ReadableStreams');
  const path = item.path ?? named ?? (blob.webkitRelativePath || blob.name || 'file');
  return { path, file: blob instanceof File ? blob : new File([blob], path, { type: blob.type }) };
}
