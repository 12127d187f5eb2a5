import assert from 'node:assert/strict';
import { freePort, startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** A script that makes capture fail as the browser does. */
const failingCapture = (name) => ({
  content: `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('made to fail', '${name}'));`,
});

for (const [what, name, words] of [
  ['refused', 'NotAllowedError', /allow|permi/i],
  ['missing', 'NotFoundError', /connect|plug|found|no camera/i],
  ['in use', 'NotReadableError', /another|other|use/i],
]) {
  story(`a camera that is ${what} is said so, with what to do`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person('chromium', 'Ada', { init: [failingCapture(name)] });
    await ada.page.goto(page);
    await ada.the('start').click();
    const { code, text } = await ada.error();
    stage.report(`${code}: ${text}`);
    assert.match(text, words);
    assert.ok(code, 'the error has a code');
    assert.equal(await ada.the('error').first().getAttribute('role'), 'alert');

    // One can still come in, listen and write.
    await ada.enter({ preview: false });
    const bert = await stage.person('firefox', 'Bert');
    await bert.join(ada.page.url());
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    await ada.say('I have no camera');
    await bert.reads('I have no camera');
  });
}

story('a broker that cannot be reached is said so', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  await ada.startCall(`${page}&broker=${encodeURIComponent(`ws://127.0.0.1:${await freePort()}/mqtt`)}`);
  await waitFor('Ada to be told', async () => ['reconnecting', 'failed'].includes(await ada.broker()));
  const text = (await ada.the('status').innerText()).trim();
  stage.report(text);
  assert.match(text, /reach|connect|server|broker/i);
});

for (const [what, fragment] of [['cut short', '#r=AAAA'], ['not base64url', '#r=!!!!!!!!!!!!!!!!!!!!!!'], ['far too long', `#r=${'A'.repeat(5000)}`]]) {
  story(`a link whose secret is ${what} is said to be broken`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person('chromium', 'Ada');
    await ada.page.goto(`${page}${fragment}`);
    const { code, text } = await ada.error();
    stage.report(`${code}: ${text}`);
    assert.match(text, /link/i);
    assert.equal(await ada.the('join').count(), 0, 'there is nothing to join');
  });
}

for (const engine of ['chromium', 'firefox']) {
  story(`a part of the page that does not come is said so in ${engine}, and comes at the next try`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(engine, 'Ada');
    const PARTS = /_(call|diagnosis)-[0-9a-f]+\.wasm$/;
    await ada.page.route(PARTS, (route) => route.abort());
    await ada.page.goto(page);

    await ada.the('test').first().click();
    const panel = ada.the('test-panel');
    await waitFor('the test to say so', async () => await panel.getAttribute('data-verdict') === 'not-loaded');
    assert.match(await ada.the('verdict').innerText(), /connection/);
    await ada.page.keyboard.press('Escape');

    await ada.the('start').click();
    await ada.the('join').click();
    const { code, text } = await ada.error();
    stage.report(`${code}: ${text}`);
    assert.equal(code, 'not-loaded');
    assert.match(text, /try again/i);

    // It comes, but slowly.
    let arrive;
    const arrived = new Promise((resolve) => { arrive = resolve; });
    await ada.page.unroute(PARTS);
    await ada.page.route(PARTS, async (route) => {
      await arrived;
      await route.continue();
    });
    await ada.the('name').fill(ada.name);
    await ada.the('join').click();
    await ada.page.getByRole('button', { name: 'Joining…' }).waitFor();
    arrive();
    await ada.the('hangup').waitFor();
    const bert = await stage.person('chromium', 'Bert');
    await bert.join(ada.page.url());
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
  });
}
