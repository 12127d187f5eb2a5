import assert from 'node:assert/strict';
import { mediaFlows } from './support/media.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

// Firefox has no screen to share without a display, so Chromium shares.

/** Frames that must decode on each of the streams from the one who shares: half a second of a camera, more of a screen. */
const FRESH = 5;

/** For each connection, the frames decoded of each of its incoming videos, by media line. */
const videos = async (person) => (await person.connections()).map(({ inbound }) =>
  new Map(inbound.filter(({ kind }) => kind === 'video').map(({ mid, frames }) => [mid, frames])));

/** Resolves when, from now on, two videos of one connection move: the camera and the screen of the one who shares. */
async function screenAndCameraMove(person) {
  const before = await videos(person);
  await waitFor(`${person.name} to see a screen and its sharer's camera move`, async () =>
    (await videos(person)).some((now, index) =>
      [...now].filter(([mid, frames]) => frames >= (before[index]?.get(mid) ?? 0) + FRESH).length === 2));
}

/** Keeps what `getDisplayMedia` returned, so that a test can end it as the browser's own button does. */
const KEEP_SCREEN = () => {
  const capture = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = async (...options) => (window.__screen = await capture(...options));
};

async function threeInACall(stage, options) {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada', options);
  const bert = await stage.person('firefox', 'Bert');
  const cleo = await stage.person('chromium', 'Cleo');
  const link = await ada.startCall(page);
  await bert.join(link);
  await cleo.join(link);
  await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
  await mediaFlows([ada, bert, cleo]);
  return { ada, bert, cleo };
}

story('a screen arrives beside the camera and goes again, without disturbing the call', async (stage) => {
  const { ada, bert, cleo } = await threeInACall(stage);

  const from = performance.now();
  await ada.the('screen').click();
  await Promise.all([bert.seesScreensOf(ada), cleo.seesScreensOf(ada)]);
  stage.report(`seen by both after ${Math.round(performance.now() - from)} ms`);
  await Promise.all([screenAndCameraMove(bert), screenAndCameraMove(cleo)]);

  await ada.the('screen').click();
  await Promise.all([bert.seesScreensOf(), cleo.seesScreensOf()]);
  await mediaFlows([ada, bert, cleo]);
  for (const person of [ada, bert, cleo]) assert.equal(await person.connectionsMade(), 2, person.name);

  // And again: what was used once can be used once more.
  await ada.the('screen').click();
  await Promise.all([bert.seesScreensOf(ada), cleo.seesScreensOf(ada)]);
  await Promise.all([screenAndCameraMove(bert), screenAndCameraMove(cleo)]);
});

story('the browser\'s own "stop sharing" ends it for everyone', async (stage) => {
  const { ada, bert, cleo } = await threeInACall(stage, { init: [KEEP_SCREEN] });
  await ada.the('screen').click();
  await Promise.all([bert.seesScreensOf(ada), cleo.seesScreensOf(ada)]);

  await ada.page.evaluate(() => {
    for (const track of window.__screen.getTracks()) {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
  });
  await Promise.all([bert.seesScreensOf(), cleo.seesScreensOf()]);
  await mediaFlows([ada, bert, cleo]);
});

story('someone who comes later sees the screen that is shared already', async (stage) => {
  const { page } = await stage.with(startServe());
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  const link = await ada.startCall(page);
  await ada.the('screen').click();
  await waitFor('Ada to see her own screen', async () => (await ada.tiles()).some(({ source }) => source === 'screen'));

  await bert.join(link);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await bert.seesScreensOf(ada);
  await screenAndCameraMove(bert);
});
