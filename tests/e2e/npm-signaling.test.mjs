import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import { relay as relaySocketIo } from '../../examples/signaling/socketio-server.js';
import { relay as relayWebSocket } from '../../examples/signaling/websocket-server.js';
import { pageWith, untilIn } from './support/npm.mjs';
import { NPM, ROOT } from './support/paths.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

const SOCKET_IO = join(dirname(fileURLToPath(import.meta.resolve('socket.io-client/package.json'))), 'dist');

async function startRelay({ port = 0 } = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: 65536 });
  relayWebSocket(server);
  await once(server, 'listening');
  const stop = async () => {
    for (const client of server.clients) client.terminate();
    server.close();
    await once(server, 'close');
  };
  return { port: server.address().port, url: `ws://127.0.0.1:${server.address().port}`, left: () => server.clients.size === 0, stop };
}

async function startSocketIo() {
  const http = createServer();
  const io = new Server(http, { cors: { origin: '*' }, maxHttpBufferSize: 65536 });
  relaySocketIo(io);
  http.listen(0, '127.0.0.1');
  // The connection is the application's; what is left are the topics: beyond these each socket has a room of its own name.
  const left = () => io.of('/').adapter.rooms.size === io.of('/').sockets.size;
  await once(http, 'listening');
  return { url: `http://127.0.0.1:${http.address().port}`, left, stop: () => io.close() };
}

/** A client with the shape of Supabase's, whose broadcasts go over the relay as theirs do over their server: as JSON. */
const SUPABASE = `
const createClient = (url) => ({
  channel(topic) {
    const listeners = [];
    const socket = new WebSocket(url + '/' + encodeURIComponent(topic));
    return {
      socket,
      on(type, { event }, listener) { listeners.push({ type, event, listener }); return this; },
      subscribe(status) {
        socket.onopen = () => status('SUBSCRIBED');
        socket.onclose = () => status('CLOSED');
        socket.onmessage = async ({ data }) => {
          const message = JSON.parse(await data.text());
          for (const { type, event, listener } of listeners) if (type === message.type && event === message.event) listener(message);
        };
        return this;
      },
      send(message) { socket.send(JSON.stringify(message)); return Promise.resolve('ok'); },
    };
  },
  removeChannel(channel) { channel.socket.close(); return Promise.resolve('ok'); },
});
`;

/** What a page writes to use each of the examples, as they stand; `url` is the server's. */
const PATHS = {
  'a WebSocket server of one\'s own': { start: startRelay, name: 'websocket', code: `
import { websocket } from '/signaling/websocket.js';
const path = (url) => websocket(url);` },
  'Socket.IO': { start: startSocketIo, name: 'socket.io', code: `
import { socketio } from '/signaling/socketio.js';
import { io } from '/socket.io/socket.io.esm.min.js';
const path = (url) => socketio(io(url));` },
  'a client like that of Supabase': { start: startRelay, name: 'supabase', code: `
import { supabase } from '/signaling/supabase.js';
${SUPABASE}
const path = (url) => supabase(createClient(url));` },
};

/** A page that joins over a path. */
const script = (code) => `
import * as handclasp from 'handclasp';
${code}
window.handclasp = handclasp;
window.enter = async (url, secret) => {
  window.room = await handclasp.join({ app: 'test', room: 'path', secret, signaling: path(url), iceServers: [] });
};
`;

