// Handshakes that people carry by hand, through NATs that forget: the built page, coturn for STUN, and nothing to signal over.

import test, { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { answers, begins, copies, pastes } from '../e2e/support/by-hand.mjs';
import { Person } from '../e2e/support/person.mjs';
import { Lab } from './lab.mjs';
import { row } from './rows.mjs';
import { PAIRS, isWanted } from './scenario.mjs';

/** How long the reply lies around before it is pasted, s. NATs forget after 30 s without traffic, and browsers stop their checks after 15. */
const PAUSE = Number(process.env.HANDCLASP_PAUSE ?? 60);

const scenarios = PAIRS.map((engines) => ({ engines, title: `by hand through port-restricted NATs, reply after ${PAUSE} s, ${engines.join('-')}` }))
  .filter(({ title }) => isWanted(title));

let lab;
let turn;

if (scenarios.length > 0) {
  before(async () => {
    lab = await Lab.build();
    turn = await lab.startTurn();
  });
  after(() => lab?.close());
}

for (const { engines, title } of scenarios) {
  test(title, { timeout: 240_000 + PAUSE * 1000 }, async () => {
    await lab.reset();
    await Promise.all([lab.left.nat('port-restricted'), lab.right.nat('port-restricted')]);
    const server = await lab.startServe({ config: { brokers: [], iceServers: turn.iceServers.stun } });
    const people = [];
    try {
      for (const [index, side] of ['left', 'right'].entries()) {
        const context = await (await lab.browser(engines[index], lab[side])).newContext();
        people.push(await Person.appear(context, ['Ada', 'Bert'][index], []));
      }
      const [ada, bert] = people;
      await begins(ada, `${server.origin}/`);
      const invitation = await copies(ada);
      const reply = await answers(bert, invitation);
      await pause(PAUSE * 1000); // what is tested is this duration
      const pasted = performance.now();
      await pastes(ada, reply);
      await Promise.all([ada.sees(bert), bert.sees(ada)]);
      const ms = Math.round(performance.now() - pasted);
      const letters = (link) => new URL(link).hash.match(/[A-Za-z0-9_-]{60,}/)[0].length;
      row(title, { connected: 'yes', ms, note: `codes of ${letters(invitation)} and ${letters(reply)} letters` });
    } finally {
      await Promise.all(people.map((person) => person.disappear()));
      await server.stop();
    }
  });
}
