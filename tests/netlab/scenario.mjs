// What the scenarios of handclasp have in common: one lab and one browser of each engine on each client for a file, the page with the npm
// package, and how a room is judged.

import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NPM } from '../e2e/support/paths.mjs';
import { Lab } from './lab.mjs';
import { RoomCall } from './room-call.mjs';
import { row } from './rows.mjs';

const PAGE = fileURLToPath(new URL('page/', import.meta.url));

/** How long a scenario may take, ms, beside what it waits on purpose. */
const PATIENCE = 150_000;

/** Pairs of engines. The first is at `left`, where the network breaks. */
export const PAIRS = [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']];

/** What is asked for: nothing but the names (`list`), those of a short run of a few minutes (`short`), those whose title has some text (`only`). */
const { HANDCLASP_NETLAB_LIST: LIST, HANDCLASP_NETLAB_SHORT: SHORT, HANDCLASP_NETLAB_ONLY: ONLY = '', HANDCLASP_NETLAB_STORY: STORY } = process.env;

/** Whether a scenario of this title is to run. If names alone are asked for, its name is said. */
export function isWanted(title, { short = false } = {}) {
  if ((SHORT && !short) || !title.includes(ONLY)) return false;
  if (LIST) console.log(title);
  return !LIST;
}

/** The lab's, once it is built: see `Lab`. */
export const the = { lab: undefined, turn: undefined, serve: undefined };

let first = true;

/** The lab, when a scenario is the first that is to run. */
function build() {
  if (!first) return;
  first = false;
  before(async () => {
    the.lab = await Lab.build();
    const dist = join(the.lab.folder, 'room');
    await mkdir(dist);
    await cp(PAGE, dist, { recursive: true });
    await cp(NPM, join(dist, 'handclasp'), { recursive: true });
    the.turn = await the.lab.startTurn();
    the.startServe = () => the.lab.startServe({ dist });
    the.serve = await the.startServe();
  });
  after(() => the.lab?.close());
}

/**
 * A test in a room on fresh networks. Its body gets the room, in which nobody is yet, `ready(name, engine)`, which prepares a member at the client
 * of that name, and `report`, which makes the row.
 */
export function scenario(name, { engines = [], short = false, lasts = 0 } = {}, body) {
  const title = [name, engines.join('-')].filter(Boolean).join(', ');
  if (!isWanted(title, { short })) return;
  build();
  test(title, { timeout: PATIENCE + lasts }, async () => {
    await the.lab.reset();
    const room = new RoomCall(the.serve);
    let facts = { connected: 'no' };
    const report = (more) => { facts = { ...facts, ...more }; };
    const ready = async (client, engine, options) => {
      const browser = await the.lab.browser(engine, the.lab[client]);
      return room.prepare(client, { browser, ...options });
    };
    try {
      await body({ room, report, ready });
    } catch (error) {
      report({ note: [facts.note, error.message.split('\n')[0]].filter(Boolean).join('; ') });
      console.error(await room.story().catch(({ message }) => message));
      throw error;
    } finally {
      if (STORY) console.error(await room.story().catch(({ message }) => message));
      row(title, facts);
      await the.lab.reset();
      await room.end();
    }
  });
}

/** Left and right join, are connected, and everything flows (steadily, unless the line is a bad one); with the row's part about it. */
export async function meet({ room, report, ready }, [left, right], [leftServers, rightServers] = [[], []], { steadily = true } = {}) {
  await ready('left', left, { iceServers: leftServers });
  await ready('right', right, { iceServers: rightServers });
  await room.enter();
  const ms = await room.connected();
  const pairs = await room.pairs();
  report({ connected: `${await room.howMany()} of ${room.members.length}`, ms, pairs });
  await room.talk();
  await (steadily ? room.flows() : room.arrives());
  return pairs;
}
