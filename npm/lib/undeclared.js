import { rawOf } from './peer.js';

/** Before the label of an undeclared channel, where it is opened to one peer. Part of the wire format. */
export const PREFIX = 'handclasp.room/';

/** Most channels that one member may have open to this one under one label: one, and another that took its place. */
const MAX_EACH = 2;

/** What a send to all may meet: someone leaves, or is not there yet. */
const NOT_THERE = new Set(['send-closed', 'send-not-open', 'open-channel-not-connected', 'open-channel-other']);

/** What a channel to everyone is made of that nobody declared: of one channel for each pair and direction, opened by its sender at the first message. */
export class Undeclared {
  #options;
  #room;
  #closed;
  /** Those opened here, by whom they lead to. */
  #out = new Map();
  /** Those opened there, with who did. */
  #in = new Map();
  #tell = null;

  constructor(room, label, options, closed) {
    this.label = label;
    this.#room = room;
    this.#options = options;
    this.#closed = closed;
  }

  get protocol() {
    return this.#options?.protocol ?? '';
  }

  async send(data) {
    const peers = this.#room.peers.filter(({ state }) => state !== 'connecting');
    const sends = await Promise.allSettled(peers.map((peer) => this.sendTo(peer, data)));
    const failed = sends.filter(({ reason }) => reason);
    for (const { reason } of failed) if (!NOT_THERE.has(reason.code)) throw reason;
    return sends.length - failed.length;
  }

  async sendTo(peer, data) {
    let channel = this.#out.get(peer);
    if (!channel) {
      channel = rawOf(peer).openChannel(PREFIX + this.label, this.#options);
      this.#out.set(peer, channel);
      // Nobody answers on it. It is read to hear of its end.
      channel.onclose = () => this.#out.delete(peer);
      channel.onmessage = () => {};
    }
    await channel.send(data);
  }

  async flush(peer) {
    await this.#out.get(peer)?.flush();
  }

  dropped(peer) {
    return this.#out.get(peer)?.dropped ?? 0;
  }

  /** A member has opened one to this one. */
  add(peer, channel) {
    const theirs = [...this.#in.values()].filter((other) => other === peer);
    if (theirs.length >= MAX_EACH) return channel.close();
    this.#in.set(channel, peer);
    channel.onclose = () => this.#in.delete(channel);
    this.#listen(channel, peer);
  }

  /** Starts to read, or stops. */
  read(tell) {
    this.#tell = tell;
    for (const [channel, peer] of this.#in) this.#listen(channel, peer);
  }

  #listen(channel, peer) {
    const tell = this.#tell;
    channel.onmessage = tell && (({ data }) => tell(peer, data));
  }

  /** A member is gone, and nobody reads what they sent. */
  forget(peer) {
    for (const [channel, sender] of this.#in) if (sender === peer) this.#in.delete(channel);
  }

  /** Nothing more comes: what the WebAssembly keeps unread must not hold this. Returns the channels that others opened, with who did. */
  end() {
    const left = new Map(this.#in);
    for (const channel of left.keys()) {
      channel.onmessage = null;
      channel.onclose = null;
    }
    this.#in.clear();
    return left;
  }

  /** What others send waits from here on, as before anybody asked for the label: closing their channels would lose what is on its way. */
  close() {
    for (const channel of this.#out.values()) channel.close();
    this.#out.clear();
    this.#closed(this.end());
  }
}
