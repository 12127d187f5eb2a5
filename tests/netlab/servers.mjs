// The programs of the lab's server, each started inside its namespace. All that speaks TLS has the lab's certificate.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIST, MOSQUITTO, SERVE } from '../e2e/support/paths.mjs';
import { start } from '../e2e/support/process.mjs';

const STATIC = fileURLToPath(new URL('static.mjs', import.meta.url));

/** The port that every firewall lets through: pages and TURN over TLS are there. */
const TLS_PORT = 443;
/** The port of STUN, and of TURN over UDP and TCP (RFC 8656 section 3). */
const TURN_PORT = 3478;
/** Where mosquitto has its WebSockets, on the same address as pages. */
const BROKER_PORT = 8084;

const startInside = (lab, command, args, options) => start('ip', ['netns', 'exec', lab.server.namespace, command, ...args], options);

/** Where coturn is whose credentials expire: beside the other one, on the second address. Not one higher, where that other one tells of NATs. */
const EXPIRING_PORT = 3500;

/**
 * coturn: STUN on both addresses (with the behaviour tests of RFC 5780), TURN over UDP, TCP and TLS. `iceServers` has
 * them as a configuration of RTCPeerConnection wants them. `extra` are further arguments.
 */
export async function startTurn(lab, { username = 'lab', credential = 'throw-away', extra = [] } = {}) {
  const [first] = lab.relays;
  const server = await startInside(lab, 'turnserver', [
    '-n', // no configuration file
    ...lab.relays.map((address) => `--listening-ip=${address}`), `--relay-ip=${first}`,
    `--listening-port=${TURN_PORT}`, `--tls-listening-port=${TLS_PORT}`, '--no-dtls',
    `--cert=${lab.certificates.certificate}`, `--pkey=${lab.certificates.key}`,
    '--lt-cred-mech', `--user=${username}:${credential}`, '--realm=lab',
    '--min-port=49152', '--max-port=65535', '--relay-threads=2',
    '--no-cli', `--pidfile=${join(lab.folder, 'turn.pid')}`, `--db=${join(lab.folder, 'turn.db')}`,
    '--log-file=stdout', '--simple-log', '--verbose',
    ...extra,
  ], { ready: /DB connection success/ });
  const turn = (url) => ({ urls: [url], username, credential });
  return {
    ...server,
    iceServers: {
      stun: lab.relays.map((address) => ({ urls: [`stun:${address}:${TURN_PORT}`] })),
      udp: turn(`turn:${first}:${TURN_PORT}?transport=udp`),
      tcp: turn(`turn:${first}:${TURN_PORT}?transport=tcp`),
      tls: turn(`turns:relay.lab.test:${TLS_PORT}?transport=tcp`),
    },
  };
}

/**
 * coturn that takes only credentials made with `secret` for a time that is not over yet (the REST API's). `urls` are where it is;
 * `address` is the one that it relays from.
 */
export async function startExpiringTurn(lab, { secret }) {
  const address = lab.relays[1];
  const server = await startInside(lab, 'turnserver', [
    '-n', // no configuration file
    `--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${EXPIRING_PORT}`, '--no-tls', '--no-dtls',
    '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=lab',
    '--min-port=49152', '--max-port=65535', '--relay-threads=2',
    '--no-cli', `--pidfile=${join(lab.folder, 'expiring-turn.pid')}`, `--db=${join(lab.folder, 'expiring-turn.db')}`,
    '--log-file=stdout', '--simple-log', '--verbose',
  ], { ready: /DB connection success/ });
  return { ...server, address, urls: [`turn:${address}:${EXPIRING_PORT}?transport=udp`] };
}

/** The files of `folder` over HTTPS. It knows no `/mqtt`. */
export async function startPage(lab, { folder = DIST } = {}) {
  const { certificate, key } = lab.certificates;
  const server = await startInside(lab, process.execPath, [STATIC, folder, lab.host, String(TLS_PORT), certificate, key], { ready: /listening/ });
  return { ...server, origin: `https://${lab.host}` };
}

/** mosquitto, with MQTT over secure WebSockets. */
export async function startMosquitto(lab) {
  const config = join(lab.folder, 'mosquitto.conf');
  await writeFile(config, [
    'user root', // else it cannot read the key
    'allow_anonymous true',
    'persistence false',
    'log_dest stderr', // its standard output is buffered
    'listener 1883 127.0.0.1', // it does not start with a WebSocket listener alone
    `listener ${BROKER_PORT} ${lab.host}`,
    'protocol websockets',
    `certfile ${lab.certificates.certificate}`,
    `keyfile ${lab.certificates.key}`,
    '',
  ].join('\n'));
  const server = await startInside(lab, MOSQUITTO, ['-c', config], { ready: /running/ });
  return { ...server, broker: `wss://${lab.host}:${BROKER_PORT}/mqtt` };
}

/** handclasp-serve, over HTTPS, with `config` (brokers and ICE servers) for the page. */
export async function startServe(lab, { dist = DIST, config, args = [] } = {}) {
  const state = join(lab.folder, 'serve');
  await mkdir(state, { recursive: true });
  // Where it keeps the certificate that it makes for itself, in its own form: so it takes the lab's instead.
  const names = ['localhost', '127.0.0.1', '::1', hostname(), `${hostname()}.local`, lab.host, ...lab.relays];
  const [certificate, key] = await Promise.all([lab.certificates.certificate, lab.certificates.key].map((path) => readFile(path, 'utf8')));
  await writeFile(join(state, 'serve.pem'),
    `# names: ${names.join(' ')}\n# not after (unix seconds): ${Math.floor(lab.certificates.notAfter / 1000)}\n${certificate}${key}`);
  if (config) {
    const path = join(lab.folder, 'config.json');
    await writeFile(path, JSON.stringify(config));
    args = ['--config', path, ...args];
  }
  const server = await startInside(lab, SERVE,
    ['--host', lab.host, '--port', String(TLS_PORT), '--tls', '--state', state, '--dist', dist, ...args], { ready: /https:\/\/\S+/ });
  return { ...server, origin: `https://${lab.host}`, broker: `wss://${lab.host}/mqtt` };
}
