import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../e2e/support/wait.mjs';

/** How long a room may take until all are connected, ms. Firefox gives up a silent STUN server after ten seconds. */
const CONNECTS_WITHIN = 40_000;

/** What flows came within this, ms, or does not flow. */
const LATELY = 1_000;

/** How long everything has flowed without a break when it counts as flowing again, ms. */
const STEADY = 2_000;

/** What flows between two members. */
const KINDS = ['messages', 'video', 'audio'];

/** One member: a page on a browser of the lab. */
class Member {
  /** When it joined. */
  entered = 0;

  constructor(name, context, page, options) {
    Object.assign(this, { name, context, page, options });
  }

  /** Calls a function of `page/room.js`. */
  ask(what, ...args) {
    return this.page.evaluate(([name, rest]) => window.lab[name](...rest), [what, args]);
  }

  async enter() {
    this.entered = Date.now();
    this.id = await this.ask('enter', this.options);
  }
}

/** A room of handclasp's npm package between pages. See `page/room.js` for what each of them does. */
export class RoomCall {
  members = [];
  /** What `flows` waited for longest, in words. */
  slowest = '';

  /** A room at `broker` that nobody has joined. The page comes from `origin`. */
  constructor({ origin, broker }) {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
    this.origin = origin;
    this.options = { secret, signaling: [{ mqtt: broker }] };
  }

