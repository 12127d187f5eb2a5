import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packed } from './support/npm.mjs';
import { ROOT } from './support/paths.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';

const run = promisify(execFile);

/** What installing and building may take beside the story, ms. */
const BUILDING = 180_000;

/** An example in a folder of its own, with the package as npm packs it, built. */
async function build(name) {
  const folder = await mkdtemp(join(tmpdir(), `handclasp-${name}-`));
  await cp(join(ROOT, 'examples', name), folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  manifest.dependencies.handclasp = `file:${await packed(folder)}`;
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: folder });
  await run('npm', ['run', 'build', '--silent'], { cwd: folder });
  return { dist: join(folder, 'dist'), stop: () => rm(folder, { recursive: true, force: true }) };
}

for (const name of ['react', 'vue', 'svelte']) {
  story(`the ${name} example is built by Vite and two tabs of it talk`, async (stage) => {
    const { dist } = await stage.with(build(name));
    const { origin } = await stage.with(startStatic(dist));
    const ada = await stage.person('chromium', 'Ada');
    await ada.page.goto(origin);
    await ada.page.getByRole('button', { name: 'Send', disabled: false }).waitFor();
    const bert = await stage.person('chromium', 'Bert', { context: ada.page.context() });
    await bert.page.goto(ada.page.url());
    await bert.page.getByRole('button', { name: 'Send', disabled: false }).waitFor();
    // What is said while nobody is connected is said to nobody: until they are.
    for (let at = 1; ; at += 1) {
      await ada.page.getByRole('textbox', { name: 'Message' }).fill(`hello ${at}`);
      await ada.page.getByRole('button', { name: 'Send' }).click();
      const heard = bert.page.getByText(/^hello/).first().waitFor({ timeout: 1000 }).then(() => true, () => false);
      if (await heard) break;
      if (at > 20) throw new Error('nothing was heard');
    }
    await bert.page.getByRole('textbox', { name: 'Message' }).fill('<b>back</b>');
    await bert.page.getByRole('button', { name: 'Send' }).click();
    await ada.page.getByText('<b>back</b>').waitFor();
  }, { lasts: BUILDING });
}
