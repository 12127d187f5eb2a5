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

/** What the page tells of the game: `{ state, me, frame, paddles, checks }`, the checksums by frame. */
async function game(person) {
  const { state, me, frame = 0, paddles = '', checks = '' } = await person.page.evaluate(() => ({ ...document.getElementById('game').dataset }));
  return {
    state,
    me: Number(me),
    frame: Number(frame),
    paddles: paddles.split(' ').map(Number),
    checks: new Map(checks.split(' ').filter(Boolean).map((check) => check.split(':'))),
  };
}

const isIn = (person, state) => waitFor(`${person.name} to be ${state}`, async () => (await game(person)).state === state);

/** Resolves with the paddles when nobody has moved for a while, in any of these tabs. */
async function atRest(...people) {
  let since = await Promise.all(people.map(game));
  await waitFor('the paddles to rest', async () => {
    const now = await Promise.all(people.map(game));
    if (now.some(({ paddles }) => String(paddles) !== String(since[0].paddles))) since = now;
    return now.every(({ frame }, index) => frame - since[index].frame >= SETTLED);
  });
  return since[0].paddles;
}

/** Presses `key` in one tab until that player's paddle, and no other, has gone `way` in both. */
async function moves(player, other, key, way) {
  const before = await atRest(player, other);
  const { me } = await game(player);
  await player.page.keyboard.down(key);
  for (const person of [player, other]) {
    await waitFor(`${player.name}'s paddle to move at ${person.name}`, async () => way * ((await game(person)).paddles[me] - before[me]) > 200);
  }
  await player.page.keyboard.up(key);
  const after = await atRest(player, other);
  assert.ok(way * (after[me] - before[me]) > 200 && after[1 - me] === before[1 - me], `${before} to ${after}`);
}

for (const engine of ['chromium', 'firefox']) {
  story(`two tabs of ${engine} play, see each other move, and agree on every frame`, async (stage) => {
    const { origin } = await stage.with(startServe('--dist', join(EXAMPLES, 'game')));
    const ada = await stage.person(engine, 'Ada');
    await ada.page.goto(origin);
    await isIn(ada, 'waiting');
    const bert = await stage.person(engine, 'Bert', { context: ada.page.context() });
    await bert.page.goto(ada.page.url());
    await Promise.all([isIn(ada, 'playing'), isIn(bert, 'playing')]);
    const sides = await Promise.all([ada, bert].map(async (person) => (await game(person)).me));
    assert.deepEqual(sides.sort(), [0, 1]);

    await moves(ada, bert, 'ArrowUp', -1);
    await moves(bert, ada, 's', 1);

    await waitFor(`${AGREED} checksums that both have`, async () => {
      const [there, here] = await Promise.all([game(ada), game(bert)]);
      const common = [...there.checks.keys()].filter((frame) => here.checks.has(frame));
      for (const frame of common) assert.equal(there.checks.get(frame), here.checks.get(frame), `frame ${frame}`);
      // Not all the same, or they would say nothing.
      return common.length >= AGREED && new Set(common.map((frame) => there.checks.get(frame))).size === common.length;
    });
    for (const person of [ada, bert]) assert.equal((await game(person)).state, 'playing', person.name);

    await bert.page.close();
    await isIn(ada, 'left');
    assert.match(await ada.page.locator('#status').innerText(), /has left/);
  });
}

story('a third tab is told that two are playing, and plays when one has left', async (stage) => {
  const { origin } = await stage.with(startServe('--dist', join(EXAMPLES, 'game')));
  const ada = await stage.person('chromium', 'Ada');
  await ada.page.goto(origin);
  await isIn(ada, 'waiting');
  const context = ada.page.context();
  const bert = await stage.person('chromium', 'Bert', { context });
  await bert.page.goto(ada.page.url());
  await Promise.all([isIn(ada, 'playing'), isIn(bert, 'playing')]);
  const cleo = await stage.person('chromium', 'Cleo', { context });
  await cleo.page.goto(ada.page.url());
  await isIn(cleo, 'refused');

  await bert.page.close();
  await Promise.all([isIn(ada, 'playing'), isIn(cleo, 'playing')]);
  await moves(cleo, ada, 'ArrowDown', 1);
});

/** The number that a checksum begins with (FNV-1a), as it stands in the program: signed LEB128. */
function beginning() {
  const bytes = [];
  for (let rest = BigInt.asIntN(64, 0xcbf29ce484222325n); ; rest >>= 7n) {
    const byte = Number(rest & 0x7fn);
    if (rest >> 7n === (byte & 0x40 ? -1n : 0n)) return Buffer.from([...bytes, byte]);
    bytes.push(byte | 0x80);
  }
}

story('a game that is not the same on both sides is noticed, and said', async (stage) => {
  const { origin } = await stage.with(startServe('--dist', join(EXAMPLES, 'game')));
  const ada = await stage.person('chromium', 'Ada');
  await ada.page.goto(origin);
  await isIn(ada, 'waiting');
  const bert = await stage.person('chromium', 'Bert', { context: ada.page.context() });
  await bert.page.route('**/game_bg.wasm', async (route) => {
    const response = await route.fetch();
    const program = await response.body();
    const place = program.indexOf(beginning());
    assert.ok(place > 0, 'the checksum is in the program');
    program[place] ^= 1;
    await route.fulfill({ response, body: program });
  });
  await bert.page.goto(ada.page.url());
  await Promise.all([isIn(ada, 'desync'), isIn(bert, 'desync')]);
  assert.match(await ada.page.locator('#status').innerText(), /not the same/);
});