  /** A page that is ready to join, of `{ browser, iceServers, turn, relayOnly }`; `turn` is where credentials expire, as in `page/credentials.js`. */
  async prepare(name, { browser, iceServers = [], turn, relayOnly = false }) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${this.origin}/room.html`);
    const member = new Member(name, context, page, { ...this.options, iceServers, turn, relayOnly });
    await member.ask('prepare');
    this.members.push(member);
    return member;
  }

  /** Everyone's answer to this question. */
  all(what, ...args) {
    return Promise.all(this.members.map((member) => member.ask(what, ...args)));
  }

  /** Everyone who is prepared joins, at the same time. */
  async enter() {
    await Promise.all(this.members.map((member) => member.enter()));
  }

  /** How many of the members are connected to all others. */
  async howMany() {
    const peers = await this.all('peers');
    return peers.filter((those) => those.length === this.members.length - 1 && those.every(({ state }) => state === 'connected')).length;
  }

  /** Resolves when everyone is connected to everyone, with the ms since the last joined. */
  async connected({ within = CONNECTS_WITHIN } = {}) {
    await waitFor('everyone to be connected', async () => (await this.howMany()) === this.members.length, { within });
    const diaries = await this.all('read');
    const moments = diaries.flatMap(({ events }) => events.filter(({ name, state }) => name === 'state' && state === 'connected').map(({ at }) => at));
    return Math.max(...moments) - Math.max(...this.members.map(({ entered }) => entered));
  }

  /** The pairs in use between the first two, as each sees them. */
  async pairs() {
    const [first, second] = this.members;
    return waitFor('the pairs in use', async () => {
      const pairs = await Promise.all([first.ask('pair', second.id), second.ask('pair', first.id)]);
      return pairs.every(Boolean) && pairs;
    });
  }

  /** What flows to each from each other: `{ kind, first, last, silences }`, where `undefined` has never come. */
  #flows(diaries) {
    return this.members.flatMap((to, index) => this.members.filter((from) => from !== to)
      .flatMap((from) => KINDS.map((kind) => ({ kind, to, from, now: diaries[index].now, ...diaries[index].flows[from.id]?.[kind] }))));
  }

  /**
   * Resolves when messages, pictures and sound flow from everyone to everyone and have done so for two seconds; with how many
   * ms after `since` the last interruption of each kind was over.
   */
  async flows(since = 0, { within = CONNECTS_WITHIN } = {}) {
    const deadline = performance.now() + within;
    for (;;) {
      const flows = this.#flows(await this.all('read'));
      const over = ({ first, silences = [] }) => Math.max(first ?? Infinity, silences.at(-1)?.until ?? 0);
      const steady = (flow) => flow.now - flow.last < LATELY && flow.now - over(flow) > STEADY;
      if (flows.every(steady) && Date.now() - since > STEADY + LATELY) {
        const latest = (kind) => Math.max(0, ...flows.filter((flow) => flow.kind === kind).map((flow) => over(flow) - since));
        this.slowest = flows.toSorted((one, other) => over(other) - over(one)).map(({ kind, from, to, ...flow }) => `${kind} from ${from.name} to ${to.name} after ${over(flow) - since} ms`)[0];
        return Object.fromEntries(KINDS.map((kind) => [kind, latest(kind)]));
      }
      if (performance.now() > deadline) {
        const still = flows.filter((flow) => !steady(flow)).map(({ kind, from, to }) => `${kind} from ${from.name} to ${to.name}`);
        throw new Error(`no steady flow of ${still.join(', ')} within ${within} ms`);
      }
      await pause(250);
    }
  }

  /** Resolves when something of every kind has come from everyone to everyone. */
  async arrives() {
    await waitFor('messages, pictures and sound', async () => this.#flows(await this.all('read')).every(({ first }) => first), { within: CONNECTS_WITHIN });
  }

  /** Everyone sends numbers to everyone from now on. */
  talk() {
    return this.all('talk');
  }

  /** Ends that and waits for what is under way. Resolves with how many numbers were sent, and how many never came, came twice or too late. */
  async count({ within = 10_000 } = {}) {
    const deadline = performance.now() + within;
    for (;;) {
      const [said, diaries] = [await this.all('hush'), await this.all('numbers')];
      const total = { sent: 0, lost: 0, doubled: 0, disordered: 0 };
      this.members.forEach((to, index) => this.members.forEach((from, sender) => {
        if (from === to) return;
        const sent = said[sender].said[to.id] ?? 0;
        const heard = diaries[index][from.id] ?? [];
        const unique = new Set(heard).size;
        total.sent += sent;
        total.lost += sent - unique;
        total.doubled += heard.length - unique;
        total.disordered += heard.filter((number, at) => at > 0 && number < heard[at - 1]).length;
      }));
      if (said.every(({ waiting }) => waiting.length === 0) && (total.lost <= 0 || performance.now() > deadline)) return total;
      if (performance.now() > deadline) throw new Error(`messages still wait to be sent`);
      await pause(250);
    }
  }

  /** How many numbers the quietest has sent to each of the others. */
  async said() {
    return Math.min(...(await this.all('said')).flatMap((counts) => Object.values(counts)));
  }

  /** When nothing of some kind came between these two, either way. */
  async silences(one, other) {
    const flows = this.#flows(await this.all('read'));
    return flows.filter(({ from, to }) => from !== to && [one, other].includes(from) && [one, other].includes(to))
      .flatMap(({ kind, from, silences }) => silences.map((silence) => ({ kind, of: from.name, ...silence })));
  }

  /** All events of this name that anyone was told since then, and who. */
  async told(name, since = 0) {
    return (await this.all('read')).flatMap(({ events }, index) =>
      events.filter((event) => event.name === name && event.at >= since).map((event) => ({ ...event, member: this.members[index].name })));
  }

  /** How often connections were made, and restarted, by anyone. */
  async efforts() {
    const diaries = await this.all('read');
    return { made: Math.max(...diaries.map(({ connections }) => connections)), restarts: diaries.reduce((sum, { restarts }) => sum + restarts, 0) };
  }

  /** The moment from which the story counts. */
  start = undefined;

  /** Everything that happened, in order, with ms since `start` or the first: for whoever looks at a failure. */
  async story() {
    const diaries = await this.all('read');
    const lines = diaries.flatMap(({ events }, index) => events.map(({ at, ...event }) => ({ at, text: `${this.members[index].name} ${JSON.stringify(event)}` })));
    lines.sort((one, other) => one.at - other.at);
    const start = this.start ?? lines[0]?.at;
    return lines.map(({ at, text }) => `${String(at - start).padStart(7)} ${text}`).join('\n');
  }

  async end() {
    await Promise.all(this.members.map(({ context }) => context.close().catch(() => {})));
  }
}
