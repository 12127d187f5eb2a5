import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait.mjs';

const PROBE = fileURLToPath(new URL('probe.js', import.meta.url));

/** Lines of the console that fail a story: from the probe, or from a Rust panic. */
const MISHAP = /\[probe:\w+\]|panicked at/;

/** Evidence is not worth waiting for longer than this, ms: the page may be what hangs. */
const EVIDENCE_WITHIN = 5_000;

/** Someone at a browser: what they do, and what they see. Elements are found by the page's `data-testid`s. */
export class Person {
  /** What went wrong unhandled in their page. */
  mishaps = [];
  /** Everything that their page wrote to the console. */
  log = [];

  static async appear(context, name, init) {
    const page = await context.newPage();
    const person = new Person(page, name);
    await page.addInitScript({ path: PROBE });
    for (const script of init) await page.addInitScript(script);
    return person;
  }

  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.engine = page.context().browser().browserType().name();
    page.on('console', (message) => {
      this.log.push(`${message.type()}: ${message.text()}`);
      if (MISHAP.test(message.text())) this.mishaps.push(message.text());
    });
    // The probe tells uncaught errors apart from what Firefox also reports here, such as a server that it cannot reach.
    page.on('pageerror', (error) => this.log.push(`pageerror: ${error.stack || error}`));
    page.on('crash', () => this.mishaps.push('the page crashed'));
  }

  /** The element, or elements, with this test id. */
  the(id, attributes = '') {
    return this.page.locator(`[data-testid="${id}"]${attributes}`);
  }

  // What they do.

  /** Opens the page at `url`, starts a call, and enters it. Resolves with its link. */
  async startCall(url) {
    await this.page.goto(url);
    await this.the('start').click();
    await this.enter();
    return this.page.url();
  }

  /** Opens the link of a call and enters it. */
  async join(link) {
    await this.page.goto(link);
    await this.enter();
  }

  /** From the lobby into the call, once the preview shows the camera. */
  async enter({ preview = true } = {}) {
    await this.the('name').fill(this.name);
    if (preview) {
      await waitFor(`${this.name}'s preview`, () => this.page.evaluate(() => {
        const preview = document.querySelector('[data-testid=preview]');
        const video = preview?.matches('video') ? preview : preview?.querySelector('video');
        return video?.videoWidth > 0;
      }));
    }
    await this.the('join').click();
    await this.the('hangup').waitFor();
  }

  async say(text) {
    await this.openChat();
    await this.the('chat-input').fill(text);
    await this.the('chat-send').click();
  }

  async openChat() {
    if (!(await this.the('chat-input').isVisible())) await this.the('chat-open').click();
    await this.the('chat-input').waitFor();
  }

  async hangUp() {
    await this.the('hangup').click();
  }

  /** Closes everything of theirs. */
  async disappear() {
    await this.page.context().close().catch(() => {});
  }

  // What they see.

  /**
   * Everyone's tiles: `{ peer, state, source, name, shown, playing }`, with `peer` `me` for one's own; `shown` when the tile has
   * a place on the page, `playing` when there is a picture in it.
   */
  tiles() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('[data-testid=tile]')].map((tile) => {
        const { peer, state, source } = tile.dataset;
        const name = tile.querySelector('[data-testid=tile-name]')?.textContent.trim();
        const { width, height } = tile.getBoundingClientRect();
        const video = tile.querySelector('video');
        return { peer, state, source, name, shown: width > 0 && height > 0, playing: video?.videoWidth > 0 && !video.paused };
      }));
  }

  /** The tiles of others. */
  async others(source = 'camera') {
    return (await this.tiles()).filter((tile) => tile.peer !== 'me' && tile.source === source);
  }

  /** Resolves when exactly these others are seen, all connected, by name. */
  async sees(...people) {
    const names = people.map((person) => person.name).sort();
    await waitFor(`${this.name} to see [${names}], connected`, async () => {
      const others = await this.others();
      const seen = others.map((tile) => tile.name).sort();
      return String(seen) === String(names) && others.every((tile) => tile.state === 'connected' && tile.shown);
    }).catch(async (error) => {
      throw new Error(`${error.message}; tiles: ${JSON.stringify(await this.tiles())}`);
    });
  }

  /** Resolves when these others, and nobody else, have a tile of this kind. */
  async seesScreensOf(...people) {
    const names = people.map((person) => person.name).sort();
    await waitFor(`${this.name} to see the screens of [${names}]`, async () =>
      String((await this.others('screen')).map((tile) => tile.name).sort()) === String(names));
  }

  /** Resolves when the chat shows `text`, with whose it is. */
  async reads(text) {
    await this.openChat();
    const message = this.the('chat-message').filter({ hasText: text });
    await message.waitFor();
    return message.getAttribute('data-from');
  }

  /** Whether the broker is `connecting`, `connected`, `reconnecting`, `failed`, or there is `none`. */
  broker() {
    return this.the('status').getAttribute('data-broker');
  }

  /** Resolves when the page says that the broker is in `state`. */
  async brokerIs(state, options) {
    await waitFor(`${this.name}'s broker to be ${state}`, async () => (await this.broker()) === state, options);
  }

  /** Resolves with the error that the page shows: `{ code, text }`. */
  async error() {
    const error = this.the('error').first();
    await error.waitFor();
    return { code: await error.getAttribute('data-code'), text: (await error.innerText()).trim() };
  }

  // What arrives.

  /** The peer connections that are not closed: `{ state, inbound: [{ kind, packets, frames, energy }] }`. */
  connections() {
    return this.page.evaluate(() => window.__probe.connections());
  }

  /** When a tile last went from their page, in milliseconds of the machine's clock. */
  tileGone() {
    return this.page.evaluate(() => window.__probe.times.tileGone);
  }

  /** When they last clicked the control `id`, by the same clock. */
  clicked(id) {
    return this.page.evaluate((control) => window.__probe.times.clicked[control], id);
  }

  /** How many peer connections they ever made. */
  connectionsMade() {
    return this.page.evaluate(() => window.__probe.made());
  }

  /** What their browser said about itself in negotiations: ufrags, passwords, fingerprints, addresses. */
  negotiationSecrets() {
    return this.page.evaluate(() => window.__probe.secrets());
  }

  /** The texts that their page put on the clipboard. */
  copied() {
    return this.page.evaluate(() => window.__probe.copied());
  }

  /** Every byte that their page sent over a WebSocket. */
  async sentToBroker() {
    return Buffer.from(await this.page.evaluate(() => window.__probe.sent()), 'latin1');
  }

  /** Milliseconds that each of their peer connections took to connect. */
  connectTimes() {
    return this.page.evaluate(() => window.__probe.connectTimes());
  }

  /** `caret` as it is: hiding it would add a style that the content security policy reports. */
  screenshot(path) {
    return this.page.screenshot({ path, caret: 'initial' });
  }

  async keepEvidence(folder) {
    const within = (promise) =>
      Promise.race([promise, new Promise((resolve) => { setTimeout(resolve, EVIDENCE_WITHIN).unref(); })]).catch(() => undefined);
    const stats = await within(this.connections());
    const text = await within(this.page.evaluate(() => document.body?.innerText));
    await within(this.screenshot(join(folder, `${this.name}.png`)));
    await writeFile(join(folder, `${this.name}.log`), [
      `page: ${text}`, `connections: ${JSON.stringify(stats, undefined, 1)}`, ...this.log, ...this.mishaps, '',
    ].join('\n'));
  }
}
