import assert from 'node:assert/strict';
import { answers, begins, copies, isTold, pastes, shakeHands, shows } from './support/by-hand.mjs';
import { mediaFlows } from './support/media.mjs';
import { startStatic } from './support/servers.mjs';
import { story } from './support/story.mjs';

/** A pause that people make, ms. Longer ones are for `--slow` tests of the library. */
const A_MINUTE = 60_000;

/** Nobody has a server here: the page comes from a static host that knows nothing else. */
const host = (stage) => stage.with(startStatic());

for (const [inviter, invited] of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium']]) {
  story(`${inviter} and ${invited} shake hands by copy and paste, and talk`, async (stage) => {
    const { page } = await host(stage);
    const ada = await stage.person(inviter, 'Ada');
    const bert = await stage.person(invited, 'Bert');

    await begins(ada, page);
    const asked = performance.now();
    const invitation = await copies(ada);
    const made = performance.now();
    await bert.page.goto(invitation);
    await bert.page.getByText('Ada invites you to a call').waitFor();
    await bert.enter();
    const reply = await copies(bert);
    assert.deepEqual(await ada.copied(), [invitation]);
    assert.deepEqual(await bert.copied(), [reply]);

    const pasted = performance.now();
    await pastes(ada, reply);
    await Promise.all([ada.sees(bert), bert.sees(ada)]);
    const connected = performance.now();
    await mediaFlows([ada, bert]);
    await ada.say('Without any server');
    await bert.reads('Without any server');
    await bert.say('Indeed');
    await ada.reads('Indeed');

    for (const person of [ada, bert]) {
      assert.equal(await person.the('hand').count(), 0, `${person.name}'s panel has folded away`);
      assert.equal(await person.broker(), 'by-hand');
      assert.equal(await person.the('error').count(), 0);
      assert.equal((await person.sentToBroker()).length, 0);
    }
    // Used up, and out of the address.
    assert.equal(new URL(bert.page.url()).hash, '#h');
    stage.report(`invitation of ${invitation.length} characters after ${Math.round(made - asked)} ms, reply of ${reply.length}, ` +
      `connected ${Math.round(connected - pasted)} ms after it was pasted`);
  });
}

story('two handshakes make a call of three', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  const cleo = await stage.person('chromium', 'Cleo');
  await begins(ada, page);
  await shakeHands(ada, bert);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);

  // The guest of the first handshake invites.
  await bert.the('invite').click();
  await shakeHands(bert, cleo);
  await Promise.all([ada.sees(bert, cleo), bert.sees(ada, cleo), cleo.sees(ada, bert)]);
  await mediaFlows([ada, bert, cleo]);
  await bert.the('hand').waitFor({ state: 'detached' });
  await cleo.say('Hello, you two');
  await Promise.all([ada.reads('Hello, you two'), bert.reads('Hello, you two')]);
});

story('each wrong text is told beside the field, and then the right one works', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await begins(ada, page);
  const old = await answers(bert, await copies(ada));
  // Ada loads the page anew: the invitation is gone.
  await begins(ada, page);
  const invitation = await copies(ada);
  const reply = await answers(bert, invitation);
  const other = await stage.person('chromium', 'Cleo');
  await begins(other, page);

  for (const [text, code] of [
    ['', 'card-empty'],
    ['See you at eight', 'card-none'],
    [reply.slice(0, reply.indexOf('&n=') - 5), 'card-truncated'],
    [invitation, 'card-own'],
    [await shows(other), 'card-is-invitation'],
    [old, 'card-other-invitation'],
  ]) {
    await pastes(ada, text);
    const told = await isTold(ada, code);
    stage.report(`${code}: ${told.replaceAll('\n', ' ')}`);
    assert.equal(await ada.the('hand-reply').inputValue(), text, 'the field keeps the text');
  }
  await pastes(ada, `Here it is:\n  ${reply}\nSee you!`);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
});

story('whoever gave up an invitation too early still takes its reply', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('chromium', 'Bert');
  await begins(ada, page);
  const first = await copies(ada);
  await ada.the('new-invitation').click();
  assert.notEqual(await copies(ada), first);
  await pastes(ada, await answers(bert, first));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
});

for (const engine of ['chromium', 'firefox']) {
  story(`in ${engine} a reply that is opened as a link reaches the tab that waits for it`, async (stage) => {
    const { page } = await host(stage);
    const ada = await stage.person(engine, 'Ada');
    const bert = await stage.person('chromium', 'Bert');
    const tab = await stage.person(engine, 'Ada, in another tab', { context: ada.page.context() });
    await begins(ada, page);
    const reply = await answers(bert, await copies(ada));

    await tab.page.goto(reply);
    await tab.the('reply', '[data-taken="true"]').waitFor();
    await Promise.all([ada.sees(bert), bert.sees(ada)]);

    // Where nobody waits for it, it says where it belongs.
    await tab.page.goto('about:blank');
    await tab.page.goto(reply);
    await tab.the('reply', '[data-taken="false"]').waitFor();
    await tab.the('hand-copy').click();
    assert.match((await tab.copied())[0], /^[A-Za-z0-9_-]{100,}$/);
  });
}

story('a reply in the address bar of the page that waits for it is as good as pasted', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('chromium', 'Bert');
  await begins(ada, page);
  const reply = await answers(bert, await copies(ada));
  await ada.page.evaluate((url) => { location.hash = new URL(url).hash; }, reply);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  assert.equal(new URL(ada.page.url()).hash, '#h');
});

story('the first screen understands what is pasted there', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await begins(ada, page);
  const invitation = await copies(ada);
  const pastesAtTheStart = async (text) => {
    await bert.page.goto(page);
    await bert.the('paste').fill(text);
    await bert.the('open-link').click();
  };

  await pastesAtTheStart(invitation.slice(0, -40));
  assert.equal((await bert.error()).code, 'card-truncated');
  await pastesAtTheStart('hello');
  assert.equal((await bert.error()).code, 'link-no-room');

  await pastesAtTheStart(`Come in: ${invitation}`);
  await bert.enter();
  const reply = await copies(bert);
  // Cleo got it by mistake.
  const cleo = await stage.person('chromium', 'Cleo');
  await cleo.page.goto(page);
  await cleo.the('paste').fill(reply);
  await cleo.the('open-link').click();
  await cleo.the('reply', '[data-taken="false"]').waitFor();

  await pastes(ada, reply);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
});

story('of two who invite each other, one can answer instead', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await begins(ada, page);
  await begins(bert, page);
  await pastes(bert, await copies(ada));
  await isTold(bert, 'card-is-invitation');
  await bert.the('answer-instead').click();
  await bert.page.getByText('Ada invites you to a call').waitFor();
  await bert.enter();
  await pastes(ada, await copies(bert));
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
});

story('people may take a minute', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('firefox', 'Bert');
  await begins(ada, page);
  await shakeHands(ada, bert, { after: A_MINUTE });
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
  await mediaFlows([ada, bert]);
});

story('whoever is lost can be invited again', async (stage) => {
  const { page } = await host(stage);
  const ada = await stage.person('chromium', 'Ada');
  const bert = await stage.person('chromium', 'Bert');
  await begins(ada, page);
  await shakeHands(ada, bert);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);

  // Bert hangs up; that is no accident, and Ada's page is ready for the next.
  await bert.hangUp();
  await bert.the('goodbye').waitFor();
  await ada.the('hand').waitFor();
  assert.equal(await ada.the('error').count(), 0);
  await shakeHands(ada, bert);
  await Promise.all([ada.sees(bert), bert.sees(ada)]);
});
