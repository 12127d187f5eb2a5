import { NPM } from './paths.mjs';
import { startStatic } from './servers.mjs';
import { waitFor } from './wait.mjs';

/** A page as any web developer writes it, without a bundler. */
export const pageWith = (script) => `<!doctype html>
<title>a page of somebody else</title>
<script type="importmap">{ "imports": { "handclasp": "/handclasp.js" } }</script>
<video autoplay playsinline></video>
<script type="module">${script}</script>`;

/** Puts the package, and everything that happens in the room joined with `options`, within reach of the test. */
const SCRIPT = `
import * as handclasp from 'handclasp';
await handclasp.default();
window.handclasp = handclasp;
window.enter = async (options) => {
  window.room = await handclasp.join({ app: 'test', room: 'tabs', signaling: ['broadcast'], iceServers: [], ...options });
  window.heard = [];
  for (const event of ['joined', 'state', 'profile', 'media', 'left', 'refused', 'signaling']) {
    room.on(event, (detail) => heard.push({ event, id: detail?.peer?.id ?? detail?.id, ...detail, peer: undefined }));
  }
  room.on('channel', ({ channel }) => { channel.onmessage = ({ data }) => channel.send(data + ', too of ' + channel.protocol); });
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
