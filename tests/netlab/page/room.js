// A member of a room, made with handclasp's npm package as any page would, that keeps a diary for the test: what happened when, which
// messages and frames came, how often a connection was made and restarted. All times are of the wall clock, in ms, because all
// machines of the lab have the same one.

import { credentials, relays } from './credentials.js';
import * as diary from './diary.js';
import { pairOf } from './pair.js';
import { generateSecret, init, join } from './handclasp/index.js';

const EVENTS = ['peer', 'state', 'resumed', 'left', 'full', 'signaling'];

/** What of an event goes into the diary, besides whom it is about. */
const MEMBERS = ['id', 'state', 'gap', 'reason', 'transport', 'code', 'hint'];

/** Messages that are sent, and how often, ms. */
const TALK_EVERY = 50;

/** How often arriving media are looked at, ms. */
const LOOK_EVERY = 100;

let room;
let talk;
let talking = false;
/** By peer: how many numbers the channel has taken, and whether someone is sending them. */
const said = new Map();
const talkers = new Set();

const peerOf = (id) => room.peers.find((peer) => peer.id === id);

/** Sends numbers to a peer for as long as it is here; while it is interrupted the channel makes us wait. */
async function tell(peer) {
  const { id } = peer;
  if (talkers.has(id)) return;
  talkers.add(id);
  try {
    while (talking && peerOf(id)) {
      const number = said.get(id) ?? 0;
      await talk.send(String(number), { to: peer });
      said.set(id, number + 1);
      await new Promise((resolve) => { setTimeout(resolve, TALK_EVERY); });
    }
  } catch (error) {
    diary.event('send', { id, code: error.code ?? String(error) });
  } finally {
    talkers.delete(id);
  }
}

/** Shows what a peer publishes: browsers decode only what is shown. */
function show(peer) {
  for (const { stream } of peer.media) {
    if ([...document.querySelectorAll('video')].some((video) => video.srcObject === stream)) continue;
    const video = document.createElement('video');
    Object.assign(video, { autoplay: true, muted: true, playsInline: true, srcObject: stream });
    document.querySelector('main').append(video);
  }
}

async function look() {
  for (const peer of room.peers) {
    const stats = await peer.stats().catch(() => undefined); // there is no connection at the moment
    if (!stats) continue;
    diary.progress(peer.id, 'video', stats.framesDecoded);
    diary.progress(peer.id, 'audio', stats.audioPacketsReceived);
  }
  setTimeout(look, LOOK_EVERY);
}

window.lab = {
  /** Loads the package and takes camera and microphone; then addresses, too, are told to the other side. */
  async prepare() {
    await init();
    // What speaks MQTT is a part that comes from the same server as the broker, which may be gone when it is needed.
    const nowhere = await join({ app: 'netlab', room: 'nobody', secret: generateSecret(), signaling: [{ mqtt: 'ws://127.0.0.1:9' }] });
    await nowhere.leave();
    window.own = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  },

  /** Joins with these options of `join`, publishes, and begins to look. Gives back its id. With `turn`, ICE servers are asked for as they expire. */
  async enter({ turn, ...options }) {
    if (turn) {
      options.iceServers = async () => {
        const iceServers = [await credentials(turn)];
        diary.event('asked', { iceServers });
        return { iceServers, expiresIn: turn.life };
      };
    }
    room = await join({ app: 'netlab', room: 'lab', channels: [{ label: 'talk' }], ...options });
    for (const name of EVENTS) {
      room.addEventListener(name, (event) => {
        const members = MEMBERS.filter((member) => member in event).map((member) => [member, event[member]]);
        diary.event(name, { ...(event.peer && { id: event.peer.id }), ...Object.fromEntries(members) });
        if (name === 'peer' && talking) tell(event.peer);
      });
    }
    room.addEventListener('media', ({ peer }) => show(peer));
    talk = room.channel('talk');
    talk.onmessage = ({ from, data }) => diary.heard(from.id, Number(data));
    await room.publish(window.own);
    look();
    return room.id;
  },

  /** Begins to send numbers to everyone, now and later. */
  talk() {
    talking = true;
    for (const peer of room.peers) tell(peer);
  },

  /** Stops that. Gives back, by peer, how many were sent, and who still waits to send one. */
  hush() {
    talking = false;
    return { said: Object.fromEntries(said), waiting: [...talkers] };
  },

  /** How many numbers each peer's channel has taken. */
  said: () => Object.fromEntries(said),

  /** How it is with everyone. */
  peers: () => room.peers.map(({ id, state }) => ({ id, state })),

  /** The pair in use with a peer. */
  async pair(id) {
    const connection = peerOf(id)?.connection;
    return connection && pairOf(connection);
  },

  /** Whether these ICE servers relay for us now. */
  relays,

  read: diary.read,
  numbers: diary.received,

  leave: () => room.leave(),
};
