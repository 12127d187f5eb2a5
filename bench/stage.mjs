import { fileURLToPath } from 'node:url';
import { launch, launchTabbed } from '../tests/e2e/support/browsers.mjs';
import { start } from '../tests/e2e/support/process.mjs';
import { startMosquitto, startStatic } from '../tests/e2e/support/servers.mjs';
import { Lab } from '../tests/netlab/lab.mjs';

const SIGNALING = fileURLToPath(new URL('signaling.mjs', import.meta.url));
const LISTENING = /listening on (\d+) and (\d+)/;

/** What contestants find each other over, as `connect` is told. */
const addresses = ({ host, secure, match: [, peer, relay], broker }) => ({
  broker,
  peerServer: { host, port: Number(peer), secure },
  relay: `ws${secure ? 's' : ''}://${host}:${relay}`,
});

/** Where two pages meet: servers, and a way to open the pages. Everything is started when it is first needed, and kept. */
export class Stage {
  #folder;
  #kept = new Map();
  #closing = [];

  /** `folder` is that of the contestants' pages. */
  constructor(folder) {
    this.#folder = folder;
  }

  #once(name, start) {
    if (!this.#kept.has(name)) this.#kept.set(name, start());
    return this.#kept.get(name);
  }

  /** A server or browser of ours, until the end. */
  async #keep(starting, stop) {
    const thing = await starting;
    this.#closing.push(() => stop(thing));
    return thing;
  }

  /** On this machine, without a network in between. */
  #here() {
    return this.#once('here', async () => {
      const stop = (server) => server.stop();
      const host = '127.0.0.1';
      const { origin } = await this.#keep(startStatic(this.#folder), stop);
      const { broker } = await this.#keep(startMosquitto(), stop);
      const { match } = await this.#keep(start(process.execPath, [SIGNALING, host], { ready: LISTENING }), stop);
      return { origin, addresses: addresses({ host, secure: false, match, broker }) };
    });
  }

  /** In the network lab. Rejects with a sentence where there can be none. */
  #lab() {
    return this.#once('lab', async () => {
      const lab = await this.#keep(Lab.build(), (it) => it.close());
      const { origin, broker } = await lab.startServe({ dist: this.#folder });
      const { certificate, key } = lab.certificates;
      const { match } = await this.#keep(start('ip', [
        'netns', 'exec', lab.server.namespace, process.execPath, SIGNALING, lab.host, certificate, key,
      ], { ready: LISTENING }), (server) => server.stop());
      return { lab, origin, addresses: addresses({ host: lab.host, secure: true, match, broker }) };
    });
  }

  /** The browser that visible pages on this machine are in. */
  async browser(engine) {
    const start = () => this.#once(engine, () => this.#keep(launch(engine), (browser) => browser.close()));
    const browser = await start();
    if (browser.isConnected()) return browser;
    this.#kept.delete(engine); // it has crashed, which is one run's failure and not everyone's
    return start();
  }

  /** Why there can be no lab here, or nothing. */
  async obstacle() {
    return this.#lab().then(() => undefined, (error) => error.message);
  }

  async version(engine) {
    return (await this.browser(engine)).version();
  }

  /** Two empty pages for this workload, the sender's first, and where they are to go. */
  async pair(engine, workload) {
    if (workload.line) {
      const { lab, ...place } = await this.#lab();
      await lab.left.line(workload.line);
      const contexts = [];
      for (const client of [lab.left, lab.right]) contexts.push(await (await lab.browser(engine, client)).newContext());
      return { ...place, ...(await pagesOf(contexts)) };
    }
    const place = await this.#here();
    if (workload.hidden) {
      const { tabs } = await this.#once(`${engine} tabs`, () => this.#keep(launchTabbed(engine), (browser) => browser.close()));
      const pages = await tabs();
      return { ...place, pages, close: () => Promise.all(pages.map((page) => page.close())) };
    }
    const browser = await this.browser(engine);
    return { ...place, ...(await pagesOf([await browser.newContext(), await browser.newContext()])) };
  }

  async close() {
    for (const stop of this.#closing.reverse()) await stop().catch((error) => console.error(String(error)));
  }
}

async function pagesOf(contexts) {
  const pages = await Promise.all(contexts.map((context) => context.newPage()));
  return { pages, close: () => Promise.all(contexts.map((context) => context.close())) };
}
