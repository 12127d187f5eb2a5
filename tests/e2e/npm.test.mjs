import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaFlows } from './support/media.mjs';
import { pageWith, tabsWithPackage } from './support/npm.mjs';
import { NPM, ROOT } from './support/paths.mjs';
import { startMosquitto, startStatic, startTurn } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

story('the example in the README works as it stands', async (stage) => {
  const { broker } = await stage.with(startMosquitto());
  const readme = await readFile(join(ROOT, 'npm/README.md'), 'utf8');
  const example = /```js\n(.*?)```/s.exec(readme)[1];
  const code = example.replace('wss://broker.example/mqtt', broker).replace('await join({', 'await join({ iceServers: [],');
  assert.notEqual(code, example);
  const { origin } = await stage.with(startStatic(NPM, pageWith(code)));

  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await ada.page.goto(origin);
  await waitFor('a secret in the link', () => ada.page.url().includes('#'));
  await bert.page.goto(ada.page.url());
  await mediaFlows([ada, bert]);
  for (const person of [ada, bert]) {
    await waitFor(`${person.name} to be greeted`, () => person.log.some((line) => /^log: [0-9a-f]+ hello$/.test(line)));
  }
});

for (const engine of ['chromium', 'firefox']) {
  story(`two tabs of ${engine} exchange messages and a stream through the npm package`, async (stage) => {
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    const secret = await ada.page.evaluate(() => handclasp.generateSecret());
    assert.match(secret, /^[\w-]{22}$/);
    const channels = [{ label: 'chat', protocol: 'chat.v2' }, { label: 'game', ordered: false, maxRetransmits: 0 }, { label: 'place', latest: true, maxRetransmits: 65535 }];
    await ada.page.evaluate((options) => enter(options), { secret, channels, profile: 'Ada' });
    await bert.page.evaluate((options) => enter(options), { secret, channels });

    const connected = ({ page }) => page.evaluate(() => room.peers.length === 1 && room.peers[0].state === 'connected');
    await waitFor('both to be connected', async () => (await connected(ada)) && (await connected(bert)));
    assert.equal(await ada.page.evaluate(() => room.peers[0].id), await bert.page.evaluate(() => room.id));
    await waitFor('the profile', () => bert.page.evaluate(() => room.peers[0].profileText === 'Ada'));

    // Messages, as they are: text, bytes, a view on part of a buffer, a whole buffer.
    await bert.page.evaluate(() => {
      window.read = [];
      room.channel('chat').onmessage = ({ from, data }) => read.push([from.id, typeof data === 'string' ? data : [...data]]);
    });
    const sends = await ada.page.evaluate(async () => {
      const chat = room.channel('chat');
      const bytes = Uint8Array.of(9, 1, 2, 3, 9);
      return [
        await chat.send('grüß dich 👋'), await chat.send(bytes.subarray(1, 4)), await chat.send(bytes.buffer),
        await chat.send('', { to: room.peers[0] }),
      ];
    });
    assert.deepEqual(sends, [1, 1, 1, 1]);
    await waitFor('four messages', () => bert.page.evaluate(() => read.length === 4));
    const from = await ada.page.evaluate(() => room.id);
    assert.deepEqual(await bert.page.evaluate(() => read), ['grüß dich 👋', [1, 2, 3], [9, 1, 2, 3, 9], ''].map((data) => [from, data]));

    // The newest, and something larger than a browser carries at once.
    await bert.page.evaluate(() => {
      window.places = [];
      room.channel('place').onmessage = ({ data }) => places.push(data[0]);
      room.channel('chat').onmessage = ({ data }) => { window.large = data.length; };
    });
    await ada.page.evaluate(async () => {
      for (let place = 1; place <= 9; place++) await room.channel('place').send(Uint8Array.of(place));
      await room.channel('chat').send(new Uint8Array(3_000_000));
    });
    await waitFor('the last place', () => bert.page.evaluate(() => places.at(-1) === 9 && places.every((place, at) => !at || place > places[at - 1])));
    await waitFor('three megabytes', () => bert.page.evaluate(() => window.large === 3_000_000));

    // A channel to one.
    assert.equal(await ada.page.evaluate(() => new Promise((resolve) => {
      const channel = room.peers[0].openChannel('aside', { ordered: false, protocol: 'talk; v1' });
      channel.onmessage = ({ data }) => resolve(`${channel.label}: ${data}`);
      channel.send('me');
    })), 'aside: me, too of talk; v1');
    assert.equal(await ada.page.evaluate(() => room.channel('chat').protocol), 'chat.v2');

    // A stream.
    await ada.page.evaluate(async () => {
      window.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      await room.publish(stream);
    });
    await waitFor('the stream', () => bert.page.evaluate(() => room.peers[0].media.length === 1));
    await bert.page.evaluate(() => {
      const [media] = room.peers[0].media;
      document.querySelector('video').srcObject = media.stream;
    });
    await waitFor('ten frames', () => bert.page.evaluate(async () => (await room.peers[0].stats()).framesDecoded > 10));
    assert.deepEqual(await bert.page.evaluate(() => {
      const [{ source, audio, video }] = room.peers[0].media;
      return { source, audio, video };
    }), { source: 'camera', audio: true, video: true });
    await ada.page.evaluate(() => room.unpublish(stream));
    await waitFor('the stream to go', () => bert.page.evaluate(() => room.peers[0].media.length === 0));

    // An end.
    await ada.page.evaluate(() => room.leave());
    await waitFor('the end', () => bert.page.evaluate(() => heard.some(({ event }) => event === 'left')));
    const heard = await bert.page.evaluate(() => heard);
    assert.deepEqual([...new Set(heard.map(({ event }) => event))].sort(), ['left', 'media', 'peer', 'profile', 'signaling', 'state']);
    assert.deepEqual(heard.find(({ event }) => event === 'left'), { event: 'left', id: from, reason: 'left', state: undefined });
    await waitFor('nothing to be left', async () => (await ada.connections()).length + (await bert.connections()).length === 0);
  });

  story(`what ${engine} cannot do fails with a code and a hint`, async (stage) => {
    const [{ page }] = await tabsWithPackage(stage, engine, ['Ada']);

    /** Runs `body` in the page; resolves with the code of what it throws. */
    const failure = (body) => page.evaluate(async (source) => {
      const good = { app: 'a', room: 'r', secret: handclasp.generateSecret(), signaling: ['broadcast'], iceServers: [] };
      try {
        await new Function('good', `return (${source})(good)`)(good);
        return 'nothing was thrown';
      } catch (error) {
        const whole = error instanceof handclasp.HandclaspError && error.name === 'HandclaspError' && error.message && error.hint;
        return whole ? error.code : `not a HandclaspError: ${error}`;
      }
    }, String(body));

    assert.equal(await failure(() => handclasp.join()), 'options');
    assert.equal(await failure(({ secret, ...rest }) => handclasp.join(rest)), 'options');
    assert.equal(await failure((good) => handclasp.join({ ...good, signaling: ['pigeon'] })), 'options');
    assert.equal(await failure((good) => handclasp.join({ ...good, profile: 7 })), 'options');
    assert.equal(await failure((good) => handclasp.join({ ...good, maxPeers: -1 })), 'options');
    assert.equal(await failure((good) => handclasp.join({ ...good, maxPeers: 1000 })), 'join-max-peers');
    assert.equal(await failure((good) => handclasp.join({ ...good, channels: [{ label: 'a', protocol: 7 }] })), 'options');
    assert.equal(await failure((good) => handclasp.join({ ...good, channels: [{ label: 'a', protocol: 'a'.repeat(257) }] })), 'join-protocol');
    assert.match(await page.evaluate(() => handclasp.join({
      app: 'a', room: 'r', secret: handclasp.generateSecret(), signaling: ['broadcast'], maxPeers: 'many',
    }).then(() => 'joined', (error) => error.message)), /`maxPeers`/);
    assert.equal(await failure((good) => handclasp.join({ ...good, signaling: [] })), 'join-no-signaling');
    assert.equal(await failure((good) => handclasp.join({ ...good, secret: 'short' })), 'secret-length');
    assert.equal(await failure((good) => handclasp.join({ ...good, secret: '?'.repeat(22) })), 'secret-encoding');
    assert.equal(await failure((good) => handclasp.join({ ...good, channels: [{ label: '' }] })), 'join-label');
    assert.equal(await failure((good) => handclasp.join({ ...good, iceServers: [{ urls: null }] })), 'join-ice-servers');
    assert.equal(await failure((good) => handclasp.join({ ...good, iceServers: [{ urls: 'http://x' }] })), 'join-ice-servers');

    // What speaks to brokers is loaded when a room is joined by way of one.
    const byBroker = (good) => handclasp.join({ ...good, signaling: ['broadcast', { mqtt: 'http://x' }] });
    await page.route('**/handclasp_mqtt.wasm', (route) => route.abort());
    assert.equal(await failure(byBroker), 'load');
    await page.unroute('**/handclasp_mqtt.wasm');
    assert.match(await failure(byBroker), /url/);

    // What a call does not need is loaded when it is asked for.
    await page.route('**/handclasp_diagnosis.wasm', (route) => route.abort());
    assert.equal(await failure(() => handclasp.diagnose({ iceServers: [] })), 'load');
    await page.unroute('**/handclasp_diagnosis.wasm');
    assert.equal(await failure(() => handclasp.diagnose({ iceServers: [] })), 'nothing was thrown');

    await page.evaluate(() => enter({ secret: handclasp.generateSecret(), channels: [{ label: 'chat' }] }));
    assert.equal(await failure(() => room.channel('chat').send(7)), 'send-type');
    assert.equal(await page.evaluate(() => room.channel('chat').send('to nobody')), 0);
    assert.equal(await failure(() => room.channel('')), 'options');
    assert.equal(await failure(() => room.channel('handclasp.mine')), 'options');
    assert.equal(await failure(() => room.setProfile('x'.repeat(1025))), 'profile-too-large');
    await page.evaluate(() => room.leave());
    assert.equal(await failure(() => room.setProfile('x')), 'profile-left');
    assert.equal(await failure(async () => room.publish(await navigator.mediaDevices.getUserMedia({ audio: true }))), 'publish-left');
    await page.evaluate(() => room.leave());
  });
}

