import { chromium, firefox } from 'playwright-core';
import { CHROMIUM, FIREFOX } from './paths.mjs';

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
