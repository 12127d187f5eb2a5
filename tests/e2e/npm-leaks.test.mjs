import assert from 'node:assert/strict';
import { tabsWithPackage } from './support/npm.mjs';
import { story } from './support/story.mjs';

/** How often a room is joined and left, and after how many rounds everything that is made once has been made. */
const ROUNDS = 200;
const WARM = 20;
/** Bytes that the heap may grow by after that. */
const MAX_GROWTH = 1_000_000;

story('two hundred rooms joined and left in one page leave nothing behind', async (stage) => {
  const [ada, bert] = await tabsWithPackage(stage, 'chromium', ['Ada', 'Bert']);
  const client = await ada.page.context().newCDPSession(ada.page);
  await client.send('HeapProfiler.enable');
  // What is made is known by references that keep nothing alive. (`Runtime.queryObjects` does not come back in a page with WebAssembly.)
  for (const { page } of [ada, bert]) {
    await page.evaluate(() => {
      window.made = [];
      window.note = (...objects) => made.push(...objects.map((object) => new WeakRef(object)));
      window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
        construct(target, passed) {
          const connection = new target(...passed);
          note(connection);
          return connection;
        },
      });
    });
  }

  /** Bytes in use, JavaScript's and the WebAssembly's, and how many objects of this class there are, once all garbage is collected. */
  const measure = async () => {
    // Finalizers run in tasks of their own, and free what is collected the next time.
    for (let times = 0; times < 3; times += 1) {
      await client.send('HeapProfiler.collectGarbage');
      await ada.page.evaluate(() => new Promise((resolve) => { setTimeout(resolve); }));
    }
    const { usedSize } = await client.send('Runtime.getHeapUsage');
    const alive = await ada.page.evaluate(() => {
      const counts = { made: made.length };
      made = made.filter((weak) => weak.deref());
      for (const weak of made) {
        const { name } = weak.deref().constructor;
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    });
    return { usedSize, alive };
  };

  const rounds = async (count) => {
    for (let round = 0; round < count; round += 1) {
      const secret = await ada.page.evaluate(() => handclasp.generateSecret());
      const visit = async ({ page }, name) => page.evaluate(async ([secret, name]) => {
        const room = await handclasp.join({ app: 'test', room: 'leaks', secret, signaling: 'broadcast', iceServers: [], signal: new AbortController().signal });
        room.handle('name', () => name);
        const { peer } = await new Promise((resolve) => { room.addEventListener('peer', resolve); });
        await peer.connected();
        const chat = room.channel('chat');
        await chat.send(name);
        for await (const { data } of chat) if (data) break;
        // Whoever leaves first would leave the other waiting: each does when the other has answered the last time.
        const aside = peer.openChannel('aside');
        aside.onmessage = () => {};
        await aside.send(name);
        await peer.request('name');
        await peer.request('name').catch(() => {});
        room.addEventListener('left', () => {});
        note(room, peer, chat, aside);
        window.room = room;
      }, [secret, name]);
      await Promise.all([visit(ada, 'Ada'), visit(bert, 'Bert')]);
      await Promise.all([ada, bert].map(({ page }) => page.evaluate(async () => {
        await room.leave();
        window.room = undefined;
      })));
    }
  };

  await rounds(WARM);
  const before = await measure();
  await rounds(ROUNDS - WARM);
  const after = await measure();
  const growth = after.usedSize - before.usedSize;
  stage.report(`after ${ROUNDS} rounds the heap has grown by ${Math.round(growth / 1000)} kB since the ${WARM}th; alive: ${JSON.stringify(after.alive)}`);
  const { made, ...alive } = after.alive;
  assert.ok(made >= 5 * (ROUNDS - WARM), `${made} objects were made`);
  assert.deepEqual(alive, {});
  assert.ok(growth < MAX_GROWTH, `the heap has grown by ${growth} bytes`);
}, { lasts: 180_000 });
