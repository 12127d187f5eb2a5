import { appendFileSync, readFileSync } from 'node:fs';
import { after } from 'node:test';

/** The columns, and what is in each; one that no row fills is left out. */
const COLUMNS = {
  'scenario': ({ scenario }) => scenario,
  'connected': ({ connected, ms }) => connected ?? (ms === undefined ? 'no' : 'yes'),
  'connect ms': ({ ms }) => ms,
  'pair': ({ pairs }) => pairs?.map(({ local, remote }) => `${side(local)}-${side(remote)}`).join(' | '),
  'messages ms': ({ resume }) => resume?.messages,
  'video ms': ({ resume }) => resume?.video,
  'audio ms': ({ resume }) => resume?.audio,
  'how': ({ how }) => how,
  'sent': ({ count }) => count?.sent,
  'lost': ({ count }) => count?.lost,
  'doubled': ({ count }) => count?.doubled,
  'note': ({ note }) => note,
};

const rows = [];

/** A side of a pair in one word: its type, and how the relay is spoken to. */
const side = ({ type, relayProtocol }) => (type === 'relay' && relayProtocol ? `relay/${relayProtocol}` : type);

/**
 * Adds a row for a scenario, of what is known: `connected` (n of n), `ms` to connect, the `pairs` of each end, `resume` (how long
 * after the network's return each kind flowed again, ms), `how`, `count` of messages, and a `note`.
 */
export function row(scenario, facts) {
  const complete = { scenario, ...facts };
  rows.push(complete);
  // One table of several files, for whoever runs them all.
  if (process.env.HANDCLASP_NETLAB_ROWS) appendFileSync(process.env.HANDCLASP_NETLAB_ROWS, `${JSON.stringify(complete)}\n`);
}

/** Prints rows as a table. */
function print(all) {
  const columns = Object.entries(COLUMNS).map(([head, cell]) => [head, ...all.map((facts) => String(cell(facts) ?? ''))]).filter(([, ...cells]) => cells.some(Boolean));
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const line = (cells) => console.log(`| ${cells.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`);
  line(columns.map(([head]) => head));
  line(widths.map((width) => '-'.repeat(width)));
  all.forEach((_, index) => line(columns.map((cells) => cells[index + 1])));
}

if (process.argv[1] === import.meta.filename) {
  // node rows.mjs FILE: the rows of several files as one table.
  const all = readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean).map((text) => JSON.parse(text));
  if (all.length > 0) print(all);
} else {
  // One table at the end, so that it can be read.
  after(() => { if (rows.length > 0) print(rows); });
}
