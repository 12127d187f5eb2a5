// However a lab ends, nothing of it stays: no namespace, no process, no file.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../e2e/support/wait.mjs';
import { owners, sweep } from './namespaces.mjs';
import { run } from './run.mjs';

const LAB = fileURLToPath(new URL('lab.mjs', import.meta.url));

/** A process with a lab, and a server in it that does not care for hints; ends its lab when it is told to. */
const OWNER = `
  const { Lab } = await import(${JSON.stringify(LAB)});
  const { OWNER } = await import(${JSON.stringify(fileURLToPath(new URL('owner.mjs', import.meta.url)))});
  const lab = await Lab.build();
  await lab.startTurn();
  lab.left.run('sh', ['-c', 'trap "" TERM INT HUP; while :; do sleep 1; done'], { tolerant: true });
  console.log(OWNER);
  for await (const _ of process.stdin);
  await lab.close();
`;

async function labElsewhere() {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', OWNER], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const [name] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => { throw new Error('it ended before its lab was built'); })]);
  return { child, owner: String(name).trim() };
}

const programs = async (owner) => (await run('ps', ['-eo', 'args'])).split('\n').filter((line) => line.includes(owner));

const gone = (owner) => waitFor(`nothing of ${owner} to be there`, async () => !owners().has(owner) && (await programs(owner)).length === 0);

test('a lab that is closed', async () => {
  const { child, owner } = await labElsewhere();
  assert.ok(owners().has(owner));
  assert.ok((await programs(owner)).length > 0);
  child.stdin.end();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(!owners().has(owner));
  await gone(owner);
});

for (const signal of ['SIGINT', 'SIGKILL']) {
  test(`a lab whose owner ends by ${signal}, as does all of its process group`, async () => {
    const { child, owner } = await labElsewhere();
    process.kill(-child.pid, signal);
    await once(child, 'exit');
    await gone(owner);
  });
}

test('a lab whose owner and guard are both killed is swept by the next, and one that is alive is not', async () => {
  const dead = await labElsewhere();
  const alive = await labElsewhere();
  const [guard] = (await run('pgrep', ['-f', `sweep.mjs --guard ${dead.owner}`])).trim().split('\n').map(Number);
  process.kill(guard, 'SIGKILL');
  dead.child.kill('SIGKILL');
  await once(dead.child, 'exit');
  assert.ok(owners().has(dead.owner));
  await sweep();
  await gone(dead.owner);
  assert.ok(owners().has(alive.owner));
  alive.child.stdin.end();
  await once(alive.child, 'exit');
  await gone(alive.owner);
});
