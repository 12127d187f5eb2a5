import assert from 'node:assert/strict';
import { begins, shakeHands } from './support/by-hand.mjs';
import { startServe, startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** The words that a person reads on the tile of the only other. */
async function reads(person) {
  const button = person.the('trust');
  await button.waitFor();
  await button.click();
  const words = await waitFor('the words', async () => {
    const shown = await person.the('words').locator('li').allInnerTexts();
    return shown.length === 4 && shown;
  });
  assert.ok(words.every((word) => /^[a-z]{3,8}$/.test(word)), words.join(' '));
  return words;
}

const isKnown = (person) => waitFor(`${person.name} to have compared words`, async () => (await person.the('trust').getAttribute('data-known')) === 'yes');

story('both read the same words in a room, and need not do so again', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await bert.join(await ada.startCall(page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  const words = await reads(ada);
  assert.deepEqual(await reads(bert), words);
  for (const person of [ada, bert]) await person.the('match').click();
  await Promise.all([isKnown(ada), isKnown(bert)]);

  // Another call of the same two browsers, the other way around.
  const link = await bert.startCall(page);
  await ada.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await Promise.all([isKnown(ada), isKnown(bert)]);
  assert.notDeepEqual(await reads(ada), words, 'words are new each time');
  // Whoever was wrong can say so.
  await ada.the('no-match').click();
  await waitFor('Ada to have forgotten', async () => (await ada.the('trust').getAttribute('data-known')) === 'no');
});

story('both read the same words after a handshake by hand', async (stage) => {
  const { page } = await stage.with(startStatic());
  const ada = await stage.person('firefox', 'Ada');
  const bert = await stage.person('chromium', 'Bert');
  await begins(ada, page);
  await shakeHands(ada, bert);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  assert.deepEqual(await reads(ada), await reads(bert));
});
