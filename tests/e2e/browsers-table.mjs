// Writes the table in docs/browsers.md, of what came of the stories that were told last. To be run after them: `node browsers-table.mjs`.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from './support/features.mjs';
import { ROOT, STORIES } from './support/paths.mjs';

const DOCUMENT = join(ROOT, 'docs/browsers.md');
/** What the table stands between. */
const [BEGIN, END] = ['<!-- table -->\n', '<!-- end of the table -->'];

const lines = (await readFile(STORIES, 'utf8')).trim().split('\n');
const text = await readFile(DOCUMENT, 'utf8');
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`${DOCUMENT} has no place for the table`);
await writeFile(DOCUMENT, before + BEGIN + table(lines.map((line) => JSON.parse(line))) + '\n' + END + after);
console.log(`${lines.length} records; ${DOCUMENT} is written`);
