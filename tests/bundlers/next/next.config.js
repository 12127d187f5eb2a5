import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** The packages are in the folder above. */
export default { output: 'export', turbopack: { root }, outputFileTracingRoot: root };
