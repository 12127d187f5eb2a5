// A laboratory of networks on one machine. See README.md for the map.

import { FOLDER } from './folder.mjs'; // before anything that makes temporary files
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchInside } from './browsers.mjs';
import { makeCertificates } from './certificates.mjs';
import { Client } from './client.mjs';
import { addNamespaces, destroy, ip, sweep } from './namespaces.mjs';
import { OWNER } from './owner.mjs';
import { obstacle } from './packages.mjs';
import * as servers from './servers.mjs';
import { Switch } from './switch.mjs';

const SWEEP = fileURLToPath(new URL('sweep.mjs', import.meta.url));

/** The wide area is 203.0.113.0/24, which RFC 5737 keeps for documentation: nobody's, so never anyone's in earnest. */
const PUBLIC = '203.0.113';

/** The clients: who they are, and their networks. The public address of number n is 203.0.113.(10 + n). */
const CLIENTS = ['left', 'right', 'third'];

let built = false;

/** Three machines behind routers, and the server of all. */
export class Lab {
  #guard;
  #stopping = [];
  /** By engine and client; promises. */
  #browsers = {};

  /**
   * Builds it, after removing what dead labs left. Rejects with a sentence when it cannot be here. One to a process.
   *
   * However this process ends, its lab is removed: by `close`, or else by a guard that outlives it.
   */
  static async build() {
    const why = obstacle();
    if (why) throw new Error(why);
    if (built) throw new Error('a process has one lab at a time: close the other first');
    built = true;
    await sweep();
    mkdirSync(FOLDER, { recursive: true });
    const lab = new Lab();
    try {
      await lab.#build();
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  async #build() {
    this.#guard = guard();
    this.folder = FOLDER;
    /** Where STUN and TURN are: two addresses, so that a NAT can be seen from both. */
    this.relays = [`${PUBLIC}.1`, `${PUBLIC}.2`];
    /** Where pages and brokers are. */
    this.host = `${PUBLIC}.3`;
    /** Names for them: Firefox speaks TLS with a TURN server only when it has one. */
    this.names = { 'relay.lab.test': this.relays[0], 'page.lab.test': this.host };
    this.server = { namespace: `${OWNER}-server` };
    const wanNamespace = `${OWNER}-wan`;

    const ports = { server: { namespace: this.server.namespace, interface: 'wan' } };
    for (const name of CLIENTS) ports[name] = { namespace: `${OWNER}-${name}-router`, interface: 'wan' };
    await addNamespaces([wanNamespace, ...CLIENTS.map((name) => `${OWNER}-${name}`), ...Object.values(ports).map((port) => port.namespace)], this.names);
    /** The wide area. */
    this.wan = await Switch.start({ namespace: wanNamespace, folder: FOLDER, ports });

    // Relayed packets for addresses that nobody has must find a way out, else the relay stops relaying: hence the default route.
    const addresses = [...this.relays, this.host];
    await ip(this.server.namespace, 'link set wan txqueuelen 2000 up', ...addresses.map((address) => `addr add ${address}/24 dev wan`), 'route add default dev wan');
    for (const address of addresses) await this.wan.route(address, 'server');
    this.clients = CLIENTS.map((name, index) => (this[name] = new Client({
      name,
      namespace: `${OWNER}-${name}`,
      routerNamespace: ports[name].namespace,
      network: `10.${index + 1}.0`,
      address: `10.${index + 1}.0.2`,
      publicAddress: `${PUBLIC}.${index + 11}`,
      wan: this.wan,
    })));
    [this.certificates] = await Promise.all([makeCertificates(FOLDER, [...Object.keys(this.names), ...addresses]), ...this.clients.map((client) => client.build())]);
  }

  /** What `servers.mjs` starts, until the lab is closed or it is stopped. */
  async #run(starting) {
    const server = await starting;
    this.#stopping.push(() => server.stop());
    return server;
  }

  /** STUN and TURN by coturn. */
  startTurn = (options) => this.#run(servers.startTurn(this, options));
  /** TURN by another coturn, whose credentials expire. */
  startExpiringTurn = (options) => this.#run(servers.startExpiringTurn(this, options));
  /** A static page over HTTPS. */
  startPage = (options) => this.#run(servers.startPage(this, options));
  /** A broker that we did not write. */
  startMosquitto = (options) => this.#run(servers.startMosquitto(this, options));
  /** The page and the broker of the product. */
  startServe = (options) => this.#run(servers.startServe(this, options));

  /**
   * The browser, `chromium` or `firefox`, of a client; started when it is first asked for and then kept, since that costs seconds. It
   * trusts the lab's certificates, and has a camera and a microphone.
   */
  browser(engine, client) {
    return (this.#browsers[`${engine} ${client.name}`] ??= this.#launch(engine, client));
  }

  async #launch(engine, client) {
    const browser = await launchInside(engine, client, this);
    this.#stopping.push(() => browser.close());
    return browser;
  }

  /** Every client and line as in the beginning. Programs go on. */
  async reset() {
    await this.wan.line('server', {});
    await Promise.all(this.clients.map((client) => client.reset()));
  }

  /** Stops everything and leaves nothing behind. */
  async close() {
    // Frozen programs do not stop.
    await Promise.all((this.clients ?? []).map((client) => client.thaw()));
    await Promise.allSettled(this.#stopping.reverse().map((stop) => stop()));
    await this.wan?.stop();
    await destroy(OWNER);
    this.#guard?.stdin.end();
    built = false;
  }
}

/** A process that removes this lab when this process is gone. In a session of its own, so that Ctrl+C does not reach it. */
function guard() {
  const child = spawn(process.execPath, [SWEEP, '--guard', OWNER], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  child.stdin.unref();
  child.stdin.on('error', () => {}); // somebody killed it: then a later lab sweeps
  return child;
}
