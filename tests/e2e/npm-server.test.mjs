import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { NPM } from './support/paths.mjs';

/** What `script` prints, given the address of `module`, in a Node.js of its own. */
const printed = async (module, script) => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, pathToFileURL(join(NPM, module)).href]);
  assert.equal(stderr, '');
  return stdout.trim();
};

test('importing the package on a server does nothing, and a call says what is wrong', async () => {
  assert.equal(await printed('index.js', `
    const before = Object.keys(globalThis).join();
    const { HandclaspError, Peer, connect, diagnose, generateSecret, join, mqtt } = await import(process.argv[1]);
    const codes = [];
    for (const call of [join, connect, diagnose]) {
      await call({ app: 'a', room: 'r', secret: generateSecret(), signaling: mqtt('wss://x') }).catch((error) => codes.push(error instanceof HandclaspError && error.code));
    }
    const peer = new Peer({ initiator: true });
    await new Promise((resolve) => peer.addEventListener('error', ({ error }) => resolve(codes.push(error.code))));
    console.log(codes.join(), before === Object.keys(globalThis).join());
  `), 'join-unsupported,join-unsupported,join-unsupported,join-unsupported true');
});

for (const module of ['element.js', 'inline.js']) {
  test(`importing ${module} on a server does nothing`, async () => {
    assert.equal(await printed(module, `
      const exported = await import(process.argv[1]);
      console.log(Object.keys(exported).length > 0, typeof customElements);
    `), 'true undefined');
  });
}
