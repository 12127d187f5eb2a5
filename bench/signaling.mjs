// What contestants bring their own servers for: PeerServer, and a relay of topics. node signaling.mjs ADDRESS [CERTIFICATE KEY]
//
// A program of its own, so that it can run in the network lab's namespace. It prints the ports that it listens on.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { PeerServer } from 'peer';
import { WebSocketServer } from 'ws';

const [address, certificate, key] = process.argv.slice(2);
const ssl = certificate && { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };

const peerPort = await new Promise((resolve) => {
  PeerServer({ host: address, port: 0, ...(ssl && { ssl }) }, (server) => resolve(server.address().port));
});

const relay = ssl ? createSecureServer(ssl) : createServer();
const subscribers = new Map();
new WebSocketServer({ server: relay }).on('connection', (socket) => {
  socket.on('message', (text) => {
    const { type, topic, payload } = JSON.parse(text);
    const those = subscribers.get(topic) ?? new Set();
    if (type === 'subscribe') subscribers.set(topic, those.add(socket));
    else if (type === 'unsubscribe') those.delete(socket);
    else for (const one of those) one.send(JSON.stringify({ topic, payload }));
  });
  socket.on('close', () => {
    for (const [topic, those] of subscribers) {
      those.delete(socket);
      if (those.size === 0) subscribers.delete(topic);
    }
  });
});
relay.listen(0, address);
await once(relay, 'listening');
console.log(`listening on ${peerPort} and ${relay.address().port}`);
