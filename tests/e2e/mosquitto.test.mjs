import { mediaFlows } from './support/media.mjs';
import { startMosquitto, startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

story('the same page over a broker that we did not write', async (stage) => {
  const { page } = await stage.with(startServe());
  const { broker } = await stage.with(startMosquitto());
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');

  await bert.join(await ada.startCall(`${page}&broker=${encodeURIComponent(broker)}`));
  await Promise.all([ada.brokerIs('connected'), bert.brokerIs('connected')]);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await mediaFlows([ada, bert]);
  await ada.say('over mosquitto');
  await bert.reads('over mosquitto');

  const from = performance.now();
  await bert.page.close();
  await ada.sees();
  stage.report(`closing the tab seen after ${Math.round(performance.now() - from)} ms`);
});
