import assert from 'node:assert/strict';
import { join } from 'node:path';
import { EXAMPLES } from './support/paths.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** Both sides have to agree on so many checksums, one a second of play. */
const AGREED = 5;

/** In so many frames every input has come to both sides, or they would wait: the delay of 2, GGRS's 8, and as much again. */
const SETTLED = 20;

/** What the page tells of the game: `{ state, me, frame, players: [{ x, y, score }], checks }`, the checksums by frame. */
async function game(person) {
  const { state, me, frame = 0, players = '', checks = '' } = await person.page.evaluate(() => ({ ...document.getElementById('game').dataset }));
  return {
    state,
    me: Number(me),
    frame: Number(frame),
    players: players.split(' ').filter(Boolean).map((player) => {
      const [x, y, score] = player.split(',').map(Number);
      return { x, y, score };
    }),
    checks: new Map(checks.split(' ').filter(Boolean).map((check) => check.split(':'))),
  };
}

const isIn = (person, state) => waitFor(`${person.name} to be ${state}`, async () => (await game(person)).state === state);

/** Resolves with the players when none has moved for a while, in any of these tabs, and all tabs have them at the same places. */
async function atRest(...people) {
  const seen = ({ players }) => JSON.stringify(players);
  let since = await Promise.all(people.map(game));
  await waitFor('the players to rest', async () => {
    const now = await Promise.all(people.map(game));
    if (now.some((state) => seen(state) !== seen(since[0]))) since = now;
    return now.every((state, index) => seen(state) === seen(since[0]) && state.frame - since[index].frame >= SETTLED);
  });
  return since[0].players;
}

/** Presses `key` in one tab until that player, and no other, has gone `way` along `axis` in both. */
async function moves(player, other, key, axis, way) {
  const before = await atRest(player, other);
  const { me } = await game(player);
  const gone = (players) => way * (players[me][axis] - before[me][axis]);
  await player.page.keyboard.down(key);
  for (const person of [player, other]) {
    await waitFor(`${player.name} to move at ${person.name}`, async () => gone((await game(person)).players) > 30);
  }
  await player.page.keyboard.up(key);
  const after = await atRest(player, other);
  assert.ok(gone(after) > 30, `${JSON.stringify(before)} to ${JSON.stringify(after)}`);
  assert.deepEqual({ ...after[1 - me], score: 0 }, { ...before[1 - me], score: 0 });
}

for (const engine of ['chromium', 'firefox']) {
  story(`two tabs of ${engine} play with Bevy, both move, a coin is taken, and every frame is the same`, async (stage) => {
    const { origin } = await stage.with(startServe('--dist', join(EXAMPLES, 'bevy')));
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(origin);
    await isIn(ada, 'waiting');
    const context = ada.page.context();
    const bert = await stage.person(engine, 'Bert', { context });
    await bert.page.goto(ada.page.url());
    await Promise.all([isIn(ada, 'playing'), isIn(bert, 'playing')]);
    const sides = await Promise.all([ada, bert].map(async (person) => (await game(person)).me));
    assert.deepEqual([...sides].sort(), [0, 1]);

    await moves(ada, bert, 'ArrowUp', 'y', -1);
    await moves(bert, ada, 's', 'y', 1);
    // Back, and on to the coin, which lies in the middle of the field at first.
    const [left, right] = sides[0] === 0 ? [ada, bert] : [bert, ada];
    await waitFor('the left one to be level with the coin', async () => {
      const { players } = await game(left);
      const off = 180 - (players[0].y + 16);
      if (Math.abs(off) < 20) return true;
      await left.page.keyboard.press(off > 0 ? 'ArrowDown' : 'ArrowUp', { delay: 30 });
      return false;
    });
    await left.page.keyboard.down('ArrowRight');
    await waitFor('the coin to be taken', async () => (await game(right)).players[0].score === 1);
    await left.page.keyboard.up('ArrowRight');
    const score = (await atRest(ada, bert)).map((player) => player.score);
    assert.ok(score[0] >= 1, String(score));

    await waitFor(`${AGREED} checksums that both have`, async () => {
      const [there, here] = await Promise.all([game(ada), game(bert)]);
      const common = [...there.checks.keys()].filter((frame) => here.checks.has(frame));
      for (const frame of common) assert.equal(there.checks.get(frame), here.checks.get(frame), `frame ${frame}`);
      return common.length >= AGREED && new Set(common.map((frame) => there.checks.get(frame))).size > 1;
    });
    for (const person of [ada, bert]) assert.equal((await game(person)).state, 'playing', person.name);

    await bert.page.close();
    await isIn(ada, 'left');
    assert.match(await ada.page.locator('#status').innerText(), /has left/);

    // The next game begins anew, on both sides.
    const cleo = await stage.person(engine, 'Cleo', { context });
    await cleo.page.goto(ada.page.url());
    await Promise.all([isIn(ada, 'playing'), isIn(cleo, 'playing')]);
    await moves(cleo, ada, 'd', 'x', 1);
  });
}
