import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { before, test } from 'node:test';
import { packed } from '../e2e/support/npm.mjs';
import { startStatic } from '../e2e/support/servers.mjs';
import { story } from '../e2e/support/story.mjs';
import { waitFor } from '../e2e/support/wait.mjs';

const HERE = import.meta.dirname;
const OUT = join(HERE, 'out');
const INSTALLED = join(HERE, 'node_modules/handclasp');

/** How long a bundler may take, ms: Next.js compiles a server too. */
const WITHIN = 300_000;

const run = promisify(execFile);
const environment = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1', CI: '1' };

/** A program of an npm package here. */
const program = (name, ...args) => run(join(HERE, 'node_modules/.bin', name), args, { cwd: HERE, env: environment, timeout: WITHIN, maxBuffer: 1 << 26 })
  .catch((error) => { throw new Error(`${name}: ${error.stdout}${error.stderr}`); });

let tarball;

/** The package as it would be published, where `import 'handclasp'` finds it. */
before(async () => {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  tarball = await packed(OUT);
  await rm(INSTALLED, { recursive: true, force: true });
  await mkdir(INSTALLED, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', INSTALLED]);
});

/** What is beside a bundle for those bundlers that leave `new URL('….wasm', import.meta.url)` as it is. */
async function withWasm(folder) {
  for (const name of await readdir(join(INSTALLED, 'wasm'))) {
    if (name.endsWith('.wasm')) await cp(join(INSTALLED, 'wasm', name), join(folder, name));
  }
  for (const name of ['worker.js', 'worker_bg.wasm']) await cp(join(INSTALLED, name), join(folder, name));
  await cp(join(HERE, 'app/index.html'), join(folder, 'index.html'));
}

const BUILDS = {
  'Vite': () => program('vite', 'build', '--config', 'vite/vite.config.js'),
  'webpack': async (folder) => {
    await program('webpack', '--config', 'webpack/webpack.config.js');
    await cp(join(HERE, 'app/index.html'), join(folder, 'index.html'));
  },
  'Rollup': async (folder) => {
    await program('rollup', '--config', 'rollup/rollup.config.js');
    await withWasm(folder);
  },
  'esbuild': async (folder) => {
    await program('esbuild', 'app/main.js', '--bundle', '--format=esm', '--minify', `--outfile=${join(folder, 'main.js')}`);
    await withWasm(folder);
  },
  // One file, with nothing beside it.
  'esbuild, inline': async (folder) => {
    await program('esbuild', 'app/main.js', '--bundle', '--format=esm', '--minify', '--alias:handclasp=handclasp/inline', `--outfile=${join(folder, 'main.js')}`);
    await cp(join(HERE, 'app/index.html'), join(folder, 'index.html'));
  },
  'Parcel': () => program('parcel', 'build', 'app/index.html', '--dist-dir', 'out/parcel', '--public-url', './', '--no-cache', '--no-source-maps'),
  'Next.js': async (folder) => {
    await program('next', 'build', 'next');
    await cp(join(HERE, 'next/out'), folder, { recursive: true });
  },
  // As from a CDN: no bundler at all.
  'a plain page': async (folder) => {
    await cp(join(HERE, 'plain'), folder, { recursive: true });
    await cp(join(HERE, 'app/main.js'), join(folder, 'main.js'));
    await cp(join(HERE, 'app/tabs.js'), join(folder, 'tabs.js'));
    await cp(INSTALLED, join(folder, 'handclasp'), { recursive: true });
  },
};

const built = new Map();

/** The folder of a fixture, built once. */
function folderOf(name) {
  if (!built.has(name)) {
    const folder = join(OUT, name.toLowerCase().replace(/[^a-z]+/g, '-').replace('next-js', 'next'));
    built.set(name, mkdir(folder, { recursive: true }).then(() => BUILDS[name](folder)).then(() => folder));
  }
  return built.get(name);
}

for (const name of Object.keys(BUILDS)) {
  for (const engine of ['chromium', 'firefox']) {
    story(`two tabs of ${engine} meet in what ${name} makes of the package`, async (stage) => {
      const { origin } = await stage.with(startStatic(await folderOf(name)));
      const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
      const ada = await stage.person(engine, 'Ada');
      const bert = await stage.person(engine, 'Bert', { context: ada.page.context() });
      for (const { page } of [ada, bert]) await page.goto(`${origin}/#${secret}`);
      for (const { name: who, page } of [ada, bert]) {
        await waitFor(`${who} to be greeted`, async () => (await page.locator('output').textContent()) === 'hello, number, hello.txt');
        // One file has no worker beside it.
        assert.equal(page.workers().length, name.includes('inline') ? 0 : 1);
      }
    }, { lasts: WITHIN });
  }
}

test('on a server importing any entry does nothing', async () => {
  const entries = ['handclasp', 'handclasp/inline', 'handclasp/element'];
  const script = `for (const entry of ${JSON.stringify(entries)}) await import(entry); console.log('imported');`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: HERE });
  assert.deepEqual([stdout.trim(), stderr], ['imported', '']);
});

test('publint finds nothing', async () => {
  await program('publint', 'run', INSTALLED, '--strict', '--pack', 'false');
});

test('the types are found as every resolution of modules looks for them', async () => {
  // An ES module alone, as every current tool reads it.
  await program('attw', tarball, '--profile', 'esm-only');
});

test('the examples of the types hold with strict checks', async () => {
  await program('tsc', '--project', 'types/tsconfig.json');
});

test('what is packed is what is documented, and nothing else', async () => {
  const { exports, files } = JSON.parse(await readFile(join(INSTALLED, 'package.json'), 'utf8'));
  for (const entry of ['.', './inline', './element']) {
    for (const target of Object.values(exports[entry])) await readFile(join(INSTALLED, target));
  }
  assert.ok(files.length > 0);
  const packed = (await readdir(INSTALLED, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  assert.deepEqual(packed.filter((name) => !/\.(js|d\.ts|wasm|md|json)$|^LICENSE-/.test(name)), []);
});
