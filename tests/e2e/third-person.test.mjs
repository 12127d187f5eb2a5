import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

story('a third person sees, hears and reads both, and is seen, heard and read by both', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  const cleo = await stage.person('chromium', 'Cleo');
  const link = await ada.startCall(page);
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);

  await cleo.join(link);
  await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
  await mediaFlows([ada, bert, cleo]);

  await cleo.say('Hello, you two');
  await Promise.all([ada.reads('Hello, you two'), bert.reads('Hello, you two')]);
  // Nobody's call was disturbed by it: one connection for each other person, ever.
  for (const person of [ada, bert, cleo]) assert.equal(await person.connectionsMade(), 2, person.name);
});
