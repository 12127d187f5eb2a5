// The npm package, from JavaScript. Its channel says when there is room.

import initialize, { join } from 'handclasp';

export async function connect({ secret, broker }) {
  await initialize();
  const room = await join({ app: 'bench', room: 'bench', secret, signaling: [{ mqtt: broker }], iceServers: [], channels: [{ label: 'bench' }] });
  const channel = room.channel('bench');
  const peer = await new Promise((resolve) => {
    room.on('state', ({ peer: other, state }) => state === 'connected' && resolve(other));
  });
  const link = { onmessage: undefined, send: (bytes) => channel.sendTo(peer, bytes) };
  channel.onmessage = ({ data }) => link.onmessage(data);
  return link;
}
