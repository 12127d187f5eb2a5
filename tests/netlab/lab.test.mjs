// The lab's networks do to real browsers what they do in the world: bare peer connections, without any of handclasp.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lab } from './lab.mjs';
import { BareCall } from './bare-call.mjs';
import { isHost, isPublic, isRelay, relayed } from './candidates.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import { row } from './rows.mjs';

const PAGE = fileURLToPath(new URL('page/', import.meta.url));

let lab;
let turn;
let origin;

before(async () => {
  lab = await Lab.build();
  turn = await lab.startTurn();
  ({ origin } = await lab.startPage({ folder: PAGE }));
});
after(() => lab?.close());

/**
 * A test between a browser at `left`, which calls, and one at `right`, on fresh networks. `network` prepares these;
 * `servers` are each end's ICE servers (`[left, right]`).
 */
function scenario(name, [caller, callee], { network = () => {}, servers = () => [[], []], ...options }, body) {
  const title = `${name}, ${caller} to ${callee}`;
  test(title, { timeout: 120_000 }, async () => {
    await lab.reset();
    await network(lab);
    const [left, right] = [await lab.browser(caller, lab.left), await lab.browser(callee, lab.right)];
    const [leftServers, rightServers] = servers(turn.iceServers);
    const call = await BareCall.begin(origin, [
      { browser: left, iceServers: leftServers, ...options },
      { browser: right, iceServers: rightServers, ...options },
    ], options);
    try {
      await body(call, (facts) => row(title, facts));
    } finally {
      await call.end();
    }
  });
}

/** Both clients behind this kind of NAT. */
const behind = (kind) => ({ left, right }) => Promise.all([left.nat(kind), right.nat(kind)]);

/** Connects, reports, and checks the pairs: `expected` gets each end's. */
const connects = (expected) => async (call, report) => {
  const ms = await call.connected();
  const pairs = await call.pairs();
  report({ ms, pairs });
  expected(...pairs);
  assert.deepEqual(call.mishaps, []);
};

