import assert from 'node:assert/strict';
import { tabsInRoom, tabsWithPackage, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`what happens in a room comes as events, and by for await, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    const secret = await ada.page.evaluate(() => handclasp.generateSecret());
    await ada.page.evaluate(async (options) => {
      window.room = await handclasp.join({ app: 'test', room: 'tabs', signaling: ['broadcast'], iceServers: [], ...options });
      window.seen = { events: [], iterated: [], handler: [], once: 0 };
    }, { secret });

    // Whoever listens late has missed nothing.
    await bert.page.evaluate((options) => enter(options), { secret, profile: 'Bert' });
    await untilIn(ada, 'room.peers[0]?.state === "connected" && room.peers[0].profileText === "Bert"');
    await ada.page.evaluate(() => {
      for (const type of ['peer', 'state', 'profile', 'left']) {
        room.addEventListener(type, (event) => seen.events.push([event.type, event instanceof Event, event.peer === room.peers[0] || event.type === 'left']));
      }
      room.addEventListener('state', () => { seen.once += 1; }, { once: true });
      room.onstate = ({ state }) => seen.handler.push(state);
      (async () => {
        for await (const { type } of room) seen.iterated.push(type);
        seen.iterated.push('over');
      })();
    });
    await untilIn(ada, 'seen.events.some(([type]) => type === "profile")');
    const before = await ada.page.evaluate(() => seen);
    assert.deepEqual(new Set(before.events.map(String)), new Set(['peer,true,true', 'state,true,true', 'profile,true,true']));
    assert.equal(before.handler.at(-1), 'connected');
    assert.deepEqual(before.iterated.filter((type) => !['media', 'signaling'].includes(type)), before.events.map(([type]) => type));

    // A peer tells of itself, and its object is one and the same.
    await ada.page.evaluate(() => {
      [window.bert] = room.peers;
      seen.bert = [];
      for (const type of ['profile', 'left']) bert.addEventListener(type, ({ peer, reason }) => seen.bert.push([type, peer === bert, reason]));
    });
    await bert.page.evaluate(() => room.setProfile('Bertha'));
    await untilIn(ada, 'seen.bert.length === 1');
    assert.equal(await ada.page.evaluate(() => room.peer(bert.id) === bert && room.peers[0] === bert && bert.profileText), 'Bertha');
    await bert.page.evaluate(() => room.leave());
    await untilIn(ada, 'seen.bert.length === 2');
    assert.deepEqual(await ada.page.evaluate(() => seen.bert), [['profile', true, undefined], ['left', true, 'left']]);
    assert.deepEqual(await ada.page.evaluate(() => [bert.state, room.peers.length, seen.once]), ['left', 0, 1]);

    // The end of a room is the end of what iterates over it.
    await ada.page.evaluate(async () => {
      room.onstate = null;
      await room.leave();
    });
    await untilIn(ada, 'seen.iterated.at(-1) === "over"');
  });

  story(`messages come by onmessage, as events, and by for await, each to everyone who reads, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await bert.page.evaluate(() => {
      const chat = room.channel('chat');
      window.read = { handler: [], events: [], first: [], second: [], from: new Set() };
      chat.onmessage = ({ data, from }) => { read.handler.push(data); read.from.add(from === room.peers[0]); };
      chat.addEventListener('message', (event) => { read.events.push(event.data); read.from.add(event.from === room.peers[0]); });
      (async () => { for await (const { data } of chat) read.first.push(data); read.over = true; })();
      (async () => {
        for await (const { data } of chat) {
          read.second.push(data);
          if (data === '2') break;
        }
        read.broken = true;
      })();
    });
    await ada.page.evaluate(async () => {
      for (let number = 0; number < 300; number += 1) await room.channel('chat').send(String(number));
    });
    await untilIn(bert, 'read.first.length === 300 && read.handler.length === 300 && read.events.length === 300');
    const read = await bert.page.evaluate(() => ({ ...read, from: [...read.from] }));
    const all = Array.from({ length: 300 }, (_, number) => String(number));
    assert.deepEqual([read.handler, read.events, read.first], [all, all, all]);
    assert.deepEqual([read.second, read.broken, read.from], [['0', '1', '2'], true, [true]]);

    // Who reads in two loops misses nothing in between.
    await ada.page.evaluate(async () => {
      for (let number = 0; number < 100; number += 1) await room.channel('numbers').send(String(number));
    });
    const loops = await bert.page.evaluate(async () => {
      const numbers = room.channel('numbers');
      const [one, two] = [[], []];
      for await (const { data } of numbers) {
        one.push(data);
        if (data === '9') break;
      }
      for await (const { data } of numbers) {
        two.push(data);
        if (data === '99') break;
      }
      return [one, two];
    });
    assert.deepEqual(loops, [all.slice(0, 10), all.slice(10, 100)]);
    await bert.page.evaluate(() => room.leave());
    await untilIn(bert, 'read.over');
  });

  story(`who does not read pauses who sends, and loses nothing, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine, ['Ada', 'Bert'], { channels: [{ label: 'declared' }] });
    for (const label of ['declared', 'undeclared']) {
      await bert.page.evaluate((name) => { window.reader = room.channel(name)[Symbol.asyncIterator](); window.sizes = [reader.next()]; }, label);
      const sent = await ada.page.evaluate(async (name) => {
        const chat = room.channel(name);
        window.over = false;
        window.count = 0;
        window.sending = (async () => {
          for (; count < 400; count += 1) await chat.send(new Uint8Array(100_000).fill(count));
          over = true;
        })();
        // Nothing goes any more when a whole second of sends of a stranger's channel has not moved it.
        let before;
        do {
          before = count;
          await new Promise((resolve) => { setTimeout(resolve, 1000); });
        } while (count !== before);
        return count;
      }, label);
      stage.report(`${label}: paused after ${sent} messages of 100 kB`);
      assert.ok(sent < 400, `all ${sent} went although nobody read`);
      const numbers = await bert.page.evaluate(async () => {
        const first = [(await sizes[0]).value.data[0]];
        while (first.length < 400) first.push((await reader.next()).value.data[0]);
        await reader.return();
        return first;
      });
      assert.deepEqual(numbers, Array.from({ length: 400 }, (_, number) => number % 256));
      await ada.page.evaluate(() => sending);
    }
  });
}
