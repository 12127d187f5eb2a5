import { waitFor } from '../e2e/support/wait.mjs';

/** How long a bare connection may take, ms. Firefox gives up a silent STUN server after ten seconds. */
const CONNECTS_WITHIN = 40_000;

/** A bare RTCPeerConnection between two pages, signalled by this process, so that it needs nothing of the lab's network. */
export class BareCall {
  /**
   * Begins it: `ends` are two of `{ browser, iceServers, relayOnly }`, the first of which calls. `origin` is where
   * `page` is served. Resolves at once; `connected` waits.
   */
  static async begin(origin, ends, { media = false } = {}) {
    const call = new BareCall();
    call.ends = await Promise.all(ends.map(async ({ browser }) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      return { context, page, ask: (what, ...args) => page.evaluate(([name, rest]) => window.call[name](...rest), [what, args]) };
    }));
    const [caller, callee] = call.ends;
    await Promise.all([[caller, callee], [callee, caller]].map(async ([from, to]) => {
      await from.page.exposeFunction('send', (message) => to.ask('signal', message).catch((error) => call.mishaps.push(error)));
      await from.page.goto(`${origin}/`);
    }));
    const open = ({ iceServers = [], relayOnly = false }, isCaller) =>
      ({ configuration: { iceServers, iceTransportPolicy: relayOnly ? 'relay' : 'all' }, caller: isCaller, media });
    await callee.ask('open', open(ends[1], false));
    await caller.ask('open', open(ends[0], true));
    return call;
  }

  /** What went wrong in carrying signals. */
  mishaps = [];

  /** Asks both ends. */
  both(what, ...args) {
    return Promise.all(this.ends.map((end) => end.ask(what, ...args)));
  }

  /** Resolves when the channel is open at both ends, with the ms that the slower one took. */
  async connected() {
    const states = await waitFor('a bare connection', async () => {
      const now = await this.both('state');
      return now.every(({ channel, connection }) => channel === 'open' && connection === 'connected') && now;
    }, { within: CONNECTS_WITHIN }).catch(async (error) => {
      throw new Error(`${error.message}; ${JSON.stringify(await this.both('state'))}; ${this.mishaps.join('; ')}`);
    });
    return Math.max(...states.map(({ opened }) => opened));
  }

  /** The pairs in use, as the ends see them. */
  async pairs() {
    return waitFor('the pairs in use', async () => {
      const pairs = await this.both('pair');
      return pairs.every(Boolean) && pairs;
    });
  }

  /** Resolves when the second end has heard everything that the first has said; with what it has heard. */
  async everythingHeard() {
    const [talker, listener] = this.ends;
    const said = await talker.ask('hush');
    const heard = await waitFor(`${said} messages`, async () => {
      const now = await listener.ask('heard');
      return now.count >= said && now;
    });
    return { said, ...heard };
  }

  async end() {
    await Promise.all(this.ends.map(({ context }) => context.close().catch(() => {})));
  }
}
