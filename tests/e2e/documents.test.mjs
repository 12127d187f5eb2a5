import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OPTIONS, launch } from './support/browsers.mjs';
import { block } from './support/documents.mjs';
import { MOSQUITTO, TURNSERVER } from './support/paths.mjs';
import { start } from './support/process.mjs';
import { freePort, ownAddress, startServe, writeConfig } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

// The settings in docs/, as people copy them: addresses, names of files and secrets are replaced, and nothing else.

const run = promisify(execFile);

/** A folder for a server's files, with a certificate for `address` that it signed itself. */
async function folderWithCertificate(address) {
  const folder = await mkdtemp(join(tmpdir(), 'handclasp-documents-'));
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=handclasp test', '-addext', `subjectAltName=IP:${address}`,
    '-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')]);
  return { folder, stop: () => rm(folder, { recursive: true, force: true }) };
}

/** mosquitto as in docs/deploy.md, with an account `calls` whose password is `sesame`. */
async function startAccounts(folder) {
  const [plain, port] = [await freePort(), await freePort()];
  const config = await block('deploy.md', 'password_file', [
    ['listener 1883 127.0.0.1', `listener ${plain} 127.0.0.1`], ['listener 8084', `listener ${port} 127.0.0.1\nsocket_domain ipv4`],
    ['/etc/mosquitto/certs', folder], ['/etc/mosquitto', folder],
  ]);
  const paths = { config: 'mosquitto.conf', acl: 'handclasp.acl', passwords: 'handclasp.passwd' };
  for (const name of Object.keys(paths)) paths[name] = join(folder, paths[name]);
  await writeFile(paths.config, `${config}user root\nlog_dest stderr\n`); // else it cannot read the key; its standard output is buffered
  await writeFile(paths.acl, await block('deploy.md', 'topic readwrite'));
  await run('mosquitto_passwd', ['-c', '-b', paths.passwords, 'calls', 'sesame']);
  await chmod(paths.acl, 0o600);
  const server = await start(MOSQUITTO, ['-c', paths.config], { ready: /running/ });
  return { ...server, broker: (account, query = '') => `wss://${account}127.0.0.1:${port}/mqtt${query}` };
}

story('mosquitto with TLS, accounts and an access list, as docs/deploy.md has it', async (stage) => {
  const { page } = await stage.with(startServe());
  const { folder } = await stage.with(folderWithCertificate('127.0.0.1'));
  const { broker } = await stage.with(startAccounts(folder));
  const by = (...address) => `${page}&broker=${encodeURIComponent(broker(...address))}`;
  // Firefox can be told to go on with a certificate that it does not know for pages, and not for sockets.
  const appear = (name) => stage.person('chromium', name, { ignoreHTTPSErrors: true });
  const [ada, bert, eve] = [await appear('Ada'), await appear('Bert'), await appear('Eve')];

  const link = await ada.startCall(by('calls:sesame@'));
  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  assert.deepEqual([await ada.broker(), await bert.broker()], ['connected', 'connected']);

  for (const [why, ...address] of [
    ['a wrong password', 'calls:open@'], ['no account', ''], ['topics that are not on the list', 'calls:sesame@', '?prefix=elsewhere'],
  ]) {
    await eve.page.goto('about:blank');
    await eve.startCall(by(...address));
    await eve.brokerIs('failed');
    assert.equal(await eve.the('error').first().getAttribute('data-code'), 'broker-refused', why);
  }
});

/** coturn as in docs/turn.md, and the program there that makes its credentials. */
async function startRelay(folder) {
  const [address, port, tlsPort, endpointPort] = [ownAddress(), await freePort(), await freePort(), await freePort()];
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
  const config = await block('turn.md', '# /etc/turnserver.conf', [
    ['\nlistening-port=3478', `\nlistening-port=${port}`], ['\ntls-listening-port=443', `\ntls-listening-port=${tlsPort}`],
    ['/etc/turnserver/', `${folder}/`], ['REPLACE-THIS', secret],
  ]);
  // The rest is about this machine. Its own address may be one of those that are denied.
  await writeFile(join(folder, 'turnserver.conf'), `${config}
listening-ip=${address}
relay-ip=${address}
allowed-peer-ip=${address}
relay-threads=1
pidfile=${folder}/pid
userdb=${folder}/db
log-file=stdout
simple-log
`);
  const program = await block('turn.md', 'createHmac', [
    ["'turn:turn.example'", `'turn:${address}:${port}'`], ['turn:turn.example?', `turn:${address}:${port}?`],
    ['turns:turn.example:443?', `turns:${address}:${tlsPort}?`], ['stun:turn.example', `stun:${address}:${port}`],
  ]);
  await writeFile(join(folder, 'endpoint.mjs'), `${program}\nconsole.log('ready');\n`);
  const relay = await start(TURNSERVER, ['-c', join(folder, 'turnserver.conf')], { ready: /DB connection success/ });
  const endpoint = await start(process.execPath, [join(folder, 'endpoint.mjs')], { ready: /ready/, env: { TURN_SECRET: secret, PORT: String(endpointPort) } });
  return { ask: async () => (await fetch(`http://127.0.0.1:${endpointPort}`)).json(), stop: () => Promise.all([relay.stop(), endpoint.stop()]) };
}

story('coturn with credentials that expire, as docs/turn.md has it, over UDP, TCP and TLS', async (stage) => {
  const { folder } = await stage.with(folderWithCertificate(ownAddress()));
  const { ask } = await stage.with(startRelay(folder));
  const { iceServers, expiresIn } = await ask();
  assert.equal(expiresIn, 3_600_000);

  // A certificate that browsers know for a relay cannot be had here; only Chromium can be told to do without.
  const browser = await launch('chromium', { args: [...OPTIONS.chromium.args, '--ignore-certificate-errors'] });
  await stage.with({ stop: () => browser.close() });
  const verdict = async (name, servers) => {
    const config = await stage.with(writeConfig({ brokers: ['/mqtt'], iceServers: servers }));
    const { origin } = await stage.with(startServe('--config', config.path));
    const person = await stage.person('chromium', name, { browser });
    await person.page.goto(`${origin}/`);
    await person.the('test').first().click();
    const panel = person.the('test-panel');
    const code = await waitFor(`${name}'s test to end`, () => panel.getAttribute('data-verdict'), { within: 30_000 });
    await panel.locator('summary').click();
    return { code, facts: await person.the('facts').innerText() };
  };

  const good = await verdict('Ada', iceServers);
  assert.equal(good.code, 'good', good.facts);
  for (const transport of ['udp', 'tcp', 'tls']) assert.match(good.facts, new RegExp(`${transport}: works`));

  const late = structuredClone(iceServers);
  late[1].username = `${Math.floor(Date.now() / 1000) - 1}:guest`;
  const refused = await verdict('Bert', late);
  assert.equal(refused.code, 'relay-credentials', refused.facts);
});
