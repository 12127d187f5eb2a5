import assert from 'node:assert/strict';
import { tabsInRoom, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';

const MIB = 1024 * 1024;

/** More than any browser moves within these stories' waits. */
const SIZE = 256 * MIB;

/** How long both pages do nothing else, ms. */
const BUSY = 3000;

/** Whoever is offered files takes them. */
const takes = ({ page }) => page.evaluate(() => {
  room.addEventListener('files', async ({ transfer }) => {
    window.transfer = transfer;
    transfer.accept();
    window.ended = await transfer.done.then(() => 'done', ({ code }) => code);
  });
});

/** Offers a file of so many bytes, and resolves when so many have gone. */
const offers = ({ page }, size, begun = 0) => page.evaluate(async ([length, enough]) => {
  window.transfer = await peer.offerFiles(new File([new Uint8Array(length)], 'zeros.bin'));
  transfer.done.then(() => { window.ended = 'done'; }, ({ code }) => { window.ended = code; });
  while (transfer.state === 'offered' || transfer.progress.bytes < enough) await new Promise((resolve) => setTimeout(resolve, 5));
}, [size, begun]);

/** How much has come before and after the page was busy, as it knows at once afterwards. */
const whileBusy = ({ page }, ms) => page.evaluate(async (during) => {
  const before = transfer.progress.bytes;
  const until = performance.now() + during;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 20)); // what has been told meanwhile
  return [before, transfer.progress.bytes];
}, ms);

/** The package's worker is one that `make`, JavaScript after `super`, makes of it. */
const withWorker = ({ page }, make) => page.evaluate((script) => {
  const wrap = new Function('Present', `return class extends Present { constructor(...given) { ${script} globalThis.made = this; } }`);
  globalThis.Worker = wrap(Worker);
}, make);

for (const engine of ['chromium', 'firefox']) {
  story(`a file goes on while the pages of both sides are busy, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await takes(bert);
    // What is left goes over a lane that is the workers'.
    await offers(ada, SIZE, 24 * MIB);
    const [[before, after]] = await Promise.all([whileBusy(bert, BUSY), whileBusy(ada, BUSY)]);
    stage.report(`${before} bytes before, ${after} after ${BUSY} ms`);
    // In the page it would be what the browser has waiting, a quarter of a megabyte.
    assert.ok(after - before > 4 * MIB, `${before}, ${after}`);
    await Promise.all([ada, bert].map((person) => untilIn(person, 'window.ended')));
    assert.deepEqual(await Promise.all([ada, bert].map(({ page }) => page.evaluate(() => [ended, transfer.progress.bytes]))), [['done', SIZE], ['done', SIZE]]);
  });

  story(`a connection that is made anew meanwhile only interrupts it, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await takes(bert);
    await offers(ada, SIZE, 24 * MIB);
    await ada.page.evaluate(() => { peer.connection.close(); });
    await Promise.all([ada, bert].map((person) => untilIn(person, 'window.ended')));
    assert.deepEqual(await Promise.all([ada, bert].map(({ page }) => page.evaluate(() => [ended, transfer.progress.bytes]))), [['done', SIZE], ['done', SIZE]]);
    assert.ok(await ada.page.evaluate(() => heard.some(({ state }) => state === 'interrupted' || state === 'reconnecting')));
  });

  for (const [why, script] of [
    ['can be made', 'throw new DOMException("forbidden", "SecurityError"); super(...given);'],
    ['is there', 'super("/nowhere.js");'],
  ]) {
    story(`where no worker ${why} a file arrives all the same, in ${engine}`, async (stage) => {
      const [ada, bert] = await tabsInRoom(stage, engine);
      for (const person of [ada, bert]) await withWorker(person, script);
      await takes(bert);
      await offers(ada, 3 * MIB);
      await Promise.all([ada, bert].map((person) => untilIn(person, 'window.ended')));
      assert.deepEqual(await Promise.all([ada, bert].map(({ page }) => page.evaluate(() => ended))), ['done', 'done']);
      assert.deepEqual([ada, bert].map(({ page }) => page.workers().length), [0, 0]);
    });
  }

  story(`a worker that fails ends its files, and the next are moved without it, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await withWorker(ada, 'super(...given);');
    await takes(bert);
    await offers(ada, SIZE);
    await ada.page.evaluate(() => { made.dispatchEvent(new Event('error')); });
    await Promise.all([ada, bert].map((person) => untilIn(person, 'window.ended')));
    assert.deepEqual(await Promise.all([ada, bert].map(({ page }) => page.evaluate(() => ended))), ['transfer-lost', 'transfer-lost']);
    await bert.page.evaluate(() => { ended = undefined; });
    await offers(ada, 3 * MIB);
    await untilIn(bert, 'window.ended === "done"');
  });
}
