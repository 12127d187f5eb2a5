import assert from 'node:assert/strict';
import { tabsInRoom, tabsWithPackage, untilIn } from './support/npm.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** Runs in the page: the name of what `call`, given a signal, rejects with when that is aborted before, and while it waits. */
const REASONS = `
window.reasons = async (call) => {
  const told = (promise) => promise.then(() => 'nothing', (error) => error.name + ': ' + error.message);
  const reason = new DOMException('not any more', 'AbortError');
  const late = new AbortController();
  const before = await told(Promise.resolve().then(() => call(AbortSignal.abort(reason))));
  const during = told(call(late.signal));
  late.abort(reason);
  return [before, await during];
};`;
const BOTH = ['AbortError: not any more', 'AbortError: not any more'];

for (const engine of ['chromium', 'firefox']) {
  story(`a signal ends joining, before, while and after, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsWithPackage(stage, engine, ['Ada', 'Bert']);
    await ada.page.evaluate(REASONS);
    assert.deepEqual(await ada.page.evaluate(() => reasons((signal) => handclasp.join({
      app: 'a', room: 'r', secret: handclasp.generateSecret(), signaling: ['broadcast'], iceServers: () => new Promise(() => {}), signal,
    }))), BOTH);
    assert.deepEqual(await ada.page.evaluate(() => reasons((signal) => handclasp.diagnose({ iceServers: [], signal }))), BOTH);
    assert.deepEqual(await ada.page.evaluate(() => reasons((signal) => handclasp.connect({ iceServers: [], signal }))), BOTH);
    // What is aborted before is not begun: whatever it would have said, nobody hears it.
    assert.equal(await ada.page.evaluate(() => handclasp.diagnose({ iceServers: 'none', signal: AbortSignal.abort() }).catch(({ name }) => name)), 'AbortError');

    // Afterwards it leaves the room.
    const secret = await ada.page.evaluate(() => handclasp.generateSecret());
    await ada.page.evaluate(async (options) => {
      window.stop = new AbortController();
      await enter({ ...options, signal: stop.signal });
    }, { secret });
    await bert.page.evaluate((options) => enter(options), { secret });
    await untilIn(bert, 'room.peers[0]?.state === "connected"');
    await ada.page.evaluate(() => stop.abort());
    await untilIn(bert, 'heard.some(({ event, reason }) => event === "left" && reason === "left")');
    await waitFor('nothing to be left', async () => (await ada.connections()).length + (await bert.connections()).length === 0);
    assert.match(await ada.page.evaluate(() => handclasp.join({ signal: 'soon' }).then(() => '', ({ code, message }) => `${code}: ${message}`)), /^options: `signal`/);
  });

  story(`a signal ends whatever waits in a room, in ${engine}`, async (stage) => {
    const [ada, bert] = await tabsInRoom(stage, engine);
    await ada.page.evaluate(REASONS);
    const reasons = (call) => ada.page.evaluate((source) => window.reasons(new Function('signal', `return (${source})(signal)`)), String(call));

    assert.deepEqual(await reasons((signal) => room.diagnose({ signal })), BOTH);
    assert.deepEqual(await reasons((signal) => peer.diagnose({ signal })), BOTH);
    assert.deepEqual(await reasons((signal) => peer.stats({ signal })), BOTH);
    await bert.page.evaluate(() => {
      window.asked = [];
      room.handle('never', (payload, { signal }) => new Promise(() => {
        asked.push('asked');
        signal.addEventListener('abort', () => asked.push(signal.reason.code));
      }));
    });
    assert.deepEqual(await reasons((signal) => peer.request('never', 1, { signal })), BOTH);
    await ada.page.evaluate(() => {
      window.stop = new AbortController();
      window.asking = peer.request('never', 1, { signal: stop.signal }).catch(({ name }) => name);
    });
    await untilIn(bert, 'asked.includes("asked")');
    await ada.page.evaluate(() => stop.abort());
    await untilIn(bert, 'asked.at(-1) === "request-timeout"');
    assert.equal(await ada.page.evaluate(() => asking), 'AbortError');

    // A send that waits for room: what had room before is there, in order.
    await ada.page.evaluate(() => {
      window.channel = peer.openChannel('full');
      window.filling = (async () => { for (;;) await channel.send(new Uint8Array(1_000_000)); })().catch(({ code }) => code);
    });
    assert.deepEqual(await reasons((signal) => channel.send(new Uint8Array(20_000_000), { signal })), BOTH);
    assert.deepEqual(await reasons((signal) => channel.flush({ signal })), BOTH);
    assert.deepEqual(await reasons((signal) => room.channel('full too').send(new Uint8Array(60_000_000), { signal })), BOTH);
    await ada.page.evaluate(() => channel.close());

    // What is published is so until the signal says otherwise.
    await ada.page.evaluate(async () => {
      window.show = new AbortController();
      await room.publish(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }), { signal: show.signal });
    });
    await untilIn(bert, 'room.peers[0].media.length === 1');
    await ada.page.evaluate(() => show.abort());
    await untilIn(bert, 'room.peers[0].media.length === 0');
    await bert.page.evaluate(() => {
      window.known = new AbortController();
      room.handle('known', () => 'yes', { signal: known.signal });
    });
    assert.equal(await ada.page.evaluate(() => peer.request('known')), 'yes');
    await bert.page.evaluate(() => known.abort());
    assert.equal(await ada.page.evaluate(() => peer.request('known').catch(({ code }) => code)), 'request-unknown');
  });
}
