// The routers do what they are called: seen from two STUN addresses by a program that knows nothing of them.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Lab } from './lab.mjs';

const STUN = fileURLToPath(new URL('stun.mjs', import.meta.url));

let lab;
before(async () => {
  lab = await Lab.build();
  await lab.startTurn();
});
after(() => lab?.close());

const seen = async (client) => JSON.parse(await client.run(process.execPath, [STUN, ...lab.relays]));

const KINDS = {
  'none': ['none', 'endpoint-independent'],
  'full-cone': ['endpoint-independent', 'endpoint-independent'],
  'port-restricted': ['endpoint-independent', 'address-and-port-dependent'],
  'symmetric': ['address-and-port-dependent', 'address-and-port-dependent'],
};

for (const [kind, [mapping, filtering]] of Object.entries(KINDS)) {
  test(`NAT ${kind}: mapping ${mapping}, filtering ${filtering}`, async (t) => {
    await lab.left.nat(kind);
    const found = await seen(lab.left);
    t.diagnostic(JSON.stringify(found));
    assert.equal(found.mapping, mapping);
    assert.equal(found.filtering, filtering);
    const address = kind === 'none' ? lab.left.address : lab.left.publicAddress;
    assert.ok(found.mapped.every((mapped) => mapped.startsWith(`${address}:`)), `${found.mapped} is not from ${address}`);
  });
}

test('each client has a router to itself', async () => {
  await lab.reset();
  await lab.left.nat('symmetric');
  assert.equal((await seen(lab.right)).mapping, 'none');
  assert.equal((await seen(lab.left)).mapping, 'address-and-port-dependent');
});

/** Whether a TCP connection to there opens. */
const opens = async (client, port) =>
  (await client.run('socat', ['-u', 'OPEN:/dev/null', `TCP4:${lab.relays[0]}:${port},connect-timeout=1`]).then(() => true, () => false));

test('no UDP: STUN is silent, TCP passes', async () => {
  await lab.reset();
  await lab.left.nat('port-restricted');
  await lab.left.firewall('no-udp');
  const found = await seen(lab.left);
  assert.equal(found.mapping, 'blocked');
  assert.equal(found.filtering, 'blocked');
  assert.ok(await opens(lab.left, 3478));
});

test('only 443: TCP to port 443 passes, to port 3478 not', async () => {
  await lab.reset();
  await lab.left.nat('port-restricted');
  await lab.left.firewall('only-443');
  assert.equal((await seen(lab.left)).mapping, 'blocked');
  assert.ok(await opens(lab.left, 443));
  assert.ok(!(await opens(lab.left, 3478)));
});

test('an unplugged machine reaches nobody, and everybody when it is plugged in again', async () => {
  await lab.reset();
  await lab.left.unplug();
  await assert.rejects(lab.left.run('ping', ['-c', '1', '-W', '1', lab.host]));
  await lab.left.plug();
  await lab.left.run('ping', ['-c', '1', '-W', '5', lab.host]);
});

test('a machine with another address is reached there, and no longer at the old one', async () => {
  await lab.reset();
  const old = lab.left.address;
  await lab.left.readdress('10.1.0.77');
  await lab.right.run('ping', ['-c', '1', '-W', '5', '10.1.0.77']);
  await assert.rejects(lab.right.run('ping', ['-c', '1', '-W', '1', old]));
});

test('a renumbered router translates to its new address', async () => {
  await lab.reset();
  await lab.left.nat('port-restricted');
  await lab.left.renumber('203.0.113.77');
  const { mapped } = await seen(lab.left);
  assert.ok(mapped.every((address) => address.startsWith('203.0.113.77:')), String(mapped));
});
