import { abortable, alive, onAbort, within } from './abort.js';
import { Channel } from './channel.js';
import { hire } from './crew.js';
import { options as read, wrong } from './errors.js';
import { DISPOSE, EMIT, END, Emitter, handlers } from './events.js';
import { BIND, FACE, Peer, rawOf } from './peer.js';
import { REQUESTS, serve } from './request.js';
import { Declared, FORGET, RoomChannel } from './room-channel.js';
import { FILES, Transfer, read as readFiles, sendFiles } from './transfer.js';
import { PREFIX, Undeclared } from './undeclared.js';
import { init, raw } from './wasm.js';

/** Labels that begin so are for the package itself. */
const RESERVED = 'handclasp.';
/** Most bytes of a label of a channel that nobody declared. */
const MAX_LABEL = 256 - PREFIX.length;
/** Most channels of labels that nobody has asked for here, of all peers together. */
const MAX_UNASKED = 256;

/** For the room alone: a member has opened a channel of this label. */
const ADD = Symbol('add');

/** Joins a room. */
export async function join(given) {
  const { signal, ...options } = read(given);
  alive(signal);
  const joined = init().then(() => raw.join(prepared(options)));
  return enter(await abortable(joined, signal, (late) => late.leave()), signal);
}

/** Options as the WebAssembly takes them. */
export function prepared({ signaling, ...options }) {
  return signaling === undefined ? options : { ...options, signaling: Array.isArray(signaling) ? signaling : [signaling] };
}

/** A room that leaves when `signal` is aborted. `guest` is who comes first, where they have a face already. */
export function enter(joined, signal, guest) {
  const over = new AbortController();
  const room = new Room(joined, over, guest);
  onAbort(signal, () => room.leave(), over.signal);
  return room;
}

/** A room that was joined. */
export class Room extends Emitter {
  #raw;
  #over;
  #leaving;
  #guest;
  /** Who is here: somebody may listen to a peer that nothing else holds. */
  #peers = new Set();
  #channels = new Map();
  /** The channels to one peer that are open. */
  #open = new Set();
  /** Channels of labels that nobody has asked for here, with who opened them. */
  #unasked = new Map();
  #handlers = new Map();

  constructor(joined, over, guest) {
    super({ keep: true });
    this.#raw = joined;
    this.#over = over;
    this.#guest = guest;
    joined.onevent = (name, detail) => this.#happened(name, detail);
  }

  get id() {
    return this.#raw.id;
  }

  get peers() {
    return this.#leaving ? [] : this.#raw.peers.map((peer) => this.#peer(peer));
  }

  peer(id) {
    return this.peers.find((peer) => peer.id === id);
  }

  get signaling() {
    return this.#raw.signaling;
  }

  channel(label, options) {
    let channel = this.#channels.get(label);
    if (!channel) {
      channel = this.#makeChannel(label, options);
      this.#channels.set(label, channel);
    }
    return channel;
  }

  #makeChannel(label, options) {
    if (typeof label !== 'string' || !label) throw wrong('label', 'a text');
    const declared = this.#raw.channel(label);
    if (declared) return new RoomChannel(new Declared(declared));
    if (label.startsWith(RESERVED) || new TextEncoder().encode(label).length > MAX_LABEL) {
      throw wrong('label', `at most ${MAX_LABEL} bytes, and not begin with \`${RESERVED}\``);
    }
    const carrier = new Undeclared(this, label, options && read(options), (left) => {
      this.#channels.delete(label);
      for (const [channel, peer] of left) if (this.#peers.has(peer)) this.#keepUnasked(peer, channel, label);
    });
    for (const [channel, { peer, of }] of this.#unasked) {
      if (of !== label) continue;
      this.#unasked.delete(channel);
      carrier.add(peer, channel);
    }
    const made = new RoomChannel(carrier);
    made[ADD] = (peer, channel) => carrier.add(peer, channel);
    return made;
  }

