import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';

story('the page comes with a strict content security policy, and lives with it', async (stage) => {
  const server = await stage.with(startServe());
  const response = await fetch(server.origin);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/html/);
  const policy = new Map(response.headers.get('content-security-policy').split(';').map((directive) => {
    const [name, ...sources] = directive.trim().split(/\s+/);
    return [name, sources];
  }));
  const scripts = policy.get('script-src') ?? policy.get('default-src');
  assert.ok(scripts.includes("'wasm-unsafe-eval'"), `${scripts}`);
  for (const lax of ["'unsafe-inline'", "'unsafe-eval'", '*', 'http:', 'https:', 'data:']) assert.ok(!scripts.includes(lax), lax);
  assert.ok(!(await response.text()).match(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/), 'a script is inline');
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');

  // A whole call; a violation of the policy fails any story.
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await bert.join(await ada.startCall(server.page));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await mediaFlows([ada, bert]);
  await ada.the('screen').click();
  await bert.seesScreensOf(ada);
  await ada.say('all within policy');
  await bert.reads('all within policy');
  await bert.hangUp();
  await ada.sees();
});

story('every file has its type, is compressed, and is cached as long as its name promises', async (stage) => {
  const server = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  const responses = [];
  ada.page.on('response', (response) => responses.push(response));
  await ada.page.goto(server.page);
  await ada.the('start').waitFor();

  const seen = new Map(responses.map((response) => [new URL(response.url()).pathname, response]));
  // Named after their content: the program itself, whose script says which wasm to load.
  const wasm = [...seen].find(([path]) => /_bg-[0-9a-f]{16}\.wasm$/.test(path))?.[1];
  const script = [...seen].find(([path]) => /page-[0-9a-f]{16}\.js$/.test(path))?.[1];
  assert.ok(wasm && script, [...seen.keys()].join(' '));
  assert.equal(wasm.headers()['content-type'], 'application/wasm');
  assert.match(script.headers()['content-type'], /^(text|application)\/javascript/);
  for (const response of [wasm, script]) {
    assert.match(response.headers()['content-encoding'] ?? 'none', /^(br|gzip|zstd)$/, response.url());
    assert.match(response.headers()['cache-control'] ?? 'none', /max-age=31536000.*immutable/, response.url());
  }
  assert.match(seen.get('/').headers()['cache-control'], /no-cache|max-age=0|must-revalidate/, 'a new version is seen at once');
  assert.equal((await fetch(`${server.origin}/no-such-file.js`)).status, 404);
  assert.equal((await fetch(`${server.origin}/..%2f..%2fCargo.toml`)).status, 404);
});
