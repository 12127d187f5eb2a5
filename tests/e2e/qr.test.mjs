import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { begins, shows } from './support/by-hand.mjs';
import { launch } from './support/browsers.mjs';
import { camera, film } from './support/camera.mjs';
import { mediaFlows } from './support/media.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';

/** A screenshot of the QR code that someone's page shows. */
async function photograph(person) {
  await shows(person);
  await person.the('hand-qr').click();
  const code = person.the('qr');
  await code.waitFor();
  return code.screenshot();
}

// Ada has no camera that sees Bert's screen; she was sent a picture of it.
for (const engine of ['chromium', 'firefox']) {
  story(`a camera reads the invitation off ${engine}'s screen, and a picture of the reply goes back`, async (stage) => {
    const { page } = await stage.with(startStatic());
    const folder = await mkdtemp(join(tmpdir(), 'handclasp-'));
    const reel = join(folder, 'film.y4m');
    const eyes = await launch('chromium', camera(reel));
    try {
      const ada = await stage.person(engine, 'Ada');
      const bert = await stage.person('chromium', 'Bert', { browser: eyes });
      await begins(ada, page);
      await film(reel, await photograph(ada));

      await bert.page.goto(page);
      const began = performance.now();
      await bert.the('scan').click();
      await bert.page.getByText('Ada invites you to a call').waitFor();
      const read = performance.now();
      await bert.enter();

      const picture = await photograph(bert);
      await ada.the('hand-scan').click();
      await ada.the('scan-file').setInputFiles({ name: 'reply.png', mimeType: 'image/png', buffer: picture });
      await Promise.all([ada.sees(bert), bert.sees(ada)]);
      await mediaFlows([ada, bert]);
      assert.equal(await ada.the('scan').count(), 0, 'the scanner is gone');
      stage.report(`the camera had read the invitation ${Math.round(read - began)} ms after *Scan*`);
    } finally {
      await eyes.close();
      await rm(folder, { recursive: true });
    }
  });
}