const CROSS = [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']];
const SOME = [['chromium', 'chromium'], ['firefox', 'chromium']];

for (const engines of CROSS) {
  scenario('direct', engines, {}, connects((left, right) => {
    isHost(left.local, lab.left);
    isHost(right.local, lab.right);
  }));
}

scenario('direct with camera and microphone', ['chromium', 'firefox'], { media: true }, async (call, report) => {
  const ms = await call.connected();
  await waitFor('ten frames each way', async () => (await call.both('frames')).every((frames) => frames >= 10));
  report({ ms, pairs: await call.pairs(), note: 'frames decoded at both ends' });
});

for (const kind of ['full-cone', 'port-restricted']) {
  for (const engines of SOME) {
    scenario(`${kind} NAT both sides, STUN`, engines, { network: behind(kind), servers: ({ stun }) => [stun, stun] }, connects((left, right) => {
      isPublic(left.local, lab.left);
      isPublic(right.local, lab.right);
    }));
  }
}

scenario('symmetric NAT both sides, STUN only', ['chromium', 'chromium'], { network: behind('symmetric'), servers: ({ stun }) => [stun, stun] },
  async (call, report) => {
    await waitFor('ICE to give up', async () => (await call.both('state')).some(({ connection }) => connection === 'failed'), { within: 60_000 });
    assert.deepEqual((await call.both('state')).map(({ channel }) => channel === 'open'), [false, false]);
    report({ note: 'failed, as it must' });
  });

for (const engines of SOME) {
  scenario('symmetric NAT both sides, TURN over UDP', engines, {
    network: behind('symmetric'),
    servers: ({ stun, udp }) => [[...stun, udp], [...stun, udp]],
  }, connects((...pairs) => relayed(pairs, 'udp', lab)));

  scenario('UDP blocked at the caller, TURN over TCP', engines, {
    network: async (where) => { await behind('port-restricted')(where); await where.left.firewall('no-udp'); },
    servers: ({ stun, udp, tcp }) => [[...stun, udp, tcp], [...stun]],
  }, connects((left, right) => {
    isRelay(left.local, 'tcp', lab);
    isPublic(right.local, lab.right);
  }));

  scenario('only TCP 443 passes, TURN over TLS', engines, {
    network: async (where) => {
      await behind('port-restricted')(where);
      await Promise.all([where.left.firewall('only-443'), where.right.firewall('only-443')]);
    },
    servers: ({ tls }) => [[tls], [tls]],
  }, connects((left, right) => {
    isRelay(left.local, 'tls', lab);
    isRelay(right.local, 'tls', lab);
  }));
}

scenario('relay only', ['chromium', 'firefox'], { servers: ({ udp }) => [[udp], [udp]], relayOnly: true }, connects((left, right) => {
  isRelay(left.local, 'udp', lab);
  isRelay(right.local, 'udp', lab);
}));

for (const engines of SOME) {
  scenario('loss 5 %, delay 50 ms each way', engines, { network: ({ left }) => left.line({ loss: 0.05, delay: 50 }) }, async (call, report) => {
    const ms = await call.connected();
    await call.ends[0].ask('talk', 20);
    await waitFor('200 messages', async () => (await call.ends[1].ask('heard')).count >= 200, { within: 40_000 });
    const heard = await call.everythingHeard();
    const [left] = await call.pairs();
    report({ ms, pairs: await call.pairs(), note: `${heard.said} messages, longest wait ${heard.longest} ms, round trip ${Math.round(left.roundTrip * 1000)} ms` });
    assert.ok(heard.inOrder && heard.count === heard.said);
    assert.ok(ms >= 300, 'three round trips at least: a check, and DTLS');
    assert.ok(left.roundTrip >= 0.1 && left.roundTrip < 0.5, `${left.roundTrip} s`);
  });

  scenario('blackout of 5 s', engines, {}, async (call, report) => {
    const ms = await call.connected();
    const [talker, listener] = call.ends;
    await talker.ask('talk', 50);
    await waitFor('messages', async () => (await listener.ask('heard')).count >= 10);
    await listener.ask('listen');
    await lab.left.cut();
    const cut = performance.now();
    await pause(5_000); // what is tested is this duration
    await lab.left.mend();
    const mended = performance.now();
    await waitFor('messages again', async () => (await listener.ask('heard')).quiet < 500 && (await listener.ask('heard')).longest > 4_000);
    const resumed = Math.round(performance.now() - mended);
    const heard = await call.everythingHeard();
    report({ ms, pairs: await call.pairs(), note: `silent for ${heard.longest} ms of a cut of ${Math.round(mended - cut)} ms, messages again ${resumed} ms after its end, ${heard.said} sent, ${heard.count} arrived` });
    assert.ok(heard.inOrder && heard.count === heard.said);
    assert.deepEqual((await call.both('state')).map(({ connection }) => connection), ['connected', 'connected']);
  });
}

/** A call over which messages go, until the caller's machine gets another address. */
async function loseAddress(call) {
  const ms = await call.connected();
  const [talker, listener] = call.ends;
  await talker.ask('talk', 50);
  await waitFor('messages', async () => (await listener.ask('heard')).count >= 10);
  await lab.left.readdress('10.1.0.77');
  await waitFor('silence', async () => (await listener.ask('heard')).quiet > 1_000);
  return ms;
}

scenario('address change', ['chromium', 'chromium'], {}, async (call, report) => {
  const ms = await loseAddress(call);
  const [talker, listener] = call.ends;
  await waitFor('both ends to notice', async () => (await call.both('state')).every(({ states }) => states.some(([, state]) => state === 'disconnected')));
  await talker.ask('restart');
  const from = performance.now();
  await waitFor('messages after an ICE restart', async () => (await listener.ask('heard')).quiet < 500);
  const healed = Math.round(performance.now() - from);
  const pairs = await call.pairs();
  report({ ms, pairs, note: `breaks; an ICE restart heals in ${healed} ms` });
  assert.equal(pairs[0].local.address, '10.1.0.77');
});

scenario('address change', ['firefox', 'chromium'], {}, async (call, report) => {
  const ms = await loseAddress(call);
  // Firefox fails at its first packet from the address that is gone, and its channels are closed for good.
  await waitFor('Firefox to notice', async () => {
    const { connection, channel } = await call.ends[0].ask('state');
    return connection === 'failed' && channel === 'closed';
  });
  const again = await BareCall.begin(origin, [{ browser: await lab.browser('firefox', lab.left) }, { browser: await lab.browser('chromium', lab.right) }]);
  try {
    const healed = await again.connected();
    const pairs = await again.pairs();
    report({ ms, pairs, note: `breaks for good; a new connection takes ${healed} ms` });
    assert.equal(pairs[0].local.address, '10.1.0.77');
  } finally {
    await again.end();
  }
});

for (const engine of ['chromium', 'firefox']) {
  test(`${engine} reaches the broker over TLS, and stands still while its machine is frozen`, { timeout: 60_000 }, async () => {
    await lab.reset();
    const mosquitto = await lab.startMosquitto();
    const context = await (await lab.browser(engine, lab.left)).newContext();
    try {
      const page = await context.newPage();
      await page.goto(`${origin}/`);
      assert.equal(await page.evaluate((url) => new Promise((resolve) => {
        const socket = new WebSocket(url, 'mqtt');
        socket.onopen = () => resolve(socket.protocol);
        socket.onclose = ({ code }) => resolve(`closed, ${code}`);
      }), mosquitto.broker), 'mqtt');

      await lab.left.freeze();
      let answered = false;
      const answer = page.evaluate(() => 'awake').finally(() => { answered = true; });
      await pause(500); // no event tells that nothing happens
      assert.ok(!answered);
      await lab.left.thaw();
      assert.equal(await answer, 'awake');
    } finally {
      await lab.left.thaw();
      await context.close();
      await mosquitto.stop();
    }
  });
}
