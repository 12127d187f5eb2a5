import assert from 'node:assert/strict';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

story('what one writes, the other reads, whatever it holds', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await bert.join(await ada.startCall(page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  const [{ peer: adaAtBert }] = await bert.others();
  const [{ peer: bertAtAda }] = await ada.others();

  await ada.say('Good morning, Bert');
  assert.equal(await bert.reads('Good morning, Bert'), adaAtBert);
  await bert.say('<b>bold</b> & naïve — 你好 👋');
  assert.equal(await ada.reads('<b>bold</b> & naïve — 你好 👋'), bertAtAda);

  assert.equal(await ada.reads('Good morning, Bert'), 'me');
  assert.equal(await ada.the('chat-message').count(), 2);
  assert.equal(await bert.the('chat-message').count(), 2);
});
