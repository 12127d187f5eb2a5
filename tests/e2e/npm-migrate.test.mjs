import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pageWith } from './support/npm.mjs';
import { NPM, ROOT } from './support/paths.mjs';
import { start } from './support/process.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** The libraries that people come from are what the benchmarks compare with: `npm ci` in `bench`. */
const fromBench = createRequire(join(ROOT, 'bench/package.json'));

/** What a library is for a page, by the names that the rows use. */
const LIBRARIES = {
  'simple-peer': { source: `import SimplePeer from 'simple-peer/simplepeer.min.js'; Object.assign(window, { SimplePeer });` },
  peerjs: { source: `import { Peer } from 'peerjs'; Object.assign(window, { Peer });`, begin: startPeerServer },
  trystero: { source: `
import { createTopicStrategy } from '@trystero-p2p/core';
const joinRoom = createTopicStrategy({
  init: () => new BroadcastChannel('relay'),
  subscribeTopic(channel, topic, onMessage) {
    const listen = ({ data }) => { if (data.topic === topic) onMessage(topic, data.payload); };
    channel.addEventListener('message', listen);
    return () => channel.removeEventListener('message', listen);
  },
  publishTopic: (channel, topic, payload) => channel.postMessage({ topic, payload }),
});
Object.assign(window, { joinRoom });` },
};

const HANDCLASP = `import * as handclasp from 'handclasp'; Object.assign(window, handclasp); window.ready = true;`;

/** How long a line may take, ms: some libraries see an end only when ICE has given up. */
const PRINTS_WITHIN = 60_000;

/** In a process of its own: the server keeps timers, with which this one would never end. */
async function startPeerServer() {
  const host = '127.0.0.1';
  const { match: [, port], stop } = await start(process.execPath, [join(ROOT, 'bench/signaling.mjs'), host], { ready: /listening on (\d+) and (\d+)/ });
  return { server: { host, port: Number(port), path: '/', config: { iceServers: [] } }, stop };
}

/** The page of a library in one file. */
async function bundle(source) {
  const { outputFiles: [file] } = await fromBench('esbuild').build({
    stdin: { contents: `${source}; window.ready = true;`, resolveDir: join(ROOT, 'bench') }, bundle: true, format: 'esm', write: false, define: { global: 'globalThis' },
  });
  return file.text.replaceAll('</script', '<\\/script');
}

/** The rows of a page: `{ title, theirs, ours, prints }`. */
async function rows(library) {
  const text = await readFile(join(ROOT, 'docs', `migrate-from-${library}.md`), 'utf8');
  const row = new RegExp(`### (.*)\n\n\`\`\`js ${library}\n([^]*?)\`\`\`\n\n\`\`\`js handclasp\n([^]*?)\`\`\`\n\nprints (.*)\n`, 'g');
  const found = [...text.matchAll(row)].map(([, title, theirs, ours, prints]) => ({
    title, theirs, ours, prints: [...prints.matchAll(/`(.*?)` (here|there)/g)].map(([, words, where]) => [where, words]),
  }));
  assert.equal(found.length, text.match(/^### /gm).length, 'every row has both sides, and what they print');
  return found;
}

/** Runs a row: names that it declares stay there for those after it. */
async function run(code, people) {
  for (const [, where, lines] of code.matchAll(/^\/\/ (here|there)\n([^]*?)(?=^\/\/ (?:here|there)\n|(?![^]))/gm)) {
    const shared = lines.replaceAll(/^(?:const|let) (\w+)(;| =)/gm, (_, name, rest) => (rest === ';' ? `window.${name} = undefined;` : `window.${name} =`));
    await people[where].page.evaluate(`(async () => { ${shared} })()`);
  }
}

async function runAll(stage, script, globals, steps) {
  const { origin } = await stage.with(startStatic(NPM, pageWith(script)));
  const here = await stage.person('chromium', 'Ada');
  const there = await stage.person('chromium', 'Bert', { context: here.page.context() });
  const people = { here, there };
  for (const [person, other] of [[here, there], [there, here]]) {
    await person.page.exposeFunction('carry', (text) => { other.page.evaluate((words) => window.oncarry(words), text); });
    await person.page.goto(origin);
    await waitFor('the library', () => person.page.evaluate(() => window.ready));
    await person.page.evaluate((given) => Object.assign(window, given), globals);
  }
  for (const { title, code, prints } of steps) {
    const before = { here: here.log.length, there: there.log.length };
    await run(code, people);
    for (const [where, words] of prints) {
      await waitFor(`"${title}" to print ${words} ${where}`, () => people[where].log.slice(before[where]).includes(`log: ${words}`), { within: PRINTS_WITHIN });
    }
  }
}

for (const [library, { source, begin }] of Object.entries(LIBRARIES)) {
  story(`every row for people from ${library} does the same on both sides`, async (stage) => {
    const all = await rows(library);
    const server = begin && await stage.with(begin());
    const secret = 'AAECAwQFBgcICQoLDA0ODw';
    const steps = (side) => all.map((row) => ({ ...row, code: row[side] }));
    await runAll(stage, await bundle(source), { secret, server: server?.server }, steps('theirs'));
    await runAll(stage, HANDCLASP, { secret }, steps('ours'));
    stage.report(`${all.length} rows`);
  }, { lasts: PRINTS_WITHIN });
}
