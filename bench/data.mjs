// `cargo xtask bench data`: what a stream and messages cost by way of handclasp, of the bare channel, and of other libraries, in one run.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { bundle, version } from './bundle.mjs';
import { CONTESTANTS, REFERENCE } from './contestants.mjs';
import { HELP, parse } from './options.mjs';
import { keep, write } from './results.mjs';
import { run } from './run.mjs';
import { Stage } from './stage.mjs';
import { order, summary } from './statistics.mjs';
import { short, table } from './table.mjs';
import { figure, unit } from './workloads.mjs';

/** Whoever failed so often at a workload is not asked again: not to be done in time takes minutes. */
const FAILURES = 2;

/** One workload in one browser, with all contestants, round by round. Resolves with a section of the results. */
async function section(stage, engine, workload, options) {
  const rows = options.contestants.filter(({ id }) => !workload.except.includes(id))
    .map((contestant) => ({ contestant, figures: [], failures: [] }));
  const load = [];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const row of order(rows, round)) {
      if (row.failures.length >= FAILURES) continue;
      const { contestant, figures, failures } = row;
      try {
        const { ms } = await run(stage, engine, workload, contestant);
        figures.push(figure(workload, ms));
        say(`  ${round + 1}/${options.rounds} ${contestant.title}: ${short(figures.at(-1))} ${unit(workload)}`);
      } catch (error) {
        failures.push(error.message);
        say(`  ${round + 1}/${options.rounds} ${contestant.title}: ${error.message}`);
      }
      load.push(loadavg()[0]);
    }
  }
  const { id, title, total, size, line } = workload;
  return {
    engine,
    browser: await stage.version(engine),
    workload: { id, title, total, size, line, unit: unit(workload) },
    when: new Date().toISOString(),
    load: Math.max(...load),
    rounds: options.rounds,
    rows: rows.map(({ contestant, figures, failures }) => ({ id: contestant.id, title: contestant.title, figures, ...summary(figures), failures })),
  };
}

/** A section that says why there is nothing to tell. */
function missing(engine, { id, title, total, size, line, ...workload }, why) {
  return { engine, workload: { id, title, total, size, line, unit: unit({ size, ...workload }) }, missing: why, rows: [] };
}

/** What the figures were measured with. */
async function conditions(command) {
  const packages = CONTESTANTS.filter((contestant) => contestant.package);
  return {
    command,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    versions: Object.fromEntries(await Promise.all(packages.map(async ({ package: name }) => [name, await version(name)]))),
  };
}

const say = (text) => console.log(text);

async function main(args) {
  if (args[0] === 'help') return say(HELP);
  const options = parse(args);
  if (options.list) return [...options.workloads, ...options.contestants].forEach(({ id, title }) => say(`${id.padEnd(16)}${title}`));
  const stage = new Stage(await bundle(options.contestants));
  const sections = [];
  try {
    for (const engine of options.engines) {
      for (const workload of options.workloads) {
        say(`▸ ${workload.title}, ${engine}`);
        const unable = workload.line && (await stage.obstacle());
        sections.push(unable ? missing(engine, workload, unable) : await section(stage, engine, workload, options));
        say(`\n${table(sections.at(-1), REFERENCE)}\n`);
      }
    }
  } finally {
    await stage.close();
  }
  const results = await keep({ conditions: await conditions(['cargo xtask bench data', ...args].join(' ')), sections }, options);
  for (const file of await write(results, options)) say(file);
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
