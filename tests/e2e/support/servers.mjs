import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { networkInterfaces, tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { DIST, MOSQUITTO, SERVE, TURNSERVER } from './paths.mjs';
import { start } from './process.mjs';

/**
 * The real server, on this machine's own address and a port of its own choosing. `page` is the page's address, with no ICE
 * servers: nothing in these tests leaves the machine. `broker` is its MQTT endpoint.
 */
export async function startServe(...args) {
  const server = await start(SERVE, ['--host', '127.0.0.1', '--port', '0', '--dist', DIST, ...args], {
    ready: /listening on (https?:\/\/\S+)/,
  });
  const [, origin] = server.match;
  return { ...server, origin, page: `${origin}/?ice=none`, broker: `${origin.replace('http', 'ws')}/mqtt` };
}

/** A port that is free now. */
export async function freePort() {
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** mosquitto: a second broker that we did not write. `port` lets a test bring a lost one back where it was. */
export async function startMosquitto({ port } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'handclasp-mosquitto-'));
  const webSocketPort = port ?? (await freePort());
  const config = join(folder, 'mosquitto.conf');
  // It does not start with a WebSocket listener alone, hence the first. Without `socket_domain` it binds every interface.
  await writeFile(config, [
    'allow_anonymous true',
    'persistence false',
    'log_dest stderr', // its standard output is buffered
    `listener ${await freePort()} 127.0.0.1`,
    `listener ${webSocketPort} 127.0.0.1`,
    'socket_domain ipv4',
    'protocol websockets',
    '',
  ].join('\n'));
  const server = await start(MOSQUITTO, ['-c', config], { ready: /running/ });
  server.gone.then(() => rm(folder, { recursive: true, force: true }));
  return { ...server, port: webSocketPort, broker: `ws://127.0.0.1:${webSocketPort}/mqtt` };
}

/** An IPv4 address of this machine that is not the loopback: browsers do not speak to TURN servers from that. */
export function ownAddress() {
  const own = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) throw new Error('this machine has no IPv4 address but 127.0.0.1, and browsers use no TURN server there');
  return own.address;
}

/** coturn: STUN, and TURN over UDP and TCP, on this machine's own address. `extra` are further arguments. */
export async function startTurn(...extra) {
  const folder = await mkdtemp(join(tmpdir(), 'handclasp-turn-'));
  const [address, port] = [ownAddress(), await freePort()];
  const server = await start(TURNSERVER, [
    '-n', // no configuration file
    `--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${port}`, '--no-tls', '--no-dtls',
    '--lt-cred-mech', '--user=ada:throw-away', '--realm=test', '--relay-threads=1',
    '--no-cli', `--pidfile=${join(folder, 'pid')}`, `--db=${join(folder, 'db')}`, '--log-file=stdout', '--simple-log',
    ...extra,
  ], { ready: /DB connection success/ });
  server.gone.then(() => rm(folder, { recursive: true, force: true }));
  const turn = (transport) => ({ urls: [`turn:${address}:${port}?transport=${transport}`], username: 'ada', credential: 'throw-away' });
  return { ...server, address, stun: { urls: [`stun:${address}:${port}`] }, udp: turn('udp'), tcp: turn('tcp') };
}

/** A configuration for `startServe('--config', path)`. */
export async function writeConfig(config) {
  const folder = await mkdtemp(join(tmpdir(), 'handclasp-config-'));
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify(config));
  return { path, stop: () => rm(folder, { recursive: true, force: true }) };
}

const TYPES = {
  '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm', '.webmanifest': 'application/manifest+json',
};

/**
 * A plain static host of `folder`, with `index` in place of its own first page if given. It knows no `/mqtt`. `folders` are further ones, by the
 * paths that they are under, such as `/examples/`.
 */
export async function startStatic(folder = DIST, index = undefined, folders = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://host').pathname));
    if (path === '/' && index) return response.writeHead(200, { 'content-type': TYPES['.html'] }).end(index);
    const under = Object.keys(folders).find((prefix) => path.startsWith(prefix));
    const inside = under ? path.slice(under.length) : path;
    const file = join(under ? folders[under] : folder, path.endsWith('/') ? join(inside, 'index.html') : inside);
    if (!(await stat(file).catch(() => undefined))?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { origin, page: `${origin}/?ice=none`, stop };
}
