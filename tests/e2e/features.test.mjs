import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import test from 'node:test';
import { FEATURES, OTHERS, outcome, since, table } from './support/features.mjs';

test('every file of stories belongs to one feature, or to none on purpose', async () => {
  const files = (await readdir(import.meta.dirname)).flatMap((name) => /^(.*)\.test\.mjs$/.exec(name)?.[1] ?? []);
  const named = [...FEATURES.flatMap((feature) => feature.files), ...OTHERS];
  assert.deepEqual(named.toSorted(), files.toSorted());
});

test('a feature counts from the newest of all that it takes', () => {
  assert.deepEqual(since({}), { versions: ['96', '113', '15.4'], of: [] });
  assert.deepEqual(since({ uses: ['`getDisplayMedia`'] }).of, []);
  assert.deepEqual(since({ uses: ['OPFS, `createWritable`'] }), { versions: ['96', '113', '26'], of: ['OPFS, `createWritable`'] });
});

test('a feature works where every story of it ended well when it was told last', () => {
  const record = (story, passed, browsers) => ({ file: 'chat', story, passed, browsers });
  const both = { chromium: '156.0.1', firefox: '153.7.0' };
  const records = [record('a', false, both), record('a', true, both), record('b', true, { chromium: '156.0.1' })];
  const chat = { files: ['chat'] };
  assert.equal(outcome(chat, 'chromium', records), '156');
  assert.equal(outcome(chat, 'firefox', records), '153');
  assert.equal(outcome(chat, 'webkit', records), undefined);
  assert.equal(outcome(chat, 'chromium', [...records, record('b', false, both)]), 'failed');
  assert.equal(outcome({ files: ['call'] }, 'chromium', records), undefined);
  assert.match(table(records), /\| Messages \| ✓ 156, from 96 \| ✓ 153, from 113 \| not tested, from 15\.4 \|/);
});
