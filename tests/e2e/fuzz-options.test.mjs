import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tabsWithPackage } from './support/npm.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

const FUZZER = await readFile(new URL('support/options-fuzzer.js', import.meta.url), 'utf8');

/** How long to go on in each browser, s; without it, as many rounds as below. */
const SECONDS = Number(process.env.HANDCLASP_FUZZ_SECONDS ?? 0);
/** Where to begin: a seed that a report names is the same call again. */
const SEED = Number(process.env.HANDCLASP_FUZZ_SEED ?? 1);
const ROUNDS = 200;

for (const engine of ['chromium', 'firefox']) {
  story(`whatever is passed to the package in ${engine}, it does that or says what is wrong`, async (stage) => {
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    const secret = await ada.page.evaluate(() => handclasp.generateSecret());
    for (const { page } of [ada, bert]) {
      await page.evaluate((options) => enter(options), { secret, channels: [{ label: 'c' }] });
    }
    await waitFor('a peer', () => ada.page.evaluate(() => room.peers[0]?.state === 'connected'));
    await ada.page.evaluate(FUZZER);

    const total = { ok: 0, refused: 0, wrong: [] };
    const end = performance.now() + SECONDS * 1000;
    let seed = SEED;
    do {
      const seen = await ada.page.evaluate(
        ([from, rounds]) => fuzzOptions({ handclasp, room, secret: handclasp.generateSecret() }, from, rounds), [seed, ROUNDS]);
      total.ok += seen.ok;
      total.refused += seen.refused;
      total.wrong.push(...seen.wrong);
      seed += ROUNDS;
    } while (performance.now() < end && total.wrong.length === 0);
    stage.report(`${total.ok} calls did something, ${total.refused} were refused, from seed ${SEED}`);
    assert.deepEqual(total.wrong, []);
    assert.ok(total.ok > ROUNDS / 20 && total.refused > ROUNDS / 10, JSON.stringify(total));

    // And everything is as it was.
    assert.equal(await ada.page.evaluate(() => room.channel('c').send('still here')), 1);
  });
}
