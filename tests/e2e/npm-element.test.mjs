import assert from 'node:assert/strict';
import { join } from 'node:path';
import { NPM, ROOT } from './support/paths.mjs';
import { startMosquitto, startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';
import { waitFor } from './support/wait.mjs';

const serveExample = (stage) => stage.with(startStatic(join(ROOT, 'examples/element'), undefined, { '/handclasp/': NPM }));
const tiles = (person) => person.page.locator('[part=tile]').allInnerTexts();

for (const engine of ['chromium', 'firefox']) {
  story(`the element is a call in a page with a strict policy, in ${engine}`, async (stage) => {
    const { origin } = await serveExample(stage);
    const ada = await stage.person(engine, 'Ada');
    const bert = await stage.person(engine, 'Bert', { context: ada.page.context() });
    await ada.page.goto(`${origin}/?ice=none&name=Ada`);
    await waitFor('a secret', () => ada.page.url().includes('#'));
    await bert.page.goto(ada.page.url().replace('name=Ada', 'name=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E'));

    // By the keyboard alone; nobody was asked for a camera before.
    assert.equal(await ada.page.evaluate(() => document.querySelector('handclasp-call').call), undefined);
    await ada.page.bringToFront();
    await ada.page.getByRole('button', { name: 'Join the call' }).focus();
    await ada.page.keyboard.press('Enter');
    await ada.page.getByRole('button', { name: 'Leave' }).waitFor();
    await ada.page.getByText('Nobody else is here yet.').waitFor();
    assert.equal(await ada.page.evaluate(() => document.querySelector('handclasp-call').shadowRoot.activeElement.textContent), 'Leave');
    await bert.page.getByRole('button', { name: 'Join the call' }).click();
    await ada.page.getByText('One other person is here.').waitFor();
    await waitFor('both tiles, each name as text', async () => String(await tiles(ada)) === 'You,<img src=x onerror=alert(1)>');
    await waitFor('both tiles', async () => String(await tiles(bert)) === 'You,Ada');
    const playing = () => [...document.querySelector('handclasp-call').shadowRoot.querySelectorAll('video')].every((video) => video.videoWidth > 0);
    for (const { page } of [ada, bert]) await waitFor('pictures', () => page.evaluate(playing));

    // Camera and microphone.
    await ada.page.getByRole('button', { name: 'Turn camera off' }).click();
    await ada.page.getByRole('button', { name: 'Turn camera on' }).waitFor();
    await ada.page.getByRole('button', { name: 'Turn microphone off' }).click();
    await ada.page.getByRole('button', { name: 'Turn microphone on' }).waitFor();
    assert.deepEqual(await ada.page.evaluate(() => document.querySelector('handclasp-call').call && [...document.querySelector('handclasp-call').shadowRoot.querySelector('.me video').srcObject.getTracks()].map(({ enabled }) => enabled)), [false, false]);

    // Attributes are looked at: a name, and another call.
    await ada.page.evaluate(() => document.querySelector('handclasp-call').setAttribute('name', 'Ada II'));
    await waitFor('the new name', async () => String(await tiles(bert)) === 'You,Ada II');
    await ada.page.evaluate(() => document.querySelector('handclasp-call').setAttribute('room', 'elsewhere'));
    await bert.page.getByText('Nobody else is here yet.').waitFor();
    await bert.page.evaluate(() => document.querySelector('handclasp-call').setAttribute('room', 'elsewhere'));
    await waitFor('them to meet there', async () => (await tiles(ada)).length === 2 && (await tiles(bert)).length === 2);

    // The end, by the button and by taking it out of the page.
    await ada.page.getByRole('button', { name: 'Leave' }).click();
    await ada.page.getByText('You have left the call.').waitFor();
    await bert.page.getByText('Nobody else is here yet.').waitFor();
    await bert.page.evaluate(() => document.querySelector('handclasp-call').remove());
    await waitFor('nothing to be left', async () => (await ada.connections()).length + (await bert.connections()).length === 0);
  });
}

story('the element finds others over a broker, and says in words what is wrong', async (stage) => {
  const { broker } = await stage.with(startMosquitto());
  const { origin } = await serveExample(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await ada.page.goto(`${origin}/?ice=none&name=Ada&broker=${encodeURIComponent(broker)}`);
  await waitFor('a secret', () => ada.page.url().includes('#'));
  await bert.page.goto(ada.page.url());
  for (const { page } of [ada, bert]) await page.getByRole('button', { name: 'Join the call' }).click();
  for (const person of [ada, bert]) await waitFor('both tiles', async () => (await tiles(person)).length === 2);
  await bert.page.goto(`${origin}/?ice=none#short`);
  await bert.page.getByRole('button', { name: 'Join the call' }).click();
  await bert.page.getByText(/secret/).waitFor();
  await bert.page.getByRole('button', { name: 'Join the call' }).waitFor();
});
