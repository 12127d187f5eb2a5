import assert from 'node:assert/strict';
import { tabsInRoom, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`nobody declares a channel: members ask for its label when they like, in ${engine}`, async (stage) => {
    const [ada, bert, cleo] = await tabsInRoom(stage, engine, ['Ada', 'Bert', 'Cleo']);
    for (const { page } of [ada, bert, cleo]) await page.evaluate(() => { window.read = []; });

    // Ada speaks before the others have asked for it, and hears nothing of herself.
    const counts = await ada.page.evaluate(async () => {
      const chat = room.channel('chat');
      chat.onmessage = ({ from, data }) => read.push([from.id, data]);
      return [await chat.send('early'), await chat.send(Uint8Array.of(1, 2)), chat === room.channel('chat'), chat.label];
    });
    assert.deepEqual(counts, [2, 2, true, 'chat']);
    const ids = await Promise.all([ada, bert, cleo].map(({ page }) => page.evaluate(() => room.id)));
    const listen = () => {
      room.channel('chat').onmessage = ({ from, data }) => read.push([from.id, typeof data === 'string' ? data : [...data]]);
    };
    await bert.page.evaluate(listen);
    await untilIn(bert, 'read.length === 2');
    assert.deepEqual(await bert.page.evaluate(() => read), [[ids[0], 'early'], [ids[0], [1, 2]]]);

    // Both ways, to all and to one, in order; Cleo asks last, and has missed nothing.
    assert.equal(await bert.page.evaluate(() => room.channel('chat').send('back')), 2);
    assert.equal(await bert.page.evaluate((ada) => room.channel('chat').send('for you', { to: room.peer(ada) }), ids[0]), 1);
    await untilIn(ada, 'read.length === 2');
    assert.deepEqual(await ada.page.evaluate(() => read), [[ids[1], 'back'], [ids[1], 'for you']]);
    await cleo.page.evaluate(listen);
    await untilIn(cleo, 'read.length === 3');
    assert.deepEqual(await cleo.page.evaluate((id) => read.filter(([from]) => from === id), ids[0]), [[ids[0], 'early'], [ids[0], [1, 2]]]);
    assert.equal(await ada.page.evaluate(() => room.channel('chat').send('several', { to: room.peers })), 2);
    await untilIn(cleo, 'read.length === 4');

    // Other labels are other channels.
    await bert.page.evaluate(() => room.channel('other').send('elsewhere'));
    await ada.page.evaluate(() => { room.channel('other').onmessage = ({ data }) => read.push(data); });
    await untilIn(ada, 'read.at(-1) === "elsewhere"');
    assert.equal(await cleo.page.evaluate(() => read.length), 4);

    // Who closes it can ask for it again, and has missed nothing of what others sent then or between.
    assert.equal(await bert.page.evaluate(() => {
      window.before = room.channel('chat');
      before.close();
      return before !== room.channel('chat');
    }), true);
    for (let number = 0; number < 10; number += 1) {
      const asking = bert.page.evaluate(() => {
        room.channel('chat').close();
        room.channel('chat').onmessage = ({ data }) => read.push(data);
      });
      await ada.page.evaluate((text) => room.channel('chat').send(text, { to: room.peers }), `again ${number}?`);
      await asking;
    }
    await untilIn(bert, 'read.includes("again 9?")');
    assert.deepEqual(await bert.page.evaluate(() => read.slice(-10)), Array.from({ length: 10 }, (_, number) => `again ${number}?`));
    assert.equal(await bert.page.evaluate(() => room.channel('chat').send('again!')), 2);
    await untilIn(cleo, 'read.some(([, data]) => data === "again!")');

    // Who comes later, and who is gone.
    await cleo.page.evaluate(() => room.leave());
    await untilIn(ada, 'room.peers.length === 1');
    assert.equal(await ada.page.evaluate(() => room.channel('chat').send('one fewer')), 1);
    assert.equal(await ada.page.evaluate(async () => room.channel('chat').send('nobody', { to: 'somebody' }).catch(({ code }) => code)), 'options');
  });

  story(`an undeclared channel delivers as its sender asks, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      window.places = [];
      room.channel('place').onmessage = ({ data }) => places.push(data[0]);
    });
    await ada.page.evaluate(async () => {
      const place = room.channel('place', { latest: true, protocol: 'xy' });
      window.protocol = place.protocol;
      for (let at = 1; at <= 200; at += 1) await place.send(Uint8Array.of(at));
    });
    await untilIn(bert, 'places.at(-1) === 200');
    assert.ok(await bert.page.evaluate(() => places.every((place, at) => !at || place > places[at - 1])));
    assert.equal(await ada.page.evaluate(() => protocol), 'xy');
    assert.equal(await ada.page.evaluate(() => room.channel('odd', { maxRetransmits: 1, maxPacketLifeTime: 1 }).send('x').catch(({ code }) => code)), 'open-channel-options');
  });

  story(`a stranger's channels are held back in ${engine}: so many for each label, and none that is reserved`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      window.opened = [];
      room.addEventListener('channel', ({ channel }) => opened.push(channel.label));
      window.read = [];
      room.channel('chat').onmessage = ({ data }) => read.push(data);
    });
    // What the package itself would not do. Some of it is closed before it is sent.
    await ada.page.evaluate(async () => {
      const say = (label, data) => peer.openChannel(label).send(data).catch(({ code }) => code);
      for (let number = 0; number < 5; number += 1) await say('handclasp.room/chat', String(number));
      await say('handclasp.something', 'else');
      await say('handclasp.request', 'no request');
      await say('handclasp.request', Uint8Array.of(255, 255));
      await say('mine', 'yours');
    });
    await untilIn(bert, 'opened.includes("mine")');
    assert.deepEqual(await bert.page.evaluate(() => opened), ['mine']);
    await untilIn(bert, 'read.length === 2');
    await bert.page.evaluate(() => room.handle('alive', () => 'yes'));
    assert.equal(await ada.page.evaluate(() => peer.request('alive')), 'yes');
    assert.deepEqual(await bert.page.evaluate(() => read), ['0', '1']);
  });
}
