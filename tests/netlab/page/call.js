// One end of a bare RTCPeerConnection, to see what the network lets through without any of handclasp. The test carries
// the signals: it calls `signal`, and gives `window.send` (an exposed function) what this end wants to say.

import { pairOf } from './pair.js';

window.call = (() => {
  let connection;
  let channel;
  let begun;
  let opened;
  let early = []; // candidates that came before the description that they belong to
  let work = Promise.resolve(); // one thing after another, as they came
  const states = []; // [ms since the beginning, connectionState]
  const heard = { numbers: [], last: 0, longest: 0 };
  let talking;
  let said = 0;

  const since = () => Math.round(performance.now() - begun);

  async function offer() {
    await connection.setLocalDescription();
    window.send(JSON.stringify({ description: connection.localDescription })); // not awaited: the answer comes before this returns
  }

  async function take({ description, candidate }) {
    if (candidate) {
      if (!connection.remoteDescription) early.push(candidate);
      else await connection.addIceCandidate(candidate);
      return;
    }
    await connection.setRemoteDescription(description);
    for (const waiting of early.splice(0)) await connection.addIceCandidate(waiting);
    if (description.type === 'offer') await offer(); // an answer, this time
  }

  return {
    /** Makes this end. `caller` makes all offers, the other all answers, so that they never meet. */
    async open({ configuration, caller, media }) {
      begun = performance.now();
      connection = new RTCPeerConnection(configuration);
      channel = connection.createDataChannel('lab', { negotiated: true, id: 0 });
      channel.onopen = () => { opened ??= since(); };
      channel.onmessage = ({ data }) => {
        const at = performance.now();
        if (heard.last) heard.longest = Math.max(heard.longest, at - heard.last);
        heard.last = at;
        heard.numbers.push(Number(data));
      };
      if (caller) connection.onnegotiationneeded = () => { work = work.then(offer); };
      connection.onconnectionstatechange = () => states.push([since(), connection.connectionState]);
      connection.onicecandidate = ({ candidate }) => candidate && window.send(JSON.stringify({ candidate }));
      connection.ontrack = ({ streams }) => { document.querySelector('video').srcObject = streams[0]; };
      if (media) {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
        for (const track of stream.getTracks()) connection.addTrack(track, stream);
      }
    },

    /** What the other end has said. */
    signal(message) {
      work = work.then(() => take(JSON.parse(message)));
      return work;
    },

    /** Where it is: `opened` is the ms from the beginning to the open channel. */
    state: () => ({ connection: connection.connectionState, ice: connection.iceConnectionState, channel: channel.readyState, opened, states }),

    /** The pair of candidates in use: types, addresses, protocols. */
    pair: () => pairOf(connection),

    /** Video frames that arrived and were decoded. */
    async frames() {
      const stats = await connection.getStats();
      return [...stats.values()].filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video').reduce((sum, { framesDecoded = 0 }) => sum + framesDecoded, 0);
    },

    /** Sends a number, each the next, reliably and in order, every `interval` ms. */
    talk(interval) {
      talking = setInterval(() => channel.send(String(said++)), interval);
    },

    /** Stops that, and says how many were sent. */
    hush() {
      clearInterval(talking);
      return said;
    },

    /** What has arrived: how many, whether as sent, how long ago the last, and the longest silence between two, in ms. */
    heard: () => ({
      count: heard.numbers.length,
      inOrder: heard.numbers.every((number, index) => number === index),
      quiet: Math.round(performance.now() - heard.last),
      longest: Math.round(heard.longest),
    }),

    /** Forgets the longest silence. */
    listen() {
      heard.longest = 0;
    },

    /** ICE restart; the caller's offer follows by itself. */
    restart: () => connection.restartIce(),

    close: () => connection.close(),
  };
})();
