// What stands in docs/ as it is: settings that people copy are tried as they copy them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/** The block of code in `document` (`deploy.md`) that has `mark` in it, with each `[from, to]` replaced, all of which have to be there. */
export async function block(document, mark, replacements = []) {
  const text = await readFile(join(ROOT, 'docs', document), 'utf8');
  const blocks = [...text.matchAll(/^ *```\w*\n(.*?)^ *```$/gms)].map(([, code]) => code).filter((code) => code.includes(mark));
  if (blocks.length !== 1) throw new Error(`${blocks.length} blocks of docs/${document} have ${mark} in them`);
  return replacements.reduce((code, [from, to]) => {
    if (!code.includes(from)) throw new Error(`${from} is not in the block of docs/${document}`);
    return code.replaceAll(from, to);
  }, blocks[0]);
}
