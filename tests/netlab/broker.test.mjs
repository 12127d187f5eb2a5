// The broker is for finding each other: who is connected does without it.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { meet, scenario, the } from './scenario.mjs';

const SECOND = 1_000;

/** How long the broker is gone, ms. */
const GONE = 60 * SECOND;

/** How soon a newcomer is in after its return, ms. */
const ENTERS_WITHIN = 5 * SECOND;

/** A silence of pictures or sound as long as this, ms, is more than a busy machine that starts another browser makes. Of messages there is to be none. */
const GAP = 3 * SECOND;

for (const engines of [['chromium', 'firefox', 'chromium'], ['firefox', 'chromium', 'firefox']]) {
  scenario('broker killed for 60 s', { engines, lasts: GONE }, async (stage) => {
    const { room, report, ready } = stage;
    await meet(stage, engines);
    const newcomer = await ready('third', engines[2]); // whose page is there before its server goes
    room.members.pop();
    const killed = Date.now();
    await the.serve.kill();
    await pause(GONE - 20 * SECOND);
    room.members.push(newcomer);
    await newcomer.enter();
    await pause(20 * SECOND);
    the.serve = await the.startServe();
    const back = Date.now();
    await room.connected();
    const entered = Math.max(...(await room.told('state', back)).filter(({ state }) => state === 'connected').map(({ at }) => at)) - back;
    report({ connected: `${await room.howMany()} of 3`, note: `the newcomer is in after ${entered} ms` });
    await newcomer.ask('talk');
    await room.flows(back);
    const count = await room.count();
    report({ count });

    const [left, right] = room.members;
    const between = (await room.told('state', killed)).filter(({ member, id }) => member !== 'third' && [left.id, right.id].includes(id));
    assert.deepEqual(between, [], 'the call did not notice');
    const silences = (await room.silences(left, right)).filter(({ kind, from, until }) => from >= killed && (kind === 'messages' || until - from > GAP));
    assert.deepEqual(silences, [], 'no silence');
    assert.ok(entered <= ENTERS_WITHIN, `${entered} ms`);
    assert.deepEqual({ ...count, sent: 0 }, { sent: 0, lost: 0, doubled: 0, disordered: 0 });
  });

  scenario('members introduce those whom the broker is gone for', { engines, lasts: 30 * SECOND }, async (stage) => {
    const { room, report, ready } = stage;
    await ready('left', engines[0]);
    await ready('right', engines[1]);
    await ready('third', engines[2]);
    await room.enter();
    const ms = await room.connected();
    report({ connected: `${await room.howMany()} of 3`, ms });
    await room.talk();
    await room.flows();
    // The path between left and right is gone for so long that it has to be built anew, and the broker for everyone.
    await the.serve.kill();
    const began = Date.now();
    await the.lab.left.block(the.lab.right);
    await pause(30 * SECOND);
    await the.lab.left.unblock();
    const back = room.start = Date.now();
    const resume = await room.flows(back, { within: 60 * SECOND });
    report({ resume, how: `${(await room.efforts()).made} made at most` });
    const count = await room.count();
    report({ count });
    the.serve = await the.startServe();
    assert.deepEqual(await room.told('left'), []);
    assert.ok((await room.told('signaling', began)).every(({ state }) => state !== 'connected'), 'the broker had no part in it');
    assert.ok(Math.max(...Object.values(resume)) <= 5 * SECOND, room.slowest);
    assert.deepEqual({ ...count, sent: 0 }, { sent: 0, lost: 0, doubled: 0, disordered: 0 });
  });
}
