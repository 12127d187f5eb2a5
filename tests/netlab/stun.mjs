// What a NAT does, as seen by two STUN addresses (RFC 5780 section 4): node stun.mjs ADDRESS ADDRESS
//
// Prints {"mapping": ..., "filtering": ..., "mapped": [...]} with the terms of RFC 4787; `mapping` is `none` when the
// address is not translated, and `blocked` when nobody answers.

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const PORT = 3478;
const ALTERNATE_PORT = 3479;

/** An answer that has not come after this is sent for again, ms; and so often. A lab without delays answers in a few. */
const PATIENCE = 400;
const TRIES = 4;

// RFC 8489 section 5 and 14.2, RFC 5780 section 7.2.
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const COOKIE = 0x2112a442;
const XOR_MAPPED_ADDRESS = 0x0020;
const CHANGE_REQUEST = 0x0003;
const CHANGE_PORT = 2;
const CHANGE_ADDRESS = 4;

/** A Binding request; `change` asks for an answer from elsewhere. */
function bindingRequest(id, change) {
  const message = Buffer.alloc(change ? 28 : 20);
  message.writeUInt16BE(BINDING_REQUEST, 0);
  message.writeUInt16BE(message.length - 20, 2);
  message.writeUInt32BE(COOKIE, 4);
  id.copy(message, 8);
  if (change) {
    message.writeUInt16BE(CHANGE_REQUEST, 20);
    message.writeUInt16BE(4, 22);
    message.writeUInt32BE(change, 24);
  }
  return message;
}

/** The address of the sender in the answer to request `id`, as `1.2.3.4:5`; `undefined` if it is not that. */
function mappedAddress(message, id) {
  if (message.length < 20 || message.readUInt16BE(0) !== BINDING_SUCCESS || !message.subarray(8, 20).equals(id)) return undefined;
  for (let at = 20; at + 12 <= message.length; at += 4 + ((message.readUInt16BE(at + 2) + 3) & ~3)) {
    if (message.readUInt16BE(at) !== XOR_MAPPED_ADDRESS) continue;
    const port = message.readUInt16BE(at + 6) ^ (COOKIE >>> 16);
    const address = (message.readUInt32BE(at + 8) ^ COOKIE) >>> 0;
    return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')}:${port}`;
  }
  return undefined;
}

/** Asks from `socket`, and resolves with the mapped address, `undefined` if no answer comes. */
async function ask(socket, address, port, change = 0) {
  const id = randomBytes(12);
  for (let tried = 0; tried < TRIES; tried++) {
    const silence = AbortSignal.timeout(PATIENCE);
    socket.send(bindingRequest(id, change), port, address);
    try {
      for (;;) {
        const [message] = await once(socket, 'message', { signal: silence });
        const mapped = mappedAddress(message, id);
        if (mapped) return mapped;
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  }
  return undefined;
}

async function open() {
  const socket = createSocket('udp4');
  socket.on('error', () => {}); // an unreachable network is an answer that does not come
  socket.bind(0);
  await once(socket, 'listening');
  return socket;
}

async function mapping([first, second]) {
  const socket = await open();
  // What this machine itself would put into a packet for there.
  const probe = createSocket('udp4');
  probe.connect(PORT, first);
  await once(probe, 'connect');
  const own = `${probe.address().address}:${socket.address().port}`;
  probe.close();
  const mapped = [];
  for (const [address, port] of [[first, PORT], [second, PORT], [second, ALTERNATE_PORT]]) mapped.push(await ask(socket, address, port));
  socket.close();
  const kind = () => {
    if (mapped.includes(undefined)) return 'blocked';
    if (mapped[0] === own) return 'none';
    if (mapped[0] === mapped[1]) return 'endpoint-independent';
    return mapped[1] === mapped[2] ? 'address-dependent' : 'address-and-port-dependent';
  };
  return { mapping: kind(), mapped };
}

async function filtering([first]) {
  const socket = await open();
  try {
    if (!(await ask(socket, first, PORT))) return 'blocked';
    if (await ask(socket, first, PORT, CHANGE_ADDRESS | CHANGE_PORT)) return 'endpoint-independent';
    if (await ask(socket, first, PORT, CHANGE_PORT)) return 'address-dependent';
    return 'address-and-port-dependent';
  } finally {
    socket.close();
  }
}

const addresses = process.argv.slice(2);
console.log(JSON.stringify({ ...(await mapping(addresses)), filtering: await filtering(addresses) }));
