import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, firefox } from 'playwright-core';
import { CHROMIUM, FIREFOX } from './paths.mjs';
import { start } from './process.mjs';

/** Frames a second of every camera. Each costs encoding and decoding, in software, for everyone in the call. */
const FRAME_RATE = 10;

/** How the browsers are started. */
export const OPTIONS = {
  chromium: {
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox', // containers and root
      `--use-fake-device-for-media-stream=fps=${FRAME_RATE}`,
      '--use-fake-ui-for-media-stream', // grants camera, microphone and screen
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
    ],
  },
  firefox: {
    channel: 'moz-firefox', // the stock browser, over WebDriver BiDi
    executablePath: FIREFOX,
    firefoxUserPrefs: {
      'media.navigator.streams.fake': true,
      'media.navigator.video.default_fps': FRAME_RATE,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      // Names of the kind x.local need a responder; on bare machines there is none.
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  },
};

const TYPES = { chromium, firefox };

/** Starts a process of its own; `options` go before those that are usual here. */
export const launch = (engine, options) => TYPES[engine].launch({ headless: true, ...OPTIONS[engine], ...options });

/** Starts a process whose id is known, so that a test can kill it as a crash does. */
export async function launchMortal(engine) {
  const server = await TYPES[engine].launchServer({ headless: true, ...OPTIONS[engine] });
  const browser = await TYPES[engine].connect(server.wsEndpoint());
  return { browser, kill: () => server.kill(), close: () => server.close() };
}

/**
 * A browser whose tabs are as people's are: those behind the one in front are hidden, and their timers throttled. `tabs` opens two in a window, the
 * hidden one first; closing both is the caller's. Playwright usually keeps Chromium from hiding any, so that one is started by hand.
 */
export async function launchTabbed(engine) {
  if (engine === 'firefox') {
    // Every page that the driver opens has a window to itself, but not one that a page opens.
    const firefoxUserPrefs = {
      ...OPTIONS.firefox.firefoxUserPrefs,
      'dom.disable_open_during_load': false,
      // The driver turns these off.
      'dom.min_background_timeout_value': 1000,
      'dom.min_background_timeout_value_without_budget_throttling': 1000,
      'dom.timeout.enable_budget_timer_throttling': true,
    };
    const browser = await launch(engine, { firefoxUserPrefs });
    const context = await browser.newContext();
    const tabs = async () => {
      const behind = await context.newPage();
      const [front] = await Promise.all([context.waitForEvent('page'), behind.evaluate(() => { open('about:blank', '_blank', 'noopener'); })]);
      return [behind, front];
    };
    return { tabs, close: () => browser.close() };
  }
  const profile = await mkdtemp(join(tmpdir(), 'handclasp-chromium-'));
  const program = await start(CHROMIUM, [
    ...OPTIONS.chromium.args, '--headless=new', '--no-first-run', `--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank',
  ], { ready: /DevTools listening on (ws:\S+)/ });
  const browser = await chromium.connectOverCDP(program.match[1], { noDefaults: true });
  const [context] = browser.contexts();
  const close = async () => {
    await browser.close();
    await program.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 }); // its children may still write
  };
  return { tabs: async () => [await context.newPage(), await context.newPage()], close };
}
