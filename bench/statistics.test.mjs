import assert from 'node:assert/strict';
import test from 'node:test';
import { CONTESTANTS, REFERENCE } from './contestants.mjs';
import { parse } from './options.mjs';
import { merged } from './results.mjs';
import { median, order, quantile, ratio, summary } from './statistics.mjs';
import { cells, short, table } from './table.mjs';
import { figure, plan, workloads } from './workloads.mjs';

test('the median is the middle, or between the two that are', () => {
  assert.equal(median([]), undefined);
  assert.equal(median([3]), 3);
  assert.equal(median([10, 9, 100]), 10); // by value, not as text
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(quantile([0, 10, 20, 30, 40], 0.25), 10);
  assert.equal(quantile([0, 10], 0.25), 2.5);
});

test('a summary has the spread, and there is none of nothing', () => {
  assert.deepEqual(summary([2, 8, 4]), { median: 4, least: 2, most: 8, rounds: 3 });
  assert.equal(summary([]), undefined);
});

test('a ratio needs both', () => {
  assert.equal(ratio({ median: 3 }, { median: 4 }), 0.75);
  assert.equal(ratio({ median: 3 }, undefined), undefined);
  assert.equal(ratio(undefined, { median: 4 }), undefined);
});

test('every round has everyone once, and nobody is always first, last, or behind the same one', () => {
  for (const count of [1, 2, 3, 8]) {
    const all = Array.from({ length: count }, (_, index) => index);
    const rounds = Array.from({ length: 5 }, (_, round) => order(all, round));
    for (const one of rounds) assert.deepEqual(one.toSorted((a, b) => a - b), all);
    if (count < 3) continue;
    assert.ok(new Set(rounds.map((one) => one[0])).size > 1);
    assert.ok(new Set(rounds.map((one) => one.at(-1))).size > 1);
    for (const whom of all) assert.ok(new Set(rounds.map((one) => one[one.indexOf(whom) - 1])).size > 1);
  }
});

test('a figure is a rate: of messages where they are small, else of bytes', () => {
  assert.equal(figure({ total: 5_000_000 }, 2_000), 2.5);
  assert.equal(figure({ size: 64, total: 64 * 1000 }, 500), 2000);
  assert.equal(figure({ size: 1_000_000, total: 8_000_000 }, 1_000), 8);
});

test('what is larger than a contestant takes goes in pieces, and a stream never does', () => {
  const contestant = { piece: 65_536, limit: 65_536 };
  assert.deepEqual(plan({ size: 1_048_576 }, contestant, 4_194_304), { total: 4_194_304, size: 1_048_576, split: true, kept: true });
  assert.deepEqual(plan({}, contestant, 4_194_304), { total: 4_194_304, size: 65_536, split: false, kept: false });
  assert.equal(plan({}, { piece: 1_048_576, limit: Infinity }, 65_536).size, 65_536);
  for (const workload of [...workloads(), ...workloads({ quick: true })]) {
    for (const one of CONTESTANTS) {
      for (const total of [workload.total, workload.warmUp]) {
        assert.ok(total > 0 && total % plan(workload, one, total).size === 0, `${workload.id} in whole messages of ${one.id}`);
      }
    }
  }
});

test('figures are as exact as they are worth', () => {
  assert.deepEqual([0.123, 9.876, 98.76, 1234.5, 65432.1].map(short), ['0.12', '9.88', '98.8', '1,235', '65,432']);
});

const SECTION = {
  engine: 'chromium',
  workload: { id: 'stream', unit: 'MB/s' },
  rows: [
    { id: REFERENCE, title: 'bare', figures: [10, 12, 14], ...summary([10, 12, 14]), failures: [] },
    { id: 'other', title: 'other', figures: [6], ...summary([6]), failures: ['it took more than 9 s; 1.0 of 4.0 MiB came'] },
    { id: 'none', title: 'none', figures: [], failures: ['no', 'connecting took more than 60 s'] },
  ],
};

test('a table says who failed, and why', () => {
  assert.deepEqual(cells(SECTION, REFERENCE), [
    ['bare', '12.0', '10.0–14.0', '1.00', ''],
    ['other', '6.00', '6.00–6.00', '0.50', 'failed 1 of 2: it took more than 9 s; 1.0 of 4.0 MiB came'],
    ['none', '–', '–', '–', 'failed 2 of 2: connecting took more than 60 s'],
  ]);
  assert.equal(table({ workload: {}, missing: 'no lab', rows: [] }, REFERENCE), 'not measured: no lab');
  const lines = table(SECTION, REFERENCE).split('\n');
  assert.equal(lines.length, 4);
  assert.ok(lines[2].startsWith('other') && lines[2].includes('0.50'));
});

test('without a figure of the reference there is no ratio', () => {
  const [, other] = cells({ ...SECTION, rows: [SECTION.rows[2], SECTION.rows[1]] }, 'none');
  assert.equal(other[3], '–');
});

test('a later run replaces what it measured again, and nothing else', () => {
  const of = (engine, id, more) => ({ engine, workload: { id }, rows: [], ...more });
  const first = { name: 1, sections: [of('chromium', 'stream'), of('chromium', 'small'), of('firefox', 'rtt-20', { missing: 'no lab' })] };
  const second = { name: 2, sections: [of('chromium', 'stream'), of('firefox', 'rtt-20'), of('chromium', 'small', { missing: 'no lab' })] };
  const kept = merged([first], second).map(({ name, sections }) => [name, sections.map(({ engine, workload }) => `${engine} ${workload.id}`)]);
  assert.deepEqual(kept, [[1, ['chromium small']], [2, ['chromium stream', 'firefox rtt-20']]]);
  assert.deepEqual(merged([{ sections: [of('chromium', 'stream')] }], { name: 2, sections: [of('chromium', 'stream')] }).map(({ name }) => name), [2]);
});

test('the command line', () => {
  const quick = parse(['--quick', '--only', 'stream', '--only', 'trystero', '--browser', 'firefox']);
  assert.deepEqual(quick.workloads.map(({ id }) => id), ['stream']);
  assert.deepEqual(quick.contestants.map(({ id }) => id), [REFERENCE, 'trystero']);
  assert.deepEqual([quick.engines, quick.rounds], [['firefox'], 1]);
  const all = parse(['--size', '64', '--rounds', '3']);
  assert.equal(all.workloads[0].total, 64 * 1024 * 1024);
  assert.equal(all.contestants.length, CONTESTANTS.length);
  assert.equal(all.rounds, 3);
  for (const wrong of [['--only', 'nobody'], ['--browser', 'lynx'], ['--size', '0'], ['--rounds', 'many'], ['--what']]) assert.throws(() => parse(wrong), wrong.join(' '));
});
