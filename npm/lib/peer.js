import { within } from './abort.js';
import { Channel } from './channel.js';
import { HandclaspError, wrong } from './errors.js';
import { DISPOSE, EMIT, END, Emitter, handlers } from './events.js';
import { Handshake } from './handshake.js';
import { Caller } from './request.js';
import { offerFiles, sendFiles } from './transfer.js';

/** Where a peer of the WebAssembly keeps its face: found without a search, once for each message. */
export const FACE = Symbol('face');

/** For this package alone: makes a peer that was begun by `new Peer()` the one of a room. */
export const BIND = Symbol('bind');

/** The peer of the WebAssembly. */
const RAW = Symbol('raw');

/** What the WebAssembly knows a peer by. */
export function rawOf(peer) {
  try {
    if (peer instanceof Peer && peer[RAW]) return peer[RAW];
  } catch {
    // A proxy of somebody's.
  }
  throw wrong('peer', 'a Peer of a room');
}

/** Another member of a room; or, made with `new`, the other side of a handshake that the application carries. */
export class Peer extends Emitter {
  [RAW];
  #caller;
  #handshake;
  #left = false;
  /** The channels that are open in the room. */
  #open;

  constructor(options, raw, open) {
    super();
    if (raw) this[BIND](raw, open);
    else this.#handshake = new Handshake(this, options);
  }

  [BIND](raw, open) {
    this.#open = open;
    this[RAW] = raw;
    raw[FACE] = this;
  }

  get id() {
    return this[RAW]?.id;
  }

  get state() {
    if (this.#left) return 'left';
    return this[RAW]?.state ?? 'connecting';
  }

  get profile() {
    return this[RAW]?.profile ?? new Uint8Array();
  }

  get profileText() {
    return new TextDecoder().decode(this.profile);
  }

  get media() {
    return this[RAW]?.media ?? [];
  }

  get connection() {
    return this[RAW]?.connection;
  }

  /** Resolves at once if they are connected, or were and will be again. */
  connected({ signal } = {}) {
    let stop;
    const connected = new Promise((resolve, reject) => {
      const look = () => {
        if (this.#left) reject(new HandclaspError('the peer has left', { code: 'peer-left', hint: 'Wait until they join again.' }));
        else if (this.state !== 'connecting') resolve(this);
        else return false;
        stop?.();
        return true;
      };
      if (look()) return;
      stop = () => {
        for (const type of ['state', 'left']) super.removeEventListener(type, look);
      };
      for (const type of ['state', 'left']) super.addEventListener(type, look);
    });
    return within(() => connected, { signal }).finally(() => stop?.());
  }

  openChannel(label, options) {
    return new Channel(rawOf(this).openChannel(label, options), this, this.#open);
  }

  async request(name, payload, options) {
    this.#caller ??= new Caller(this);
    return this.#caller.request(name, payload, options);
  }

  offerFiles(files, options) {
    return offerFiles(this, files, options);
  }

  sendFile(files, options) {
    return sendFiles(this, files, options);
  }

  stats(options) {
    return within(() => rawOf(this).stats(), options);
  }

  diagnose(options) {
    return within(() => rawOf(this).diagnose(), options);
  }

  // Those of `new Peer()`.

  signal(text) {
    this.#byHand.signal(text);
  }

  send(data, options) {
    return this.#byHand.send(data, options);
  }

  publish(stream, options) {
    return this.#byHand.publish(stream, options);
  }

  destroy() {
    return this.#byHand.destroy();
  }

  get #byHand() {
    if (!this.#handshake) throw wrong('this', 'a Peer made with `new Peer()`');
    return this.#handshake;
  }

  [DISPOSE]() {
    return this.destroy();
  }

  /** They are gone, or the room is. */
  [END](members) {
    if (this.#left) return;
    this.#left = true;
    this[EMIT]('left', { peer: this, ...members });
    super[END]();
  }
}

handlers(Peer, ['state', 'resumed', 'profile', 'media', 'left', 'channel', 'files', 'signal', 'connect', 'data', 'stream', 'close', 'error']);