for (const engine of ['chromium', 'firefox']) {
  story(`a function gives two tabs of ${engine} their relay, again before it expires, and diagnose says what is`, async (stage) => {
    const turn = await stage.with(startTurn());
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    const before = await ada.page.evaluate((iceServers) => handclasp.diagnose({ iceServers: [iceServers], signaling: ['broadcast'] }), turn.udp);
    assert.equal(before.code, 'tabs-only', JSON.stringify(before));
    assert.deepEqual(before.facts.relays, [{ protocol: 'udp', outcome: 'relays', code: undefined }]);

    const secret = await ada.page.evaluate(() => handclasp.generateSecret());
    for (const { page } of [ada, bert]) {
      await page.evaluate(async ([options, server]) => {
        window.asked = 0;
        const iceServers = async () => {
          window.asked += 1;
          return { iceServers: [server], expiresIn: 1000 };
        };
        await enter({ ...options, iceServers });
      }, [{ secret, relayOnly: true, channels: [] }, turn.udp]);
    }
    await waitFor('the relay to connect them', () => ada.page.evaluate(() => room.peers[0]?.state === 'connected'));
    const found = await ada.page.evaluate(() => room.peers[0].diagnose());
    stage.report(`${found.code}: ${found.message}`);
    assert.equal(found.code, 'connected-by-relay', JSON.stringify(found));
    assert.equal(found.facts.peer.localType, 'relay');
    assert.equal((await ada.page.evaluate(() => room.diagnose())).code, 'tabs-only');
    await waitFor('the function to be asked again', () => ada.page.evaluate(() => window.asked > 1));
    assert.equal(await ada.page.evaluate(() => room.peers[0].state), 'connected');
  });
}
