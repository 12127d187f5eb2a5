import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mediaFlows } from './support/media.mjs';
import { observe } from './support/observer.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** The same link with another secret. */
const forged = (link) => link.replace(/#r=.*/, `#r=${randomBytes(16).toString('base64url')}`);

story('a wrong secret gets nobody in', async (stage) => {
  const server = await stage.with(startServe('--observe'));
  const observer = await stage.with(observe(server.broker));
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  const link = await ada.startCall(server.page);
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  const room = observer.topics();
  const before = observer.seen.length;

  const mallory = await stage.person('chromium', 'Mallory');
  await mallory.join(forged(link));
  await mallory.brokerIs('connected');
  // Mallory has called out more than once, and those who could have answered have had the time of a call to do so.
  const calls = () => observer.seen.slice(before).filter(({ topic }) => !room.has(topic));
  await waitFor('Mallory to call into an empty room twice', () => calls().length >= 2);
  await mediaFlows([ada, bert]);

  assert.deepEqual(await mallory.others(), []);
  assert.deepEqual(await mallory.connections(), []);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  assert.equal(await ada.connectionsMade(), 1);
  const shared = [...new Set(calls().map(({ topic }) => topic))].filter((topic) => room.has(topic));
  assert.deepEqual(shared, [], 'the other secret leads to other topics');
});

story('noise and replayed signals on the topic of a room change nothing', async (stage) => {
  const server = await stage.with(startServe('--observe'));
  const observer = await stage.with(observe(server.broker));
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  const cleo = await stage.person('chromium', 'Cleo');
  const link = await ada.startCall(server.page);
  await bert.join(link);
  await cleo.join(link);
  await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
  await cleo.hangUp();
  await Promise.all([ada.sees(bert), bert.sees(ada)]);

  const recorded = [...observer.seen];
  assert.ok(recorded.length > 5, `only ${recorded.length} signals recorded`);
  for (const topic of observer.topics()) {
    await observer.publish(topic, Buffer.alloc(0));
    await observer.publish(topic, randomBytes(1));
    await observer.publish(topic, randomBytes(4096));
    await observer.publish(topic, Buffer.from('{"type":"offer","sdp":"v=0"}'));
  }
  for (const { topic, payload } of recorded) {
    await observer.publish(topic, payload);
    await observer.publish(topic, payload.subarray(0, payload.length - 1));
  }
  // A newcomer's arrival, which takes signals both ways on the same topic, comes after all of that.
  const dora = await stage.person('chromium', 'Dora');
  await dora.join(link);
  await Promise.all([ada.sees(bert, dora), bert.sees(ada, dora), dora.sees(ada, bert)]);
  await mediaFlows([ada, bert, dora]);
  assert.equal(await ada.connectionsMade(), 3, 'Bert, Cleo and Dora: no ghosts');
});
