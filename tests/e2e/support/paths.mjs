import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A path from the environment (relative ones are seen from the repository's root) or its default. */
const path = (variable, fallback) => resolve(ROOT, process.env[variable] ?? fallback);

/** The native server under test. */
export const SERVE = path('HANDCLASP_SERVE', 'target/serve/handclasp-serve');
/** The built page. */
export const DIST = path('HANDCLASP_DIST', 'dist');
/** The built examples, a folder for each. */
export const EXAMPLES = path('HANDCLASP_EXAMPLES', 'target/examples');
/** The page as one file. */
export const SINGLE_FILE = path('HANDCLASP_SINGLE_FILE', 'dist-single/handclasp.html');
/** The built npm package. */
export const NPM = path('HANDCLASP_NPM', 'npm/dist');
/** Where screenshots and logs go. */
export const OUT = path('HANDCLASP_E2E_OUT', join('target', 'e2e'));
/** What came of each story, and in which browsers: a line for each time that it was told. */
export const STORIES = join(OUT, 'stories.jsonl');

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
export const MOSQUITTO = process.env.MOSQUITTO ?? '/usr/sbin/mosquitto';
export const TURNSERVER = process.env.TURNSERVER ?? 'turnserver';
