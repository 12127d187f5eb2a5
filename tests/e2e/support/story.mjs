import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { after } from 'node:test';
import { launch } from './browsers.mjs';
import { OUT, STORIES } from './paths.mjs';
import { Person } from './person.mjs';

/** How long one story may take, ms. */
const STORY_WITHIN = 120_000;

const FILE = basename(process.argv[1], '.test.mjs');

// Browser processes outlive a story: starting one costs seconds. Each person of a story has a process to themselves.
const processes = { chromium: [], firefox: [] };
after(() => Promise.all(Object.values(processes).flat().map((browser) => browser.close())));

async function processOf(engine, index) {
  return (processes[engine][index] ??= await launch(engine));
}

/** Several browsers on two busy cores sometimes miss a deadline: then the story is told once more, and the report says so. */
const ATTEMPTS = 2;

/** Not a matter of time, and therefore of one attempt. */
class Mishap extends Error {}

/**
 * A test with people in it. `body` gets the stage, on which people appear and servers start; all of them leave with
 * the story. It fails, too, when a page had an uncaught error, an unhandled rejection or a violation of its content
 * security policy. What the people saw is kept in `target/e2e` when it fails. `lasts` is what it waits on purpose, ms.
 */
export function story(name, body, { lasts = 0 } = {}) {
  test(name, { timeout: ATTEMPTS * (STORY_WITHIN + lasts) }, async (t) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await tell(t, name, body);
      } catch (error) {
        if (attempt === ATTEMPTS || error instanceof Mishap) throw error;
        t.diagnostic(`failed at first, and is told again: ${error.message}`);
      }
    }
  });
}

async function tell(t, name, body) {
  const stage = new Stage(t, name);
  let passed = false;
  try {
    await body(stage);
    stage.assertNoMishaps();
    passed = true;
  } catch (error) {
    await stage.keepEvidence(error);
    throw error;
  } finally {
    await stage.record(passed);
    await stage.clear();
  }
}

class Stage {
  #people = [];
  #servers = [];
  #seats = { chromium: 0, firefox: 0 };

  constructor(t, name) {
    this.test = t;
    this.folder = join(OUT, FILE, name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  }

  /** Says something in the test's report. */
  report(text) {
    this.test.diagnostic(text);
  }

  /** A server that stops with the story: `await stage.with(startServe())`. */
  async with(starting) {
    const server = await starting;
    this.#servers.push(server);
    return server;
  }

  /**
   * Someone with a browser (`chromium` or `firefox`): a process to themselves, unless `browser` says which.
   * `context` shares the tabs of someone else's window; `init` are scripts that run before the page's own.
   */
  async person(engine, name, { browser, context, init = [], ...view } = {}) {
    if (!context) {
      browser ??= await processOf(engine, this.#seats[engine]++);
      context = await browser.newContext(view);
    }
    const person = await Person.appear(context, name, init);
    this.#people.push(person);
    return person;
  }

  assertNoMishaps() {
    const mishaps = [...new Set(this.#people.flatMap((person) => person.mishaps.map((mishap) => `${person.name}: ${mishap}`)))];
    if (mishaps.length > 0) throw new Mishap(`unhandled in a page:\n${mishaps.join('\n')}`);
  }

  /** For the table of browsers: who took part, and whether it ended well. */
  async record(passed) {
    const browsers = Object.fromEntries(this.#people.map((person) => [person.engine, person.page.context().browser()?.version()]));
    await mkdir(OUT, { recursive: true });
    await appendFile(STORIES, `${JSON.stringify({ file: FILE, story: this.test.name, browsers, passed })}\n`);
  }

  async keepEvidence(error) {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, 'error.txt'), `${error.stack}\n`);
    await Promise.all(this.#people.map((person) => person.keepEvidence(this.folder)));
    await Promise.all(this.#servers.map((server, index) =>
      server.output && writeFile(join(this.folder, `server-${index}.log`), server.output())));
    this.report(`evidence in ${this.folder}`);
  }

  async clear() {
    await Promise.all(this.#people.map((person) => person.disappear()));
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}
