import { mediaFlows } from './support/media.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`on a static host ${engine} says that there is no broker, and its tabs still meet`, async (stage) => {
    const { page } = await stage.with(startStatic());
    const ada = await stage.person(engine, 'Ada');
    const link = await ada.startCall(page);
    await waitFor('Ada to be told', async () => ['none', 'failed'].includes(await ada.broker()) && (await ada.the('status').innerText()).trim());
    stage.report(`it says: ${(await ada.the('status').innerText()).trim()}`);

    const bert = await stage.person(engine, 'Bert', { context: ada.page.context() });
    await bert.join(link);
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await mediaFlows([ada, bert]);
  });
}
