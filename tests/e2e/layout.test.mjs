import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT } from './support/paths.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

const SIZES = [{ width: 390, height: 844 }, { width: 1024, height: 768 }, { width: 1600, height: 1000 }];
/** Firefox takes the scheme from its profile, and its driver cannot change it meanwhile. */
const SCHEMES = { chromium: ['light', 'dark'], firefox: ['light'] };

/** What must be in sight, and reachable by the Tab key, on each of the page's views. */
const CONTROLS = {
  start: ['start'],
  lobby: ['name', 'join', 'mic-select', 'camera-select', 'copy-link'],
  call: ['mute', 'camera', 'screen', 'hangup', 'chat-open', 'files-open'],
};

/** More Tab presses than any view has stops. */
const STOPS = 40;

async function looksRight(person, view, { width }, scheme) {
  const where = `${view} at ${width} px, ${scheme}`;
  await mkdir(join(OUT, 'layout'), { recursive: true });
  await person.screenshot(join(OUT, 'layout', `${person.engine}-${view}-${width}-${scheme}.png`));

  const page = await person.page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }));
  assert.ok(page.content <= page.window, `${where}: ${page.content} px wide`);

  const reached = new Set();
  await person.page.evaluate(() => document.activeElement?.blur());
  for (let stop = 0; stop < STOPS && CONTROLS[view].some((id) => !reached.has(id)); stop += 1) {
    await person.page.keyboard.press('Tab');
    const focus = await person.page.evaluate(() => {
      const element = document.activeElement;
      const box = element?.getBoundingClientRect();
      const middle = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return {
        id: element?.closest('[data-testid]')?.dataset.testid,
        // The browser scrolls to what has the focus; then it must be in the window, and nothing over it.
        uncovered: Boolean(middle) && (element.contains(middle) || middle.contains(element) || middle.control === element),
        inside: Boolean(box) && box.left >= 0 && box.right <= innerWidth + 1 && box.width > 0 && box.height > 0,
      };
    });
    if (focus.id && CONTROLS[view].includes(focus.id)) {
      assert.ok(focus.inside, `${where}: ${focus.id} is out of sight`);
      assert.ok(focus.uncovered, `${where}: ${focus.id} is covered`);
      reached.add(focus.id);
    }
  }
  assert.deepEqual(CONTROLS[view].filter((id) => !reached.has(id)), [], `${where}: not reachable by Tab`);
}

async function everySizeAndScheme(person, view) {
  for (const size of SIZES) {
    await person.page.setViewportSize(size);
    for (const scheme of SCHEMES[person.engine]) {
      await person.page.emulateMedia({ colorScheme: scheme });
      await looksRight(person, view, size, scheme);
    }
  }
}

for (const engine of ['chromium', 'firefox']) {
  story(`in ${engine} every view fits every width and scheme, and is reachable by keyboard`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(page);
    await ada.the('start').waitFor();
    await everySizeAndScheme(ada, 'start');

    await ada.the('start').click();
    await ada.the('name').waitFor();
    await everySizeAndScheme(ada, 'lobby');

    await ada.enter();
    const bert = await stage.person('firefox', 'Bert');
    const cleo = await stage.person('chromium', 'Cleopatra Wilhelmina Featherstonehaugh-Cholmondeley');
    await bert.join(ada.page.url());
    await cleo.join(ada.page.url());
    await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
    await everySizeAndScheme(ada, 'call');

    await bert.say('A message as long as a train in the Australian outback, andthenawordwithoutanyspaceinitthatgoesonandonandonandonandon');
    await ada.reads('A message as long as a train');
    for (const size of SIZES) {
      await ada.page.setViewportSize(size);
      await ada.screenshot(join(OUT, 'layout', `${engine}-chat-${size.width}.png`));
      const overflow = await ada.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `chat at ${size.width} px: ${overflow} px too wide`);
    }
  });
}

story('a call can be made with the keyboard alone', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  const tabTo = async (id) => {
    for (let stop = 0; stop < STOPS; stop += 1) {
      if (await ada.page.evaluate((wanted) => document.activeElement?.closest('[data-testid]')?.dataset.testid === wanted, id)) return;
      await ada.page.keyboard.press('Tab');
    }
    assert.fail(`no way to ${id} by Tab`);
  };

  await ada.page.goto(page);
  await ada.the('start').waitFor();
  await tabTo('start');
  await ada.page.keyboard.press('Enter');
  await ada.the('name').waitFor();
  await tabTo('name');
  await ada.page.keyboard.type('Ada');
  await ada.page.keyboard.press('Enter');
  await ada.the('hangup').waitFor();

  const bert = await stage.person('firefox', 'Bert');
  await bert.join(ada.page.url());
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  if (!(await ada.the('chat-input').isVisible())) {
    await tabTo('chat-open');
    await ada.page.keyboard.press('Enter');
  }
  await tabTo('chat-input');
  await ada.page.keyboard.type('typed');
  await ada.page.keyboard.press('Enter');
  await bert.reads('typed');
  await tabTo('hangup');
  await ada.page.keyboard.press('Enter');
  await bert.sees();
});
