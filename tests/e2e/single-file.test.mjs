import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { begins, copies, pastes, shows } from './support/by-hand.mjs';
import { mediaFlows } from './support/media.mjs';
import { SINGLE_FILE } from './support/paths.mjs';
import { story } from './support/story.mjs';

// The page as one HTML file, opened from a disk as people do: no server anywhere, not even for the page.

for (const [inviter, invited] of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
  story(`${inviter} and ${invited} talk by a page that each has on a disk`, async (stage) => {
    const folder = await mkdtemp(join(tmpdir(), 'handclasp-'));
    try {
      const file = join(folder, 'handclasp.html');
      await copyFile(SINGLE_FILE, file);
      const page = pathToFileURL(file).href;
      const ada = await stage.person(inviter, 'Ada');
      const bert = await stage.person(invited, 'Bert');
      await begins(ada, page);
      const invitation = await copies(ada);
      assert.match(invitation, /^[A-Za-z0-9_-]{100,300}$/, 'a link to a file on one disk would be of no use on another');

      await bert.page.goto(page);
      await bert.the('paste').fill(invitation);
      await bert.the('open-link').click();
      await bert.enter();
      await pastes(ada, await shows(bert));
      await Promise.all([ada.sees(bert), bert.sees(ada)]);
      await mediaFlows([ada, bert]);
      await ada.say('From disk to disk');
      await bert.reads('From disk to disk');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

story('the file names nothing outside itself', async (stage) => {
  const html = await readFile(SINGLE_FILE, 'utf8');
  const head = html.slice(0, html.indexOf('<script'));
  assert.doesNotMatch(head, /(?:src|href)="(?!data:)/);
  assert.match(head, /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/);
  const ada = await stage.person('chromium', 'Ada');
  const asked = [];
  ada.page.on('request', (request) => asked.push(request.url()));
  await ada.page.goto(pathToFileURL(SINGLE_FILE).href);
  await ada.the('start').waitFor();
  const others = asked.filter((url) => url !== pathToFileURL(SINGLE_FILE).href && !url.startsWith('data:') && !url.startsWith('blob:'));
  stage.report(`${html.length} bytes; asked for beside it: ${others.map((url) => url.split('/').at(-1)).join(', ') || 'nothing'}`);
  // Its settings, which may lie beside it.
  assert.ok(others.every((url) => url.endsWith('/config.json')), others.join());
});
