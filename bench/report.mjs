// docs/bench.md.

import { CONTESTANTS, REFERENCE } from './contestants.mjs';
import { ENGINES } from './options.mjs';
import { cells } from './table.mjs';
import { workloads } from './workloads.mjs';

const HEAD = `# Data, side by side

This page is written by \`cargo xtask bench data\`; do not edit it. It compares handclasp with the browser's own channel and with other libraries:
two pages, each in a context of its own, the same content for all, both ends on one machine. A figure is from the first call to the last byte's arrival,
after a warm-up on the same connection; the receiver counts the bytes and checks a sum over all of them, in their order. Every run has
new pages. The contestants take turns, in another order each round.

Two pages, the network's stack and the contestant share the machine's cores, so what is compared here is mostly work, and only over the lines of the
[network lab](../tests/netlab) waiting. Ratios mean something elsewhere; figures do not.
MB are millions of bytes. × is the median compared with that of the bare channel in pieces of 64 KiB.
`;

const MIB = 1024 * 1024;

function amount({ size, total, line }) {
  const what = size === 64 ? `${(total / size).toLocaleString('en-US')} messages` : `${Number((total / MIB).toFixed(2))} MiB`;
  if (!line) return what;
  const { delay = 0, loss = 0, rate } = line;
  return `${what}, ${delay} ms${loss ? ` and a loss of ${loss * 100} %` : ''} each way${rate ? `, ${rate / 1000} Mbit/s` : ''}`;
}

const row = (all) => `| ${all.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function told(section) {
  const { engine, browser, workload, load, rounds, missing } = section;
  if (missing) return `**${engine}**: not measured. ${missing}\n`;
  return [
    `**${engine} ${browser}**: ${amount(workload)}, ${rounds} rounds, load of the machine up to ${load.toFixed(1)}`,
    '',
    row(['', workload.unit, 'least–most', '×', '']),
    '|---|---:|---:|---:|---|',
    ...cells(section, REFERENCE).map(row),
    '',
  ].join('\n');
}

function measuredBy({ conditions, sections }) {
  const { command, cpu, cores, node, commit, versions } = conditions;
  const whens = sections.map(({ when }) => when).filter(Boolean).sort();
  return `\`${command}\` at ${commit}, ${whens[0]?.slice(0, 10) ?? 'never'}, on ${cores} cores (${cpu}), Node.js ${node}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`;
}

/** The page, of runs as `keep` keeps them. */
export function report(runs) {
  const all = runs.flatMap(({ sections }) => sections);
  const parts = [HEAD];
  for (const { id } of workloads()) {
    const sections = all.filter(({ workload }) => workload.id === id).toSorted((one, other) => ENGINES.indexOf(one.engine) - ENGINES.indexOf(other.engine));
    if (sections.length === 0) continue;
    parts.push(`## ${sections[0].workload.title}\n`);
    if (sections.some(({ missing }) => !missing)) parts.push(`![${sections[0].workload.title}: the table below as bars](bench/${id}.svg)\n`);
    parts.push(...sections.map(told));
  }
  parts.push('## What differs\n', ...CONTESTANTS.map(({ title, differs }) => `- **${title}**: ${differs}`), '');
  parts.push('## Measured by\n', ...runs.map((run) => `- ${measuredBy(run)}`), '');
  return parts.join('\n');
}
