import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { startMosquitto, startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

story('a call outlives its broker, and takes newcomers when the broker is back', async (stage) => {
  const { page } = await stage.with(startServe());
  const broker = await stage.with(startMosquitto());
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  const link = await ada.startCall(`${page}&broker=${encodeURIComponent(broker.broker)}`);
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await Promise.all([ada.brokerIs('connected'), bert.brokerIs('connected')]);

  await broker.kill();
  await Promise.all([ada.brokerIs('reconnecting'), bert.brokerIs('reconnecting')]);
  await mediaFlows([ada, bert]);
  await bert.say('still here');
  await ada.reads('still here');
  // Even what needs a negotiation: that goes over the direct path by now.
  await ada.the('screen').click();
  await bert.seesScreensOf(ada);

  await stage.with(startMosquitto({ port: broker.port }));
  await Promise.all([ada.brokerIs('connected'), bert.brokerIs('connected')]);
  const cleo = await stage.person('chromium', 'Cleo');
  await cleo.join(link);
  await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
  await cleo.seesScreensOf(ada);
  assert.equal(await ada.connectionsMade(), 2, 'the connection to Bert was never rebuilt');
});
