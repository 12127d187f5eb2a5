import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from './wait.mjs';

// A handshake as people do it: each function is what one of them does.

/** Opens the page, chooses the way without a server, and goes as far as the panel. */
export async function begins(host, page) {
  await host.page.goto(page);
  await host.the('start-by-hand').click();
  await host.enter();
}

/** The code or link that the panel shows, once it is complete. */
export async function shows(person) {
  const field = person.the('hand-code');
  await field.waitFor();
  return waitFor(`${person.name}'s code`, () => field.inputValue());
}

/** Copies what the panel shows; resolves with it. */
export async function copies(person) {
  const text = await shows(person);
  await person.the('hand-copy').click();
  await waitFor(`${person.name} to have sent it`, async () => ['sent', 'idle'].includes(await stage(person)));
  return text;
}

/** Opens an invitation and answers it; resolves with the reply. */
export async function answers(guest, invitation) {
  await guest.page.goto(invitation);
  await guest.enter();
  return copies(guest);
}

/** Puts a text into the field for the reply, and presses Enter unless it was taken at once. */
export async function pastes(host, text) {
  const field = host.the('hand-reply');
  await field.fill(text);
  // A complete reply is taken by the page itself, and the field goes.
  await field.press('Enter', { timeout: 1_000 }).catch(() => {});
}

/** Where the panel is: `making`, `shown`, `sent`, `connecting`, `failed`, `idle`. */
export const stage = (person) => person.the('hand').getAttribute('data-stage');

/** Resolves with what the panel says of an error, once it is this one. */
export async function isTold(person, code) {
  const wrong = person.the('hand-wrong', `[data-code="${code}"]`);
  await wrong.waitFor();
  return (await wrong.innerText()).trim();
}

/** The whole handshake; `after` is how long the host takes over the reply, ms. */
export async function shakeHands(host, guest, { after = 0 } = {}) {
  const reply = await answers(guest, await copies(host));
  await pause(after);
  await pastes(host, reply);
}
