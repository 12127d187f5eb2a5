import { setTimeout as pause } from 'node:timers/promises';
import { answers, begins, copies, pastes } from './support/by-hand.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';

/** How long the reply lies around before it is pasted, s. Five minutes is when a handshake that is not made for it dies. */
const PAUSE = Number(process.env.HANDCLASP_PAUSE ?? 300);

const PAIRS = [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']];

/** For `cargo xtask test --slow`. */
if (process.env.HANDCLASP_SLOW) {
  story(`a reply that is pasted ${PAUSE} s later is as good`, async (stage) => {
    const { page } = await stage.with(startStatic());
    const couples = [];
    for (const [inviter, invited] of PAIRS) {
      const host = await stage.person(inviter, `Ada of ${inviter} and ${invited}`);
      const guest = await stage.person(invited, `Bert of ${inviter} and ${invited}`);
      await begins(host, page);
      couples.push({ host, guest, reply: await answers(guest, await copies(host)) });
    }
    await pause(PAUSE * 1000); // what is tested is this duration
    for (const { host, guest, reply } of couples) {
      const pasted = performance.now();
      await pastes(host, reply);
      await Promise.all([host.sees(guest), guest.sees(host)]);
      stage.report(`${host.name}: connected ${Math.round(performance.now() - pasted)} ms after the reply was pasted`);
      await host.say('Still there?');
      await guest.reads('Still there?');
    }
  }, { lasts: PAUSE * 1000 + 300_000 });
}
