import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { OUT } from './support/paths.mjs';
import { freePort, ownAddress, startServe, startStatic, startTurn, writeConfig } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** A whole test takes ten seconds where something does not answer; the machine may be busy. */
const WITHIN = { within: 30_000 };

/** Starts the test that `button` opens, and resolves with what it says. */
async function test(person, button = 'test') {
  await person.the(button).first().click();
  return result(person);
}

async function result(person) {
  const panel = person.the('test-panel');
  await panel.waitFor();
  const code = await waitFor(`${person.name}'s test to end`, () => panel.getAttribute('data-verdict'), WITHIN);
  await panel.locator('summary').click();
  const facts = (await person.the('facts').innerText()).trim();
  return { code, sentence: (await person.the('verdict').innerText()).trim(), facts };
}

/** For people to look at. */
async function picture(person, name) {
  const folder = join(OUT, 'diagnose');
  await mkdir(folder, { recursive: true });
  await person.screenshot(join(folder, `${name}.png`));
}

/** A page whose configuration has these ICE servers; without `?ice=none`. */
async function serve(stage, iceServers) {
  const config = await stage.with(writeConfig({ brokers: ['/mqtt'], iceServers }));
  const { origin } = await stage.with(startServe('--config', config.path));
  return `${origin}/`;
}

for (const engine of ['chromium', 'firefox']) {
  story(`with a relay that works, all is well in ${engine}`, async (stage) => {
    const turn = await stage.with(startTurn());
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(await serve(stage, [turn.stun, turn.udp, turn.tcp]));
    const { code, sentence, facts } = await test(ada);
    stage.report(`${code}: ${sentence}`);
    assert.equal(code, 'good', facts);
    assert.match(facts, /udp: works/);
    assert.match(facts, /tcp: works/);
    assert.match(facts, /Server: works/);
    for (const address of [turn.address, '127.0.0.1']) assert.ok(!facts.includes(address), 'the facts have no addresses');
    await picture(ada, `${engine}-good`);

    // For whoever helps them.
    await ada.page.getByRole('button', { name: 'Copy details' }).click();
    await ada.page.getByText('Copied. There are no addresses in it.').waitFor();
    const [copied] = await ada.copied();
    assert.deepEqual(copied.split('\n').slice(0, 2), [sentence.split('\n')[0], code]);
    for (const line of facts.split('\n')) assert.ok(copied.includes(line.trim()), `${line} in: ${copied}`);
  });

  story(`a wrong password for the relay is told from a relay that is not there in ${engine}`, async (stage) => {
    const turn = await stage.with(startTurn());
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(await serve(stage, [{ ...turn.udp, credential: 'wrong' }]));
    const refused = await test(ada);
    stage.report(`${refused.code}: ${refused.sentence}`);
    assert.equal(refused.code, 'relay-credentials', refused.facts);
    assert.match(refused.facts, /code 401/);
    assert.match(refused.sentence, /password/);

    const bert = await stage.person(engine, 'Bert');
    const port = await freePort();
    await bert.page.goto(await serve(stage, [{ ...turn.tcp, urls: [`turn:${ownAddress()}:${port}?transport=tcp`] }]));
    const unreachable = await test(bert);
    stage.report(`${unreachable.code}: ${unreachable.sentence}`);
    assert.equal(unreachable.code, 'relay-unreachable', unreachable.facts);
    await picture(bert, `${engine}-relay-unreachable`);
  });

  story(`a relay that passes nothing on is told from one that is well in ${engine}`, async (stage) => {
    const turn = await stage.with(startTurn('--denied-peer-ip=0.0.0.0-255.255.255.255', '--denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'));
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(await serve(stage, [turn.udp]));
    const { code, sentence, facts } = await test(ada);
    stage.report(`${code}: ${sentence}`);
    assert.equal(code, 'relay-refuses', facts);
  });
}

story('a broker that is not there is told in the lobby, by keyboard alone', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada', { viewport: { width: 375, height: 740 }, colorScheme: 'dark' });
  await ada.page.goto(`${page}&broker=${encodeURIComponent(`ws://127.0.0.1:${await freePort()}/mqtt`)}`);
  await ada.the('start').click();
  await ada.the('test').focus();
  await ada.page.keyboard.press('Enter');
  const { code, sentence } = await result(ada);
  stage.report(`${code}: ${sentence}`);
  assert.equal(code, 'broker-unreachable');
  await picture(ada, 'phone-dark');
  const { scrollWidth, clientWidth } = await ada.page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.querySelector('dialog[open]');
    return { scrollWidth, clientWidth };
  });
  assert.ok(clientWidth > 0 && scrollWidth <= clientWidth, 'the panel fits the phone');
  await ada.page.keyboard.press('Escape');
  await waitFor('the panel to close', () => ada.page.evaluate(() => !document.querySelector('dialog[open]')));
  assert.equal(await ada.page.evaluate(() => document.activeElement?.dataset.testid), 'test', 'the focus is where it was');
});

story('on a static host the test says that only tabs of this browser can connect', async (stage) => {
  const { page } = await stage.with(startStatic());
  const ada = await stage.person('chromium', 'Ada');
  await ada.page.goto(page);
  const { code, sentence } = await test(ada);
  stage.report(`${code}: ${sentence}`);
  assert.equal(code, 'tabs-only');
  await picture(ada, 'static-host');
});

// As a man in the middle would: the certificate is not the one that was announced.
const FORGED = {
  content: `{
    const set = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
      const forged = sdp.replace(/(a=fingerprint:sha-256 )(..)/gi, (_, head, byte) => head + (byte === '00' ? '01' : '00'));
      return set.call(this, { type, sdp: forged });
    };
  }`,
};

for (const engine of ['chromium', 'firefox']) {
  story(`a certificate that was not announced is told in ${engine}`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(engine, 'Ada', { init: [FORGED] });
    const link = await ada.startCall(page);
    const bert = await stage.person('chromium', 'Bert');
    await bert.join(link);
    // An attempt has to fail before there is anything to tell.
    await waitFor('Ada\'s first connection to fail', async () => (await ada.connectionsMade()) > 2, WITHIN);
    const { code, sentence, facts } = await test(ada, 'why');
    stage.report(`${code}: ${sentence}`);
    assert.equal(code, 'certificate-mismatch', facts);
    await picture(ada, `${engine}-certificate`);
  });
}
