// Rooms come about wherever there is a path, by the path that there should be, and carry everything exactly once.

import assert from 'node:assert/strict';
import { isHost, isPublic, isRelay, relayed } from './candidates.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import { PAIRS, meet, scenario, the } from './scenario.mjs';

/** Both clients behind this kind of NAT. */
const behind = (kind) => Promise.all([the.lab.left.nat(kind), the.lab.right.nat(kind)]);

/** How many messages each side sends over a bad line. */
const MESSAGES = 100;

/** A room that comes about on this network, by pairs of which `expected` is true. */
function connects(name, engines, { network = () => {}, servers = () => [[], []], short = false, messages = 0 }, expected) {
  scenario(name, { engines, short }, async (stage) => {
    await network();
    const pairs = await meet(stage, engines, servers(the.turn.iceServers), { steadily: messages === 0 });
    expected(pairs);
    await waitFor(`${messages} messages`, async () => (await stage.room.said()) >= messages, { within: 40_000 });
    const count = await stage.room.count({ within: 20_000 });
    stage.report({ count });
    assert.deepEqual({ ...count, sent: 0 }, { sent: 0, lost: 0, doubled: 0, disordered: 0 });
  });
}

const byHosts = ([left, right]) => {
  isHost(left.local, the.lab.left);
  isHost(right.local, the.lab.right);
};
const byPublic = ([left, right]) => {
  isPublic(left.local, the.lab.left);
  isPublic(right.local, the.lab.right);
};

for (const engines of PAIRS) {
  connects('direct', engines, { short: engines[0] !== engines[1] }, byHosts);

  connects('port-restricted NAT both sides', engines, {
    network: () => behind('port-restricted'),
    servers: ({ stun }) => [stun, stun],
    short: engines.join() === 'chromium,chromium',
  }, byPublic);

  connects('symmetric NAT both sides, TURN over UDP', engines, {
    network: () => behind('symmetric'),
    servers: ({ stun, udp }) => [[...stun, udp], [...stun, udp]],
  }, (pairs) => relayed(pairs, 'udp', the.lab));

  connects('UDP blocked at both sides, TURN over TCP', engines, {
    network: async () => {
      await behind('port-restricted');
      await Promise.all([the.lab.left.firewall('no-udp'), the.lab.right.firewall('no-udp')]);
    },
    servers: ({ stun, udp, tcp }) => [[...stun, udp, tcp], [...stun, udp, tcp]],
  }, (pairs) => relayed(pairs, 'tcp', the.lab));

  connects('only TCP 443 passes, TURN over TLS', engines, {
    network: async () => {
      await behind('port-restricted');
      await Promise.all([the.lab.left.firewall('only-443'), the.lab.right.firewall('only-443')]);
    },
    servers: ({ tls }) => [[tls], [tls]],
  }, ([left, right]) => {
    isRelay(left.local, 'tls', the.lab);
    isRelay(right.local, 'tls', the.lab);
  });
}

for (const loss of [0, 0.05, 0.1]) {
  for (const delay of [25, 150]) {
    for (const engines of PAIRS.slice(0, 2)) {
      connects(`loss ${loss * 100} %, round trip ${delay * 2} ms`, engines, { network: () => the.lab.left.line({ loss, delay }), messages: MESSAGES }, byHosts);
    }
  }
}
