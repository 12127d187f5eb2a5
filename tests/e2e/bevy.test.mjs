import assert from 'node:assert/strict';
import { agree, atRest, begin, game, holds, joins, leaves, play } from './support/duel.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

/** `[{ x, y, score }]` */
const players = ({ players = '' }) => players.split(' ').filter(Boolean).map((player) => {
  const [x, y, score] = player.split(',').map(Number);
  return { x, y, score };
});

/** Presses `key` in one tab until that player, and no other, has gone `way` along `axis` in both. */
async function moves(player, other, key, axis, way) {
  const far = (before, now, me) => way * (now[me][axis] - before[me][axis]) > 30;
  const { before, after, me } = await holds(player, other, key, players, far);
  assert.deepEqual({ ...after[1 - me], score: 0 }, { ...before[1 - me], score: 0 });
}

for (const engine of ['chromium', 'firefox']) {
  story(`two tabs of ${engine} play with Bevy, both move, a coin is taken, and every frame is the same`, async (stage) => {
    const [ada, bert] = await begin(stage, engine, 'bevy');
    await moves(ada, bert, 'ArrowUp', 'y', -1);
    await moves(bert, ada, 's', 'y', 1);
    // Back, and on to the coin, which lies in the middle of the field at first.
    const [left, right] = (await game(ada)).me === 0 ? [ada, bert] : [bert, ada];
    await waitFor('the left one to be level with the coin', async () => {
      const off = 180 - (players(await game(left))[0].y + 16);
      if (Math.abs(off) < 20) return true;
      await left.page.keyboard.press(off > 0 ? 'ArrowDown' : 'ArrowUp', { delay: 30 });
      return false;
    });
    await left.page.keyboard.down('ArrowRight');
    await waitFor('the coin to be taken', async () => players(await game(right))[0].score === 1);
    await left.page.keyboard.up('ArrowRight');
    const score = (await atRest(players, ada, bert)).map((player) => player.score);
    assert.ok(score[0] >= 1, String(score));

    await agree(ada, bert, (kinds) => kinds > 1);
    await leaves(bert, ada);

    // The next game begins anew, on both sides.
    const cleo = await joins(stage, ada, 'Cleo');
    await play(ada, cleo);
    await moves(cleo, ada, 'd', 'x', 1);
  });
}
