import { after } from 'node:test';

const HEAD = ['scenario', 'connected', 'ms', 'pair', 'note'];
const rows = [];

/** A side of a pair in one word: its type, and how the relay is spoken to. */
const side = ({ type, relayProtocol }) => (type === 'relay' && relayProtocol ? `relay/${relayProtocol}` : type);

/** Adds a row for a scenario: whether it connected, within how many ms, by which pair (of each end), and what else there is to say. */
export function row(scenario, { ms, pairs, note = '' }) {
  const pair = pairs ? pairs.map(({ local, remote }) => `${side(local)}-${side(remote)}`).join(' | ') : '-';
  rows.push([scenario, ms === undefined ? 'no' : 'yes', ms === undefined ? '-' : String(ms), pair, note]);
}

// One table at the end, so that it can be read.
after(() => {
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((cells) => cells[column].length)));
  for (const cells of [HEAD, widths.map((width) => '-'.repeat(width)), ...rows]) {
    console.log(`| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  }
});
