import assert from 'node:assert/strict';
import test from 'node:test';
import { LONGEST, chart } from './chart.mjs';
import { REFERENCE } from './contestants.mjs';
import { report } from './report.mjs';
import { bars } from './results.mjs';
import { summary } from './statistics.mjs';

const row = (title, ...all) => ({ title, bars: all });
const CHART = {
  title: 'A <stream> & more',
  unit: 'MB/s',
  series: ['chromium', 'firefox'],
  rows: [
    row('bare', { median: 10, least: 8, most: 20 }, { median: 5, least: 5, most: 5 }),
    row('other', { failed: 'did not finish' }, undefined),
  ],
};

/** The numbers of an attribute of every element of this kind and class. */
const numbers = (svg, element, name, attribute) => [...svg.matchAll(new RegExp(`<${element} class="${name}"[^>]*? ${attribute}="([\\d.]+)"`, 'g'))].map(([, number]) => Number(number));

test('bars are as long as their medians, and the longest spread fits', () => {
  const svg = chart(CHART);
  assert.deepEqual(numbers(svg, 'rect', 'series-0', 'width').filter((width) => width !== 11), [LONGEST / 2]);
  assert.deepEqual(numbers(svg, 'rect', 'series-1', 'width').filter((width) => width !== 11), [LONGEST / 4]);
  const [from] = numbers(svg, 'line', 'spread', 'x1');
  const [to] = numbers(svg, 'line', 'spread', 'x2');
  assert.equal(numbers(svg, 'line', 'spread', 'x1').length, 1, 'no spread where there is none');
  assert.ok(Math.abs(to - from - LONGEST * 0.6) < 0.2);
});

test('whoever has no figure is said to have none', () => {
  const svg = chart(CHART);
  assert.match(svg, />did not finish</);
  assert.match(svg, /other: chromium did not finish/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  assert.doesNotMatch(chart({ ...CHART, rows: [row('none', { failed: 'did not finish' })], series: ['firefox'] }), /NaN|undefined|Infinity/);
});

test('a chart is well-formed, and nothing in it is markup by mistake', () => {
  const svg = chart(CHART);
  assert.ok(svg.includes('A &lt;stream&gt; &amp; more') && !svg.includes('<stream>'));
  const open = [];
  for (const [, end, name, self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^>]*?)?(\/?)>/g)) {
    if (end) assert.equal(open.pop(), name);
    else if (!self) open.push(name);
  }
  assert.deepEqual(open, []);
});

test('groups are below one another, inside the picture', () => {
  const many = { ...CHART, rows: Array.from({ length: 9 }, () => CHART.rows[0]) };
  const svg = chart(many);
  const tops = numbers(svg, 'rect', 'series-0', 'y').slice(1);
  assert.equal(tops.length, 9);
  assert.ok(tops.every((top, index) => index === 0 || top > tops[index - 1]));
  const [, height] = /viewBox="0 0 \d+ (\d+)"/.exec(svg);
  assert.ok(Math.max(...numbers(svg, 'rect', 'series-1', 'y')) + 13 < Number(height));
});

const SECTION = {
  engine: 'firefox',
  browser: '1.2',
  workload: { id: 'stream', title: 'A stream', total: 1024 * 1024, unit: 'MB/s' },
  when: '2030-01-02T03:04:05Z',
  load: 1,
  rounds: 3,
  rows: [
    { id: REFERENCE, title: 'bare', figures: [10, 12, 14], ...summary([10, 12, 14]), failures: [] },
    { id: 'peerjs', title: 'PeerJS', figures: [6], ...summary([6]), failures: [] },
    { id: 'trystero', title: 'Trystero', figures: [], failures: ['a | b'] },
  ],
};

test('sections become bars with their ratios', () => {
  const { series, rows } = bars([SECTION]);
  assert.deepEqual(series, ['firefox']);
  assert.deepEqual(rows.map(({ bars: [bar] }) => bar.note ?? bar.failed), [undefined, '0.50 ×', 'did not finish']);
});

test('the page has every section, its chart, and what it was measured with', () => {
  const conditions = { command: 'x', cpu: 'y', cores: 2, node: 'v1', commit: 'abc', versions: { peerjs: '1.5.5' } };
  const lab = { engine: 'chromium', workload: { id: 'loss-1', title: 'Loss', total: 1, unit: 'MB/s' }, missing: 'No lab here.', rows: [] };
  const page = report([{ conditions, sections: [SECTION, lab] }]);
  assert.match(page, /!\[[^\]]*\]\(bench\/stream\.svg\)/);
  assert.doesNotMatch(page, /bench\/loss-1\.svg/);
  assert.match(page, /\| PeerJS \| 6\.00 \| 6\.00–6\.00 \| 0\.50 \|/);
  assert.match(page, /a \\\| b/, 'what comes from elsewhere does not break the table');
  assert.match(page, /No lab here\./);
  assert.match(page, /peerjs 1\.5\.5/);
});
