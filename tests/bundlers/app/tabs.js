// What every fixture runs: tabs find each other, greet, read a figure, which loads a part of the package, and send a file, which takes a worker.

import { broadcast, join } from 'handclasp';

export async function tabs(show) {
  const room = await join({ app: 'org.example.bundled', room: 'tabs', secret: location.hash.slice(1), signaling: broadcast, iceServers: [] });
  const chat = room.channel('chat');
  const arrived = new Promise((resolve) => {
    room.addEventListener('files', async ({ transfer }) => {
      transfer.accept();
      for await (const { path } of transfer.received) resolve(path);
    });
  });
  chat.addEventListener('message', async ({ from, data }) => {
    const { bytesReceived } = await from.stats(); // a figure may be some milliseconds old, and zero
    from.sendFile(new File([data], 'hello.txt'));
    show(`${data}, ${typeof bytesReceived}, ${await arrived}`);
  });
  room.addEventListener('state', ({ peer, state }) => {
    if (state === 'connected') chat.send('hello', { to: peer });
  });
}
