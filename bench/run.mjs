import { waitFor } from '../tests/e2e/support/wait.mjs';
import { plan } from './workloads.mjs';

/** How long two pages may take to be connected, ms: lines of the lab lose what they say. */
const CONNECTS_WITHIN = 60_000;

/** How long a page that is in trouble may take to answer, ms. */
const ANSWERS_WITHIN = 5_000;

const MIB = 1024 * 1024;

/** What becomes of `promise`, or an error that says so if nothing has within so many ms. */
async function limited(what, within, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what} took more than ${Math.round(within / 1000)} s`)), within); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends `total` bytes; resolves with how long that took, from the first call to the last byte's arrival, ms. */
async function transfer([sender, receiver], what, within) {
  const call = (page, name) => page.evaluate(([method, argument]) => window.end[method](argument), [name, what]);
  await call(receiver, 'receive');
  const sent = call(sender, 'send');
  const received = call(receiver, 'received');
  // Whichever fails first is why.
  const [began, { ended, messages }] = await limited('it', within, Promise.all([sent, received])).catch(async (error) => {
    const came = await limited('', ANSWERS_WITHIN, receiver.evaluate(() => window.end.progress())).catch(() => undefined);
    throw new Error(`${said(error)}; ${came === undefined ? 'the receiver\'s page did not answer' : `${(came / MIB).toFixed(1)} of ${(what.total / MIB).toFixed(1)} MiB came`}`);
  });
  return { ms: ended - began, messages };
}

/** The first line of what an error of a page says, without the driver's words. */
const said = (error) => error.message.split('\n')[0].replace(/^[a-zA-Z]+\.[a-zA-Z]+: (Error: )?/, '');

/** One run: two new pages, connected, warmed up, measured. Resolves with ms; rejects with why it came to nothing. */
export async function run(stage, engine, workload, contestant) {
  const { origin, addresses, pages, close } = await stage.pair(engine, workload).catch((error) => { throw new Error(said(error)); });
  try {
    const [sender, receiver] = pages;
    if (workload.hidden) await sender.bringToFront(); // until it matters
    await open(pages, `${origin}/${contestant.id}.html`, addresses);
    await transfer(pages, plan(workload, contestant, workload.warmUp), workload.within);
    const visibility = () => sender.evaluate(() => window.end.visibility());
    if (workload.hidden) {
      await receiver.bringToFront();
      await waitFor('the sender to be hidden', async () => (await visibility()) === 'hidden');
    } else if ((await visibility()) !== 'visible') {
      throw new Error('the sender was hidden'); // it would measure something else
    }
    if (workload.busy) await Promise.all(pages.map((page) => page.evaluate(keepBusy, workload.busy)));
    return await transfer(pages, plan(workload, contestant, workload.total), workload.within);
  } catch (error) {
    throw new Error(said(error));
  } finally {
    await limited('closing the pages', ANSWERS_WITHIN, close()).catch(() => {});
  }
}

/** In a page: works so many ms at a time, with 5 ms in between, for as long as the page lives. */
function keepBusy(ms) {
  const work = () => {
    const until = performance.now() + ms;
    while (performance.now() < until);
    setTimeout(work, 5);
  };
  setTimeout(work, 5);
}

/** Loads the contestant in both pages and connects them. This process carries what they have to say to each other. */
async function open(pages, url, addresses) {
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url');
  await Promise.all(pages.map(async (page, index) => {
    const other = pages[1 - index];
    await page.exposeFunction('carry', (text) => other.evaluate((what) => window.end.signal(what), text).catch(() => {})); // it has closed
    await page.goto(url);
    await page.waitForFunction(() => window.end);
  }));
  const opening = pages.map((page, index) => page.evaluate((options) => window.end.open(options), { ...addresses, secret, role: index === 0 ? 'sender' : 'receiver' }));
  await limited('connecting', CONNECTS_WITHIN, Promise.all(opening));
}
