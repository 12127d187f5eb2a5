import assert from 'node:assert/strict';
import { tabsInRoom, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`a channel is a pair of Web Streams in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      room.addEventListener('channel', async ({ channel }) => {
        if (channel.label !== 'hash') return;
        // As it comes, by way of streams alone.
        const text = channel.readable.pipeThrough(new TransformStream({ transform: (bytes, out) => out.enqueue(bytes.length) }));
        let sum = 0;
        for (const reader = text.getReader(); ;) {
          const { value, done } = await reader.read();
          if (done) break;
          sum += value;
        }
        window.sum = sum;
      });
    });
    const closed = await ada.page.evaluate(async () => {
      const channel = peer.openChannel('hash');
      const closed = new Promise((resolve) => { channel.onclose = ({ reason }) => resolve(reason); });
      const blob = new Blob([new Uint8Array(10_000_000)]);
      window.channel = channel;
      await blob.stream().pipeTo(channel.writable);
      return [channel.isOpen, await Promise.race([closed, 'not told'])].at(0);
    });
    assert.equal(closed, false);
    await untilIn(bert, 'window.sum === 10_000_000');
  });

  story(`a stream that is cancelled or aborted is told, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      room.addEventListener('channel', async ({ channel }) => {
        window.got = [];
        channel.onclose = ({ reason }) => { window.reason = reason; };
        const reader = channel.readable.getReader();
        got.push((await reader.read()).value);
        await reader.cancel();
        channel.onmessage = ({ data }) => got.push(data);
      });
    });
    await ada.page.evaluate(async () => {
      const writer = peer.openChannel('lines').writable.getWriter();
      await writer.write('one');
      await writer.write('two');
      await writer.abort('enough');
    });
    await untilIn(bert, 'window.got?.length === 2 && window.reason');
    assert.deepEqual(await bert.page.evaluate(() => [...got, reason]), ['one', 'two', 'closed-remote']);
  });

  story(`await using closes what it holds, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    // The keyword is not everywhere yet; what it calls is.
    await ada.page.evaluate(async () => {
      const dispose = (thing) => thing[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
      const channel = peer.openChannel('aside');
      await channel.send('hello');
      await dispose(channel);
      window.open = channel.isOpen;
      await dispose(room);
    });
    assert.equal(await ada.page.evaluate(() => open), false);
    await untilIn(bert, 'heard.some(({ event }) => event === "left")');
  });
}
