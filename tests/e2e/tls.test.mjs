import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { ownAddress, startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

story('over HTTPS from the network\'s address browsers give their cameras, and the broker is reached', async (stage) => {
  const { page, origin } = await stage.with(startServe('--tls', '--host', ownAddress()));
  assert.ok(origin.startsWith(`https://${ownAddress()}:`), origin);
  // What a person does by "Advanced".
  const ada = await stage.person('chromium', 'Ada', { ignoreHTTPSErrors: true });
  const bert = await stage.person('firefox', 'Bert', { ignoreHTTPSErrors: true });
  await bert.join(await ada.startCall(page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await mediaFlows([ada, bert]);
});

for (const engine of ['chromium', 'firefox']) {
  story(`without it ${engine} is told where to open the page`, async (stage) => {
    const { page } = await stage.with(startServe('--host', ownAddress()));
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(page);
    await ada.page.getByText('This address is not secure').waitFor();
    assert.match(await ada.page.locator('body').innerText(), /Open the page with https:\/\//);
  });
}