for (const [what, { start, name, code }] of Object.entries(PATHS)) {
  story(`members find each other over ${what}`, async (stage) => {
    const server = await stage.with(start());
    const folders = { '/signaling/': join(ROOT, 'examples/signaling'), '/socket.io/': SOCKET_IO };
    const { origin } = await stage.with(startStatic(NPM, pageWith(script(code)), folders));
    const ada = await stage.person('chromium', 'Ada');
    const bert = await stage.person('firefox', 'Bert');
    for (const { page } of [ada, bert]) await page.goto(origin);
    await untilIn(ada, 'window.handclasp');
    await untilIn(bert, 'window.handclasp');
    const secret = await ada.page.evaluate(() => handclasp.generateSecret());
    for (const { page } of [ada, bert]) await page.evaluate(([url, secret]) => enter(url, secret), [server.url, secret]);
    for (const person of [ada, bert]) await untilIn(person, 'room.peers[0]?.state === "connected"');
    assert.deepEqual(await ada.page.evaluate(() => room.signaling.map(({ transport, state }) => [transport, state])), [[name, 'connected']]);
    await ada.page.evaluate(() => room.channel('chat').send('hello'));
    assert.equal(await bert.page.evaluate(async () => { for await (const { data } of room.channel('chat')) return data; }), 'hello');

    // The server saw nothing of it, and is left when the room is.
    await bert.page.evaluate(() => room.leave());
    await untilIn(ada, 'room.peers.length === 0');
    await ada.page.evaluate(() => room.leave());
    await waitFor('the server to be left', () => server.left());
  });
}

story('a path that breaks is said to, and taken up again', async (stage) => {
  const first = await stage.with(startRelay());
  const folders = { '/signaling/': join(ROOT, 'examples/signaling') };
  const { origin } = await stage.with(startStatic(NPM, pageWith(script(PATHS['a WebSocket server of one\'s own'].code)), folders));
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('chromium', 'Bert');
  for (const { page } of [ada, bert]) await page.goto(origin);
  await untilIn(ada, 'window.handclasp');
  await untilIn(bert, 'window.handclasp');
  const secret = await ada.page.evaluate(() => handclasp.generateSecret());
  await ada.page.evaluate(([url, secret]) => enter(url, secret), [first.url, secret]);
  await untilIn(ada, 'room.signaling[0].state === "connected"');
  await first.stop();
  await untilIn(ada, 'room.signaling[0].state === "reconnecting"');
  await stage.with(startRelay({ port: first.port }));
  await untilIn(ada, 'room.signaling[0].state === "connected"');
  await bert.page.evaluate(([url, secret]) => enter(url, secret), [first.url, secret]);
  for (const person of [ada, bert]) await untilIn(person, 'room.peers[0]?.state === "connected"');
});

story('odd objects are refused or told of, and never harm', async (stage) => {
  const { origin } = await stage.with(startStatic(NPM, pageWith(script('const path = () => undefined;'))));
  const { page } = await stage.person('chromium', 'Ada');
  await page.goto(origin);
  await waitFor('the package', () => page.evaluate(() => Boolean(window.handclasp)));
  const outcomes = await page.evaluate(async () => {
    const publish = () => {};
    const odd = [
      {}, { publish }, { publish, subscribe: 7 }, { publish: null, subscribe: () => {} }, new Proxy({}, { get() { throw new Error('no'); } }),
      { publish, subscribe: () => { throw new Error('refused'); } }, { publish, subscribe: () => Promise.reject(new Error('refused')) },
      { publish, subscribe: () => 7 }, { publish, subscribe: (topic, callback) => { callback(7); callback(); callback(new ArrayBuffer(3)); callback(new Uint8Array(1e6)); } },
      { publish: () => Promise.reject(new Error('lost')), subscribe: () => () => { throw new Error('bye'); } },
    ];
    const results = [];
    for (const signaling of odd) {
      try {
        const room = await handclasp.join({ app: 'a', room: 'r', secret: handclasp.generateSecret(), signaling, iceServers: [] });
        await new Promise((resolve) => { room.addEventListener('signaling', ({ state }) => state !== 'connecting' && resolve(results.push(state))); });
        await room.leave();
      } catch (error) {
        results.push(error instanceof handclasp.HandclaspError ? error.code : String(error));
      }
    }
    return results;
  });
  assert.deepEqual(outcomes, [...Array(5).fill('options'), 'reconnecting', 'reconnecting', 'connected', 'connected', 'connected']);
});
