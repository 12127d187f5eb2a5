import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { NPM, ROOT } from '../tests/e2e/support/paths.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The contestant in Rust, as `cargo xtask bench` builds it. */
const RUST = resolve(ROOT, process.env.HANDCLASP_BENCH_RUST ?? 'target/bound/handclasp_bench-release-whole');

/** Where the pages go. */
const OUT = join(ROOT, 'target/bench/pages');

const page = (title, script) => `<!doctype html>
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:,">
<script type="module" src="${script}"></script>
`;

/** Makes a page of each contestant; gives back their folder. */
export async function bundle(contestants) {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const modules = [...new Set(contestants.map((contestant) => contestant.module))];
  for (const module of modules) {
    await build({
      stdin: {
        contents: `import { connect } from './contestants/${module}'; import { offerEnd } from './page/end.js'; offerEnd(connect);`,
        resolveDir: HERE,
      },
      outfile: join(OUT, module),
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      alias: { handclasp: join(NPM, 'index.js'), 'handclasp-bench': join(RUST, 'handclasp_bench.js') },
      define: { global: 'globalThis' },
      logLevel: 'error',
    });
  }
  for (const { id, module } of contestants) await writeFile(join(OUT, `${id}.html`), page(id, module));
  await writeFile(join(OUT, 'index.html'), '<!doctype html>\n<title>Pages of the benchmark</title>\n'); // no server without one
  // Each looks for them beside its script.
  for (const folder of [join(NPM, 'wasm'), RUST]) {
    for (const file of await readdir(folder).catch(() => [])) { // not built: not asked for, or esbuild has said so
      if (file.endsWith('.wasm')) await copyFile(join(folder, file), join(OUT, file));
    }
  }
  for (const file of ['worker.js', 'worker_bg.wasm']) await copyFile(join(NPM, file), join(OUT, file));
  return OUT;
}

/** The version of an npm package that is installed here. */
export async function version(name) {
  return JSON.parse(await readFile(join(HERE, 'node_modules', name, 'package.json'), 'utf8')).version;
}
