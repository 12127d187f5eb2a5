// Credentials of a relay that end during a call: it goes on, and with new ones it is mended.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { PAIRS, meet, scenario, the } from './scenario.mjs';

const SECOND = 1_000;

/** How long credentials are good for. */
const LIFE = 20 * SECOND;

/** How long before their end new ones are asked for: see `handclasp_core::refresh`. */
const LEAD = 10 * SECOND;

/** Two lives and something. */
const LASTS = 2 * LIFE + 5 * SECOND;

/** How soon everything flows again when one side has another address. */
const RESUMES_WITHIN = 5 * SECOND;

/** A silence as long as this, ms, is more than a busy machine makes. */
const GAP = 3 * SECOND;

for (const engines of PAIRS) {
  scenario('TURN credentials expire', { engines, lasts: LASTS }, async (stage) => {
    const { room, report, ready } = stage;
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
    const { urls, address, stop } = await the.lab.startExpiringTurn({ secret });
    try {
      const options = { turn: { urls, secret, life: LIFE }, relayOnly: true };
      const began = Date.now();
      const [left] = await meet({ room, report, ready: (client, engine) => ready(client, engine, options) }, engines);
      assert.deepEqual([left.local.type, left.local.address], ['relay', address]);
      const met = Date.now();
      await pause(LASTS); // what is tested is this duration

      assert.deepEqual(await room.told('state', met), [], 'the call did not notice');
      const silences = (await room.silences(...room.members)).filter(({ from, until }) => from >= met && until - from > GAP);
      assert.deepEqual(silences, [], 'no silence');
      for (const { name, page } of room.members) {
        const own = (await room.told('asked', began)).filter(({ member }) => member === name);
        const times = own.slice(1).map(({ at }, index) => at - own[index].at);
        assert.ok(times.length >= LASTS / (LIFE - LEAD) - 1 && times.every((time) => time > LIFE - LEAD - SECOND), `${name} asked after ${times}`);
        const works = (iceServers) => page.evaluate((servers) => window.lab.relays(servers), iceServers);
        assert.equal(await works(own.at(-1).iceServers), true, 'the last are taken');
        assert.equal(await works(own[0].iceServers), false, 'the first are not, any more');
      }

      // Another address needs another place at the relay, which the first credentials would not get.
      const before = await room.efforts();
      await the.lab.left.readdress('10.1.0.77');
      const back = room.start = Date.now();
      const resume = await room.flows(back, { within: 60 * SECOND });
      const after = await room.efforts();
      const [anew] = await room.pairs();
      const count = await room.count();
      report({ resume, count, how: `${after.restarts - before.restarts} restarts, ${after.made - before.made} built anew` });
      assert.deepEqual([anew.local.type, anew.local.address], ['relay', address]);
      assert.ok(Math.max(resume.video, resume.audio) <= RESUMES_WITHIN, room.slowest);
      assert.deepEqual({ ...count, sent: 0 }, { sent: 0, lost: 0, doubled: 0, disordered: 0 });
    } finally {
      await stop();
    }
  });
}
