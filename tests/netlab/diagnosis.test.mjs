// The page says what stands in the way of a call, on networks where it does: the built page, its server, and coturn.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Person } from '../e2e/support/person.mjs';
import { waitFor } from '../e2e/support/wait.mjs';
import { Lab } from './lab.mjs';
import { row } from './rows.mjs';

/** A verdict has to come within this, ms, from the question on. */
const WITHIN = 30_000;

/** An attempt ends after fifteen seconds; the machine may be busy. */
const ATTEMPT_WITHIN = 60_000;

let lab;
let turn;

before(async () => {
  lab = await Lab.build();
  turn = await lab.startTurn();
});
after(() => lab?.close());

/** A scenario with `people`, each with a browser of the engine and at the client; `servers` are the page's ICE servers. */
function scenario(name, seats, { network = () => {}, servers }, body) {
  test(name, { timeout: 180_000 }, async () => {
    await lab.reset();
    const server = await lab.startServe({ config: { brokers: ['/mqtt'], iceServers: servers(turn.iceServers) } });
    const people = [];
    try {
      await network(lab);
      for (const [index, [engine, side]] of seats.entries()) {
        const context = await (await lab.browser(engine, lab[side])).newContext();
        people.push(await Person.appear(context, ['Ada', 'Bert'][index], []));
      }
      const { code, ms, facts } = await body(people, `${server.origin}/`);
      row(name, { ms, note: code });
      for (const address of [lab.left, lab.right].flatMap((client) => [client.address, client.publicAddress])) {
        assert.ok(!facts.includes(address), 'the facts have no addresses');
      }
    } finally {
      await Promise.all(people.map((person) => person.disappear()));
      await server.stop();
    }
  });
}

/** Tests by the button, and resolves with the verdict, which must be `expected` and come in time. */
async function verdict(person, button, expected) {
  const asked = performance.now();
  await person.the(button).first().click();
  const panel = person.the('test-panel');
  const code = await waitFor('the verdict', () => panel.getAttribute('data-verdict'), { within: WITHIN });
  const ms = Math.round(performance.now() - asked);
  await panel.locator('summary').click();
  const facts = await person.the('facts').innerText();
  assert.equal(code, expected, facts);
  return { code, ms, facts };
}

/** Both join; once a first attempt has come to nothing, the first asks why. */
const why = (expected) => async ([ada, bert], page) => {
  await bert.join(await ada.startCall(page));
  await waitFor('an attempt to come to nothing', async () => (await ada.connectionsMade()) > 2, { within: ATTEMPT_WITHIN });
  return verdict(ada, 'why', expected);
};

/** One person tests before any call. */
const alone = (expected, look = () => {}) => async ([ada], page) => {
  await ada.page.goto(page);
  const found = await verdict(ada, 'test', expected);
  look(found.facts);
  return found;
};

const stunOnly = { servers: ({ stun }) => stun };
const behind = (kind) => ({ left, right }) => Promise.all([left.nat(kind), right.nat(kind)]);
const blockedAt = (side) => async (lab) => {
  await behind('port-restricted')(lab);
  await lab[side].firewall('no-udp');
};

for (const engine of ['chromium', 'firefox']) {
  scenario(`${engine}: behind an ordinary NAT all is well`, [[engine, 'left']], { network: behind('port-restricted'), ...stunOnly },
    alone('good', (facts) => assert.match(facts, /same port for everyone/)));

  scenario(`${engine}: behind a symmetric NAT, no relay`, [[engine, 'left']], { network: behind('symmetric'), ...stunOnly },
    alone('symmetric-nat-here', (facts) => assert.match(facts, /a port for each/)));

  scenario(`${engine}: UDP blocked, no relay`, [[engine, 'left']], { network: blockedAt('left'), ...stunOnly },
    alone('udp-blocked', (facts) => assert.match(facts, /blocked/)));

  scenario(`${engine}: UDP blocked, TURN over TCP and TLS`, [[engine, 'left']],
    { network: blockedAt('left'), servers: ({ stun, tcp, tls }) => [...stun, tcp, tls] },
    alone('relay-only', (facts) => {
      assert.match(facts, /tcp: works/);
      assert.match(facts, /tls: works/);
    }));

  scenario(`${engine}: UDP blocked here, no relay, about a person`, [[engine, 'left'], ['chromium', 'right']],
    { network: blockedAt('left'), ...stunOnly }, why('udp-blocked'));

  scenario(`${engine}: symmetric NATs on both sides, no relay, about a person`, [[engine, 'left'], ['chromium', 'right']],
    { network: behind('symmetric'), ...stunOnly }, why('symmetric-nat'));
}

scenario('UDP blocked there, no relay, about a person', [['chromium', 'left'], ['chromium', 'right']],
  { network: blockedAt('right'), ...stunOnly }, why('udp-blocked-there'));

scenario('a relay that works here and is out of reach there', [['chromium', 'left'], ['chromium', 'right']],
  // Peer reflexive pairs would connect them but for the symmetric NAT here.
  { network: async (lab) => { await behind('symmetric')(lab); await lab.right.firewall('only-443'); }, servers: ({ stun, udp }) => [...stun, udp] },
  why('ice-failed-with-relay'));

scenario('the other one is gone', [['chromium', 'left'], ['chromium', 'right']], stunOnly, async ([ada, bert], page) => {
  await bert.join(await ada.startCall(page));
  await ada.sees(bert);
  await lab.right.cut();
  await waitFor('the call to be interrupted', async () => (await ada.others()).every(({ state }) => state !== 'connected'));
  return verdict(ada, 'why', 'peer-gone');
});
