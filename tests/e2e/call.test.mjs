import { mediaFlows } from './support/media.mjs';
import { startServe } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

for (const [caller, callee] of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']]) {
  story(`${caller} calls ${callee}`, async (stage) => {
    const { page } = await stage.with(startServe());
    const ada = await stage.person(caller, 'Ada');
    const bert = await stage.person(callee, 'Bert');

    const link = await ada.startCall(page);
    const opened = performance.now();
    await bert.join(link);
    const joined = performance.now();
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    const connected = performance.now();
    await mediaFlows([ada, bert]);
    for (const person of [ada, bert]) {
      await waitFor(`${person.name} to have both pictures on the page`, async () =>
        (await person.tiles()).filter(({ shown, playing }) => shown && playing).length === 2);
    }

    stage.report(
      `page to lobby to call ${Math.round(joined - opened)} ms, connected ${Math.round(connected - joined)} ms later ` +
      `(peer connections: ${await ada.connectTimes()} and ${await bert.connectTimes()} ms)`);
  });
}
