// Two browsers and two texts that the application carries: no room in sight, and no server.

import { abortable, alive } from './abort.js';
import { options as read, wrong } from './errors.js';
import { DISPOSE, EMIT, END } from './events.js';
import { rawOf } from './peer.js';
import { enter, prepared } from './room.js';
import { generateSecret } from './signaling.js';
import { init, raw } from './wasm.js';

/** Makes an invitation, or, given one, the reply to it. */
export const connect = (given) => shake(read(given));

async function shake({ invite, stream, signal, ...options }, guest) {
  alive(signal);
  const begin = async () => {
    await init();
    const named = prepared({ app: NAME, room: NAME, ...options });
    if (invite !== undefined) return raw.acceptByHand(invite, named);
    const joined = await raw.join({ secret: generateSecret(), ...named, byHand: true });
    return [joined, await joined.invite()];
  };
  const [joined, handle] = await abortable(begin(), signal, ([late]) => late.leave());
  const room = enter(joined, signal, guest);
  try {
    if (stream) await room.publish(stream);
    return new Connection(room, handle, invite === undefined);
  } catch (error) {
    room.leave();
    throw error;
  }
}

/** What rooms are called that only the two in them know of. */
const NAME = 'by-hand';

/** One handshake. */
export class Connection {
  #handle;

  constructor(room, handle, inviting) {
    this.#handle = handle;
    this.room = room;
    this[inviting ? 'invite' : 'reply'] = handle.call('code');
    this.connected = this.#connected();
    // It may be that nobody asks how it went.
    this.connected.catch(() => {});
  }

  /** Also what holds the handshake as long as it is under way. */
  async #connected() {
    const joined = await this.#handle.call('connected');
    return this.room.peers.find((peer) => rawOf(peer) === joined);
  }

  async accept(reply) {
    if (!this.invite) throw wrong('accept', 'called by the side that invites');
    this.#handle.call('reply', reply);
    return this.connected;
  }

  close() {
    return this.room.leave();
  }

  [DISPOSE]() {
    return this.close();
  }
}

/** The label of what `send` of a `new Peer()` goes over. */
const DATA = 'data';

/** The handshake of a `new Peer()`, which tells what happens by events. */
export class Handshake {
  #peer;
  #options;
  #connection;
  #closed = false;

  constructor(peer, given) {
    const { initiator, ...options } = read(given);
    this.#peer = peer;
    this.#options = options;
    this.initiator = Boolean(initiator);
    if (initiator) this.#begin();
  }

  async #begin(invite) {
    try {
      const connecting = shake({ ...this.#options, invite }, this.#peer);
      this.#connection = connecting;
      const { room, connected, ...codes } = await connecting;
      if (this.#closed) return room.leave();
      this.#peer[EMIT]('signal', { data: codes.invite ?? codes.reply });
      this.#follow(room);
      await connected;
      if (!this.#closed) this.#peer[EMIT]('connect');
    } catch (error) {
      this.#fail(error);
    }
  }

  #follow(room) {
    const peer = this.#peer;
    const known = new Set();
    room.channel(DATA).onmessage = ({ data }) => peer[EMIT]('data', { data });
    peer.addEventListener('media', () => {
      for (const { stream } of peer.media) {
        if (known.has(stream)) continue;
        known.add(stream);
        peer[EMIT]('stream', { stream });
      }
    });
    peer.addEventListener('left', () => this.destroy());
  }

  signal(text) {
    if (!this.initiator && !this.#connection) this.#begin(text);
    if (!this.initiator) return;
    this.#connection.then((connection) => connection.accept(text)).catch((error) => this.#fail(error));
  }

  async send(data, options) {
    const peer = this.#peer;
    if (peer.state === 'connecting') await peer.connected(options);
    const { room } = await this.#connection;
    await room.channel(DATA).send(data, { ...options, to: peer });
  }

  async publish(stream, options) {
    const { room } = await this.#connection;
    await room.publish(stream, options);
  }

  #fail(error) {
    if (this.#closed) return;
    this.#peer[EMIT]('error', { error });
    this.destroy();
  }

  async destroy() {
    if (this.#closed) return;
    this.#closed = true;
    this.#peer[EMIT]('close');
    const connection = await Promise.resolve(this.#connection).catch(() => undefined);
    await connection?.close();
    this.#peer[END]();
  }
}
