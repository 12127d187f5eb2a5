import assert from 'node:assert/strict';
import { tabsInRoom, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`a file goes to a member with one call in ${engine}, with progress, verified`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      room.addEventListener('files', async ({ peer, transfer }) => {
        window.transfer = transfer;
        window.offered = { from: peer === room.peers[0], sending: transfer.sending, state: transfer.state, files: transfer.files.map(({ path, size, type }) => ({ path, size, type })) };
        window.received = [];
        transfer.accept();
        for await (const { path, file } of transfer.received) {
          const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
          received.push([path, file.size, hash.join()]);
        }
        received.push('over');
      });
    });
    const sent = await ada.page.evaluate(async () => {
      const bytes = new Uint8Array(20_000_000);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = at * at;
      const file = new File([bytes], 'squares.bin', { type: 'application/x-squares' });
      const progress = [];
      const transfer = await room.sendFile(file, { to: peer, onprogress: ({ bytes: done, total, rate }) => progress.push([done, total, rate >= 0]) });
      await transfer.done;
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return { progress, state: transfer.state, sending: transfer.sending, mine: transfer.peer === peer, hash: hash.join(), is: transfer instanceof handclasp.Transfer, id: transfer.id };
    });
    await untilIn(bert, 'window.received?.at(-1) === "over"');
    assert.deepEqual(await bert.page.evaluate(() => offered), {
      from: true, sending: false, state: 'offered', files: [{ path: 'squares.bin', size: 20_000_000, type: 'application/x-squares' }],
    });
    assert.deepEqual(await bert.page.evaluate(() => received[0]), ['squares.bin', 20_000_000, sent.hash]);
    assert.deepEqual([sent.state, sent.sending, sent.mine, sent.is], ['done', true, true, true]);
    assert.match(sent.id, /^[0-9a-f]+$/);
    assert.deepEqual(sent.progress.at(-1), [20_000_000, 20_000_000, true]);
    assert.ok(sent.progress.every(([done, total], at) => total === 20_000_000 && (!at || done >= sent.progress[at - 1][0])));
    assert.ok(sent.progress.length >= 2, `${sent.progress.length} told`);
  });

  story(`several things go at once, also to all: files, blobs, streams, in ${engine}`, async (stage) => {
    const people = await tabsInRoom(stage, engine, ['Ada', 'Bert', 'Cleo']);
    const [ada, ...others] = people;
    for (const { page } of others) {
      await page.evaluate(() => {
        room.onfiles = async ({ transfer }) => {
          transfer.accept();
          const first = new Response(transfer.readable).text();
          const all = {};
          for await (const { path, file } of transfer.received) all[path] = await file.text();
          window.all = { ...all, first: await first };
        };
      });
    }
    const transfers = await ada.page.evaluate(async () => {
      const all = await room.sendFile([
        new File(['one'], 'one.txt'), { file: new Blob(['two']), path: 'folder/two.txt' }, { file: new Blob(['three']).stream(), path: 'three.txt' },
      ]);
      return all.map(({ state }) => state);
    });
    assert.deepEqual(transfers, ['done', 'done']);
    for (const person of others) {
      await untilIn(person, 'window.all');
      assert.deepEqual(await person.page.evaluate(() => all), { 'one.txt': 'one', 'folder/two.txt': 'two', 'three.txt': 'three', first: 'one' });
    }
    const refused = await ada.page.evaluate(async () => [
      await room.sendFile('text').catch(({ code }) => code), await room.sendFile([]).catch(({ code }) => code), await room.sendFile(new Blob(), { to: {} }).catch(({ code }) => code),
    ]);
    assert.deepEqual(refused, ['options', 'offer-empty', 'options']);
  });

  story(`a transfer is declined, cancelled, aborted and paused, and says so on both sides, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      window.ends = [];
      window.answer = 'decline';
      room.addEventListener('files', ({ transfer }) => {
        window.transfer = transfer;
        transfer[answer]();
        transfer.done.then(() => ends.push('done'), (error) => ends.push(error instanceof handclasp.HandclaspError && error.code));
      });
    });
    await ada.page.evaluate(() => {
      window.big = new File([new Uint8Array(300_000_000)], 'zeros');
      window.outcome = (options) => room.sendFile(big, { to: peer, ...options }).then(() => 'done', ({ code, name }) => (typeof code === 'string' ? code : name));
    });
    const declined = await ada.page.evaluate(() => outcome());
    assert.match(declined, /declined/);

    await bert.page.evaluate(() => { window.answer = 'accept'; });
    await ada.page.evaluate(() => {
      window.stop = new AbortController();
      window.ending = outcome({ signal: stop.signal, onprogress: ({ bytes }) => bytes > 0 && stop.abort() });
    });
    assert.equal(await ada.page.evaluate(() => ending), 'AbortError');
    await untilIn(bert, 'ends.length === 2');
    assert.equal(await ada.page.evaluate(() => outcome({ signal: AbortSignal.abort() })), 'AbortError');

    // Paused by one side, which the other sees; then cancelled by it.
    await ada.page.evaluate(async () => {
      window.transfer = await peer.offerFiles(big);
      window.states = [];
      transfer.addEventListener('state', ({ state }) => states.push(state));
      transfer.onprogress = ({ bytes }) => { if (bytes > 0 && transfer.state === 'active') transfer.pause(); };
      window.end = transfer.done.catch(({ code }) => code);
    });
    await untilIn(ada, 'transfer.state === "paused"');
    await untilIn(bert, 'transfer.state === "paused"');
    assert.deepEqual(await bert.page.evaluate(() => [transfer.progress.byMe, transfer.progress.byPeer]), [false, true]);
    await bert.page.evaluate(() => transfer.cancel());
    assert.match(await ada.page.evaluate(() => end), /cancelled/);
    await untilIn(bert, 'ends.length === 3');
    stage.report(`ends there: ${JSON.stringify(await bert.page.evaluate(() => ends))}; states here: ${JSON.stringify(await ada.page.evaluate(() => states))}`);
    assert.ok((await ada.page.evaluate(() => states)).includes('active'));
  });
}
