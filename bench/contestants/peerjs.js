// PeerJS, reliable and in its usual serialization. It has no way to wait for room of its own, and looks every 50 ms whether its own queue can
// go on above 8 MiB: here we wait by the event of its channel, so that it never comes to that.

import { Peer } from 'peerjs';

/** As for the bare channel. */
const HIGH_WATER = 1024 * 1024;
const LOW_WATER = 256 * 1024;

const event = (emitter, name) => new Promise((resolve, reject) => {
  emitter.once(name, resolve);
  emitter.once('error', reject);
});

export async function connect({ role, signal, peerServer: { host, port, secure } }) {
  const peer = new Peer(crypto.randomUUID(), { host, port, secure, path: '/', config: { iceServers: [] } });
  await event(peer, 'open');
  let connection;
  if (role === 'receiver') {
    signal.send({ id: peer.id });
    connection = await event(peer, 'connection');
  } else {
    const id = await new Promise((resolve) => { signal.onmessage = (what) => resolve(what.id); });
    connection = peer.connect(id, { reliable: true });
  }
  const link = {
    onmessage: undefined,
    send(bytes) {
      connection.send(bytes);
      const channel = connection.dataChannel;
      if (channel.bufferedAmount > HIGH_WATER) return new Promise((resolve) => { channel.onbufferedamountlow = resolve; });
    },
  };
  connection.on('data', (data) => link.onmessage(data));
  if (!connection.open) await event(connection, 'open');
  connection.dataChannel.bufferedAmountLowThreshold = LOW_WATER;
  return link;
}
