import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NPM } from './paths.mjs';
import { startStatic } from './servers.mjs';
import { waitFor } from './wait.mjs';

/** A page as any web developer writes it, without a bundler. `imports` are more names that it may import by. */
export const pageWith = (script, imports = {}) => `<!doctype html>
<title>a page of somebody else</title>
<script type="importmap">${JSON.stringify({ imports: { handclasp: '/index.js', 'handclasp/element': '/element.js', ...imports } })}</script>
<video autoplay playsinline></video>
<script type="module">${script}</script>`;

/** Puts the package, and everything that happens in the room joined with `options`, within reach of the test. */
const SCRIPT = `
import * as handclasp from 'handclasp';
window.handclasp = handclasp;
window.enter = async (options) => {
  window.room = await handclasp.join({ app: 'test', room: 'tabs', signaling: 'broadcast', iceServers: [], ...options });
  window.heard = [];
  for (const event of ['peer', 'state', 'profile', 'media', 'left', 'full', 'signaling']) {
    room.addEventListener(event, ({ type, peer, id, reason, state }) => heard.push({ event: type, id: peer?.id ?? id, reason, state }));
  }
  room.addEventListener('channel', ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data + ', too of ' + channel.protocol).catch(() => {});
  });
};
`;

/** A tab of one browser for each name, with the package in it. */
export async function tabsWithPackage(stage, engine, names) {
  const { origin } = await stage.with(startStatic(NPM, pageWith(SCRIPT)));
  const people = [];
  for (const name of names) {
    const person = await stage.person(engine, name, { context: people[0]?.page.context() });
    await person.page.goto(origin);
    await waitFor('the package', () => person.page.evaluate(() => Boolean(window.enter)));
    people.push(person);
  }
  return people;
}

/** The same, all of them in one room and connected: `room` and, of two, `peer` are there for what runs in their pages. */
export async function tabsInRoom(stage, engine, names = ['Ada', 'Bert'], options = {}) {
  const people = await tabsWithPackage(stage, engine, names);
  const secret = await people[0].page.evaluate(() => handclasp.generateSecret());
  await Promise.all(people.map(({ page }) => page.evaluate((given) => enter(given), { secret, ...options })));
  await Promise.all(people.map(({ name, page }) => waitFor(`${name} to be connected`, () => page.evaluate((others) => {
    [window.peer] = room.peers;
    return room.peers.length === others && room.peers.every(({ state }) => state === 'connected');
  }, names.length - 1))));
  return people;
}

/** The package as it would be published: a tarball in `folder`. */
export async function packed(folder) {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: NPM });
  return join(folder, stdout.trim());
}

/** Waits in the page until `condition`, which is JavaScript, holds; resolves with its value. */
export const untilIn = (person, condition) => waitFor(`${person.name}: ${condition}`, () => person.page.evaluate(`(() => ${condition})()`));