  async publish(stream, { source, signal } = {}) {
    alive(signal);
    this.#raw.publish(stream, source);
    onAbort(signal, () => this.unpublish(stream), this.#over.signal);
  }

  unpublish(stream) {
    this.#raw.unpublish(stream);
  }

  setProfile(profile) {
    this.#raw.setProfile(profile);
  }

  async sendFile(files, { to, ...options } = {}) {
    if (to instanceof Peer) return sendFiles(to, files, options);
    const peers = to === undefined ? this.peers.filter(({ state }) => state !== 'connecting') : [to].flat();
    peers.forEach(rawOf);
    const sources = await readFiles(files, options.path);
    return Promise.all(peers.map((peer) => sendFiles(peer, sources, options)));
  }

  handle(name, handler, { signal } = {}) {
    if (typeof name !== 'string' || typeof handler !== 'function') throw wrong('handle', 'given a name and a function');
    alive(signal);
    this.#handlers.set(name, handler);
    onAbort(signal, () => this.#handlers.get(name) === handler && this.#handlers.delete(name), this.#over.signal);
  }

  diagnose(options) {
    return within(() => this.#raw.diagnose(), options);
  }

  leave() {
    this.#leaving ??= this.#end();
    return this.#leaving;
  }

  async #end() {
    const leaving = this.#raw.leave();
    this.#over.abort();
    // What the WebAssembly holds is held for good: it must not hold what holds it.
    this.#raw.onevent = null;
    for (const peer of this.#peers) {
      rawOf(peer)[FACE] = undefined;
      peer[END]({ id: peer.id, reason: 'left' });
    }
    for (const channel of [...this.#channels.values(), ...this.#open]) channel[END]();
    this.#peers.clear();
    this.#unasked.clear();
    this[END]();
    await leaving;
  }

  [DISPOSE]() {
    return this.leave();
  }

  #peer(joined) {
    if (!joined[FACE] && this.#guest) {
      this.#guest[BIND](joined, this.#open);
      this.#guest = undefined;
    }
    const peer = joined[FACE] ?? new Peer(undefined, joined, this.#open);
    this.#peers.add(peer);
    return peer;
  }

  #happened(name, detail) {
    if (name === 'left') return this.#left(detail);
    const peer = detail?.peer && this.#peer(detail.peer);
    if (name === 'channel') return this.#opened(peer, detail.channel);
    this.#tell(name, peer ? { ...detail, peer } : detail);
  }

  /** To who listens to the room, and to who listens to the peer. */
  #tell(name, members) {
    members?.peer?.[EMIT](name, members);
    this[EMIT](name, members);
  }

  #left({ id, reason }) {
    const here = this.#raw.peers;
    // An id is for people: two may have the same.
    const peer = [...this.#peers].find((known) => known.id === id && !here.includes(rawOf(known)));
    if (!peer) return;
    this.#peers.delete(peer);
    for (const [channel, unasked] of this.#unasked) if (unasked.peer === peer) this.#unasked.delete(channel);
    for (const channel of this.#channels.values()) channel[FORGET](peer);
    this[EMIT]('left', { peer, id, reason });
    peer[END]({ id, reason });
  }

  #opened(peer, channel) {
    const { label } = channel;
    if (label.startsWith(PREFIX)) return this.#openedToAll(peer, channel, label.slice(PREFIX.length));
    if (label === REQUESTS) return serve(new Channel(channel, peer, this.#open), this.#handlers);
    if (label === FILES) return this.#offered(peer, channel);
    if (label.startsWith(RESERVED)) return channel.close();
    this.#tell('channel', { peer, channel: new Channel(channel, peer, this.#open) });
  }

  #openedToAll(peer, channel, label) {
    const known = this.#channels.get(label);
    if (known) known[ADD]?.(peer, channel);
    else this.#keepUnasked(peer, channel, label);
  }

  #keepUnasked(peer, channel, label) {
    if (this.#unasked.size < MAX_UNASKED) this.#unasked.set(channel, { peer, of: label });
    else channel.close();
  }

  async #offered(peer, channel) {
    try {
      const handle = await raw.receiveFiles(rawOf(peer), channel, hire);
      this.#tell('files', { peer, transfer: new Transfer(handle, peer) });
    } catch {
      // They went away before it was said what they offer.
    }
  }
}

handlers(Room, ['peer', 'state', 'resumed', 'profile', 'media', 'left', 'channel', 'files', 'full', 'signaling']);
