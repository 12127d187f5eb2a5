// The network goes and comes back: everything flows again soon, by itself, without a reload, and nothing that was sent is lost or doubled.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { relayed } from './candidates.mjs';
import { PAIRS, meet, scenario, the } from './scenario.mjs';

/** How soon everything flows again after the network is back, ms. The aim is 3 s; the rest is for a busy machine. */
const RESUMES_WITHIN = 5_000;

/** How much longer messages may take, ms: after a long silence Chromium's SCTP sends again only every 3 s, and nothing wakes it. */
const SCTP_SLEEPS = 3_000;

/** How long the test looks before it gives up, ms. */
const LOOKS_FOR = 60_000;

const SECOND = 1_000;

/**
 * An established call, in which `trouble` happens to the network; it resolves when the network is as good as it will be.
 * `ends` looks at the pairs that are in use
 * after it.
 */
function heals(name, engines, { short = false, lasts = 0, network = () => {}, servers = () => [[], []], ends = () => {} }, trouble) {
  scenario(name, { engines, short, lasts }, async (stage) => {
    const { room, report } = stage;
    await network();
    await meet(stage, engines, servers(the.turn.iceServers));
    const before = await room.efforts();
    const began = Date.now();
    await trouble();
    const back = room.start = Date.now();
    const resume = await room.flows(back, { within: LOOKS_FOR });
    report({ resume });
    const after = await room.efforts();
    const how = [
      after.restarts > before.restarts && `${after.restarts - before.restarts} restarts`,
      after.made > before.made && `${after.made - before.made} built anew`,
    ].filter(Boolean).join(', ') || 'by itself';
    const pairs = await room.pairs();
    const count = await room.count();
    report({ how, count, pairs });
    ends(pairs);
    assert.deepEqual(await room.told('left'), []);
    const told = await room.told('state', began);
    assert.ok(told.filter(({ state }) => state === 'interrupted').length <= room.members.length, 'an interruption is told once');
    const resumed = await room.told('resumed', began);
    for (const { member } of told) assert.ok(resumed.some((event) => event.member === member), 'whoever was told of an interruption is told of its end');
    assert.ok(Math.max(resume.video, resume.audio) <= RESUMES_WITHIN, room.slowest);
    assert.ok(resume.messages <= RESUMES_WITHIN + SCTP_SLEEPS, room.slowest);
    assert.deepEqual({ ...count, sent: 0 }, { sent: 0, lost: 0, doubled: 0, disordered: 0 });
    assert.deepEqual(await room.told('mishap'), []);
  });
}

/** Nothing passes the lines of these clients for so long. */
const blackout = (ms, ...clients) => async () => {
  await Promise.all(clients.map((client) => the.lab[client].cut()));
  await pause(ms); // what is tested is this duration
  await Promise.all(clients.map((client) => the.lab[client].mend()));
};

for (const engines of PAIRS) {
  for (const seconds of [5, 15, 40]) {
    heals(`blackout of ${seconds} s`, engines, { lasts: seconds * SECOND, short: seconds === 40 && engines.join() === 'chromium,firefox' },
      blackout(seconds * SECOND, 'left'));
  }

  heals('blackout of 15 s at both sides', engines, { lasts: 15 * SECOND }, blackout(15 * SECOND, 'left', 'right'));

  heals('blackout of 15 s behind NATs', engines, {
    lasts: 15 * SECOND,
    network: () => Promise.all([the.lab.left.nat('port-restricted'), the.lab.right.nat('port-restricted')]),
    servers: ({ stun }) => [stun, stun],
  }, blackout(15 * SECOND, 'left'));

  heals('unplugged for 10 s', engines, { lasts: 10 * SECOND }, async () => {
    await the.lab.left.unplug();
    await pause(10 * SECOND); // what is tested is this duration
    await the.lab.left.plug();
  });

  heals('another address in the own network', engines, { short: engines.join() === 'firefox,chromium' }, () => the.lab.left.readdress('10.1.0.77'));

  heals('another public address', engines, {
    network: () => Promise.all([the.lab.left.nat('port-restricted'), the.lab.right.nat('port-restricted')]),
    servers: ({ stun }) => [stun, stun],
  }, () => the.lab.left.renumber('203.0.113.77'));

  heals('UDP blocked during the call, TURN over TCP', engines, {
    servers: ({ tcp }) => [[tcp], [tcp]],
    ends: (pairs) => relayed(pairs, 'tcp', the.lab),
  }, () => the.lab.left.firewall('no-udp'));

  heals('browser stopped for 20 s', engines, { lasts: 20 * SECOND }, async () => {
    await the.lab.left.freeze();
    await pause(20 * SECOND); // what is tested is this duration
    await the.lab.left.thaw();
  });
}
