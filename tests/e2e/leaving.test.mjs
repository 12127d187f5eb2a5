import assert from 'node:assert/strict';
import { launchMortal } from './support/browsers.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

/** Leaving is seen within this, ms. */
const SEEN_WITHIN = 2_000;

/** Keeps a page from noticing that it is being closed, so that it cannot say goodbye. */
const NO_GOODBYE = () => {
  for (const type of ['pagehide', 'beforeunload', 'unload', 'visibilitychange']) {
    addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true });
  }
};

async function seenLeaving(stage, { leaver, observers, leave }) {
  const from = performance.now();
  const seen = Promise.all(observers.map(async (observer) => {
    await observer.sees();
    return `${observer.name} saw it after ${Math.round(performance.now() - from)} ms`;
  }));
  await leave();
  const reports = await seen;
  const took = performance.now() - from;
  stage.report(`${leaver.name}: ${reports}`);
  assert.ok(took < SEEN_WITHIN, `took ${Math.round(took)} ms`);
  for (const observer of observers) assert.deepEqual(await observer.connections(), [], 'its connection is closed');
}

for (const [stays, leaves] of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
  story(`${stays} sees ${leaves} hang up`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(stays, 'Ada');
    const bert = await stage.person(leaves, 'Bert');
    await bert.join(await ada.startCall(page));
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await seenLeaving(stage, { leaver: bert, observers: [ada], leave: () => bert.hangUp() });
  });

  story(`${stays} sees ${leaves} close the tab without goodbye`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(stays, 'Ada');
    const bert = await stage.person(leaves, 'Bert', { init: [NO_GOODBYE] });
    await bert.join(await ada.startCall(page));
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await seenLeaving(stage, { leaver: bert, observers: [ada], leave: () => bert.page.close() });
  });

  story(`${stays} sees ${leaves} crash`, async (stage) => {
    const { page } = await stage.with(startServe());
    const mortal = await launchMortal(leaves);
    try {
      const ada = await stage.person(stays, 'Ada');
      const bert = await stage.person(leaves, 'Bert', { browser: mortal.browser });
      await bert.join(await ada.startCall(page));
      await Promise.all([ada.sees(bert), bert.sees(ada)]);
      await seenLeaving(stage, { leaver: bert, observers: [ada], leave: () => mortal.kill() });
    } finally {
      await mortal.close();
    }
  });
}
