import assert from 'node:assert/strict';
import { launchMortal } from './support/browsers.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** Leaving is seen within this, ms. */
const SEEN_WITHIN = 2_000;

/** Keeps a page from noticing that it is being closed, so that it cannot say goodbye. */
const NO_GOODBYE = () => {
  for (const type of ['pagehide', 'beforeunload', 'unload', 'visibilitychange']) {
    addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true });
  }
};

/** `leave` resolves with when it happened. Both times are taken in the pages, so that a busy test does not count. */
async function seesLeaving(stage, observer, leaver, leave) {
  const left = await leave();
  await observer.sees();
  const took = (await observer.tileGone()) - left;
  stage.report(`${observer.name} saw ${leaver.name} go after ${took} ms`);
  assert.ok(took < SEEN_WITHIN, `took ${took} ms`);
  await waitFor('the connection to be closed', async () => (await observer.connections()).length === 0);
}

for (const [stays, leaves] of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
  story(`${stays} sees ${leaves} hang up`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(stays, 'Ada');
    const bert = await stage.person(leaves, 'Bert');
    await bert.join(await ada.startCall(page));
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await seesLeaving(stage, ada, bert, async () => {
      await bert.hangUp();
      return bert.clicked('hangup');
    });
  });

  story(`${stays} sees ${leaves} close the tab without goodbye`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(stays, 'Ada');
    const bert = await stage.person(leaves, 'Bert', { init: [NO_GOODBYE] });
    await bert.join(await ada.startCall(page));
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await seesLeaving(stage, ada, bert, async () => {
      const now = Date.now();
      await bert.page.close();
      return now;
    });
  });

  story(`${stays} sees ${leaves} crash`, async (stage) => {
    const { page } = await stage.with(startServe());
    const mortal = await launchMortal(leaves);
    try {
      const ada = await stage.person(stays, 'Ada');
      const bert = await stage.person(leaves, 'Bert', { browser: mortal.browser });
      await bert.join(await ada.startCall(page));
      await Promise.all([ada.sees(bert), bert.sees(ada)]);
      await seesLeaving(stage, ada, bert, async () => {
        const now = Date.now();
        await mortal.kill();
        return now;
      });
    } finally {
      await mortal.close();
    }
  });
}
