import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`on a static host ${engine} says that there is no broker, and its tabs still meet`, async (stage) => {
    const { page } = await stage.with(startStatic());
    const ada = await stage.person(engine, 'Ada');
    const link = await ada.startCall(page);
    await ada.brokerIs('none');
    const says = (await ada.the('status').innerText()).trim();
    stage.report(`it says: ${says}`);
    assert.match(says, /only tabs of this browser/);
    assert.equal(await ada.the('error').count(), 0, 'nothing is wrong with a page that has no server');

    const bert = await stage.person(engine, 'Bert', { context: ada.page.context() });
    await bert.join(link);
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await mediaFlows([ada, bert]);
  });
}
