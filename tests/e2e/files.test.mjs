import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { KEEPS_BLOBS, accepts, drops, fileOf, makeFile, presses, received, sends, sha256, transferIs, transfers } from './support/files.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

const WITH_BLOBS = { init: [KEEPS_BLOBS] };
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Two people in a call. */
async function couple(stage, engines = ['chromium', 'firefox']) {
  const { page } = await stage.with(startServe());
  const ada = await stage.person(engines[0], 'Ada', WITH_BLOBS);
  const bert = await stage.person(engines[1], 'Bert', WITH_BLOBS);
  const link = await ada.startCall(page);
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  return { ada, bert, link };
}

story('files arrive as they were sent, in both directions', async (stage) => {
  const { ada, bert } = await couple(stage);
  for (const [from, to] of [[ada, bert], [bert, ada]]) {
    const large = await makeFile(fileOf(stage, `${from.name} large.bin`), 5_000_000);
    const small = await makeFile(fileOf(stage, `${from.name} small.txt`), 11);
    const empty = await makeFile(fileOf(stage, `${from.name} empty.txt`), 0);
    await sends(from, [large, small, empty]);
    await accepts(to);
    await transferIs(from, 'done');
    const files = await received(to);
    const sent = await Promise.all([large, small, empty].map(async (path) => sha256(await readFile(path))));
    assert.deepEqual(files.map((file) => file.sha256), sent);
    assert.deepEqual(files.map((file) => file.name), ['large.bin', 'small.txt', 'empty.txt'].map((name) => `${from.name} ${name}`));
  }
});

story('who declines gets nothing, and both are told; who offered can take it back', async (stage) => {
  const { ada, bert } = await couple(stage);
  const file = await makeFile(fileOf(stage, 'unwanted.bin'), 100_000);
  await sends(ada, [file]);
  await transferIs(bert, 'asked');
  await presses(bert, 'decline');
  assert.match((await transferIs(ada, 'over')).words, /Bert declined/);
  assert.match((await transferIs(bert, 'over')).words, /Declined/);

  await sends(ada, [file]);
  await transferIs(bert, 'asked');
  await presses(ada, 'cancel');
  assert.match((await transferIs(bert, 'over')).words, /Cancelled by Ada/);
  // Nothing is under way, so that nobody is asked.
  await ada.hangUp();
  await ada.the('hangup').waitFor({ state: 'hidden' });
});

story('files that are dropped on a person are for that person', async (stage) => {
  const { ada, bert, link } = await couple(stage);
  const cleo = await stage.person('chromium', 'Cleo', WITH_BLOBS);
  await cleo.join(link);
  await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
  const bertAtAda = (await ada.others()).find((tile) => tile.name === 'Bert').peer;

  const note = { name: 'for Bert.txt', type: 'text/plain', text: 'only you' };
  const said = await drops(ada, `[data-testid=tile][data-peer="${bertAtAda}"]`, [note]);
  assert.equal(said, 'Drop to send to Bert');
  await accepts(bert);
  assert.deepEqual((await received(bert)).map((file) => file.name), ['for Bert.txt']);
  assert.deepEqual(await transfers(cleo), []);

  assert.equal(await drops(ada, 'header', [{ ...note, name: 'for all.txt' }]), 'Drop to send to everyone');
  await Promise.all([accepts(bert), accepts(cleo)]);
  assert.deepEqual((await received(cleo)).map((file) => file.name), ['for all.txt']);
});

story('a picture that is pasted is sent, and seen before it is saved', async (stage) => {
  const { ada, bert } = await couple(stage, ['firefox', 'chromium']);
  await ada.page.evaluate((base64) => {
    const clipboardData = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    clipboardData.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
    // Firefox lets nobody make a clipboard event with content.
    const event = new ClipboardEvent('paste', { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'clipboardData', { value: clipboardData });
    document.body.dispatchEvent(event);
  }, PNG);
  await accepts(bert);
  const picture = bert.the('picture');
  await picture.waitFor();
  assert.equal(await picture.evaluate(async (image) => { await image.decode(); return image.naturalWidth; }), 1);

  // Saved by the browser, as a file of that name.
  const downloading = bert.page.waitForEvent('download');
  await presses(bert, 'save');
  const download = await downloading;
  assert.equal(download.suggestedFilename(), 'image.png');
  assert.deepEqual(await readFile(await download.path()), Buffer.from(PNG, 'base64'));
});

story('a folder arrives with its paths, whatever is in it', async (stage) => {
  const { ada, bert } = await couple(stage);
  const COUNT = 500;
  for (let index = 0; index < COUNT; index += 1) {
    await makeFile(fileOf(stage, `holiday/day ${index % 7}/${index}.txt`), index * 10);
  }
  await sends(ada, fileOf(stage, 'holiday'), { folder: true });
  assert.match((await transferIs(bert, 'asked')).title, /holiday \(500 files\)/);
  await accepts(bert, { within: 60_000 });
  await transferIs(ada, 'done');

  // Saved into a folder, where the browser can ask for one: the dialog itself is the browser's, and what it gives is a folder of this kind.
  await bert.page.evaluate(() => { window.showDirectoryPicker = () => navigator.storage.getDirectory(); });
  await presses(bert, 'save-all');
  const saved = () => bert.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    try {
      const folder = await (await root.getDirectoryHandle('holiday')).getDirectoryHandle('day 2');
      return (await (await folder.getFileHandle('499.txt')).getFile()).size;
    } catch {
      return undefined; // not yet
    }
  });
  await waitFor('the last file to be saved', async () => (await saved()) === 4990, { within: 60_000 });
});

story('a pause holds it on both sides, and hanging up asks first', async (stage) => {
  const { ada, bert } = await couple(stage);
  const large = await makeFile(fileOf(stage, 'large.bin'), 150_000_000);
  await sends(ada, [large]);
  await transferIs(bert, 'asked');
  await presses(bert, 'accept');
  await transferIs(ada, 'moving');
  await presses(bert, 'pause');
  await transferIs(bert, 'paused');
  assert.match((await transferIs(ada, 'waiting')).words, /Paused by Bert/);
  await ada.hangUp();
  await ada.the('stay').click();
  await presses(bert, 'resume');
  await transferIs(ada, 'moving');
  await presses(ada, 'cancel');
  await transferIs(bert, 'over');
});
