// The npm package, from JavaScript. Its channel says when there is room.

import { join, mqtt } from 'handclasp';

export async function connect({ secret, broker }) {
  const room = await join({ app: 'bench', room: 'bench', secret, signaling: mqtt(broker), iceServers: [], channels: [{ label: 'bench' }] });
  const channel = room.channel('bench');
  const peer = await new Promise((resolve) => {
    room.onstate = ({ peer: other, state }) => state === 'connected' && resolve(other);
  });
  const link = { onmessage: undefined, send: (bytes) => channel.send(bytes, { to: peer }) };
  channel.onmessage = ({ data }) => link.onmessage(data);
  return link;
}
