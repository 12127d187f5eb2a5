// Lines are as bad as they were told to be, as seen by ping and iperf3.

import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { waitFor } from '../e2e/support/wait.mjs';
import { Lab } from './lab.mjs';
import { pingThrough, throughput } from './measures.mjs';

let lab;
before(async () => { lab = await Lab.build(); });
beforeEach(() => lab.reset());
after(() => lab?.close());

/** Four standard deviations of a share measured on `count` packets: a good line fails this once in 16,000 runs. */
const tolerance = (share, count) => 4 * Math.sqrt((share * (1 - share)) / count);

test('a perfect line loses, doubles and reorders nothing', async (t) => {
  const seen = await pingThrough(lab.left, lab.host, { count: 400 });
  t.diagnostic(JSON.stringify(seen));
  assert.deepEqual([seen.lost, seen.doubled, seen.overtaken], [0, 0, 0]);
});

for (const delay of [25, 150]) {
  test(`a delay of ${delay} ms each way makes the round trip ${2 * delay} ms longer`, async (t) => {
    await lab.left.line({ delay });
    const seen = await pingThrough(lab.left, lab.host, { count: 100 });
    t.diagnostic(JSON.stringify(seen));
    assert.ok(seen.least >= 2 * delay, 'nothing is faster than the line');
    // The median is the line's on an idle machine; on a busy one, where this program waits for its turn, the quicker ones are.
    assert.ok(seen.quarter < 2 * delay + 10, `${seen.quarter} ms`);
  });
}

test('a delay in one direction is there once', async () => {
  await lab.left.line({ delay: 60 }, 'down');
  const seen = await pingThrough(lab.left, lab.host, { count: 50 });
  assert.ok(seen.least >= 60 && seen.quarter < 70, JSON.stringify(seen));
});

test('jitter spreads the round trip and keeps the order', async (t) => {
  await lab.left.line({ delay: 50, jitter: 20 }, 'down');
  // Spaced wider than the jitter, so that none waits for the one before it.
  const seen = await pingThrough(lab.left, lab.host, { count: 100, interval: 0.045 });
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.least >= 30 && seen.least < 40 && seen.most > 60, JSON.stringify(seen));
  assert.equal(seen.overtaken, 0);
});

for (const loss of [0.05, 0.1]) {
  test(`a loss of ${loss * 100} % loses that share`, async (t) => {
    await lab.left.line({ loss }, 'up');
    const count = 2000;
    const seen = await pingThrough(lab.left, lab.host, { count });
    t.diagnostic(JSON.stringify(seen));
    assert.ok(Math.abs(seen.lost / count - loss) < tolerance(loss, count), `${seen.lost} of ${count}`);
  });
}

test('duplication and reordering', async (t) => {
  const count = 1000;
  await lab.left.line({ duplicate: 0.1, reorder: 0.2 }, 'down');
  const seen = await pingThrough(lab.left, lab.host, { count });
  t.diagnostic(JSON.stringify(seen));
  assert.ok(Math.abs(seen.doubled / count - 0.1) < tolerance(0.1, count), `${seen.doubled} doubled`);
  const { ports } = await lab.wan.stats();
  assert.ok(Math.abs(ports.left.down.reordered / count - 0.2) < tolerance(0.2, count), `${ports.left.down.reordered} held back`);
  assert.ok(seen.overtaken > 0.1 * count, `${seen.overtaken} overtaken`);
  assert.equal(seen.lost, 0);
});

test('a rate limit is kept', async (t) => {
  await lab.left.line({ rate: 2000 });
  const { down } = await throughput(lab, { seconds: 4 });
  t.diagnostic(`${down.toFixed(2)} Mbit/s of TCP payload`);
  assert.ok(down > 1.6 && down < 2, `${down} Mbit/s`);
});

test('a cut line passes nothing until it is mended', async () => {
  await lab.left.cut();
  assert.equal((await pingThrough(lab.left, lab.host, { count: 20 })).lost, 20);
  await lab.left.mend();
  assert.equal((await pingThrough(lab.left, lab.host, { count: 20 })).lost, 0);
});

test('lines change while packets are under way', async () => {
  await lab.left.line({ delay: 300 });
  const sent = async () => (await lab.wan.stats()).ports.left.up.packets;
  const before = await sent();
  const pinging = pingThrough(lab.left, lab.host, { count: 200, interval: 0.01 });
  await waitFor('packets under way', async () => (await sent()) > before + 50);
  await lab.left.mend();
  const seen = await pinging;
  assert.deepEqual([seen.lost, seen.doubled, seen.overtaken], [0, 0, 0], JSON.stringify(seen));
  assert.ok(seen.least < 100 && seen.most > 500, JSON.stringify(seen));
});

test('a line cannot be told nonsense', async () => {
  await assert.rejects(lab.left.line({ loss: 5 }), /share/);
  await assert.rejects(lab.left.line({ dealy: 5 }), /dealy/);
  await assert.rejects(lab.left.line({ delay: -1 }), /negative/);
});
