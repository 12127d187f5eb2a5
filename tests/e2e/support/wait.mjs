import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How long a condition may take to come true, ms. Twice what the slowest takes on two busy cores. */
export const PATIENCE = 20_000;

/** How often a condition is looked at, ms: short beside the two seconds within which leaving must be seen. */
const INTERVAL = 50;

/**
 * Resolves with the first truthy value of `condition`; rejects, naming `what` and the last value seen, when there is
 * none within `within` ms. An error thrown by `condition` ends the wait at once.
 */
export async function waitFor(what, condition, { within = PATIENCE } = {}) {
  const deadline = performance.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited ${within} ms for ${what}; last seen: ${inspect(value)}`);
    await pause(INTERVAL);
  }
}
