import assert from 'node:assert/strict';
import { tabsInRoom, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`a member asks another and is answered, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      room.handle('sum', (numbers) => numbers.reduce((all, number) => all + number, 0));
      room.handle('who', (payload, { from }) => [from === room.peers[0], payload]);
      room.handle('reverse', async (bytes) => bytes.slice().reverse());
      room.handle('buffer', (bytes) => Uint8Array.from(bytes).buffer);
      room.handle('nothing', () => {});
      room.handle('slow', () => new Promise((resolve) => { window.answer = resolve; }));
    });
    const answers = await ada.page.evaluate(async () => [
      await peer.request('sum', [1, 2, 39]),
      await peer.request('who', { nested: [null, 'grüß dich 👋', 1.5] }),
      await peer.request('who'),
      [...await peer.request('reverse', Uint8Array.of(1, 2, 3))],
      [...await peer.request('buffer', new Uint16Array([258]))],
      (await peer.request('reverse', new Uint8Array(3_000_000))).length,
      (await peer.request('who', 'x'.repeat(1_000_000)))[1].length,
      String(await peer.request('nothing')),
    ]);
    assert.deepEqual(answers, [42, [true, { nested: [null, 'grüß dich 👋', 1.5] }], [true, null], [3, 2, 1], [2, 1], 3_000_000, 1_000_000, 'undefined']);

    // A hundred at once, answered out of order.
    const many = await ada.page.evaluate(async () => {
      const slow = peer.request('slow');
      const all = await Promise.all(Array.from({ length: 100 }, (_, number) => peer.request('sum', [number, 1])));
      return [all.every((answer, number) => answer === number + 1), slow.then((answer) => { window.slow = answer; }) && true];
    });
    assert.deepEqual(many, [true, true]);
    await bert.page.evaluate(() => answer({ at: 'last' }));
    await untilIn(ada, 'window.slow?.at === "last"');

    // The other way, over a channel of its own.
    await ada.page.evaluate(() => room.handle('me', () => 'too'));
    assert.equal(await bert.page.evaluate(() => room.peers[0].request('me')), 'too');
  });

  story(`a request that comes to nothing says why, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      window.aborted = [];
      window.begun = 0;
      room.handle('throws', () => { throw new RangeError('there are only four seasons'); });
      room.handle('cyclic', () => { const cycle = []; cycle.push(cycle); return cycle; });
      room.handle('never', (payload, { signal }) => new Promise((resolve, reject) => {
        begun += 1;
        signal.addEventListener('abort', () => reject(aborted.push(signal.reason.code)));
      }));
    });
    const failure = (name, options = {}) => ada.page.evaluate(([name, options]) => peer.request(name, 1, options).catch((error) =>
      [error instanceof handclasp.HandclaspError, error.code, Boolean(error.hint), error.message]), [name, options]);
    assert.deepEqual(await failure('throws'), [true, 'request-failed', true, 'there are only four seasons']);
    assert.deepEqual((await failure('cyclic')).slice(0, 3), [true, 'request-failed', true]);
    assert.deepEqual((await failure('unheard of')).slice(0, 3), [true, 'request-unknown', true]);
    assert.deepEqual((await failure('never', { timeout: 200 })).slice(0, 3), [true, 'request-timeout', true]);
    await untilIn(bert, 'aborted.length === 1');
    assert.deepEqual((await failure('never', { timeout: 0 })).slice(0, 2), [true, 'options']);
    assert.deepEqual((await failure('')).slice(0, 2), [true, 'options']);
    assert.equal(await ada.page.evaluate(() => { const cycle = []; cycle.push(cycle); return peer.request('sum', cycle).catch(({ name }) => name); }), 'TypeError');

    // So many at once and no more, whoever asks; and then again.
    await ada.page.evaluate(() => {
      window.stop = new AbortController();
      window.flood = Array.from({ length: 300 }, () => peer.request('never', 1, { signal: stop.signal }).catch(({ code, name }) => (typeof code === 'string' ? code : name)));
    });
    await untilIn(bert, 'begun === 257');
    assert.deepEqual(await ada.page.evaluate(async () => {
      stop.abort();
      const codes = await Promise.all(flood);
      return [codes.at(-1), codes.filter((code) => code === 'request-busy').length];
    }), ['request-busy', 44]);
    await untilIn(bert, 'aborted.length === 257');
    // A program that keeps to no bound of its own meets that of the other side.
    const raw = await ada.page.evaluate(async () => {
      const channel = peer.openChannel('handclasp.request');
      const busy = [];
      for (let id = 0; id < 300; id += 1) await channel.send(JSON.stringify([0, id, 'never', null]));
      for await (const { data } of channel) {
        busy.push(JSON.parse(data));
        if (busy.length === 44) break;
      }
      channel.close();
      return busy.every(([kind, , code]) => kind === 2 && code === 'request-busy');
    });
    assert.equal(raw, true);
    await untilIn(bert, 'aborted.length === 513');

    // Who leaves answers nothing any more, and waits for nothing.
    await ada.page.evaluate(() => { window.lost = peer.request('never').catch(({ code }) => code); });
    await bert.page.evaluate(() => room.leave());
    assert.equal(await ada.page.evaluate(() => lost), 'request-lost');
    assert.equal(await ada.page.evaluate(() => peer.request('never').catch(({ code }) => code)), 'request-lost');
  });
}
