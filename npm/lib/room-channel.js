import { within } from './abort.js';
import { sendable } from './channel.js';
import { END } from './events.js';
import { Messages, WANTED } from './messages.js';
import { FACE, Peer, rawOf } from './peer.js';

/** For the room alone: a peer has left. */
export const FORGET = Symbol('forget');

/** A channel to every member of the room. `carrier` is what it is made of. */
export class RoomChannel extends Messages {
  #carrier;

  constructor(carrier) {
    super((tell) => carrier.read(tell));
    this.#carrier = carrier;
  }

  get label() {
    return this.#carrier.label;
  }

  get protocol() {
    return this.#carrier.protocol;
  }

  send(data, options) {
    const message = sendable(data);
    if (!options) return this.#carrier.send(message);
    const { to } = options;
    return within(() => (to === undefined ? this.#carrier.send(message) : sendToEach(this.#carrier, to, message)), options);
  }

  flush(peer, options) {
    return within(() => this.#carrier.flush(peer), options);
  }

  dropped(peer) {
    return this.#carrier.dropped(peer);
  }

  close() {
    super[END]();
    this.#carrier.close();
  }

  /** The room was left. */
  [END]() {
    super[END]();
    this.#carrier.end?.();
  }

  [FORGET](peer) {
    if (!this[WANTED]) this.#carrier.forget?.(peer);
  }
}

async function sendToEach(carrier, to, message) {
  const peers = Array.isArray(to) ? to : [to];
  await Promise.all(peers.map((peer) => carrier.sendTo(peer, message)));
  return peers.length;
}

/** What a channel is made of that everyone declared at joining: one of the WebAssembly's. */
export class Declared {
  #raw;

  constructor(raw) {
    this.#raw = raw;
  }

  get label() {
    return this.#raw.label;
  }

  get protocol() {
    return this.#raw.protocol;
  }

  read(tell) {
    // What is read long after somebody has left is still theirs.
    this.#raw.onmessage = tell && (({ peer, data }) => tell(peer[FACE] ?? new Peer(undefined, peer), data));
  }

  send(data) {
    return this.#raw.send(data);
  }

  async sendTo(peer, data) {
    return this.#raw.sendTo(rawOf(peer), data);
  }

  async flush(peer) {
    return this.#raw.flush(rawOf(peer));
  }

  dropped(peer) {
    return this.#raw.dropped(rawOf(peer));
  }

  /** It is there as long as the room. */
  close() {}
}
