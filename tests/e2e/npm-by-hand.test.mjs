import assert from 'node:assert/strict';
import { tabsWithPackage, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

for (const engine of ['chromium', 'firefox']) {
  story(`two people carry an invitation and a reply, and talk, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    const invite = await ada.page.evaluate(async () => {
      window.connection = await handclasp.connect({ iceServers: [], profile: 'Ada' });
      return connection.invite;
    });
    const reply = await bert.page.evaluate(async (text) => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      window.connection = await handclasp.connect({ invite: text, iceServers: [], stream });
      window.peer = connection.connected;
      return connection.reply;
    }, invite);
    assert.match(invite, /^[\w-]+$/);
    assert.equal(await ada.page.evaluate(() => connection.accept('this is no code').catch(({ code }) => code)), 'card-none');
    const met = await ada.page.evaluate(async (text) => {
      const peer = await connection.accept(text);
      window.peer = peer;
      return [peer instanceof handclasp.Peer, peer === await connection.connected, connection.room.peers[0] === peer, peer.state];
    }, reply);
    assert.deepEqual(met, [true, true, true, 'connected']);
    assert.equal(await bert.page.evaluate(async () => { window.peer = await peer; return peer.state; }), 'connected');
    await untilIn(bert, 'peer.profileText === "Ada"');

    await bert.page.evaluate(() => connection.room.handle('name', () => 'Bert'));
    assert.equal(await ada.page.evaluate(() => peer.request('name')), 'Bert');
    await bert.page.evaluate(() => connection.room.channel('chat').send('hello'));
    assert.equal(await ada.page.evaluate(async () => { for await (const { data } of connection.room.channel('chat')) return data; }), 'hello');
    await untilIn(ada, 'peer.media[0]?.video');
    await ada.page.evaluate(() => connection.close());
    await untilIn(bert, 'peer.state === "left"');
    await bert.page.evaluate(() => connection.close());
    await waitFor('nothing to be left', async () => (await ada.connections()).length + (await bert.connections()).length === 0);
  });

  story(`a Peer of one's own, with its signals carried by the application, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    const begin = (options) => {
      window.events = [];
      window.peer = new handclasp.Peer({ iceServers: [], ...options });
      for (const type of ['signal', 'connect', 'data', 'stream', 'close', 'error']) {
        peer.addEventListener(type, ({ data, stream, error }) => events.push([type, typeof data === 'object' ? [...data] : data ?? stream?.getTracks().length ?? error?.code]));
      }
    };
    await ada.page.evaluate(begin, { initiator: true });
    await bert.page.evaluate(`navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then((stream) => (${begin})({ stream }))`);
    const signal = async (person) => (await waitFor(`the signal of ${person.name}`, () => person.page.evaluate(() => events.find(([type]) => type === 'signal'))))[1];
    await bert.page.evaluate((text) => peer.signal(text), await signal(ada));
    await ada.page.evaluate((text) => peer.signal(text), await signal(bert));
    for (const person of [ada, bert]) await untilIn(person, 'events.some(([type]) => type === "connect")');
    await ada.page.evaluate(() => peer.send('hello'));
    await bert.page.evaluate(() => peer.send(Uint8Array.of(1, 2, 3)));
    await untilIn(bert, 'events.some(([type, data]) => type === "data" && data === "hello")');
    await untilIn(ada, 'events.some(([type, data]) => type === "data" && String(data) === "1,2,3")');
    await untilIn(ada, 'events.some(([type, tracks]) => type === "stream" && tracks === 2)');
    assert.equal(await ada.page.evaluate(() => peer.connection instanceof RTCPeerConnection && peer.state), 'connected');
    await bert.page.evaluate(() => peer.destroy());
    for (const person of [ada, bert]) await untilIn(person, 'events.at(-1)[0] === "close"');
    assert.deepEqual(await ada.page.evaluate(() => events.map(([type]) => type).sort()), ['close', 'connect', 'data', 'signal', 'stream']);

    // What is no signal is an error, and the end.
    await bert.page.evaluate(begin, {});
    await bert.page.evaluate(() => peer.signal('nonsense'));
    await untilIn(bert, 'events.length === 2');
    assert.deepEqual(await bert.page.evaluate(() => events), [['error', 'card-none'], ['close', undefined]]);
    await waitFor('nothing to be left', async () => (await ada.connections()).length + (await bert.connections()).length === 0);
  });
}
