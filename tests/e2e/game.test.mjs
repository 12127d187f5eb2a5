import assert from 'node:assert/strict';
import { agree, appears, begin, holds, isIn, joins, leaves, opens, play } from './support/duel.mjs';
import { story } from './support/story.mjs';

const GAME = 'game';

const paddles = ({ paddles = '' }) => paddles.split(' ').map(Number);

/** Presses `key` in one tab until that player's paddle, and no other, has gone `way` in both. */
async function moves(player, other, key, way) {
  const far = (before, now, me) => way * (now[me] - before[me]) > 200;
  const { before, after, me } = await holds(player, other, key, paddles, far);
  assert.equal(after[1 - me], before[1 - me], `${before} to ${after}`);
}

for (const engine of ['chromium', 'firefox']) {
  story(`two tabs of ${engine} play, see each other move, and agree on every frame`, async (stage) => {
    const [ada, bert] = await begin(stage, engine, GAME);
    await moves(ada, bert, 'ArrowUp', -1);
    await moves(bert, ada, 's', 1);
    // Not all the same, or they would say nothing.
    await agree(ada, bert, (kinds, all) => kinds === all);
    await leaves(bert, ada);
  });
}

story('a third tab is told that two are playing, and plays when one has left', async (stage) => {
  const [ada, bert] = await begin(stage, 'chromium', GAME);
  const cleo = await joins(stage, ada, 'Cleo');
  await isIn(cleo, 'refused');

  await bert.page.close();
  await play(ada, cleo);
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
  const ada = await opens(stage, 'chromium', GAME);
  const bert = await appears(stage, ada, 'Bert');
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
