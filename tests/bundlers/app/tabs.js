// What every fixture runs: tabs find each other, greet, and read a figure, which loads a part of the package.

import { broadcast, join } from 'handclasp';

export async function tabs(show) {
  const room = await join({ app: 'org.example.bundled', room: 'tabs', secret: location.hash.slice(1), signaling: broadcast, iceServers: [] });
  const chat = room.channel('chat');
  chat.addEventListener('message', async ({ from, data }) => {
    const { bytesReceived } = await from.stats(); // a figure may be some milliseconds old, and zero
    show(`${data}, ${typeof bytesReceived}`);
  });
  room.addEventListener('state', ({ peer, state }) => {
    if (state === 'connected') chat.send('hello', { to: peer });
  });
}
