// What applications write, checked by the compiler alone.

import {
  HandclaspError, type Peer, type Signaling, broadcast, connect, diagnose, generateSecret, join, mqtt,
} from 'handclasp';

declare const stop: AbortSignal;
declare const file: File;

export async function rooms(): Promise<void> {
  await using room = await join({
    app: 'my-game', room: 'lobby', secret: generateSecret(), signaling: [broadcast, mqtt('wss://broker.example/mqtt')], signal: stop,
  });
  room.addEventListener('peer', ({ peer }) => peer.id.toUpperCase());
  room.onleft = ({ id, reason }) => { if (reason === 'vanished') id.toUpperCase(); };
  await room.publish(await navigator.mediaDevices.getUserMedia({ video: true, audio: true }), { source: 'camera', signal: stop });

  const chat = room.channel<string>('chat');
  const reached: number = await chat.send('hello');
  // @ts-expect-error: it was said to be text.
  await chat.send(new Uint8Array(reached));
  for await (const { from, data } of chat) await chat.send(data.toUpperCase(), { to: from });

  const places = room.channel<Float32Array>('places', { latest: true });
  places.onmessage = ({ data }) => { data.byteLength.toFixed(); };
  for await (const event of room) {
    if (event.type === 'state' && event.state === 'connected') await peers(event.peer);
    if (event.type === 'files') event.transfer.accept();
  }
}

async function peers(peer: Peer): Promise<void> {
  const answer = await peer.request<{ score: number }>('score', { of: 'me' }, { timeout: 1000, signal: stop });
  answer.score.toFixed();
  const channel = peer.openChannel<Uint8Array>('bytes', { ordered: false, maxRetransmits: 0 });
  await channel.readable.pipeTo(channel.writable, { signal: stop });
  const transfer = await peer.sendFile(file, { onprogress: ({ bytes, total }) => (bytes / total).toFixed(), signal: stop });
  transfer.lanes = undefined;
  peer.connection?.getStats();
}

export async function byHand(pasted: string): Promise<Peer> {
  const { code, hint } = await diagnose({ signaling: broadcast });
  console.log(code, hint);
  try {
    const connection = await connect({ invite: pasted });
    return await connection.connected;
  } catch (error) {
    if (error instanceof HandclaspError) console.log(error.code, error.hint, error.cause);
    throw error;
  }
}

/** A path of one's own. */
export const relay = (socket: WebSocket): Signaling => ({
  name: 'relay',
  publish: (_topic, bytes) => socket.send(bytes as Uint8Array<ArrayBuffer>),
  subscribe(_topic, callback, { down }) {
    const heard = ({ data }: MessageEvent<ArrayBuffer>) => callback(data);
    socket.addEventListener('message', heard);
    socket.addEventListener('close', down);
    return () => socket.removeEventListener('message', heard);
  },
});

// @ts-expect-error: there is no room without a secret.
void join({ app: 'a', room: 'b', signaling: broadcast });
