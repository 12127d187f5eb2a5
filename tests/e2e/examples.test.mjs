import assert from 'node:assert/strict';
import { join } from 'node:path';
import { EXAMPLES } from './support/paths.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** The same chat, drawn by each: what these stories know of it is what a screen reader would say. */
const CHATS = ['websys', 'leptos', 'yew', 'dioxus'];

const people = (person) => person.page.getByRole('list', { name: 'Who is here' }).getByRole('listitem');
const lines = (person) => person.page.getByRole('log', { name: 'Messages' }).getByRole('listitem');

/** Opens a chat, and resolves with the name that one has there. */
async function open(person, url) {
  await person.page.goto(url);
  const status = person.page.getByRole('status').filter({ hasText: 'You are' });
  await status.waitFor();
  return /^You are (\w{8})\./.exec(await status.innerText())[1];
}

/** Resolves when these others, and nobody else, are here and connected. */
async function sees(person, ...names) {
  const expected = names.map((name) => `${name}, connected`).sort();
  await waitFor(`${person.name} to see [${expected}]`, async () =>
    String((await people(person).allInnerTexts()).sort()) === String(expected));
}

/** Has somebody say something; resolves when all the others have read it as it was written, from that name. */
async function says(person, name, text, ...others) {
  const field = person.page.getByLabel('Message', { exact: true });
  await field.fill(text);
  await person.page.getByRole('button', { name: 'Send' }).click();
  for (const [reader, who] of [[person, 'You'], ...others.map((other) => [other, name])]) {
    await waitFor(`${reader.name} to read “${text}”`, async () => (await lines(reader).allInnerTexts()).at(-1) === `${who}: ${text}`);
  }
  assert.equal(await field.inputValue(), '');
}

for (const engine of ['chromium', 'firefox']) {
  for (const chat of CHATS) {
    story(`with ${chat}, two tabs of ${engine} see each other, talk, and notice who leaves`, async (stage) => {
      const { page } = await stage.with(startServe('--dist', join(EXAMPLES, chat)));
      const ada = await stage.person(engine, 'Ada');
      const a = await open(ada, page);
      const bert = await stage.person(engine, 'Bert', { context: ada.page.context() });
      const b = await open(bert, ada.page.url());
      await Promise.all([sees(ada, b), sees(bert, a)]);

      await says(ada, a, 'Hello, Bert!', bert);
      await says(bert, b, '<b>x</b> & 👋', ada);
      assert.equal(await ada.page.locator('b').count(), 0, 'what is said is text');
      // By the keyboard, too.
      await ada.page.getByLabel('Message', { exact: true }).fill('Good-bye');
      await ada.page.keyboard.press('Enter');
      await waitFor('Bert to read it', async () => (await lines(bert).count()) === 3);
      assert.equal(await ada.page.getByRole('alert').innerText(), '');

      await bert.page.close();
      await sees(ada);
    });
  }
}

story('all four talk to each other, from separate browsers, over a broker', async (stage) => {
  const members = [];
  let broker;
  let secret = '';
  for (const [index, chat] of CHATS.entries()) {
    const server = await stage.with(startServe('--dist', join(EXAMPLES, chat)));
    broker ??= server.broker;
    const person = await stage.person(['chromium', 'firefox'][index % 2], chat);
    const name = await open(person, `${server.page}&broker=${encodeURIComponent(broker)}${secret}`);
    secret = new URL(person.page.url()).hash;
    members.push({ person, name });
  }
  const others = (one) => members.filter((member) => member !== one);
  await Promise.all(members.map((one) => sees(one.person, ...others(one).map(({ name }) => name))));
  for (const one of members) {
    await says(one.person, one.name, `I am ${one.person.name}`, ...others(one).map(({ person }) => person));
  }
});

for (const chat of CHATS) {
  story(`${chat} says in words what is wrong, and what to do`, async (stage) => {
    const { page } = await stage.with(startServe('--dist', join(EXAMPLES, chat)));
    const ada = await stage.person('chromium', 'Ada');
    const alert = ada.page.getByRole('alert');
    const reads = (words) => waitFor(`“${words}”`, async () => (await alert.innerText().catch(() => '')).includes(words));

    await ada.page.goto(`${page}#short`);
    await reads('A room secret is');
    await reads('Copy the whole link again.');
    await ada.page.goto(`${page}&broker=nonsense`);
    await reads('Give an address such as wss://');
  });
}
