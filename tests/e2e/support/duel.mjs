import assert from 'node:assert/strict';
import { join } from 'node:path';
import { EXAMPLES } from './paths.mjs';
import { startServe } from './servers.mjs';
import { waitFor } from './wait.mjs';

// A game of two tabs, as its page tells of it, whatever the rules.

/** Both sides have to agree on so many checksums, one a second of play. */
const AGREED = 5;

/** In so many frames every input has come to both sides, or they would wait: the delay of 2, GGRS's 8, and as much again. */
const SETTLED = 20;

/** What the page tells of the game: `{ state, me, frame, checks }`, the checksums by frame, and as text whatever else it does. */
export async function game(person) {
  const { me, frame = 0, checks = '', ...rest } = await person.page.evaluate(() => ({ ...document.getElementById('game').dataset }));
  return {
    ...rest,
    me: Number(me),
    frame: Number(frame),
    checks: new Map(checks.split(' ').filter(Boolean).map((check) => check.split(':'))),
  };
}

export const isIn = (person, state) => waitFor(`${person.name} to be ${state}`, async () => (await game(person)).state === state);

export const play = (...people) => Promise.all(people.map((person) => isIn(person, 'playing')));

/** Resolves with Ada, who has opened a game, and waits for somebody. */
export async function opens(stage, engine, example) {
  const { origin } = await stage.with(startServe('--dist', join(EXAMPLES, example)));
  const ada = await stage.person(engine, 'Ada');
  await ada.page.goto(origin);
  await isIn(ada, 'waiting');
  return ada;
}

/** Resolves with somebody who has another tab of this person's browser, still empty. */
export const appears = (stage, person, name) => stage.person(person.engine, name, { context: person.page.context() });

/** Resolves with somebody who has opened this person's game in another tab. */
export async function joins(stage, person, name) {
  const other = await appears(stage, person, name);
  await other.page.goto(person.page.url());
  return other;
}

/** Resolves with Ada and Bert, who have begun to play, each on a side. */
export async function begin(stage, engine, example) {
  const ada = await opens(stage, engine, example);
  const bert = await joins(stage, ada, 'Bert');
  await play(ada, bert);
  const sides = await Promise.all([ada, bert].map(async (person) => (await game(person)).me));
  assert.deepEqual(sides.sort(), [0, 1]);
  return [ada, bert];
}

/** Resolves with the players, as `read` finds them in a game, when none has moved for a while, in any of these tabs, and all tabs have them at the same places. */
export async function atRest(read, ...people) {
  const seen = (state) => JSON.stringify(read(state));
  let since = await Promise.all(people.map(game));
  await waitFor('the players to rest', async () => {
    const now = await Promise.all(people.map(game));
    if (now.some((state) => seen(state) !== seen(since[0]))) since = now;
    return now.every((state, index) => seen(state) === seen(since[0]) && state.frame - since[index].frame >= SETTLED);
  });
  return read(since[0]);
}

/**
 * Holds `key` down in one tab until that player has gone far enough in both, by `gone(before, now, me)`. Resolves with
 * `{ before, after, me }`, all at rest.
 */
export async function holds(player, other, key, read, gone) {
  const before = await atRest(read, player, other);
  const { me } = await game(player);
  await player.page.keyboard.down(key);
  for (const person of [player, other]) {
    await waitFor(`${player.name} to move at ${person.name}`, async () => gone(before, read(await game(person)), me));
  }
  await player.page.keyboard.up(key);
  const after = await atRest(read, player, other);
  assert.ok(gone(before, after, me), `${JSON.stringify(before)} to ${JSON.stringify(after)}`);
  return { before, after, me };
}

/** Resolves when both have the same checksums, enough of them and of so many kinds, by `differ(kinds, all)`; and they still play. */
export async function agree(one, other, differ) {
  await waitFor(`${AGREED} checksums that both have`, async () => {
    const [there, here] = await Promise.all([game(one), game(other)]);
    const common = [...there.checks.keys()].filter((frame) => here.checks.has(frame));
    for (const frame of common) assert.equal(there.checks.get(frame), here.checks.get(frame), `frame ${frame}`);
    const kinds = new Set(common.map((frame) => there.checks.get(frame))).size;
    return common.length >= AGREED && differ(kinds, common.length);
  });
  for (const person of [one, other]) assert.equal((await game(person)).state, 'playing', person.name);
}

/** Closes one tab; resolves when the other says so. */
export async function leaves(person, other) {
  await person.page.close();
  await isIn(other, 'left');
  assert.match(await other.page.locator('#status').innerText(), /has left/);
}
