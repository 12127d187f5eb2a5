import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../tests/e2e/support/paths.mjs';
import { chart } from './chart.mjs';
import { CONTESTANTS, REFERENCE } from './contestants.mjs';
import { ENGINES } from './options.mjs';
import { report } from './report.mjs';
import { ratio } from './statistics.mjs';

/** Runs that are not whole are for whoever works on this; their figures are nobody else's business. */
const DRAFT = join(ROOT, 'target/bench');

/** Where the figures go, and where what is told of them: a folder of charts beside the page. */
const places = (whole) => (whole
  ? { results: join(ROOT, 'bench/results'), docs: join(ROOT, 'docs') }
  : { results: DRAFT, docs: DRAFT });

/** Whether a run with these options says something about everyone. */
const isWhole = ({ quick, contestants }) => !quick && contestants.length === CONTESTANTS.length;

const same = (one, other) => one.engine === other.engine && one.workload.id === other.workload.id;

/** Earlier runs without what the new one has measured again, and the new one without what it could not measure and they could. */
export function merged(earlier, run) {
  const has = ({ sections }, section) => sections.some((one) => same(one, section) && !one.missing);
  const old = earlier.map((one) => ({ ...one, sections: one.sections.filter((section) => !section.missing && !has(run, section)) }));
  const fresh = { ...run, sections: run.sections.filter((section) => !section.missing || !old.some((one) => has(one, section))) };
  return [...old, fresh].filter(({ sections }) => sections.length > 0);
}

/** Adds a run to those that were kept before, so that a long one can be done in parts. Gives back all that counts now. */
export async function keep(run, options) {
  const { results } = places(isWhole(options));
  const file = join(results, 'data.json');
  const earlier = isWhole(options) ? JSON.parse(await readFile(file, 'utf8').catch(() => '{"runs":[]}')).runs : [];
  const runs = merged(earlier, run);
  await mkdir(results, { recursive: true });
  await writeFile(file, `${JSON.stringify({ reference: REFERENCE, runs }, undefined, 1)}\n`);
  return { file, runs };
}

/** Sections of one workload, in both browsers, as `chart` wants them. */
export function bars(sections) {
  const series = sections.map(({ engine }) => engine);
  const ids = CONTESTANTS.filter(({ id }) => sections.some(({ rows }) => rows.some((row) => row.id === id)));
  const rows = ids.map(({ id, title, ours = false }) => ({
    title,
    ours,
    bars: sections.map((section) => {
      const row = section.rows.find((one) => one.id === id);
      if (!row) return undefined;
      if (row.median === undefined) return { failed: 'did not finish' };
      const compared = ratio(row, section.rows.find((one) => one.id === REFERENCE && one.median !== undefined));
      const note = compared === undefined || id === REFERENCE ? undefined : `${compared.toFixed(2)} ×`;
      return { median: row.median, least: row.least, most: row.most, note };
    }),
  }));
  const [{ workload: { title, unit } }] = sections;
  return { title, unit, series, rows };
}

/** Writes the charts and the page that shows them. Gives back the files, the figures' own first. */
export async function write({ file, runs }, options) {
  const { docs } = places(isWhole(options));
  const charts = join(docs, 'bench');
  await mkdir(charts, { recursive: true });
  const all = runs.flatMap(({ sections }) => sections).filter(({ missing }) => !missing);
  const files = [file];
  for (const id of new Set(all.map(({ workload }) => workload.id))) {
    const sections = all.filter(({ workload }) => workload.id === id).toSorted((one, other) => ENGINES.indexOf(one.engine) - ENGINES.indexOf(other.engine));
    files.push(join(charts, `${id}.svg`));
    await writeFile(files.at(-1), chart(bars(sections)));
  }
  files.push(join(docs, 'bench.md'));
  await writeFile(files.at(-1), report(runs));
  return files;
}
