import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { OPTIONS } from './support/browsers.mjs';
import { KEEPS_BLOBS, KEEPS_REFUSALS, accepts, fileOf, makeFile, presses, received, sends, sha256, transferIs, transfers } from './support/files.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

const WITH_BLOBS = { init: [KEEPS_BLOBS] };
const MB = 1_000_000;

/** A browser whose profile stays on disk when it is killed, as people's do. */
async function resident(stage, name, profile) {
  const context = await chromium.launchPersistentContext(profile, { headless: true, ...OPTIONS.chromium });
  const person = await stage.person('chromium', name, { context, ...WITH_BLOBS });
  return { person, kill: () => killAll(profile) };
}

/** Every process of that profile, as the kernel kills when memory runs out. */
function killAll(profile) {
  try {
    execFileSync('pkill', ['-9', '-f', `user-data-dir=${profile}`]);
  } catch {
    // Gone already.
  }
}

/** Resolves once so much of the newest transfer is done, in percent. */
const hasCome = (person, percent) => waitFor(`${percent} % at ${person.name}`, async () => {
  const [newest] = await transfers(person);
  return newest.percent >= percent;
}, { within: 90_000 });

story('a browser that is killed goes on where it was when the same file is offered again', async (stage) => {
  const profile = fileOf(stage, 'profile');
  await rm(profile, { recursive: true, force: true });
  const path = await makeFile(fileOf(stage, 'film.bin'), 150 * MB);
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada', WITH_BLOBS);
  const link = await ada.startCall(page);
  const first = await resident(stage, 'Bert', profile);
  await first.person.join(link);
  await Promise.all([ada.sees(first.person), first.person.sees(ada)]);
  await sends(ada, [path]);
  await transferIs(first.person, 'asked');
  await presses(first.person, 'accept');
  await hasCome(first.person, 40);
  first.kill();
  await ada.sees();

  const second = await resident(stage, 'Bert', profile);
  const bert = second.person;
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await sends(ada, [path]);
  await transferIs(bert, 'asked');
  await presses(bert, 'accept');
  const { percent } = await transferIs(bert, ['moving', 'done']);
  stage.report(`killed at 40 %, went on at ${percent} %`);
  assert.ok(percent >= 25, `it went on at ${percent} %`);
  await transferIs(bert, 'done', { within: 90_000 });
  await transferIs(ada, 'done');
  const [file] = await received(bert);
  assert.equal(file.sha256, sha256(await readFile(path)));
  second.kill();
});

story('a file that changes while it is sent is no file', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada', WITH_BLOBS);
  const bert = await stage.person('firefox', 'Bert', WITH_BLOBS);
  await bert.join(await ada.startCall(page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  const path = await makeFile(fileOf(stage, 'draft.bin'), 100 * MB);
  await sends(ada, [path]);
  await transferIs(bert, 'asked');
  await presses(bert, 'accept');
  await hasCome(bert, 5);
  await presses(bert, 'pause');
  await transferIs(bert, 'paused');
  await makeFile(path, 100 * MB);
  await presses(bert, 'resume');
  for (const person of [ada, bert]) {
    const { words } = await transferIs(person, 'over');
    assert.match(words, /changed/);
  }
});

story('a full disk is said, and what has come is kept', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('firefox', 'Ada', WITH_BLOBS);
  const bert = await stage.person('chromium', 'Bert', { init: [KEEPS_BLOBS, KEEPS_REFUSALS] });
  await bert.join(await ada.startCall(page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  const devtools = await bert.page.context().newCDPSession(bert.page);
  const { origin } = new URL(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 40 * MB });
  const path = await makeFile(fileOf(stage, 'much.bin'), 90 * MB);
  await sends(ada, [path]);
  await transferIs(bert, 'asked');
  await presses(bert, 'accept');
  const { words, percent } = await transferIs(bert, 'paused', { within: 60_000 });
  assert.match(words, /No space left/);
  assert.match((await transferIs(ada, 'waiting')).words, /no space left/);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await presses(bert, 'resume');
  const went = await transferIs(bert, ['moving', 'done']);
  assert.ok(went.percent >= percent, `from ${percent} % to ${went.percent} %`);
  await transferIs(bert, 'done', { within: 60_000 });
  const [file] = await received(bert);
  assert.equal(file.sha256, sha256(await readFile(path)));
});

story('twenty files at once, each a transfer of its own', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada', WITH_BLOBS);
  const bert = await stage.person('firefox', 'Bert', WITH_BLOBS);
  await bert.join(await ada.startCall(page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  const COUNT = 20;
  for (let index = 0; index < COUNT; index += 1) await sends(ada, [await makeFile(fileOf(stage, `${index}.bin`), 200_000)]);
  const asked = async () => (await transfers(bert)).filter((item) => item.stage === 'asked').length;
  for (let left = COUNT; left > 0; left -= 1) {
    await waitFor(`${left} offers`, async () => (await asked()) === left);
    // By key: what those before become moves the button from under a pointer.
    await bert.the('accept').filter({ visible: true }).first().press('Enter');
  }
  for (const person of [bert, ada]) {
    await waitFor(`all at ${person.name}`, async () => (await transfers(person)).filter((item) => item.stage === 'done').length === COUNT);
  }
});

if (process.env.HANDCLASP_SLOW) {
  const SIZE = 1_073_741_824;
  /** What both browsers may take beyond what they took before, MB: their own buffers, caches and garbage included. */
  const MOST = 500;

  story('a gigabyte, in bounded memory', async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person('chromium', 'Ada', WITH_BLOBS);
    const bert = await stage.person('firefox', 'Bert', WITH_BLOBS);
    await bert.join(await ada.startCall(page));
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    const path = await makeFile(fileOf(stage, 'gigabyte.bin'), SIZE);
    const before = await memory();
    let most = before;
    const watch = setInterval(async () => { most = Math.max(most, await memory()); }, 1000);
    const began = performance.now();
    await sends(ada, [path]);
    await accepts(bert, { within: 600_000 });
    clearInterval(watch);
    const seconds = (performance.now() - began) / 1000;
    stage.report(`${Math.round(seconds)} s, ${Math.round(SIZE / MB / seconds)} MB/s; memory of all browsers ${before} MB before, ${most} MB at most`);
    assert.ok(most - before < MOST, `${most - before} MB more`);
    await rm(path);
  }, { lasts: 600_000 });
}

/** What all browsers have in memory that is theirs alone, MB. */
async function memory() {
  let total = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [line, status] = await Promise.all(['cmdline', 'status'].map((name) => readFile(join('/proc', pid, name), 'utf8').catch(() => '')));
    if (!/chrom|firefox/.test(line)) continue;
    total += Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return Math.round(total / 1000);
}
